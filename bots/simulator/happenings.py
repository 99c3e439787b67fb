"""What the program did because of a chat, row by row, as its own tables tell it. Read only."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from bots.simulator.standing import Seat
from loyalty.activity import timeline
from loyalty.customers import profiles
from loyalty.errors import NotFound
from loyalty.messaging import contents
from loyalty.messaging.models import InboundEvent, OutboundMessage
from loyalty.points.models import LedgerEntry
from loyalty.programme import versions
from loyalty.programme.models import ProgrammeVersion
from loyalty.purchases.models import Purchase
from loyalty.rewards import redemptions
from loyalty.staff import accounts as staff
from loyalty.staff.models import Approval, AuditEntry
from loyalty.vault.people import Erased

MOST = 25  # rows of one kind
TOLD_ELSEWHERE = (
    *("message_in", "message_out", "offer_sent"),
    *("purchase", "purchase_undone", "purchase_returned", "purchase_return_undone"),
)
QUIET = ("echo", "delivery", "read", "oa_send_text", "user_received_message", "user_seen_message")  # no act of a person
LANES = ("reply", "notice", "promotion")

Json = dict[str, Any]


def list_newest(session: Session, seat: Seat) -> list[Json]:
    """Newest first: `kind`, `row`, `at` (ISO 8601), what the kind tells; no phone, and words only of what waits."""
    found = [
        *_events(session, seat),
        *_messages(session, seat),
        *_movements(session, seat),
        *_activities(session, seat),
        *_audits(session, seat),
        *_approvals(session, seat),
    ]
    return sorted(found, key=lambda item: (item["at"], item["order"], item["row"]), reverse=True)


def _item(kind: str, row_id: int, at: datetime, order: int, **facts: Any) -> Json:
    """`order` settles what comes first of what one transaction wrote at one instant."""
    return {"kind": kind, "row": row_id, "at": at.isoformat(), "order": order} | facts


def _events(session: Session, seat: Seat) -> Iterator[Json]:
    acts = (InboundEvent.sender == seat.sender, InboundEvent.name.not_in(QUIET))
    for event in session.scalars(select(InboundEvent).where(*acts).order_by(InboundEvent.id.desc()).limit(MOST)):
        yield _item(
            "event",
            event.id,
            event.received_at,
            0,
            name=event.name,
            state=event.state,
            attempts=event.attempts,
            took=_milliseconds(event.received_at, event.settled_at),
            mid=event.event_id.removeprefix("msg:"),
            error=event.error,
        )


def _messages(session: Session, seat: Seat) -> Iterator[Json]:
    if seat.account is None:
        return
    query = (
        select(OutboundMessage)
        .where(OutboundMessage.channel_account_id == seat.account.id, OutboundMessage.user_id == seat.user)
        .order_by(OutboundMessage.id.desc())
        .limit(MOST)
    )
    for message in session.scalars(query):
        yield _item(
            "message",
            message.id,
            message.created_at,
            5,
            lane=LANES[message.lane],
            state=message.state,
            reason=message.reason,
            error=message.error,
            text=_waiting_words(session, message),
            took=_milliseconds(message.created_at, message.settled_at),
            delivered=message.delivered_at is not None,
            seen=message.seen_at is not None,
            mid=message.provider_id,
        )


def _waiting_words(session: Session, message: OutboundMessage) -> str:
    """What has not gone yet, and will; a campaign's words are made when it goes."""
    if message.state not in ("waiting", "sending") or message.body is None:
        return ""
    try:
        return contents.read(session, message).text
    except Erased:
        return ""


def _movements(session: Session, seat: Seat) -> Iterator[Json]:
    """Movements of this customer's points, or those this member of staff made."""
    mine: list[ColumnElement[bool]] = []
    if seat.identity is not None:
        mine.append(LedgerEntry.customer_id == seat.identity.customer_id)
    if seat.actor is not None:
        mine.append(LedgerEntry.actor == seat.actor)
    if not mine:
        return
    query = (
        select(LedgerEntry, Purchase)
        .outerjoin(Purchase, Purchase.id == LedgerEntry.purchase_id)
        .where(or_(*mine))
        .order_by(LedgerEntry.id.desc())
        .limit(MOST)
    )
    for entry, purchase in session.execute(query):
        yield _item("points", entry.id, entry.posted_at, 2, **_movement(session, entry, purchase))


def _movement(session: Session, entry: LedgerEntry, purchase: Purchase | None) -> Json:
    facts = {
        "number": entry.id,
        "points": entry.points,
        "balance": entry.balance_after,
        "credit": entry.credit,
        "carry_before": entry.carry - entry.carry_change,
        "carry": entry.carry,
        "undoes": entry.reverses_id,
        "own": entry.actor == redemptions.CUSTOMER,  # their own doing in a chat
        "by": _actor_name(session, entry.actor),
        "customer": _customer_name(session, entry.customer_id),
    }
    bill = {} if purchase is None else {"total": purchase.total, "reference": purchase.reference}
    return facts | bill | _rate(session, entry)


def _rate(session: Session, entry: LedgerEntry) -> Json:
    """By which rules the points were computed."""
    version = None if entry.programme is None else session.get(ProgrammeVersion, entry.programme)
    if version is None or entry.tier is None:
        return {}
    rules = versions.parse(version.version, version.document)
    tier = rules.tier(entry.tier)
    return {"per": rules.per_amount, "multiplier": float(tier.multiplier), "tier_names": dict(tier.names)}


def _activities(session: Session, seat: Seat) -> Iterator[Json]:
    if seat.identity is None:
        return
    for row in timeline.list_newest(session, seat.identity.customer_id, limit=2 * MOST):
        if row.kind not in TOLD_ELSEWHERE:
            yield _item("activity", row.id, row.at, 3, what=row.kind, data=_named(session, row.data))


def _named(session: Session, data: Mapping[str, Any]) -> Json:
    """Tiers by their names."""
    newest = session.scalar(select(ProgrammeVersion).order_by(ProgrammeVersion.version.desc()).limit(1))
    if newest is None or "to" not in data:
        return dict(data)
    rules = versions.parse(newest.version, newest.document)
    return {**data, "from_names": dict(rules.tier(data["from"]).names), "to_names": dict(rules.tier(data["to"]).names)}


def _audits(session: Session, seat: Seat) -> Iterator[Json]:
    if seat.actor is None:
        return
    query = select(AuditEntry).where(AuditEntry.actor == seat.actor).order_by(AuditEntry.seq.desc()).limit(MOST)
    for entry in session.scalars(query):
        yield _item("audit", entry.id, entry.at, 4, action=entry.action, subject=entry.subject, seq=entry.seq)


def _approvals(session: Session, seat: Seat) -> Iterator[Json]:
    if seat.member is None:
        return
    mine = or_(Approval.asked_by_id == seat.member.id, Approval.decided_by_id == seat.member.id)
    for approval in session.scalars(select(Approval).where(mine).order_by(Approval.id.desc()).limit(MOST)):
        at = approval.decided_at or approval.asked_at
        yield _item("approval", approval.id, at, 3, number=approval.id, state=approval.state)


def _actor_name(session: Session, actor: str) -> str | None:
    """The name of a member of staff; None for whoever has none."""
    kind, _, public_id = actor.partition(":")
    if kind != "staff":
        return None
    try:
        return staff.name_of(session, staff.get_public(session, public_id))
    except NotFound:
        return None


def _customer_name(session: Session, customer_id: int) -> str | None:
    try:
        return profiles.name_of(session, profiles.get(session, customer_id))
    except Erased:
        return None


def _milliseconds(start: datetime, end: datetime | None) -> int | None:
    return None if end is None else max(0, (end - start) // timedelta(milliseconds=1))
