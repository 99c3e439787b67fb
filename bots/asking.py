"""What waits for a second person, told in chats: to who may decide it, and the decision to who asked.

Large bills and adjustments are told by whoever asks or decides (`bots.voice`), campaigns and journeys by a pump.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bots import requests
from bots.commands import people
from bots.texts import splitting
from loyalty import shop
from loyalty.journeys import deciding
from loyalty.messaging import notices
from loyalty.staff import binding
from loyalty.staff.binding import StaffChat
from loyalty.staff.models import Approval, Role

DECIDERS = (Role.MANAGER, Role.OWNER)
Limits = Mapping[str, int]  # characters of one message, by the kinds of channels that send


def wanted(session: Session, request: Approval, *, now: datetime) -> bool:
    """Tell managers and owners, but not who asks, that something waits; whether the chat of any is open."""
    chats = _of_others(request, deciders(session, now=now))
    _show(session, request, chats, {}, now)
    return bool(chats)


def decided(session: Session, request: Approval, done: Any, *, now: datetime) -> bool:
    """Tell who asked what became of it; `done` is what a yes led to. Whether they work from a chat."""
    if request.asked_by_id is None:
        return False
    chats = binding.chats_of_member(session, request.asked_by_id)[:1]
    for chat in chats:
        words = requests.decided(session, request, done, now=now)
        _tell(session, chat, f"approval:{request.id}:decided", words, {}, now)
    return bool(chats)


def deciders(session: Session, *, now: datetime) -> Sequence[StaffChat]:
    """The chats of managers and owners that can be written to now."""
    return people.open_chats(session, DECIDERS, now=now)


def untold(request: Approval, chats: Sequence[StaffChat], limits: Limits) -> Sequence[StaffChat]:
    """Those of the deciders' chats whose people may decide it and were not shown it, where a channel sends."""
    shown = request.payload.get("shown", ())
    others = _of_others(request, chats)
    return [chat for chat in others if chat.member.id not in shown and chat.account.kind in limits]


def tell_waiting(
    session: Session, request: Approval, open_chats: Sequence[StaffChat], limits: Limits, *, now: datetime
) -> int:
    """Show it, whole, to each of the deciders who were not; how many."""
    chats = untold(request, open_chats, limits) if request.state == "waiting" else ()
    _show(session, request, chats, limits, now)
    shown = {*request.payload.get("shown", ()), *(chat.member.id for chat in chats)}
    request.payload = {**request.payload, "shown": sorted(shown)}
    return len(chats)


def tell_decided(session: Session, request: Approval, *, now: datetime) -> int:
    """Tell who asked what was decided, once; whether they work from a chat."""
    if request.payload.get("told"):  # by another worker, since we looked
        return 0
    request.payload = {**request.payload, "told": True}
    return decided(session, request, deciding.of(session, request) if request.state == "approved" else None, now=now)


def _of_others(request: Approval, chats: Sequence[StaffChat]) -> Sequence[StaffChat]:
    return [chat for chat in chats if chat.member.id != request.asked_by_id]


def _show(session: Session, request: Approval, chats: Sequence[StaffChat], limits: Limits, now: datetime) -> None:
    for chat in chats:
        words = requests.say(session, request, "wanted", shop.of(session).locale)
        _tell(session, chat, f"approval:{request.id}:wanted:{chat.account.id}:{chat.user_id}", words, limits, now)


def _tell(session: Session, chat: StaffChat, key: str, words: str, limits: Limits, now: datetime) -> None:
    """In so many messages as its channel needs. Once more queues nothing."""
    parts = splitting.split(words, limits.get(chat.account.kind, splitting.TEXT_LIMIT))
    for number, part in enumerate(parts, 1):
        its_key = key + (f":{number}" if number > 1 else "")
        notices.tell_chat(session, chat.account.id, chat.user_id, its_key, part, now=now)
