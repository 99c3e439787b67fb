"""`loyalty staff`: who works here, the codes that bind their chats, the links that let them into the console."""

from datetime import datetime
from typing import Any

import click
from sqlalchemy.orm import Session

from loyalty.cli import common
from loyalty.cli.common import Both
from loyalty.messaging import colleagues
from loyalty.staff import accounts, audit, binding, invitations
from loyalty.staff.binding import CODE_LIVES
from loyalty.staff.invitations import Kind
from loyalty.staff.models import Role, StaffMember, Store

ROLES = {
    Role.CASHIER: Both(vi="thu ngân", en="cashier"),
    Role.MANAGER: Both(vi="quản lý", en="manager"),
    Role.MARKETER: Both(vi="tiếp thị", en="marketer"),
    Role.OWNER: Both(vi="chủ cửa hàng", en="owner"),
}
ADDED = Both(vi="Đã thêm {name}: {role}, cửa hàng {store}.", en="Added {name}: {role}, store {store}.")
SEND = Both(
    vi="Trong {minutes} phút tới, {name} dùng Zalo hoặc Messenger của mình nhắn dòng này cho cửa hàng:\n{line}",
    en="Within {minutes} minutes, {name} sends this line to the shop from their own Zalo or Messenger:\n{line}",
)
OPEN = Both(
    vi="Trong {days} ngày tới, {name} mở đường dẫn này một lần để đặt mật khẩu và vào bảng điều khiển:\n{link}",
    en="Within {days} days, {name} opens this link, once, to choose a password and enter the console:\n{link}",
)
REMOVED = Both(
    vi="Đã cho {name} nghỉ: mọi chat, mã và đăng nhập của {name} hết hiệu lực ngay.",
    en="{name} is removed: every chat, code and sign-in of theirs has ended.",
)
LEFT = Both(vi="{cases} góp ý chờ người nhận.", en="{cases} cases wait for somebody to take them.")
NOBODY = Both(
    vi="Chưa có nhân viên nào. Thêm người đầu tiên: loyalty staff add 'Tên' --role owner",
    en="Nobody works here yet. Add the first: loyalty staff add 'Name' --role owner",
)
HEAD = Both(vi="Tên|Vai trò|Cửa hàng|Chat|Vào làm", en="Name|Role|Store|Chats|Since")


@click.group()
def staff() -> None:
    """Who works here, the one-time codes that bind their chats, and the links that let them into the console."""


@staff.command()
@click.argument("name")
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]))
@click.option("--store", metavar="CODE", help="Where they work; without it, the first store.")
def add(name: str, role: str, store: str | None) -> None:
    """Add NAME and print what to send in chat, and the link to sign in with."""
    with common.transaction() as session:
        member = accounts.add(session, name, role, store_code=store, now=common.now())
        told, sending, link = _told(session, member), _new_code(session, member), _new_link(session, member)
    added = ADDED(name=told["name"], role=ROLES[Role(role)](), store=told["store"])
    lines = [added, _send(told["name"], sending), _open(told["name"], link)]
    common.emit(told | sending | link, lambda: "\n".join(lines))


@staff.command()
@click.argument("name")
def code(name: str) -> None:
    """A new chat code for NAME; earlier ones end."""
    with common.transaction() as session:
        member = accounts.get_by_name(session, name)
        told, sending = _told(session, member), _new_code(session, member)
    common.emit(told | sending, lambda: _send(told["name"], sending))


@staff.command()
@click.argument("name")
@click.option("--lost-phone", is_flag=True, help="Their second step is lost: password and second step end now.")
def invite(name: str, *, lost_phone: bool) -> None:
    """A new link for NAME to choose a password with, also instead of a forgotten one; earlier links end."""
    with common.transaction() as session:
        member = accounts.get_by_name(session, name)
        told, link = _told(session, member), _new_link(session, member, anew=lost_phone)
    common.emit(told | link, lambda: _open(told["name"], link))


@staff.command("list")
def list_() -> None:
    """Everybody who works here, with the channels they write from."""
    with common.reading() as session:
        people = [_told(session, member) for member in accounts.list_all(session)]
    common.emit(people, lambda: _listed(people))


@staff.command()
@click.argument("name")
def remove(name: str) -> None:
    """NAME stops working here, at once; what they did stays."""
    with common.transaction() as session:
        member = accounts.get_by_name(session, name)
        told = _told(session, member)
        _, cases = colleagues.dismiss(session, member.id, by=audit.CLI, now=common.now())
    lines = [REMOVED(name=told["name"]), *([LEFT(cases=cases)] if cases else [])]
    common.emit(told | {"chats": [], "removed": True, "cases": cases}, lambda: "\n".join(lines))


def _told(session: Session, member: StaffMember) -> dict[str, Any]:
    return {
        "id": member.public_id,
        "name": accounts.name_of(session, member),
        "role": member.role,
        "store": session.get_one(Store, member.store_id).code,
        "chats": sorted(chat.account.kind for chat in binding.chats_of_member(session, member.id)),
        "added_at": member.created_at,
    }


def _new_code(session: Session, member: StaffMember) -> dict[str, str | datetime]:
    asked_at = common.now()
    fresh = binding.issue_code(session, member.id, now=asked_at)
    return {"code": fresh, "send": f"/nv {fresh}", "expires_at": asked_at + CODE_LIVES}


def _new_link(session: Session, member: StaffMember, *, anew: bool = False) -> dict[str, str | datetime]:
    asked_at = common.now()
    token = colleagues.invite(session, member, anew=anew, by=audit.CLI, now=asked_at)
    link = invitations.address(common.chosen().base_url, token)
    return {"signin_url": link, "signin_until": asked_at + invitations.LIVES[Kind.PASSWORD]}


def _open(name: str, link: dict[str, str | datetime]) -> str:
    return OPEN(name=name, link=link["signin_url"], days=invitations.LIVES[Kind.PASSWORD].days)


def _send(name: str, sending: dict[str, str | datetime]) -> str:
    return SEND(name=name, line=sending["send"], minutes=int(CODE_LIVES.total_seconds()) // 60)


def _listed(people: list[dict[str, Any]]) -> str:
    if not people:
        return NOBODY()
    rows = [
        [
            each["name"],
            ROLES[Role(each["role"])](),
            each["store"],
            ", ".join(each["chats"]) or "–",
            common.moment(each["added_at"]),
        ]
        for each in people
    ]
    return common.table(HEAD().split("|"), rows)


commands = [staff]
