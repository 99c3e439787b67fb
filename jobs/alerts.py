"""Telling the owners what must not wait until somebody looks: a line in chat while their window is open."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

from sqlalchemy.orm import Session
from structlog import get_logger

from jobs.registry import Context, pump
from loyalty import shop
from loyalty.alerts import raising
from loyalty.alerts.models import Alert
from loyalty.alerts.sentences import OTHER, TEXTS
from loyalty.channels import accounts as channels
from loyalty.messaging import notices
from loyalty.staff import binding
from loyalty.staff.binding import StaffChat
from loyalty.staff.models import Role

log = get_logger()

HEAD = {"vi": "{shop} cần bạn xem qua:", "en": "{shop} needs your eyes:"}


@pump(rest=2.0)
def tell_owners(context: Context) -> int:
    """Write about alerts nobody was told of, as soon as an owner can be written to; returns how many were told.

    Each is told once: whichever worker marks it first writes, all of a round in one message.
    """
    now = context.clock()
    with context.read_only() as session:  # most rounds find nothing, and hold no writer up
        if not raising.untold(session) or not open_chats(session, now=now):
            return 0
    with context.transaction() as session:
        return tell(session, now=now)


def tell(session: Session, *, now: datetime) -> int:
    """One notice about every untold alert to each owner who can be written to; returns how many were told."""
    chats = open_chats(session, now=now)
    if not chats:
        return 0
    told = [alert for alert in raising.untold(session) if raising.mark_told(session, alert.id, now=now)]
    if told:
        text = compose(session, told)
        for chat in chats:
            key = f"alerts:{told[0].id}:{chat.account.id}:{chat.user_id}"
            notices.tell_chat(session, chat.account.id, chat.user_id, key, text, now=now)
        log.info("alerts_told", count=len(told), recipient=len(chats))
    return len(told)


def open_chats(session: Session, *, now: datetime) -> list[StaffChat]:
    """The chats of owners a free message reaches now."""
    return [chat for chat in binding.chats_of(session, [Role.OWNER]) if _is_open(chat, now)]


def compose(session: Session, alerts: Sequence[Alert]) -> str:
    """One line for each kind, in the shop's language; nothing personal."""
    place = shop.of(session)
    by_kind = groupby(sorted(alerts, key=lambda alert: (alert.kind, alert.id)), key=lambda alert: alert.kind)
    lines = [f"• {_line(kind, list(found), place.locale)}" for kind, found in by_kind]
    return "\n".join([HEAD[place.locale].format(shop=place.name), *lines])


def _is_open(chat: StaffChat, now: datetime) -> bool:
    closes = channels.window_end(chat.account, chat.last_interaction_at)
    return chat.account.stopped_at is None and closes is not None and now < closes


def _line(kind: str, alerts: Sequence[Alert], locale: str) -> str:
    newest = alerts[-1]
    channel = newest.subject.partition(":")[0].capitalize()
    facts = {"kind": kind, "count": len(alerts), "channel": channel, "detail": newest.detail or "?"}
    return TEXTS.get(kind, OTHER).in_(locale, **facts)
