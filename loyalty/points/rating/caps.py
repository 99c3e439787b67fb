"""How much of each rule was given already, kept so that no cap is passed however many awards happen at once.

What one person got lies in `rule_award`, read under their lock. What everybody got together lies in `rule_total`, a
row for each cap and period, locked in the order of their names after the customer. A rule without caps costs nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Insert, Select, bindparam, case, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from loyalty import many, prepared
from loyalty.customers import profiles
from loyalty.points.ledger import LEDGER
from loyalty.points.models import RuleAward, RuleTotal
from loyalty.points.rating import earning
from loyalty.points.rating.earning import Part, Step
from loyalty.programme import versions
from loyalty.programme.document import Cap, Rule
from loyalty.purchases.months import add_months

AWARDS = RuleAward.metadata.tables[RuleAward.__tablename__]
TOTALS = RuleTotal.metadata.tables[RuleTotal.__tablename__]
SHARED = (Cap.DAY, Cap.STORE_DAY, Cap.BUDGET)  # of everybody together
OWN = (Cap.PERSON, Cap.PERSON_DAY, Cap.PERSON_MONTH)
KEPT = (Step.EXCLUDED, Step.LINE, Step.BILL, Step.BONUS)  # the tier's part follows from the entry


@dataclass(frozen=True, slots=True)
class Occasion:
    """Whose it is, on which shop day, and of a bill at which store."""

    customer_id: int
    on: date
    store_id: int | None


def slot(cap: Cap, code: str, occasion: Occasion) -> str:
    """The name of what a cap counts together."""
    return _slot(cap, code, occasion.on, occasion.store_id)


@lru_cache(maxsize=1024)  # an award with many caps asks for each several times, and all awards of a day for the same
def _slot(cap: Cap, code: str, on: date, store_id: int | None) -> str:
    match cap:
        case Cap.PERSON_DAY | Cap.DAY:
            return f"{cap}|{code}|{on}"
        case Cap.PERSON_MONTH:
            return f"{cap}|{code}|{on:%Y-%m}"
        case Cap.STORE_DAY:
            return f"{cap}|{code}|{on}|{store_id}"
    return f"{cap}|{code}"


def is_personal(rule: Rule) -> bool:
    """Whether a cap of the rule counts what one person got."""
    return any(cap in OWN for cap in rule.caps)


def left(
    session: Session,
    rules: Sequence[Rule],
    occasion: Occasion,
    per_amount: int,
    *,
    locked: bool = True,
    records: Sequence[int] | None = None,
) -> Mapping[str, int]:
    """What is left of the caps of these rules, as `earning.evaluate` takes it.

    The customer's lock is held, and the totals of everybody are locked, unless one only looks (not `locked`).
    `records` are all those of the person, where they are known.
    """
    capped = [rule for rule in rules if rule.caps]
    if not capped:
        return {}
    given = _own(session, capped, occasion, records) | _shared(session, capped, occasion, locked)
    rooms = {
        rule.code: earning.room(
            rule, {cap: given.get(slot(cap, rule.code, occasion), 0) for cap in rule.caps}, per_amount
        )
        for rule in capped
    }
    return {code: room for code, room in rooms.items() if room is not None}


def keep(session: Session, entry_id: int, parts: Iterable[Part], rules: Sequence[Rule], occasion: Occasion) -> None:
    """Write down what the rules gave with an entry, and count it."""
    rows = [_row(entry_id, part, occasion) for part in parts if part.step in KEPT]
    if not rows:
        return
    many.execute(session.connection(), _INSERT, rows)
    by_code = {rule.code: rule for rule in rules}
    _count(session, [(cap, row) for row in rows for cap in by_code[row["code"]].caps if cap in SHARED], occasion)


def give_back(session: Session, original_id: int, reversal_id: int, rules: Sequence[Rule]) -> None:
    """An undone bill takes nothing of any cap any more: each part is written down again, negated.

    `rules` are those it was rated by: what they did not cap was counted nowhere.
    """
    connection = session.connection()
    rows = connection.execute(select(AWARDS).where(AWARDS.c.entry_id == original_id)).mappings().all()
    back = [{**row, "entry_id": reversal_id, "amount": -row["amount"], "points": -row["points"]} for row in rows]
    if not back:
        return
    many.execute(connection, _INSERT, back)
    shared = _shared_caps(rules)
    for row in back:
        occasion = Occasion(row["customer_id"], row["given_on"], row["store_id"])
        _count(session, [(cap, row) for cap in shared.get(row["code"], ())], occasion)


def recount(session: Session) -> None:
    """Count everything given to everybody together anew, as after the demo."""
    session.execute(delete(TOTALS))
    rows = [{"slot": slot, "given": given} for slot, given in sorted(counted(session).items()) if given]
    many.execute(session.connection(), insert(TOTALS), rows)


def totals(session: Session) -> Mapping[str, int]:
    """What is kept as given to everybody together, by slot."""
    return {row.slot: row.given for row in session.connection().execute(select(TOTALS))}


def counted(session: Session) -> Mapping[str, int]:
    """The same worked out from what each rule gave: as far as the rules of the time capped it."""
    caps_of: dict[int, Mapping[str, Sequence[Cap]]] = {}
    found: dict[str, int] = defaultdict(int)
    for row in map(dict, session.connection().execute(_ALL).mappings()):
        if row["programme"] not in caps_of:
            caps_of[row["programme"]] = _shared_caps(versions.get(session, row["programme"]).rules)
        occasion = Occasion(row["customer_id"], row["given_on"], row["store_id"])
        for cap in caps_of[row["programme"]].get(row["code"], ()):
            found[slot(cap, row["code"], occasion)] += _amount(row)
    return found


def of_entries(session: Session, entry_ids: Sequence[int]) -> Mapping[int, list[Part]]:
    """What the rules gave with each of these entries, in the fixed order of the steps."""
    found: dict[int, list[Part]] = {entry_id: [] for entry_id in entry_ids}
    query = select(AWARDS).where(AWARDS.c.entry_id.in_(bindparam("ids", expanding=True)))
    for row in session.connection().execute(query.order_by(AWARDS.c.code), {"ids": list(entry_ids)}):
        found[row.entry_id].append(Part(Step(row.step), row.code, row.amount, row.points, capped=row.capped))
    order = list(Step)
    return {entry_id: sorted(parts, key=lambda part: order.index(part.step)) for entry_id, parts in found.items()}


def _shared_caps(rules: Sequence[Rule]) -> Mapping[str, Sequence[Cap]]:
    return {rule.code: [cap for cap in rule.caps if cap in SHARED] for rule in rules}


def _row(entry_id: int, part: Part, occasion: Occasion) -> dict[str, Any]:
    return {
        "entry_id": entry_id,
        "code": part.code,
        "customer_id": occasion.customer_id,
        "given_on": occasion.on,
        "store_id": occasion.store_id,
        "step": part.step,
        "amount": part.amount,
        "points": part.points,
        "capped": part.capped,
    }


def _own(session: Session, rules: Sequence[Rule], occasion: Occasion, records: Sequence[int] | None) -> dict[str, int]:
    """What this person got, by slot, with records that moved into theirs; asked only when a cap is theirs."""
    codes = [rule.code for rule in rules if is_personal(rule)]
    if not codes:
        return {}
    theirs = profiles.records_of(session, occasion.customer_id) if records is None else records
    first = occasion.on.replace(day=1)
    days = {"day": occasion.on, "first": first, "last": add_months(first, 1) - timedelta(days=1)}
    asked = prepared.listed("record", theirs) | prepared.listed("code", codes) | days
    found: dict[str, int] = {}
    for row in prepared.rows(session.connection(), _given(len(theirs), len(codes)), asked):
        for cap, given in zip(OWN, (row.ever, row.today, row.month), strict=True):
            found[slot(cap, row.code, occasion)] = int(given)
    return found


def _shared(session: Session, rules: Sequence[Rule], occasion: Occasion, locked: bool) -> dict[str, int]:
    """What everybody got, by slot; `locked`: until the transaction ends.

    Nobody holds a total while adding others, and all are locked in one order: no two can wait for each other. SQLite
    has one writer anyway.
    """
    slots = sorted(slot(cap, rule.code, occasion) for rule in rules for cap in rule.caps if cap in SHARED)
    if not slots:
        return {}
    connection = session.connection()
    found = _read(connection, slots, locked=False)
    if not locked:
        return found
    fresh = [{"slot": each, "given": 0} for each in slots if each not in found]
    many.execute(connection, _FRESH[connection.dialect.name], fresh)
    return found if connection.dialect.name == "sqlite" else _read(connection, slots, locked=True)


def _read(connection: Connection, slots: Sequence[str], *, locked: bool) -> dict[str, int]:
    query = _totals(len(slots), locked)
    return {row.slot: row.given for row in prepared.rows(connection, query, prepared.listed("slot", slots))}


@lru_cache
def _given(records: int, codes: int) -> Select[Any]:
    """What so many rules gave to so many records, together, on a day and in a month."""
    theirs = prepared.among(AWARDS.c.customer_id, "record", records)
    return _SUMS.where(theirs, prepared.among(AWARDS.c.code, "code", codes))


@lru_cache
def _totals(slots: int, locked: bool) -> Select[Any]:
    query = select(TOTALS).where(prepared.among(TOTALS.c.slot, "slot", slots)).order_by(TOTALS.c.slot)
    return query.with_for_update() if locked else query


def _count(session: Session, given: Sequence[tuple[Cap, Mapping[str, Any]]], occasion: Occasion) -> None:
    """Add to the totals of everybody; what no rule caps has no total, and nothing happens to it."""
    rows = sorted(
        ({"of_slot": slot(cap, row["code"], occasion), "more": _amount(row)} for cap, row in given),
        key=lambda row: str(row["of_slot"]),
    )
    if rows:
        many.execute(session.connection(), _ADD, rows)


def _amount(row: Mapping[str, Any]) -> int:
    """Points of a bonus, ₫ of a multiplier."""
    return int(row["points"] if row["step"] == Step.BONUS else row["amount"])


_COUNTED = case((AWARDS.c.step == Step.BONUS, AWARDS.c.points), else_=AWARDS.c.amount)
_SUMS = select(
    AWARDS.c.code,
    func.sum(_COUNTED).label("ever"),
    func.sum(case((AWARDS.c.given_on == bindparam("day"), _COUNTED), else_=0)).label("today"),
    func.sum(case((AWARDS.c.given_on.between(bindparam("first"), bindparam("last")), _COUNTED), else_=0)).label(
        "month"
    ),
).group_by(AWARDS.c.code)
_INSERT = insert(AWARDS)
_FRESH: Mapping[str, Insert] = {
    "postgresql": postgresql.insert(TOTALS).on_conflict_do_nothing(index_elements=["slot"]),
    "sqlite": sqlite.insert(TOTALS).on_conflict_do_nothing(index_elements=["slot"]),
}
_ALL = select(AWARDS, LEDGER.c.programme).join_from(AWARDS, LEDGER, LEDGER.c.id == AWARDS.c.entry_id)
_ADD = update(TOTALS).where(TOTALS.c.slot == bindparam("of_slot")).values(given=TOTALS.c.given + bindparam("more"))
