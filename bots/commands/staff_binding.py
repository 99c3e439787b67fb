"""A chat account becomes somebody's of the shop, and stops being it."""

from sqlalchemy.orm import Session

from bots.commands import STAFF, Chat, Reply, command, people
from bots.commands.faults import read_staff_code
from bots.texts import text
from loyalty import shop
from loyalty.alerts import raising
from loyalty.messaging import notices
from loyalty.staff import accounts, binding
from loyalty.staff.models import Role, StaffMember


@command("nv", "staff", for_=STAFF, help="", for_everybody=True, keeps_refused=True, reads=read_staff_code)
def bind(session: Session, chat: Chat, code: str) -> Reply:
    """`/nv K7M29QXD` binds this chat to the code's owner; the owners of the shop, and a chat it displaces, are told.

    Raises WrongCode, whose count of misses must stay, and CodesExhausted.
    """
    known = binding.bound_to(session, chat.account.id, chat.user_id)
    member = binding.bind(session, code, channel_account_id=chat.account.id, user_id=chat.user_id, now=chat.now)
    if known is None or known.id != member.id:
        _tell_owners(session, chat, member)
        _tell_displaced(session, chat, member)
    name, role = accounts.name_of(session, member), text(f"role.{member.role}", chat.locale)
    return Reply(text("staff.bound", chat.locale, name=name, role=role, shop=shop.of(session).name))


@command("thoát", "leave", for_=STAFF, help="/thoat")
def leave(session: Session, chat: Chat, _: str) -> Reply:
    """This chat is nobody's of the shop any more."""
    binding.unbind(session, chat.account.id, chat.user_id, now=chat.now)
    return Reply(text("staff.left", chat.locale))


def _tell_displaced(session: Session, chat: Chat, member: StaffMember) -> None:
    """The person's chat of before learns that it is theirs no more: a code is made by somebody else."""
    locale = shop.of(session).locale
    told = text("staff.displaced", locale, channel=text(f"channel.{chat.account.kind}", locale))
    for left in binding.chats_ended(session, member.id, at=chat.now):
        if (left.account.id, left.user_id) != (chat.account.id, chat.user_id) and people.is_open(left, chat.now):
            key = f"displaced:{chat.event_key}:{left.account.id}:{left.user_id}"
            notices.tell_chat(session, left.account.id, left.user_id, key, told, now=chat.now)


def _tell_owners(session: Session, chat: Chat, member: StaffMember) -> None:
    """By name, where an owner can be written to; else the alert stays open and they are told later."""
    locale = shop.of(session).locale
    channel = text(f"channel.{chat.account.kind}", locale)
    facts = {"name": accounts.name_of(session, member), "role": text(f"role.{member.role}", locale)}
    told = text("staff.bound_notice", locale, channel=channel, **facts)
    owners = [
        owner
        for owner in people.open_chats(session, [Role.OWNER], now=chat.now)
        if (owner.account.id, owner.user_id) != (chat.account.id, chat.user_id)
    ]
    for owner in owners:
        key = f"bound:{chat.event_key}:{owner.account.id}:{owner.user_id}"
        notices.tell_chat(session, owner.account.id, owner.user_id, key, told, now=chat.now)
    about = ("staff_bound", f"staff:{member.public_id}")
    for alert in raising.untold(session) if owners else ():
        if (alert.kind, alert.subject) == about:
            raising.mark_told(session, alert.id, now=chat.now)
