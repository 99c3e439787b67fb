"""A purchase becoming points: lock, look, write, all or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from loyalty import entities, shop
from loyalty.customers import profiles
from loyalty.errors import Conflict
from loyalty.points import accounts, debts, ledger, lots, promises, story, writing
from loyalty.points.accounts import Account
from loyalty.points.ending import due, moving
from loyalty.points.ledger import IdempotencyConflict, Movement
from loyalty.points.lots import Promised, Share
from loyalty.points.models import EntryKind, LedgerEntry
from loyalty.points.paying import Paid
from loyalty.points.rating import caps, looking, worth
from loyalty.points.rating.earning import Credit, points_for
from loyalty.points.rating.worth import Order, Worth
from loyalty.points.tiers import holding
from loyalty.points.writing import Ids, Rows
from loyalty.programme import versions
from loyalty.programme.document import Programme
from loyalty.purchases import bills, recording, stats
from loyalty.purchases.bills import Bill, Line
from loyalty.purchases.models import Purchase

__all__ = ["Award", "Bill", "Credit", "Line", "ReceiptTaken", "points_for", "record_purchase"]

ATTEMPTS = 20  # each but the first needs another transaction that changed what stood in the way


class ReceiptTaken(Conflict):
    """The receipt is recorded with another customer or amount: both `total`s, whose it is, when and by whom."""

    code = "receipt_taken"

    def __init__(self, purchase: Purchase, bill: Bill) -> None:
        super().__init__(
            reference=purchase.reference,
            total=purchase.total,
            asked_total=bill.total,
            customer_id=purchase.customer_id,
            staff_id=purchase.staff_id,
            at=purchase.purchased_at,
            purchase=purchase.public_id,
        )
        self.purchase = purchase


@dataclass(frozen=True, slots=True)
class Award:
    """A purchase and the movement it made. `is_new` is False for a repeat, which gets the first one.

    Of a new award, `purchase` and `entry` are detached: all there to be read, and no part of the session.
    """

    purchase: Purchase
    entry: LedgerEntry
    is_new: bool
    promised: Promised | None = None  # what of it cannot be used yet

    @property
    def points(self) -> int:
        """Whole points the bill gave, usable or promised."""
        return self.entry.points + (self.promised.points if self.promised is not None else 0)

    @property
    def customer_is_new(self) -> bool:
        """The award made its customer."""
        return self.is_new and self.purchase.made_customer

    @property
    def tier_rose(self) -> bool:
        return self.purchase.tier_after != self.purchase.tier_before


def record_purchase(session: Session, who: int | str, bill: Bill, *, actor: str, key: str, now: datetime) -> Award:
    """Record a bill of a customer (their id, or a phone in E.164) and award its points.

    The same `key` returns the first award, and so does the same receipt with the same customer and total. A phone
    nobody has makes the customer. All or nothing; a refusal writes nothing.

    Points that pay of it are burned with it, and their part earns nothing. Raises CustomerNotFound, ReceiptTaken,
    IdempotencyConflict (the key named another bill), BadBill, PurchaseInFuture, PurchaseTooEarly, NoProgramme;
    PointsPayNothing, TooManyPoints, InsufficientPoints for what points should pay.
    """
    order = _order(session, bill, actor, key, now)
    for _ in range(ATTEMPTS):
        if (award := _award(session, who, order)) is not None:
            return award
    raise Conflict("the phone or the receipt keeps changing hands; try again")


def _order(session: Session, bill: Bill, actor: str, key: str, now: datetime) -> Order:
    checked = bills.check(bill, now=now)
    at, day = checked.purchased_at or now, shop.of(session).day
    return Order(checked, actor, key, now, day(now), at, day(at))


def _award(session: Session, who: int | str, order: Order) -> Award | None:
    """The award, new or repeated; None when what stood in its way is gone again."""
    if isinstance(who, int):
        locked = accounts.lock(session, who, order.purchased_on)
        if locked[0].is_erased:
            raise profiles.CustomerNotFound(str(who))
    elif (found := accounts.lock_by_phone(session, who, order.purchased_on)) is not None:
        locked = found
    else:
        return _award_newcomer(session, who, order)
    account, rules = due.settle(session, locked[0], now=order.now), locked[1]
    pays = order.bill.pay_points is not None  # what paid once is there no more, and would be refused
    if pays and (first := _repeat(session, account.customer_id, rules, order)) is not None:
        return first
    return _write(session, account, rules, order) or _repeat(session, account.customer_id, rules, order)


def _award_newcomer(session: Session, phone: str, order: Order) -> Award | None:
    """A phone nobody has: the customer is made with the award, or not at all."""
    rules = versions.at(session, order.purchased_on)
    if (repeated := _repeat(session, None, rules, order)) is not None:
        return repeated
    try:
        with session.begin_nested() as attempt:
            source = _SOURCES.get(order.actor.partition(":")[0], "staff")
            customer = profiles.create(session, source=source, now=order.now, phone=phone, joined=True)
            account, rules = accounts.lock(session, customer.id, order.purchased_on)
            award = _write(session, account, rules, order, made_customer=True)
            if award is None:
                attempt.rollback()
            return award
    except Conflict:  # somebody else was faster with this phone
        return None


def _write(
    session: Session, account: Account, rules: Programme, order: Order, *, made_customer: bool = False
) -> Award | None:
    """Every row of a new award; None, and nothing is written, when its key or its receipt is taken."""
    found = worth.of_bill(session, account, rules, order)
    after = _after(session, account, rules, order, found.points)
    purchase = recording.row_of(order.bill, **_columns(account, after, rules, order, made_customer))
    purchase["eligible"] = found.outcome.eligible
    movement = _movement(account, rules, order, found, purchase["public_id"])
    entry, after = ledger.row_of(session, after, movement, now=order.now)
    last_day = moving.expires_on(session, rules, after, order.purchased_on, order.today)
    after = _due(after, entry["points"], found.promised, last_day)
    ids = writing.write(session, Rows(purchase, entry, last_day, after))
    if ids is None:
        return None
    if found.promised is not None:
        promises.keep(session, ids.entry, account.customer_id, found.promised, last_day)
    _move(session, account, after, rules, order, ids.entry if found.outcome.points else None)
    if found.paid.points:
        _pay(session, after, rules, order, ids, purchase, found.paid, found.shares)
    if account.points < 0:
        debts.pay(session, entities.detached(LedgerEntry, {**entry, "id": ids.entry}), ids.entry)
    _explain(session, account, rules, order, found, ids.entry)
    return _written(session, order, ids, purchase, entry, found.promised)


def _movement(account: Account, rules: Programme, order: Order, value: Worth, purchase: str) -> Movement:
    """The earning of a bill, `purchase` its public id."""
    return Movement(
        kind=EntryKind.EARN,
        points=value.points,
        carry_change=value.outcome.carry - account.carry,
        credit=value.outcome.credit,
        key=f"award:{order.key}",  # free where the purchase's key is
        actor=order.actor,
        purchase=purchase,
        programme=rules.version,
        tier=value.tier.code,
    )


def _explain(session: Session, account: Account, rules: Programme, order: Order, value: Worth, entry_id: int) -> None:
    """Write down which rules gave what, and what was true of the customer then."""
    caps.keep(session, entry_id, value.outcome.parts, rules.rules, order.occasion_of(account))
    looking.keep(session, entry_id, account.customer_id, rules, value.facts, order.purchased_on)


def _move(
    session: Session, before: Account, after: Account, rules: Programme, order: Order, entry_id: int | None
) -> None:
    """Let the ends of the customer's lots move with the bill; `entry_id` is its earning, if it gave points."""
    if entry_id is not None and moving.is_moving(rules):
        moving.mark(session, entry_id)
    today = _rules_today(session, rules, order)
    moving.follow(session, before, after, today, order.purchased_on, gave=entry_id is not None, now=order.now)


def _rules_today(session: Session, rules: Programme, order: Order) -> Programme:
    return rules if order.today == order.purchased_on else versions.at(session, order.today)


def _due(after: Account, points: int, promised: Promised | None, last_day: date) -> Account:
    """The account with what is promised, and the day to look at its lots again."""
    if promised is not None:
        days = [day for day in (after.next_change_on, promised.on) if day is not None]
        pending = after.points_pending + promised.points
        return replace(after, points_pending=pending, next_change_on=min(days, default=None))
    return replace(after, next_change_on=lots.changes_on(after.next_change_on, last_day)) if points else after


def _pay(
    session: Session,
    account: Account,
    rules: Programme,
    order: Order,
    ids: Ids,
    purchase: dict[str, Any],
    paid: Paid,
    shares: Sequence[Share],
) -> None:
    """Let points from before the bill pay their part of it, by a movement of its own."""
    movement = Movement(
        EntryKind.BURN,
        -paid.points,
        0,
        0,
        f"pay:{order.key}",
        order.actor,
        purchase_id=ids.purchase,
        purchase=purchase["public_id"],
        programme=rules.version,
    )
    entry, account = ledger.must_post(session, account, movement, now=order.now)
    lots.move(session, entry.id, account.customer_id, shares)
    accounts.save(session, account)
    purchase |= {"paid_points": paid.points, "paid_amount": paid.amount}
    recording.pay(session, ids.purchase, paid.points, paid.amount)


def _written(
    session: Session,
    order: Order,
    ids: Ids,
    purchase: dict[str, Any],
    entry: dict[str, Any],
    promised: Promised | None,
) -> Award:
    """What hangs on the rows once they are there."""
    recording.add_lines(session, ids.purchase, order.bill)
    fresh = {"id": ids.purchase, "returned": 0, "paid_points": 0, "paid_amount": 0}
    bought = entities.detached(Purchase, {**fresh, **purchase})
    posted = entities.detached(LedgerEntry, {**entry, "id": ids.entry, "purchase_id": ids.purchase})
    pending = promised.points if promised is not None else 0
    story.tell(session, "purchase", bought, posted, bought.tier_before, bought.tier_after, pending=pending)
    return Award(bought, posted, is_new=True, promised=promised)


def _after(session: Session, account: Account, rules: Programme, order: Order, points: int) -> Account:
    """The account with the purchase in its totals and in the tier it then has."""
    rolled = accounts.roll(session, account, order.today)
    last = rolled.totals.last_purchase_at
    totals = stats.add(rolled.totals, order.bill.total, order.purchased_at, order.purchased_on)
    rules_today = _rules_today(session, rules, order)
    since = order.purchased_at if last is None or order.purchased_at >= last else order.now
    held = replace(rolled, totals=totals)
    bought = (order.purchased_on, order.bill.total, points)
    amount = holding.counted_with(session, held, rules_today, order.today, bought)
    return holding.rise(held, rules_today, amount, since=since)


def _columns(account: Account, after: Account, rules: Programme, order: Order, made_customer: bool) -> dict[str, Any]:
    return {
        "key": order.key,
        "receipt_key": order.receipt_key(rules),
        "customer_id": account.customer_id,
        "made_customer": made_customer,
        "purchased_at": order.purchased_at,
        "purchased_on": order.purchased_on,
        "recorded_at": order.now,
        "tier_before": account.tier,
        "tier_after": after.tier,
    }


def _repeat(session: Session, customer_id: int | None, rules: Programme, order: Order) -> Award | None:
    """The first award of this key or this receipt. Raises IdempotencyConflict, ReceiptTaken when it was another's."""
    total = order.bill.total
    if (purchase := recording.find_by_key(session, order.key)) is not None:
        if purchase.total != total or customer_id not in (None, purchase.customer_id):
            raise IdempotencyConflict(key=order.key)
        if isinstance(order.bill.pay_points, int) and purchase.paid_points != order.bill.pay_points:
            raise IdempotencyConflict(key=order.key)
    elif (purchase := recording.find_by_receipt(session, order.receipt_key(rules))) is None:
        return None
    elif (purchase.customer_id, purchase.total) != (customer_id, total):
        raise ReceiptTaken(purchase, order.bill)
    entry = ledger.earned_by(session, purchase.id)
    lot = promises.of_entries(session, [entry.id]).get(entry.id) if not entry.points else None
    return Award(purchase, entry, is_new=False, promised=promises.waiting(lot))


_SOURCES = {"key": "api", "demo": "demo", "cli": "import"}  # how a customer made by an award came, by its actor
