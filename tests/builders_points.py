"""Bills and awards, as a test begins with them."""

from collections.abc import Mapping
from datetime import date, datetime
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from loyalty.customers.models import Customer, CustomerStats
from loyalty.db import new_public_id
from loyalty.points import accrual, lots, verify
from loyalty.points.accrual import Award, Bill
from loyalty.points.models import TierChange, TierReason
from loyalty.points.returns import reversal
from loyalty.points.returns.reversal import Reversal
from loyalty.programme import versions
from loyalty.programme.document import Programme
from loyalty.programme.models import ProgrammeVersion
from loyalty.staff import stores
from tests.builders import NOON

BILL_LIMIT = "cashier_bill = 5000000 # a bigger bill by a cashier waits for approval\n"  # the last line of the demo's
DEMO = Path(versions.__file__).parent / "demo.toml"

_numbers = count(1)


def make_bill(session: Session, total: int = 250_000, **details: Any) -> Bill:
    """A bill of the first store."""
    return Bill(total=total, store_id=stores.default(session).id, **details)


def award(
    session: Session,
    who: Customer | str,
    total: int = 250_000,
    *,
    key: str | None = None,
    now: datetime = NOON,
    actor: str = "cli",
    **details: Any,
) -> Award:
    """A bill recorded for a customer or a phone, under a key of its own unless one is given."""
    return accrual.record_purchase(
        session,
        who if isinstance(who, str) else who.id,
        make_bill(session, total, **details),
        actor=actor,
        key=key or f"test:{next(_numbers)}",
        now=now,
    )


def undo(session: Session, made: Award, *, key: str | None = None, now: datetime = NOON, **who: Any) -> Reversal:
    return reversal.undo(session, made.entry.id, actor="cli", key=key or f"test:{next(_numbers)}", now=now, **who)


def stats_of(session: Session, customer: Customer | int) -> CustomerStats:
    """The totals as the database has them now."""
    customer_id = customer if isinstance(customer, int) else customer.id
    return session.get_one(CustomerStats, customer_id, populate_existing=True)


def set_totals(session: Session, customer: Customer, **values: Any) -> None:
    """Totals no purchase explains: a tier (its history says it was kept), a carry a test begins with."""
    held, tier = stats_of(session, customer).tier, values.get("tier")
    if tier not in (None, held):
        kept = TierChange(public_id=new_public_id(), customer_id=customer.id, from_tier=held, to_tier=tier)
        kept.reason, kept.actor, kept.at = TierReason.KEPT, "cli", NOON
        session.add(kept)
        session.flush()
    session.execute(update(CustomerStats).where(CustomerStats.customer_id == customer.id).values(values))


def promise(session: Session, customer: Customer, points: int, available_on: date | None, now: datetime = NOON) -> None:
    """Points of a small bill that are promised only, until a shop day."""
    made = award(session, customer, 1, now=now)
    row = {"entry_id": made.entry.id, "customer_id": customer.id, "points": points, "remaining": points}
    lots.insert_promise(session.connection(), {**row, "expires_on": date(2028, 1, 1)}, available_on)
    set_totals(session, customer, points_pending=CustomerStats.points_pending + points, next_change_on=available_on)


def add_terms(session: Session, terms: str, *, since: date = date(2026, 11, 1), version: int = 2) -> Programme:
    """The demo programme with more text at its end, in force from a day on."""
    return make_programme(session, version, since, {BILL_LIMIT: f"{BILL_LIMIT}\n{terms}\n"})


def limit_adjustments(session: Session, most: int) -> Programme:
    """Rules by which more points than this, given or taken by hand by whomever, wait for a second person."""
    said = "".join(f"\n[limits.{role}]\nadjust_points = {most}\n" for role in ("manager", "owner"))
    return make_programme(session, 2, date(2026, 11, 1), {BILL_LIMIT: f"cashier_bill = 5000000\n{said}"})


def demo_programme() -> Programme:
    """What a fresh database is in force with."""
    return versions.parse(1, DEMO.read_text(encoding="utf-8"))


def make_programme(session: Session, version: int, effective_from: date, changes: Mapping[str, str]) -> Programme:
    """The demo programme with pieces of its text replaced, in force from a day on."""
    first = session.get_one(ProgrammeVersion, 1)
    document = first.document
    for old, new in changes.items():
        assert old in document
        document = document.replace(old, new)
    session.add(ProgrammeVersion(version=version, document=document, effective_from=effective_from, created_at=NOON))
    session.flush()
    return versions.parse(version, document)


def problems(session: Session) -> list[str]:
    return list(verify.problems(session))
