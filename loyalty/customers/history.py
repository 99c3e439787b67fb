"""What happened to a customer, by groups of kinds; who of the shop looked or changed; how old what is known is.

However long a customer's history is, a page looks at `SCAN` rows of it at most.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.activity.models import Activity
from loyalty.customers.corrections import Field
from loyalty.customers.models import Customer
from loyalty.staff.models import AuditEntry

SCAN = 2_000
GROUPS: Mapping[str, frozenset[str]] = {
    "messages": frozenset(
        {
            *("message_in", "message_out", "offer_sent", "offer_shown"),
            *("conversation_waiting", "conversation_taken", "conversation_returned"),
        }
    ),
    "points": frozenset(
        {
            *("purchase", "purchase_undone", "purchase_returned", "purchase_return_undone"),
            *("tier", "tier_set", "tier_set_undone"),
            *("points_opened", "points_opening_undone", "points_adjusted", "points_adjustment_undone"),
            *("points_expired", "points_released", "points_given", "points_gift_undone"),
            *("redemption_requested", "redemption_fulfilled", "redemption_cancelled", "redemption_expired"),
        }
    ),
    "consent": frozenset({"consent", "privacy_requested", "privacy_refused", "erased"}),
    "care": frozenset(
        {
            *("note", "note_taken_back", "tagged", "untagged"),
            *("case_opened", "case_answered", "case_closed", "case_reopened"),
        }
    ),
    "profile": frozenset(
        {
            *("created", "joined", "renamed", "phone_claimed", "phone_proven", "linked", "detached"),
            *(
                "followed",
                "unfollowed",
                "joining_undone",
                "birthday",
                "referral",
                "custom_fields",
                "interest_told",
                "interest_refused",
            ),
        }
    ),
}
TOLD_OF: Mapping[Field, frozenset[str]] = {  # timeline rows that say a field was given anew
    Field.NAME: frozenset({"renamed"}),
    Field.PHONE: frozenset({"phone_claimed", "phone_proven"}),
    Field.BIRTHDAY: frozenset({"birthday"}),
}
CORRECTED = frozenset({"customer_corrected", "customer_changed"})  # audit rows whose `fields` say what


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows, newest first; `next` is the id the next page begins after, None at the end."""

    rows: Sequence[Activity]
    next: int | None


def list_group(
    session: Session, customer_id: int, group: str | None, *, before: int | None = None, limit: int = 30
) -> Page:
    """A page of the timeline; of one of `GROUPS`, or of everything. It may be empty and still have a next one."""
    query = select(Activity).where(Activity.customer_id == customer_id).order_by(Activity.id.desc())
    if before is not None:
        query = query.where(Activity.id < before)
    end = None
    if group is not None:
        end = session.scalar(query.with_only_columns(Activity.id).limit(1).offset(SCAN - 1))
        query = query.where(Activity.kind.in_(GROUPS[group]), Activity.id >= (end or 0))
    rows = session.scalars(query.limit(limit + 1)).all()
    return Page(rows[:limit], rows[limit - 1].id if len(rows) > limit else end)


def list_looks(
    session: Session, customer: Customer, *, before: int | None = None, limit: int = 20
) -> Sequence[AuditEntry]:
    """A page of what people of the shop did about this customer, newest first."""
    query = select(AuditEntry).where(AuditEntry.subject == f"customer:{customer.public_id}")
    if before is not None:
        query = query.where(AuditEntry.id < before)
    return session.scalars(query.order_by(AuditEntry.id.desc()).limit(limit)).all()


def given_at(session: Session, customer: Customer) -> Mapping[Field, datetime | None]:
    """When each field was given last, as far as the newest rows tell; None where there is nothing, or nobody knows."""
    rows = list_group(session, customer.id, "profile", limit=SCAN).rows
    looks = list_looks(session, customer, limit=SCAN)
    found: dict[Field, datetime | None] = {}
    for field, is_known in (
        (Field.NAME, customer.name is not None),
        (Field.PHONE, customer.phone is not None),
        (Field.EMAIL, customer.email is not None),
    ):
        told = [row.at for row in rows if row.kind in TOLD_OF.get(field, ())]
        noted = [look.at for look in looks if look.action in CORRECTED and field.value in look.detail.get("fields", ())]
        known = [*told, *noted, *([customer.created_at] if field in TOLD_OF else [])]
        found[field] = max(known, default=None) if is_known else None
    return found
