"""My account: password, second factor, the browsers I am signed in with."""

from flask import make_response, request, url_for
from werkzeug.wrappers import Response

from loyalty.console import guard, qr, visitor, way_in
from loyalty.console.desk import Desk
from loyalty.console.forms import Form, FormSchema, Text
from loyalty.console.language import inner
from loyalty.console.proof import ask_again
from loyalty.console.section import EVERYONE, Answer, Refusal, Section
from loyalty.console.way_in import PASSWORD_REFUSALS, NewPassword, Secret
from loyalty.console.words import ROLES
from loyalty.staff import accounts, passwords, second_factor, sessions
from loyalty.staff.models import Role, Store
from loyalty.words import Both

section = Section(
    "me",
    Both("Tài khoản của tôi", "My account"),
    nav=False,
    refusals={
        **PASSWORD_REFUSALS,
        "session_not_found": Refusal("Máy đó đã đăng xuất rồi.", "That browser is signed out already."),
        "wrong_second_code": Refusal(
            "Mã chưa đúng. Mã đổi mỗi 30 giây; nhập mã đang hiện trong ứng dụng.",
            "That is not the code. It changes every 30 seconds; type the one shown now.",
            "code",
        ),
        "second_factor_on": Refusal("Mã xác thực đã bật rồi.", "The second step is on already."),
        "second_factor_needed": Refusal(
            "Chủ cửa hàng phải dùng mã xác thực, không tắt được.", "Owners cannot do without the second step."
        ),
    },
)


class Proof(FormSchema):
    password = Secret(required=True)


class FirstCode(FormSchema):
    code = Text(required=True, longest=40)


@section.get("/me", right=EVERYONE)
def show(desk: Desk) -> Answer:
    """Who I am here, and what keeps my account mine."""
    member = desk.member
    return desk.render(
        "me/show.html",
        name=accounts.name_of(desk.session, member),
        role=ROLES[Role(member.role)].in_(desk.locale),
        store=desk.session.get_one(Store, member.store_id),
        has_password=passwords.kept(desk.session, member) is not None,
        second_factor_on=second_factor.is_on(desk.session, member),
        is_required=second_factor.is_required(desk.session, member),
        codes_left=second_factor.count_codes(desk.session, member),
        open_sessions=sessions.list_open(desk.session, member.id, now=desk.now),
    )


@section.get("/me/confirm", right=EVERYONE)
def confirm(desk: Desk) -> Answer:
    """The password once more, before something that cannot be taken back."""
    return _confirm_page(desk, desk.form(Proof))


@section.post("/me/confirm", right=EVERYONE, writes=False)
def prove(desk: Desk) -> Answer:
    """Take the password, and go on to what was wanted."""
    assert desk.seat is not None
    if not _does_without_proof(desk):
        form = desk.form(Proof)
        given = form.read()
        name = accounts.name_of(desk.session, desk.member)
        if given is None or way_in.try_password(desk, form, name, given["password"]) is None:
            return _confirm_page(desk, form), 422
    with desk.database.transaction() as session:
        sessions.prove(session, desk.seat.row, now=desk.now)
    return desk.go(inner(request.form.get("next", "")))


@section.get("/me/password", right=EVERYONE)
def password(desk: Desk) -> Answer:
    """A form for another password."""
    return ask_again(desk, url_for(".password")) or _password_page(desk, desk.form(NewPassword))


@section.post("/me/password", right=EVERYONE)
def set_password(desk: Desk) -> Answer:
    """Another password: every other browser of mine is signed out, this one gets a new session."""
    if asked := ask_again(desk, url_for(".password")):
        return asked
    form = desk.form(NewPassword)
    if not way_in.choose_password(desk, form, lambda typed: _choose(desk, typed)):
        return _password_page(desk, form), 422
    token = sessions.begin(desk.session, desk.member, device=visitor.device(request), now=desk.now)
    text = desk.t("Đã đổi mật khẩu. Các máy khác đã đăng xuất.", "Password set. Other browsers are signed out.")
    return guard.give_seat(desk.done(text, to=url_for(".show")), token)


@section.post("/me/second-factor/prepare", right=EVERYONE)
def prepare(desk: Desk) -> Answer:
    """Draw a secret to show."""
    if asked := ask_again(desk, url_for(".show")):
        return asked
    second_factor.prepare(desk.session, desk.member)
    return desk.go(url_for(".set_up"))


@section.get("/me/second-factor", right=EVERYONE)
def set_up(desk: Desk) -> Answer:
    """The QR code for the authenticator."""
    return ask_again(desk, url_for(".set_up")) or _set_up_page(desk, desk.form(FirstCode))


@section.post("/me/second-factor", right=EVERYONE)
def switch_on(desk: Desk) -> Answer:
    """Take the first code, and show the recovery codes."""
    if asked := ask_again(desk, url_for(".set_up")):
        return asked
    form = desk.form(FirstCode)
    member, author, now = desk.member, desk.author, desk.now
    if not form.carry_out(lambda given: second_factor.confirm(desk.session, member, given["code"], by=author, now=now)):
        return _set_up_page(desk, form)
    return _codes_page(desk, form.result)


@section.post("/me/second-factor/off", right=EVERYONE)
def switch_off(desk: Desk) -> Answer:
    """Do without."""
    if asked := ask_again(desk, url_for(".show")):
        return asked
    second_factor.switch_off(desk.session, desk.member, by=desk.author, now=desk.now)
    return desk.done(desk.t("Đã tắt mã xác thực.", "The second step is off."), to=url_for(".show"))


@section.post("/me/second-factor/codes", right=EVERYONE)
def renew_codes(desk: Desk) -> Answer:
    """New recovery codes in place of the earlier ones."""
    if asked := ask_again(desk, url_for(".show")):
        return asked
    if not second_factor.is_on(desk.session, desk.member):
        return desk.go(url_for(".show"))
    return _codes_page(desk, second_factor.renew_codes(desk.session, desk.member, by=desk.author, now=desk.now))


@section.post("/me/sessions/<public_id>/end", right=EVERYONE)
def end_session(desk: Desk, public_id: str) -> Answer:
    """Sign out one of my browsers."""
    sessions.end_public(desk.session, desk.member.id, public_id, now=desk.now)
    desk.note("session_ended", desk.author.actor)
    return desk.done(desk.t("Đã đăng xuất máy đó.", "That browser is signed out."), to=url_for(".show"))


@section.post("/me/sessions/end", right=EVERYONE)
def end_everywhere(desk: Desk) -> Answer:
    """Sign out everywhere, here as well."""
    ended = sessions.end_all(desk.session, desk.member.id, now=desk.now)
    desk.note("signed_out_everywhere", desk.author.actor, sessions=ended)
    text = desk.t("Đã đăng xuất khỏi mọi máy.", "Signed out everywhere.")
    return guard.take_seat(desk.done(text, to=url_for("console.signing_in.sign_in")))


def _choose(desk: Desk, typed: str) -> None:
    passwords.choose(desk.session, desk.member, typed, by=desk.author, now=desk.now)


def _does_without_proof(desk: Desk) -> bool:
    """Who came into a demo shop by its link has no password to be asked for."""
    return desk.shop.demo and passwords.kept(desk.session, desk.member) is None


def _confirm_page(desk: Desk, form: Form) -> str:
    onward = inner(request.form.get("next", "") or request.args.get("next", ""))
    has_password = passwords.kept(desk.session, desk.member) is not None
    return desk.render("me/confirm.html", form=form, onward=onward, has_password=has_password)


def _password_page(desk: Desk, form: Form) -> str:
    name = accounts.name_of(desk.session, desk.member)
    lengths = {"least": passwords.LEAST, "advised": passwords.ADVISED}
    return desk.render("me/password.html", form=form, name=name, **lengths)


def _set_up_page(desk: Desk, form: Form) -> Response:
    secret = second_factor.pending(desk.session, desk.member)
    if secret is None:
        return desk.go(url_for(".show"))
    drawing = qr.svg(second_factor.address(desk.session, desk.member, secret), label=desk.t("Mã QR", "QR code"))
    page = desk.render("me/set_up.html", form=form, secret=secret, drawing=drawing)
    return make_response(page, 422 if form.errors else 200)


def _codes_page(desk: Desk, codes: list[str]) -> str:
    return desk.render("me/codes.html", codes=codes)
