"""Points given without a bill: for joining, a birthday, a friend brought, an event another program tells of.

Each rule gives a person once what its slot names, whichever of their records it was given to: what moved into a record
counts with it, and no more once it is moved out again. What staff undid is not given again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import bindparam, insert, select
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.activity import timeline
from loyalty.customers import profiles
from loyalty.errors import RuleViolation
from loyalty.points import accounts, debts, ledger, lots
from loyalty.points.accounts import Account
from loyalty.points.ending import due, moving
from loyalty.points.ledger import Movement
from loyalty.points.lots import LOTS
from loyalty.points.models import EntryKind, LedgerEntry, OccasionGift
from loyalty.points.rating import caps, looking, matching
from loyalty.points.rating.caps import Occasion
from loyalty.points.rating.earning import Part, Step
from loyalty.points.rating.matching import Facts
from loyalty.programme import versions
from loyalty.programme.document import Programme, Rule, Scope

GIFTS = OccasionGift.metadata.tables[OccasionGift.__tablename__]
OLDEST = timedelta(days=180)  # an event told of later than this is refused
LONGEST_KEY = 64


class EventNotRewarded(RuleViolation):
    """No rule in force on that day is about this event; `known` are those some rule is about."""

    code = "event_not_rewarded"


class EventTime(RuleViolation):
    """It lies ahead, or over 180 days back."""

    code = "event_time"


@dataclass(frozen=True, slots=True)
class Happening:
    """What happened to whom. `slot` is what makes it once, `on` the shop day the rules look at."""

    customer_id: int
    scope: Scope
    slot: str
    on: date
    event: str = ""  # which custom event
    to: str = ""  # of a referral: referrer, friend
    bill: int = 0  # whole ₫ the friend kept, of a referral


@dataclass(frozen=True, slots=True)
class Gift:
    """What one rule gave. `entry` is detached when new; a repeat gets the first one."""

    entry: LedgerEntry
    code: str
    names: Mapping[str, str]  # of the rule, by locale
    is_new: bool


def give(session: Session, happening: Happening, *, actor: str, now: datetime) -> Sequence[Gift]:
    """Give what the rules of its day say, under their caps; those that gave already say what they gave.

    Nothing to somebody erased. Raises CustomerNotFound, NoProgramme.
    """
    account, rules = accounts.lock(session, happening.customer_id, happening.on)
    if account.is_erased:
        return []
    asked = rules.on(happening.scope, event=happening.event, to=happening.to)
    earlier = _given(session, happening)
    known = looking.facts(session, rules, account.customer_id, Facts(account.tier), happening.on, now=now)
    account = due.settle(session, account, now=now)
    found: list[Gift] = []
    for rule in asked:
        if (first := earlier.get(rule.code)) is not None:
            found.append(Gift(first, rule.code, rule.names, is_new=False))
        elif matching.occurs(rule, happening.on, known, happening.bill):
            account, made = _give(session, account, rules, rule, happening, actor, now)
            found += made
    return found


def happened(
    session: Session, customer_id: int, event: str, *, reference: str, at: datetime, actor: str, now: datetime
) -> Sequence[Gift]:
    """Another program tells of an event, by the `reference` it has there: the same once more gives nothing again.

    Raises EventNotRewarded, EventTime, CustomerNotFound.
    """
    if not now - OLDEST <= at <= now + timedelta(minutes=5):
        raise EventTime(field="at")
    on = shop.of(session).day(at)
    known = sorted({rule.event for rule in versions.at(session, on).rules if rule.scope is Scope.EVENT})
    if event not in known:
        raise EventNotRewarded(field="event", typed=event, known=known)
    if profiles.get(session, customer_id).erased_at is not None:
        raise profiles.CustomerNotFound(str(customer_id))
    slot = f"event|{event}|{reference}"
    return give(session, Happening(customer_id, Scope.EVENT, slot, on, event=event), actor=actor, now=now)


def of_entries(session: Session, entry_ids: Sequence[int]) -> Mapping[int, OccasionGift]:
    """The gifts these movements were, by movement."""
    if not entry_ids:
        return {}
    rows = session.scalars(select(OccasionGift).where(OccasionGift.entry_id.in_(entry_ids)))
    return {gift.entry_id: gift for gift in rows}


def rule_names(session: Session, gift: OccasionGift, entry: LedgerEntry) -> Mapping[str, str]:
    """What the rule is called by locale, as it was when it gave."""
    rules = versions.get(session, entry.programme or 0)
    return next((rule.names for rule in rules.rules if rule.code == gift.code), {"vi": gift.code})


def of_customer(session: Session, customer_id: int, scope: Scope) -> Sequence[OccasionGift]:
    query = select(OccasionGift).filter_by(customer_id=customer_id, scope=scope.value)
    return session.scalars(query.order_by(OccasionGift.entry_id)).all()


def of_slot(session: Session, scope: Scope, slot: str) -> Sequence[OccasionGift]:
    """Whatever an occasion brought anybody, in the order it was given."""
    query = select(OccasionGift).filter_by(scope=scope.value, slot=slot)
    return session.scalars(query.order_by(OccasionGift.entry_id)).all()


def _give(
    session: Session, account: Account, rules: Programme, rule: Rule, happening: Happening, actor: str, now: datetime
) -> tuple[Account, list[Gift]]:
    """One rule's points with their lot, as far as its caps leave room; the account as it is written."""
    occasion = Occasion(account.customer_id, happening.on, None)
    left = caps.left(session, [rule], occasion, 1).get(rule.code)
    points = rule.points if left is None else min(rule.points, left)
    if points <= 0:
        return account, []
    key = f"bonus:{account.public_id}:{rule.code}:{happening.slot}"
    movement = Movement(EntryKind.BONUS, points, 0, 0, key, actor, programme=rules.version, tier=None)
    entry, account = ledger.must_post(session, account, movement, now=now)
    today = shop.of(session).day(now)
    last_day = moving.expires_on(session, rules, account, today, today)
    row = {"customer_id": account.customer_id, "points": points}
    session.connection().execute(LOTS.insert(), lots.row_of(entry.id, row, last_day, moves=moving.is_moving(rules)))
    debts.pay(session, entry, entry.id)
    account = replace(account, next_change_on=lots.changes_on(account.next_change_on, last_day))
    accounts.save(session, account)
    caps.keep(
        session, entry.id, [Part(Step.BONUS, rule.code, points=points, capped=points < rule.points)], [rule], occasion
    )
    _note(session, entry, rule, happening, now)
    return account, [Gift(entry, rule.code, rule.names, is_new=True)]


def _note(session: Session, entry: LedgerEntry, rule: Rule, happening: Happening, now: datetime) -> None:
    row = {
        "entry_id": entry.id,
        "customer_id": entry.customer_id,
        "code": rule.code,
        "scope": happening.scope.value,
        "slot": happening.slot,
        "happened_on": happening.on,
    }
    session.connection().execute(insert(GIFTS), row)
    told = {"entry": entry.id, "points": entry.points, "occasion": happening.scope.value, "name": dict(rule.names)}
    timeline.record(session, entry.customer_id, "points_given", at=now, data=told)


def _given(session: Session, happening: Happening) -> Mapping[str, LedgerEntry]:
    """What this slot brought the person already, by the code of the rule."""
    records = profiles.records_of(session, happening.customer_id)
    rows = session.execute(_GIVEN, {"records": list(records), "slot": happening.slot})
    return {row.code: row.LedgerEntry for row in rows}


_GIVEN = (
    select(GIFTS.c.code, LedgerEntry)
    .join(LedgerEntry, LedgerEntry.id == GIFTS.c.entry_id)
    .where(GIFTS.c.customer_id.in_(bindparam("records", expanding=True)), GIFTS.c.slot == bindparam("slot"))
)
