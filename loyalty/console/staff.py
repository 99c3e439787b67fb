"""Who works here: added, given links and codes, moved, removed; what each role may do."""

from collections.abc import Sequence
from typing import Any

from flask import request, url_for
from sqlalchemy import select

from loyalty.console import qr
from loyalty.console.desk import Desk, Undo
from loyalty.console.forms import Choice, Form, FormSchema, Text
from loyalty.console.proof import ask_again
from loyalty.console.section import EVERYONE, Answer, Refusal, Section
from loyalty.console.words import RIGHTS, ROLES
from loyalty.messaging import colleagues
from loyalty.programme import terms
from loyalty.staff import accounts, approvals, binding, invitations, leaving, practice, second_factor, sessions, stores
from loyalty.staff.accounts import StaffNotFound
from loyalty.staff.binding import CODE_LIVES
from loyalty.staff.invitations import Kind
from loyalty.staff.models import Invitation, Role, StaffCredential, StaffMember, Store
from loyalty.staff.permissions import GRANTED, Right
from loyalty.words import Both

section = Section(
    "staff",
    Both("Nhân viên", "Staff"),
    icon="users",
    order=70,
    right=Right.STAFF,
    refusals={
        "staff_name_taken": Refusal(
            "Đã có người tên «{name}» (không kể dấu và chữ hoa). Thêm họ hoặc biệt danh cho khác nhau.",
            "Somebody is called “{name}” already (accents and case aside). Add a surname to tell them apart.",
            "name",
        ),
        "staff_name_unclear": Refusal(
            "Tên phải có chữ và dài nhất {limit} ký tự, ví dụ: {example}",
            "A name has letters and at most {limit} characters, for example: {example}",
            "name",
        ),
        "last_owner": Refusal(
            "Đây là chủ cửa hàng duy nhất. Cho một người khác làm chủ trước đã.",
            "This is the only owner. Make somebody else an owner first.",
            "role",
        ),
        "only_at_the_machine": Refusal(
            "Mã xác thực của chủ cửa hàng chỉ gỡ được trên máy chủ: loyalty staff invite TÊN --lost-phone",
            "The second step of an owner is taken off on the server only: loyalty staff invite NAME --lost-phone",
        ),
    },
)


class NewMember(FormSchema):
    name = Text(required=True, longest=accounts.LONGEST_NAME)
    role = Choice([role.value for role in Role], required=True)
    store = Text(required=True, longest=stores.LONGEST_CODE)


class Place(FormSchema):
    role = Choice([role.value for role in Role], required=True)
    store = Text(required=True, longest=stores.LONGEST_CODE)


@section.get("/staff", right=Right.STAFF)
def index(desk: Desk) -> Answer:
    """Everybody who works here."""
    people = [_row(desk, member) for member in accounts.list_all(desk.session)]
    return desk.render("staff/index.html", people=people)


@section.get("/staff/roles", right=EVERYONE)
def roles(desk: Desk) -> Answer:
    """What each role may do, and the limits in force."""
    fewest_first = sorted(GRANTED, key=lambda role: len(GRANTED[role]))
    limits = list(terms.describe_all_limits(desk.programme, desk.locale))
    return desk.render("staff/roles.html", roles=[_told(desk, role) for role in fewest_first], limits=limits)


@section.get("/staff/practice", right=Right.APPROVE)
def practised(desk: Desk) -> Answer:
    """How far everybody is with the exercises of `/luyentap`."""
    found = practice.progress(desk.session, accounts.list_all(desk.session))
    rows = [(accounts.name_of(desk.session, each.member), ROLES[Role(each.member.role)], each) for each in found]
    return desk.render("staff/practice.html", rows=rows)


@section.get("/staff/new", right=Right.STAFF)
def new(desk: Desk) -> Answer:
    """A form for somebody who begins to work here."""
    return _new_page(desk, desk.form(NewMember, role=Role.CASHIER.value))


@section.post("/staff/new", right=Right.STAFF)
def add(desk: Desk) -> Answer:
    """Somebody begins to work here; their code and link are shown, once."""
    form = desk.form(NewMember)
    if not form.carry_out(lambda given: _add(desk, given)):
        return _new_page(desk, form), 422
    member: StaffMember = form.result
    return _handed(desk, member, code=_new_code(desk, member), link=_new_link(desk, member))


@section.get("/staff/<public_id>", right=Right.STAFF)
def show(desk: Desk, public_id: str) -> Answer:
    """One person: role, store, how they come in, and the ways to change it."""
    member = _here(desk, public_id)
    store = desk.session.get_one(Store, member.store_id)
    return _show_page(desk, member, desk.form(Place, role=member.role, store=store.code))


@section.post("/staff/<public_id>", right=Right.STAFF)
def place(desk: Desk, public_id: str) -> Answer:
    """Another role, another store."""
    member = _here(desk, public_id)
    before = member.role, desk.session.get_one(Store, member.store_id).code
    form = desk.form(Place)
    if not form.carry_out(lambda given: _put(desk, member, given["role"], given["store"])):
        return _show_page(desk, member, form), 422
    back = url_for(".put_back", public_id=public_id, role=before[0], store=before[1])
    text = desk.t("Đã lưu vai trò và cửa hàng của {name}.", "Role and store of {name} are saved.")
    undo = Undo(back, desk.t("Hoàn tác", "Undo"))
    return desk.done(text.format(name=_name(desk, member)), to=url_for(".show", public_id=public_id), undo=undo)


@section.post("/staff/<public_id>/put-back", right=Right.STAFF)
def put_back(desk: Desk, public_id: str) -> Answer:
    """The role and store of before, named in the address."""
    member, role = _here(desk, public_id), request.args.get("role", "")
    _put(desk, member, role if role in list(Role) else member.role, request.args.get("store", ""))
    text = desk.t("Đã trả lại như trước.", "Put back as it was.")
    return desk.done(text, to=url_for(".show", public_id=public_id))


@section.post("/staff/<public_id>/link", right=Right.STAFF)
def link(desk: Desk, public_id: str) -> Answer:
    """A new link to choose a password with; earlier ones end."""
    member = _here(desk, public_id)
    if asked := ask_again(desk, url_for(".show", public_id=public_id)):
        return asked
    return _handed(desk, member, link=_new_link(desk, member))


@section.post("/staff/<public_id>/lost-phone", right=Right.STAFF)
def lost_phone(desk: Desk, public_id: str) -> Answer:
    """Their second step is lost: every way in ends, and a link begins anew."""
    member = _here(desk, public_id)
    if asked := ask_again(desk, url_for(".show", public_id=public_id)):
        return asked
    return _handed(desk, member, link=_new_link(desk, member, anew=True))


@section.post("/staff/<public_id>/code", right=Right.STAFF)
def code(desk: Desk, public_id: str) -> Answer:
    """A new chat code; earlier ones end."""
    member = _here(desk, public_id)
    return _handed(desk, member, code=_new_code(desk, member))


@section.post("/staff/<public_id>/sign-out", right=Right.STAFF)
def sign_out(desk: Desk, public_id: str) -> Answer:
    """Sign somebody out everywhere; their password stays."""
    member = _here(desk, public_id)
    ended = sessions.end_all(desk.session, member.id, now=desk.now)
    desk.note("signed_out_everywhere", f"staff:{public_id}", sessions=ended)
    text = desk.t("Đã đăng xuất {name} khỏi mọi máy.", "{name} is signed out everywhere.")
    return desk.done(text.format(name=_name(desk, member)), to=url_for(".show", public_id=public_id))


@section.post("/staff/<public_id>/remove", right=Right.STAFF)
def remove(desk: Desk, public_id: str) -> Answer:
    """Somebody stops working here, at once."""
    member, cases = colleagues.dismiss(desk.session, _here(desk, public_id).id, by=desk.author, now=desk.now)
    text = desk.t("{name} đã nghỉ. Chat, mã và đăng nhập đều hết hiệu lực.", "{name} has left; every way in is closed.")
    if cases:
        text += desk.t(" {cases} góp ý của họ đang chờ người nhận.", " {cases} cases of theirs wait for somebody.")
    undo = Undo(url_for(".take_back", public_id=public_id), desk.t("Hoàn tác", "Undo"))
    return desk.done(text.format(name=_name(desk, member), cases=cases), to=url_for(".index"), undo=undo)


@section.post("/staff/<public_id>/take-back", right=Right.STAFF)
def take_back(desk: Desk, public_id: str) -> Answer:
    """Somebody who was removed works here again."""
    member = accounts.get_public(desk.session, public_id)
    leaving.take_back(desk.session, member.id, by=desk.author, now=desk.now)
    text = desk.t(
        "{name} làm việc lại. Chat và mật khẩu cần mã và đường dẫn mới.",
        "{name} works here again. They need a new chat code and a new link.",
    )
    return desk.done(text.format(name=_name(desk, member)), to=url_for(".show", public_id=public_id))


def _here(desk: Desk, public_id: str) -> StaffMember:
    """Raises StaffNotFound, also for who left."""
    member = accounts.get_public(desk.session, public_id)
    if member.removed_at is not None:
        raise StaffNotFound(public_id)
    return member


def _add(desk: Desk, given: dict[str, Any]) -> StaffMember:
    name, role = given["name"], given["role"]
    return accounts.add(desk.session, name, role, store_code=given["store"], by=desk.author, now=desk.now)


def _put(desk: Desk, member: StaffMember, role: str, store: str) -> None:
    accounts.change_role(desk.session, member.id, role, by=desk.author, now=desk.now)
    accounts.move(desk.session, member.id, store, by=desk.author, now=desk.now)


def _new_code(desk: Desk, member: StaffMember) -> str:
    return binding.issue_code(desk.session, member.id, by=desk.author, now=desk.now)


def _new_link(desk: Desk, member: StaffMember, *, anew: bool = False) -> str:
    token = colleagues.invite(desk.session, member, anew=anew, by=desk.author, now=desk.now)
    return invitations.address(desk.shop.base_url, token)


def _name(desk: Desk, member: StaffMember) -> str:
    return accounts.name_of(desk.session, member)


def _row(desk: Desk, member: StaffMember) -> dict[str, Any]:
    credential = desk.session.get(StaffCredential, member.id)
    return {
        "id": member.public_id,
        "name": _name(desk, member),
        "role": member.role,
        "role_name": ROLES[Role(member.role)].in_(desk.locale),
        "store": desk.session.get_one(Store, member.store_id),
        "chats": sorted({chat.account.kind for chat in binding.chats_of_member(desk.session, member.id)}),
        "has_password": credential is not None and credential.password is not None,
        "second_factor_on": credential is not None and credential.totp_since is not None,
        "since": member.created_at,
    }


def _told(desk: Desk, role: Role) -> dict[str, Any]:
    """A role in words: the roles it includes, and what it may do beyond them."""
    smaller = [other for other in GRANTED if GRANTED[other] < GRANTED[role]]
    like = [each for each in smaller if not any(GRANTED[each] < GRANTED[other] for other in smaller)]
    rest = GRANTED[role].difference(*(GRANTED[each] for each in like))
    return {
        "name": ROLES[role].in_(desk.locale),
        "like": [ROLES[each].in_(desk.locale) for each in like],
        "rights": [RIGHTS[right].in_(desk.locale) for right in Right if right in rest],
    }


def _role_options(desk: Desk) -> list[tuple[str, str]]:
    return [(role.value, words.in_(desk.locale)) for role, words in ROLES.items()]


def _store_options(desk: Desk) -> list[tuple[str, str]]:
    return [(store.code, f"{store.name} ({store.code})") for store in stores.list_all(desk.session)]


def _new_page(desk: Desk, form: Form) -> str:
    return desk.render("staff/new.html", form=form, roles=_role_options(desk), stores=_store_options(desk))


def _show_page(desk: Desk, member: StaffMember, form: Form) -> str:
    waiting = approvals.list_waiting(desk.session, asked_by=member)
    return desk.render(
        "staff/show.html",
        form=form,
        person=_row(desk, member),
        roles=_role_options(desk),
        stores=_store_options(desk),
        invited_until=_invited_until(desk, member),
        open_sessions=sessions.list_open(desk.session, member.id, now=desk.now),
        waiting=waiting,
        is_required=second_factor.is_required(desk.session, member),
    )


def _invited_until(desk: Desk, member: StaffMember) -> Any:
    """When the link that is out ends; None without one."""
    query = select(Invitation.expires_at).where(Invitation.staff_id == member.id, Invitation.kind == Kind.PASSWORD)
    return desk.session.scalar(query.where(Invitation.expires_at > desk.now))


def _handed(desk: Desk, member: StaffMember, *, code: str = "", link: str = "") -> str:
    """What is shown once, to hand to the person."""
    drawings: Sequence[Any] = [qr.svg(link, label=desk.t("Mã QR của đường dẫn", "QR code of the link"))] if link else []
    return desk.render(
        "staff/handed.html",
        person=_row(desk, member),
        code=code,
        link=link,
        drawings=drawings,
        minutes=int(CODE_LIVES.total_seconds()) // 60,
        days=invitations.LIVES[Kind.PASSWORD].days,
    )
