"""What every way into the console shares: passwords as they are typed, tries and their answers, the seat at the end."""

from collections.abc import Callable
from datetime import datetime

from flask import request
from flask import session as browser
from werkzeug.wrappers import Response

from loyalty.console import guard, visitor
from loyalty.console.desk import Desk
from loyalty.console.forms import Field, Form, FormSchema, Text, wrong
from loyalty.console.section import Refusal
from loyalty.staff import passwords, sessions, signin, welcome
from loyalty.staff.models import StaffMember
from loyalty.staff.signin import Outcome, SignInWaits

LONGEST = 1_000  # characters worth reading
LONGEST_CODE = 40


class Secret(Field):
    """A password exactly as it was typed."""

    def read(self, value: str) -> str:
        if len(value) > LONGEST:
            raise wrong("Dài quá.", "Too long.")
        return value


class NewPassword(FormSchema):
    """A password, typed twice."""

    password = Secret(required=True)
    again = Secret(required=True)


class CodedPassword(NewPassword):
    """A password by a link, for somebody whose second factor is on."""

    code = Text(required=True, longest=LONGEST_CODE)


PASSWORD_REFUSALS = {
    "password_too_short": Refusal(
        "Cần ít nhất {least} ký tự; {advised} thì càng tốt. Ví dụ: bốn từ bất kỳ cách nhau.",
        "At least {least} characters; {advised} are better. For example: any four words with spaces.",
        "password",
    ),
    "password_too_long": Refusal("Dài nhất {most} ký tự.", "At most {most} characters.", "password"),
    "password_guessable": Refusal(
        "Mật khẩu này ai cũng đoán được. Đừng dùng tên mình, tên quán hay dãy phím quen thuộc.",
        "Everybody would guess this one. Use neither your name, the shop's, nor a row of keys.",
        "password",
    ),
}


def choose_password(desk: Desk, form: Form, choose: Callable[[str], Outcome | None]) -> bool:
    """Take the password of a form, typed twice the same; False, and the form says why, when it will not do."""
    given = form.read()
    if given is None:
        return False
    if given["password"] != given["again"]:
        form.refuse("again", desk.t("Hai lần gõ chưa giống nhau.", "The two are not the same."))
        return False
    return form.carry_out(lambda typed: choose(typed["password"]))


def use_link(desk: Desk, form: Form, token: str) -> StaffMember | None:
    """Whose new password it is; None, and the form says why."""

    def choose(password: str) -> Outcome:
        code, address = str(form["code"]), visitor.address(request)
        try:
            return welcome.choose(desk.session, token, password, code, address=address, now=desk.now)
        except SignInWaits as waiting:
            return Outcome(None, waiting.until)

    return _answer(desk, form, form.result) if choose_password(desk, form, choose) else None


def try_password(desk: Desk, form: Form, name: str, password: str) -> StaffMember | None:
    """Who this is; None, and the form says why. Its transactions are short; the comparison lies between them."""
    try:
        with desk.database.transaction() as session:
            tried = signin.attempt(session, name, address=visitor.address(request), now=desk.now)
    except SignInWaits as waiting:
        return _answer(desk, form, Outcome(None, waiting.until))
    found = passwords.match(tried.hashed, password)
    with desk.database.transaction() as session:
        outcome = signin.settle(session, tried, found, now=desk.now)
    return _answer(desk, form, outcome)


def try_code(desk: Desk, form: Form, member: StaffMember, code: str) -> StaffMember | None:
    """The person, when their code is right; None, and the form says why."""
    try:
        address = visitor.address(request)
        outcome = signin.second_step(desk.session, member, code, address=address, now=desk.now)
    except SignInWaits as waiting:
        outcome = Outcome(None, waiting.until)
    return _answer(desk, form, outcome)


def seat(desk: Desk, member: StaffMember, answer: Response, *, by: str) -> Response:
    """Send the browser away signed in: a new session, and nothing left of whoever sat there before."""
    if desk.seat is not None:
        sessions.end(desk.session, desk.seat.row, now=desk.now)
    token = signin.come_in(desk.session, member, device=visitor.device(request), by=by, now=desk.now)
    browser.clear()
    return guard.give_seat(answer, token)


def _answer(desk: Desk, form: Form, outcome: Outcome) -> StaffMember | None:
    """Who it is; the answer to a miss stands above the form, the same for every name."""
    if outcome.member is not None:
        return outcome.member
    told = desk.t("Chưa đúng. Kiểm tra lại rồi thử lần nữa nhé.", "That is not right. Check and try again.")
    form.refuse("", told if outcome.waits_until is None else _wait(desk, outcome.waits_until))
    return None


def _wait(desk: Desk, until: datetime) -> str:
    local, today = until.astimezone(desk.shop.timezone), desk.shop.day(desk.now)
    at = f"{local:%H:%M}" if local.date() == today else f"{local:%H:%M %d/%m}"
    return desk.t(
        f"Sai nhiều lần rồi, thử lại sau {at} nhé. Cần vào ngay: xin chủ cửa hàng một đường dẫn mới.",
        f"Too many wrong tries; try again after {at}. In a hurry: ask the owner for a new link.",
    )
