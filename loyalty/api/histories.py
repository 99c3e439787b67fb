"""/customers/{id}/timeline, /ledger, /consents: what happened to them."""

from collections.abc import Sequence
from typing import Any

from marshmallow import fields
from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.activity import timeline
from loyalty.activity.models import Activity
from loyalty.api import blueprints, pages, work
from loyalty.api.auth import requires_scope
from loyalty.api.fields import Body, Instant
from loyalty.api.pages import PageQuery, page_of
from loyalty.channels.models import ChannelAccount
from loyalty.customers import consents, profiles
from loyalty.customers.models import ConsentEvent, Customer
from loyalty.points import ledger
from loyalty.points.models import LedgerEntry
from loyalty.purchases.models import Purchase
from loyalty.vault.people import Erased

blueprint = blueprints.resource("histories", "What happened to a customer, newest first.", order=20)


class ActivitySchema(Body):
    """`text`, words somebody wrote, only with the scope customers:reveal."""

    id = fields.String(required=True)
    kind = fields.String(required=True)
    at = Instant(required=True)
    data = fields.Dict(required=True)
    text = fields.String(required=True, allow_none=True)


class EntrySchema(Body):
    """One signed movement of whole points."""

    id = fields.String(required=True)
    kind = fields.String(required=True)
    points = fields.Integer(required=True)
    balance_after = fields.Integer(required=True)
    credit = fields.Integer(required=True)  # whole ₫ after the multiplier
    carry = fields.Integer(required=True)  # whole ₫ left over after this entry; below 0 later bills make it up
    tier_code = fields.String(required=True, allow_none=True)
    purchase_id = fields.String(required=True, allow_none=True)
    reverses = fields.String(required=True, allow_none=True)
    actor = fields.String(required=True)
    posted_at = Instant(required=True)


class ConsentSchema(Body):
    """One yes or no, as it was given."""

    id = fields.String(required=True)
    purpose = fields.String(required=True)
    granted = fields.Boolean(required=True)
    channel = fields.String(required=True, allow_none=True)
    text_version = fields.String(required=True)
    locale = fields.String(required=True)
    at = Instant(required=True)


@blueprint.get("/customers/<public_id:customer>/timeline")
@requires_scope("customers:read")
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, page_of(ActivitySchema))
def list_timeline(wanted: dict[str, Any], customer: str) -> dict[str, Any]:
    """Everything that happened to a customer."""
    session = work.here().session
    found, place = profiles.get_public(session, customer), f"timeline {customer}"
    before = pages.start(session, wanted, place)
    rows = timeline.list_newest(session, found.id, before=before, limit=wanted["limit"] + 1)
    return pages.page(session, rows, wanted, place, lambda row: row.id, lambda shown: _activities(found, shown))


@blueprint.get("/customers/<public_id:customer>/ledger")
@requires_scope("customers:read")
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, page_of(EntrySchema))
def list_ledger(wanted: dict[str, Any], customer: str) -> dict[str, Any]:
    """The movements of a customer's points."""
    session = work.here().session
    found, place = profiles.get_public(session, customer), f"ledger {customer}"
    before = pages.start(session, wanted, place)
    rows = ledger.list_newest(session, found.id, before=before, limit=wanted["limit"] + 1)
    return pages.page(session, rows, wanted, place, lambda row: row.seq, show_entries)


@blueprint.get("/customers/<public_id:customer>/consents")
@requires_scope("customers:read")
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, page_of(ConsentSchema))
def list_consents(wanted: dict[str, Any], customer: str) -> dict[str, Any]:
    """What a customer agreed to and refused."""
    session = work.here().session
    found, place = profiles.get_public(session, customer), f"consents {customer}"
    before = pages.start(session, wanted, place)
    events = [event for event in reversed(consents.list_all(session, found.id)) if before is None or event.seq < before]
    rows = events[: wanted["limit"] + 1]
    return pages.page(session, rows, wanted, place, lambda row: row.seq, lambda shown: _consents(session, shown))


def show_entries(entries: Sequence[LedgerEntry]) -> list[dict[str, Any]]:
    """Movements as JSON, in their order."""
    session = work.here().session
    wanted = {entry.purchase_id for entry in entries}
    query = select(Purchase.id, Purchase.public_id).where(Purchase.id.in_(wanted))
    purchases: dict[int, str] = {row.id: row.public_id for row in session.execute(query)}
    return [_entry(entry, purchases.get(entry.purchase_id or 0)) for entry in entries]


def _entry(entry: LedgerEntry, purchase: str | None) -> dict[str, Any]:
    return {
        "id": str(entry.id),
        "kind": entry.kind,
        "points": entry.points,
        "balance_after": entry.balance_after,
        "credit": entry.credit,
        "carry": entry.carry,
        "tier_code": entry.tier,
        "purchase_id": purchase,
        "reverses": None if entry.reverses_id is None else str(entry.reverses_id),
        "actor": entry.actor,
        "posted_at": entry.posted_at,
    }


def _activities(customer: Customer, rows: Sequence[Activity]) -> list[dict[str, Any]]:
    here = work.here()
    words = [_words(here.session, row) if here.caller.reveals else None for row in rows]
    if any(words):
        here.revealed.add(customer.public_id)
    return [
        {"id": row.public_id, "kind": row.kind, "at": row.at, "data": _data(row), "text": text}
        for row, text in zip(rows, words, strict=True)
    ]


def _words(session: Session, row: Activity) -> str | None:
    try:
        return timeline.words(session, row)
    except Erased:
        return None


def _data(row: Activity) -> dict[str, Any]:
    """Numbers of movements are ids, and ids are text outside."""
    return {name: str(value) if name == "entry" else value for name, value in row.data.items()}


def _consents(session: Session, events: Sequence[ConsentEvent]) -> list[dict[str, Any]]:
    kinds: dict[int, str] = {
        row.id: row.kind for row in session.execute(select(ChannelAccount.id, ChannelAccount.kind))
    }
    return [
        {
            "id": event.public_id,
            "purpose": event.purpose,
            "granted": event.granted,
            "channel": kinds.get(event.channel_account_id or 0),
            "text_version": event.text_version,
            "locale": event.locale,
            "at": event.at,
        }
        for event in events
    ]
