"""What is kept about one person, how each part of it came about, and all of it as a document to take away."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.activity import timeline
from loyalty.activity.models import Activity
from loyalty.channels import accounts
from loyalty.customers import birthdays, cases, consents, history, identities, notes, profiles, tags
from loyalty.customers.models import ChannelIdentity, Customer, CustomerStats
from loyalty.customers.traits import fields, interests, typing, values
from loyalty.customers.traits.models import CustomerHour
from loyalty.points import ledger
from loyalty.privacy import requests
from loyalty.purchases import recording
from loyalty.rewards import redemptions
from loyalty.rewards.models import Redemption
from loyalty.staff.models import Store
from loyalty.vault.people import Erased

MOST = 2_000  # rows of one kind in a document, newest first
LOOKS = 200  # newest rows of the audit that may say who corrected what
SAID = ("message_in", "message_out", "offer_sent")
BEGAN = {  # by part of the profile: timeline rows that say when it was given
    "name": ("renamed",),
    "phone": ("phone_claimed", "phone_proven"),
    "birthday": ("birthday",),
}


@dataclass(frozen=True, slots=True)
class Datum:
    """One part of the profile. `how`: told, claimed, shared, staff, or, for what came with the person, their source."""

    part: str  # name, phone, email, birthday
    value: str
    how: str
    at: datetime


def is_proven(session: Session, chat: ChannelIdentity) -> bool:
    """Whether everything of the chat's customer is surely the writer's.

    A phone somebody only typed may be another's: what was bought, noted or said under it is shown after a proof.
    """
    customer = profiles.get(session, chat.customer_id)
    return customer.phone_key is None or chat.proof in ("shared", "staff")


def profile(session: Session, customer: Customer) -> list[Datum]:
    """The parts of the profile there are, each with how and when it came."""
    born = birthdays.find(session, customer)
    values = {
        "name": profiles.name_of(session, customer),
        "phone": profiles.phone_of(session, customer),
        "email": profiles.email_of(session, customer),
        "birthday": born.text if born is not None else None,
    }
    return [_datum(session, customer, part, value) for part, value in values.items() if value]


def document(session: Session, chat: ChannelIdentity, *, now: datetime) -> dict[str, Any]:
    """Everything about the person in plain JSON values: to be read, and to be taken elsewhere.

    Without a proof of the phone only what this chat told and said is in it. Raises Erased.
    """
    customer = profiles.get(session, chat.customer_id)
    if customer.erased_at is not None:
        raise Erased(str(customer.id))
    whole = is_proven(session, chat)
    stats = session.get_one(CustomerStats, customer.id)
    found: dict[str, Any] = {
        "shop": shop.of(session).name,
        "made_at": _at(now),
        "complete": whole,
        "profile": [
            {"part": each.part, "value": each.value, "how": each.how, "at": _at(each.at)}
            for each in profile(session, customer)
            if whole or each.how not in ("staff", "import", "api")
        ],
        "member_since": _at(customer.joined_at) if customer.joined_at else None,
        "language": customer.locale,
        "first_seen": {"by": customer.source, "link": customer.source_ref, "at": _at(customer.created_at)},
        "chats": [_chat(session, each) for each in _chats(session, chat, whole)],
        "purposes": purposes(stats),
        "consents": [_consent(session, each) for each in consents.list_all(session, customer.id)],
        "points": stats.points,
        "tier": stats.tier,
        "movements": _movements(session, customer.id),
        "rewards": _rewards(session, customer.id),
        "requests": [
            {"kind": each.kind, "state": each.state, "asked_at": _at(each.asked_at)}
            for each in requests.of_customer(session, customer.id)
        ],
        "messages": _messages(session, chat, whole),
    }
    return found | (_only_when_proven(session, customer.id) if whole else {})


def purposes(stats: CustomerStats) -> dict[str, bool]:
    """Which purposes are on."""
    switches = {str(purpose): consents.is_on(stats, purpose) for purpose in consents.SWITCHES}
    return {"programme": stats.joined_at is not None, "promotion": stats.consent_promotion} | switches


def _datum(session: Session, customer: Customer, part: str, value: str) -> Datum:
    kinds = BEGAN.get(part, ())
    newest = select(Activity.at).where(Activity.customer_id == customer.id, Activity.kind.in_(kinds))
    at = session.scalar(newest.order_by(Activity.id.desc()).limit(1)) if kinds else None
    by_staff = [
        look.at
        for look in history.list_looks(session, customer, limit=LOOKS)
        if look.action in history.CORRECTED and part in look.detail.get("fields", ())
    ]
    if by_staff and by_staff[0] >= (at or by_staff[0]):
        return Datum(part, value, "staff", by_staff[0])
    how = {"phone": customer.phone_proof, "birthday": "told"}.get(part) or customer.source
    return Datum(part, value, how, at or customer.created_at)


def _chats(session: Session, chat: ChannelIdentity, whole: bool) -> Sequence[ChannelIdentity]:
    return identities.of_customer(session, chat.customer_id) if whole else [chat]


def _chat(session: Session, chat: ChannelIdentity) -> dict[str, Any]:
    return {
        "channel": accounts.get(session, chat.channel_account_id).kind,
        "account": chat.user_id,
        "first_seen_at": _at(chat.first_seen_at),
        "offers": chat.promotion,
    }


def _consent(session: Session, event: Any) -> dict[str, Any]:
    account = accounts.get(session, event.channel_account_id).kind if event.channel_account_id else None
    return {
        "purpose": event.purpose,
        "granted": event.granted,
        "channel": account,
        "wording": event.text_version,
        "words": consents.words_of(session, event),
        "at": _at(event.at),
    }


def _movements(session: Session, customer_id: int) -> list[dict[str, Any]]:
    return [
        {"at": _at(entry.posted_at), "kind": str(entry.kind), "points": entry.points, "balance": entry.balance_after}
        for entry in ledger.list_newest(session, customer_id, limit=MOST)
    ]


def _rewards(session: Session, customer_id: int) -> list[dict[str, Any]]:
    mine = select(Redemption).filter_by(customer_id=customer_id).order_by(Redemption.id.desc()).limit(MOST)
    return [
        {
            "at": _at(each.requested_at),
            "state": str(each.state),
            "points": each.price,
            "code": redemptions.code_of(session, each),
        }
        for each in session.scalars(mine)
    ]


def _messages(session: Session, chat: ChannelIdentity, whole: bool) -> list[dict[str, Any]]:
    mine = select(Activity).where(Activity.customer_id == chat.customer_id, Activity.kind.in_(SAID))
    if not whole:
        mine = mine.where(Activity.at >= chat.first_seen_at)
    rows = session.scalars(mine.order_by(Activity.id.desc()).limit(MOST)).all()
    return [
        {
            "at": _at(row.at),
            "from": "you" if row.kind == "message_in" else "shop",
            "channel": row.data.get("channel"),
            "text": timeline.words(session, row),
        }
        for row in rows
    ]


def _only_when_proven(session: Session, customer_id: int) -> dict[str, Any]:
    bills = ledger.list_purchases(session, customer_id, limit=MOST)
    return {
        "purchases": [_purchase(session, bill) for bill, _entry in bills],
        "tags": list(tags.list_of(session, customer_id)),
        "own_fields": _own_fields(session, customer_id),
        "interests": [
            {"what": each.shown, "bills": each.times, "how": each.source or "bills"}
            for each in interests.list_of(session, customer_id)
        ],
        "best_hour": _best_hour(session, customer_id),
        "notes": [
            {"at": _at(each.at), "text": notes.words_of(session, each)}
            for each in notes.list_newest(session, customer_id, limit=MOST)
        ],
        "cases": [
            {"at": _at(each.opened_at), "kind": each.kind, "state": each.state, "text": cases.words_of(session, each)}
            for each in cases.of_customer(session, customer_id, limit=MOST)
        ],
    }


def _best_hour(session: Session, customer_id: int) -> dict[str, int] | None:
    """By the shop's clock, and how many of their bills and messages it rests on; None: none was learned."""
    found = session.get(CustomerHour, customer_id)
    return None if found is None else {"hour": found.hour, "events": found.events}


def _own_fields(session: Session, customer_id: int) -> list[dict[str, Any]]:
    customer = profiles.get(session, customer_id)
    locale = customer.locale or shop.of(session).locale
    return [
        {
            "field": held.field.key,
            "name": fields.name_in(held.field, locale),
            "value": typing.to_json(held.value),
            "said": typing.write(held.field, held.value, locale),
            "purpose": held.field.purpose,
            "how": held.source,
            "at": _at(held.at),
        }
        for held in values.of_customer(session, customer, archived=True)
    ]


def _purchase(session: Session, purchase: Any) -> dict[str, Any]:
    return {
        "at": _at(purchase.purchased_at),
        "store": session.get_one(Store, purchase.store_id).name,
        "receipt": purchase.reference,
        "total": purchase.total,
        "state": purchase.state,
        "lines": [
            {"name": line.name, "quantity": line.quantity, "unit_price": line.unit_price}
            for line in recording.lines_of(session, purchase)
        ],
    }


def _at(instant: datetime) -> str:
    return instant.isoformat()
