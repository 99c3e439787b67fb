"""One customer after the other: their history made again to the end of a shop day, and whatever differs from theirs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from loyalty.customers.profiles import FIRST_TIER
from loyalty.errors import RuleViolation
from loyalty.points.accounts import CUSTOMERS
from loyalty.points.models import EntryKind
from loyalty.points.replay import book, inputs, movements, standing
from loyalty.points.replay.book import Rulebook, Unexplained
from loyalty.points.replay.inputs import Inputs
from loyalty.points.replay.person import Made, Person


class NoSuchDay(RuleViolation):
    """There is nothing to replay up to this day: it is to come, or lies before `first`, the day of the first record."""

    code = "replay_day"


@dataclass(frozen=True, slots=True)
class Replayed:
    """One customer: what the replay gives in whole points, and a line for every difference.

    `balance` has what fell due by the end of the day; `kept` (promises) and `ended` of it no movement says yet.
    """

    customer: str  # public id
    movements: int
    ledger: int  # whole points by the ledger
    balance: int
    kept: int
    ended: int
    differences: Sequence[str]


def check(session: Session, until: date | None, *, today: date) -> date:
    """The day to replay up to; today unless one is asked for. Raises NoSuchDay."""
    first = inputs.first_day(session) or today
    if until is not None and not first <= until <= today:
        raise NoSuchDay(field="as_of", typed=until, first=first, today=today)
    return until or today


def count(session: Session) -> int:
    """How many customers there are."""
    return session.scalar(select(func.count()).select_from(CUSTOMERS)) or 0


def faults(session: Session) -> list[str]:
    """A line for every version of the rules that cannot be read: nothing it rated can be replayed."""
    return book.read(session)[1]


def replay(session: Session, until: date, *, is_whole: bool) -> Iterator[Replayed]:
    """Every customer by ascending id, up to the end of a shop day; give it one snapshot (`read_only()`).

    `is_whole`: nothing lies after that day, so what is kept of each customer now is compared as well.
    """
    after = 0
    while ids := inputs.next_ids(session, after):
        yield from replay_some(session, ids, until, is_whole=is_whole)
        after = ids[-1]


def replay_some(session: Session, ids: Sequence[int], until: date, *, is_whole: bool) -> Iterator[Replayed]:
    """The same of the customers from the first to the last of these ids, which ascend."""
    rules, _faults = book.read(session)
    for each in inputs.read(session, ids):
        yield _replayed(rules, each, until, is_whole)


def _replayed(rules: Rulebook, found: Inputs, until: date, is_whole: bool) -> Replayed:
    ledger = [entry for entry in found.ledger if entry.posted_on <= until]
    steps = [step for step in found.steps if rules.shop.day(step.at) <= until]
    person = Person(found, rules)
    differences = list(_history(person, ledger, steps))
    balance = sum(entry.points for entry in ledger)
    if not differences:
        differences += _end(person, ledger, steps)
        differences += _now(person) if is_whole else ()
    kept, ended = _due(person, until)
    return Replayed(
        found.public_id, len(ledger), balance, person.points + kept - ended, kept, ended, tuple(differences)
    )


def _history(person: Person, ledger: Sequence[Any], steps: Sequence[Any]) -> Iterator[str]:
    """Make everything again in the order it happened; what differs first, for all after it rests on that."""
    waiting = list(reversed(steps))
    for entry in ledger:
        try:
            while waiting and _comes_before(person, waiting[-1], entry):
                standing.step(person, waiting.pop())
            tier = person.tier
            made = movements.make(person, entry)
        except Unexplained as error:
            yield f"{_name(entry)}: the ledger says {_said(entry)}; replayed it cannot be: {error}"
            return
        if difference := _difference(person, entry, made, tier):
            yield f"{_name(entry)}: {difference}"
            return
    try:
        while waiting:
            standing.step(person, waiting.pop())
    except Unexplained as error:
        yield f"tiers: {error}"


def _comes_before(person: Person, step: Any, entry: Any) -> bool:
    """Whether a step of the tiers was made before a movement; of the same instant, the tier its bill found says it."""
    if step.at != entry.posted_at:
        return bool(step.at < entry.posted_at)
    row = person.inputs.purchases.get(entry.purchase_id)
    if entry.kind != EntryKind.EARN or row is None:
        return False
    return bool(step.to_tier == row.tier_before != person.tier)


def _difference(person: Person, entry: Any, made: Made, tier: str) -> str | None:
    """What the ledger says of a movement and what the replay gives, where they are not the same."""
    lot = person.inputs.lots.get(entry.id)
    promised = lot.points if lot is not None and lot.promised and entry.kind == EntryKind.EARN else 0
    says = {
        "points": (entry.points, made.points),
        "promised": (promised, made.promised),
        "balance": (entry.balance_after, person.points),
        "carry": (entry.carry, person.carry),
        "credit": (entry.credit, made.credit),
        "tier": (entry.tier, made.tier),
        "programme": (entry.programme, made.version),
    }
    found = _told(says) or (_bill(person, entry, tier) if entry.kind == EntryKind.EARN else None)
    return found if found is None or made.version is None else f"{found} (programme {made.version})"


def _bill(person: Person, entry: Any, tier: str) -> str | None:
    bill = person.bill(entry.purchase_id)
    return _told(
        {
            "eligible": (bill.row.eligible, bill.eligible),
            "tier before": (bill.row.tier_before, tier),
            "tier after": (bill.row.tier_after, bill.tier_after),
        }
    )


def _told(says: dict[str, tuple[Any, Any]]) -> str | None:
    other = {name: pair for name, pair in says.items() if pair[0] != pair[1]}
    if not other:
        return None
    ledger = ", ".join(f"{name} {said}" for name, (said, _given) in other.items())
    return f"the ledger says {ledger}; the replay gives " + ", ".join(
        f"{name} {given}" for name, (_said, given) in other.items()
    )


def _end(person: Person, ledger: Sequence[Any], steps: Sequence[Any]) -> Iterator[str]:
    """The balance and the tier at the end of the day."""
    says = {"tier": (steps[-1].to_tier if steps else FIRST_TIER, person.tier)}
    balance = sum(entry.points for entry in ledger)
    if difference := _told({"balance": (balance, person.points), **says}):
        yield difference


def _now(person: Person) -> Iterator[str]:
    """What is kept of the customer, of their bills and lots."""
    totals = person.inputs.totals
    if totals is None:
        yield "there is no row of totals"
        return
    pending = sum(lot.remaining for lot in person.open_lots() if lot.waits)
    kept = {
        "points": (totals.points, person.points),
        "pending": (totals.points_pending, pending),
        "carry": (totals.carry, person.carry),
        "tier": (totals.tier, person.tier),
    }
    if difference := _told(kept):
        yield f"totals: {difference}"
    yield from _lots(person)
    yield from _bills(person)


def _lots(person: Person) -> Iterator[str]:
    said = person.inputs.lots
    for lot_id in sorted(said.keys() | person.lots.keys()):
        row, lot = said.get(lot_id), person.lots.get(lot_id)
        if row is None or lot is None:
            yield f"lot {lot_id} is {'not ' if row is None else ''}there; the replay gives {'one' if lot else 'none'}"
            continue
        ends = (row.expires_on, lot.expires_on) if lot.remaining else (None, None)
        pair = {"points": (row.points, lot.points), "remaining": (row.remaining, lot.remaining), "end": ends}
        if difference := _told(pair):
            yield f"lot {lot_id}: {difference}"


def _bills(person: Person) -> Iterator[str]:
    for purchase_id, row in person.inputs.purchases.items():
        bill = person.bills.get(purchase_id)
        if bill is None:
            yield f"purchase {row.public_id} made no movement"
        elif difference := _told({"state": (row.state, bill.state), "returned": (row.returned, bill.returned)}):
            yield f"purchase {row.public_id}: {difference}"


def _due(person: Person, until: date) -> tuple[int, int]:
    """Whole points of promises to be kept by the end of a day, and of lots that ended by then, no movement says yet."""
    promises = movements.due(person, until)
    return sum(lot.remaining for lot in promises), sum(share.points for share in movements.ended(person, until))


def _name(entry: Any) -> str:
    return f"movement {entry.id} (seq {entry.seq}, {entry.kind})"


def _said(entry: Any) -> str:
    return f"points {entry.points}, balance {entry.balance_after}"
