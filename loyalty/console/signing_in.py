"""The ways into the console, and out: name and password, the second proof, one-time links."""

from dataclasses import replace

from flask import make_response, request, url_for
from flask import session as browser
from werkzeug.wrappers import Response

from loyalty.console import guard, qr, way_in
from loyalty.console.desk import Desk
from loyalty.console.forms import Form, FormSchema, Text
from loyalty.console.language import inner
from loyalty.console.section import EVERYONE, PUBLIC, Answer, Refusal, Section
from loyalty.console.way_in import LONGEST_CODE, PASSWORD_REFUSALS, CodedPassword, NewPassword, Secret
from loyalty.staff import accounts, invitations, passwords, second_factor, sessions, signin
from loyalty.staff import welcome as links
from loyalty.staff.accounts import LONGEST_NAME
from loyalty.staff.invitations import InvitationOver, Kind
from loyalty.staff.models import StaffMember
from loyalty.words import Both

SECOND_STEP = "second_step"  # where the browser keeps the token of its second step
NEXT = "next"
HOME = "/console/"

section = Section(
    "signing_in",
    Both("Đăng nhập", "Sign in"),
    nav=False,
    refusals={
        **PASSWORD_REFUSALS,
        "invitation_over": Refusal(
            "Đường dẫn này đã dùng hoặc đã hết hạn. Xin chủ cửa hàng một đường dẫn mới nhé.",
            "This link was used or has ended. Ask the owner for a new one.",
        ),
        "wrong_second_code": Refusal(
            "Mã chưa đúng. Mã đổi mỗi 30 giây; nhập mã đang hiện trong ứng dụng.",
            "That is not the code. It changes every 30 seconds; type the one shown now.",
            "code",
        ),
        "second_factor_on": Refusal("Mã xác thực đã bật rồi.", "The second factor is on already."),
        "form_expired": Refusal(
            "Trang này mở đã lâu. Tải lại rồi thử lần nữa nhé.", "This page was open too long. Load it again and retry."
        ),
    },
)


class SignIn(FormSchema):
    name = Text(required=True, longest=LONGEST_NAME)
    password = Secret(required=True)


class SecondCode(FormSchema):
    code = Text(required=True, longest=LONGEST_CODE)


@section.get("/signin", right=PUBLIC)
def sign_in(desk: Desk) -> Answer:
    """Name and password; whoever is signed in goes on."""
    if desk.seat is not None:
        return desk.go(inner(request.args.get(NEXT, "")))
    return _sign_in_page(desk, desk.form(SignIn))


@section.post("/signin", right=PUBLIC, writes=False)
def enter(desk: Desk) -> Answer:
    """Sign in, or go on to the second step."""
    form = desk.form(SignIn)
    given = form.read()
    member = way_in.try_password(desk, form, given["name"], given["password"]) if given is not None else None
    if member is None:
        return _sign_in_page(desk, form), 422
    with desk.database.transaction() as session:
        return _after_password(replace(desk, session=session), accounts.get(session, member.id), _wanted())


@section.get("/second-step", right=PUBLIC)
def second_step(desk: Desk) -> Answer:
    """The code of an authenticator, or setting one up."""
    member = _second_stepper(desk)
    return _second_page(desk, member, desk.form(SecondCode)) if member is not None else _to_start(desk)


@section.post("/second-step", right=PUBLIC)
def finish(desk: Desk) -> Answer:
    """Take the code: sign in, with fresh recovery codes when it was the first."""
    member = _second_stepper(desk)
    if member is None:
        return _to_start(desk)
    form = desk.form(SecondCode)
    if second_factor.is_on(desk.session, member):
        given = form.read()
        if given is None or way_in.try_code(desk, form, member, given["code"]) is None:
            return _second_page(desk, member, form), 422
        return _seat_after_second_step(desk, member, desk.go(_kept_next()))
    if not form.carry_out(lambda given: _confirm(desk, member, given["code"])):
        return _second_page(desk, member, form), 422
    page = desk.render("signing_in/recovery_codes.html", codes=form.result, onward=_kept_next())
    return _seat_after_second_step(desk, member, make_response(page))


@section.get("/welcome/<token>", right=PUBLIC)
def welcome(desk: Desk, token: str) -> Answer:
    """What a link is good for; looking uses nothing up."""
    found = invitations.find(desk.session, token, now=desk.now)
    if found is None or found.kind is Kind.SECOND_FACTOR:
        return desk.render("signing_in/over.html"), 410
    return _welcome_page(desk, found.member, found.kind, _link_form(desk, found.member))


@section.post("/welcome/<token>", right=PUBLIC)
def accept(desk: Desk, token: str) -> Answer:
    """Choose a password by a link, or come in by the link of a demo shop."""
    found = invitations.find(desk.session, token, now=desk.now)
    if found is None or found.kind is Kind.SECOND_FACTOR:
        return desk.render("signing_in/over.html"), 410
    if found.kind is Kind.SIGN_IN:
        return _come_in_by_link(desk, token)
    needs_code = links.needs_code(desk.session, found.member)
    form = _link_form(desk, found.member)
    if way_in.use_link(desk, form, token) is None:
        return _welcome_page(desk, found.member, found.kind, form), 422
    if needs_code:
        return way_in.seat(desk, found.member, desk.go(HOME), by="invitation")
    return _after_password(desk, found.member, HOME, by="invitation")


@section.post("/signout", right=EVERYONE)
def sign_out(desk: Desk) -> Answer:
    """End this browser's session."""
    assert desk.seat is not None
    sessions.end(desk.session, desk.seat.row, now=desk.now)
    desk.note("signed_out", desk.author.actor)
    browser.clear()
    return guard.take_seat(desk.done(desk.t("Đã đăng xuất.", "Signed out."), to=url_for(".sign_in")))


def _after_password(desk: Desk, member: StaffMember, onward: str, *, by: str = "password") -> Response:
    """Where a right password leads: in, or to the second step."""
    if not second_factor.is_due(desk.session, member):
        return way_in.seat(desk, member, desk.go(onward), by=by)
    if not second_factor.is_on(desk.session, member):
        second_factor.prepare(desk.session, member)
    author = signin.author_of(member)
    token = invitations.issue(desk.session, member.id, Kind.SECOND_FACTOR, by=author, now=desk.now)
    browser[SECOND_STEP] = [token, onward]
    return desk.go(url_for(".second_step"))


def _link_form(desk: Desk, member: StaffMember) -> Form:
    """A new password; with a code where the second factor is on."""
    return desk.form(CodedPassword if links.needs_code(desk.session, member) else NewPassword)


def _come_in_by_link(desk: Desk, token: str) -> Answer:
    """Only a demo shop lets anybody in by a link alone."""
    if not desk.shop.demo:
        raise InvitationOver
    member = invitations.spend(desk.session, token, Kind.SIGN_IN, now=desk.now)
    return way_in.seat(desk, member, desk.go(HOME), by="link")


def _confirm(desk: Desk, member: StaffMember, code: str) -> list[str]:
    return second_factor.confirm(desk.session, member, code, by=signin.author_of(member), now=desk.now)


def _seat_after_second_step(desk: Desk, member: StaffMember, answer: Response) -> Response:
    token, _onward = browser[SECOND_STEP]
    invitations.spend(desk.session, token, Kind.SECOND_FACTOR, now=desk.now)
    return way_in.seat(desk, member, answer, by="second_factor")


def _second_stepper(desk: Desk) -> StaffMember | None:
    """Whose password was right in this browser a moment ago."""
    token, _onward = browser.get(SECOND_STEP) or ("", "")
    found = invitations.find(desk.session, token, now=desk.now)
    return found.member if found is not None and found.kind is Kind.SECOND_FACTOR else None


def _to_start(desk: Desk) -> Answer:
    if desk.seat is None:
        desk.say(desk.t("Hết thời gian rồi, đăng nhập lại nhé.", "That took too long; sign in again."))
    return desk.go(url_for(".sign_in"))


def _wanted() -> str:
    return inner(request.form.get(NEXT, ""))


def _kept_next() -> str:
    _token, onward = browser[SECOND_STEP]
    return inner(onward)


def _sign_in_page(desk: Desk, form: Form) -> str:
    onward = request.form.get(NEXT, "") or request.args.get(NEXT, "")
    return desk.render("signing_in/sign_in.html", form=form, onward=inner(onward))


def _second_page(desk: Desk, member: StaffMember, form: Form) -> str:
    secret = second_factor.pending(desk.session, member)
    if secret is None:
        return desk.render("signing_in/second_step.html", form=form)
    drawing = qr.svg(second_factor.address(desk.session, member, secret), label=desk.t("Mã QR", "QR code"))
    return desk.render("signing_in/set_up.html", form=form, secret=secret, drawing=drawing)


def _welcome_page(desk: Desk, member: StaffMember, kind: Kind, form: Form) -> str:
    return desk.render(
        "signing_in/welcome.html" if kind is Kind.PASSWORD else "signing_in/come_in.html",
        form=form,
        name=accounts.name_of(desk.session, member),
        needs_code=links.needs_code(desk.session, member),
        is_owner=member.role == "owner",
        advised=passwords.ADVISED,
        least=passwords.LEAST,
    )
