"""Goods that come back, and with them what their part of the bill had given."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.errors import Conflict
from loyalty.points import accounts, debts, ledger, lots, paying, story
from loyalty.points.accounts import Account
from loyalty.points.ending import due, moving
from loyalty.points.ledger import IdempotencyConflict, Movement
from loyalty.points.lots import LOTS, Share
from loyalty.points.models import EntryKind, LedgerEntry, Lot
from loyalty.points.rating import caps
from loyalty.points.rating.earning import Credit
from loyalty.points.returns import keeping
from loyalty.points.returns.keeping import Falling, Shortfall, Taken, Terms
from loyalty.points.spending import PointsSpent
from loyalty.points.tiers import holding
from loyalty.programme import versions
from loyalty.programme.document import Programme
from loyalty.purchases import recording, returns, stats
from loyalty.purchases.models import Purchase, PurchaseReturn
from loyalty.purchases.returns import Goods, Worth
from loyalty.staff import permissions
from loyalty.staff.models import StaffMember
from loyalty.staff.permissions import Right


class ReturnedSince(Conflict):
    """Goods of the bill came back after movement `number`: undo `first`, the newest such movement, before it."""

    code = "returned_since"


@dataclass(frozen=True, slots=True)
class Returned:
    """A return and the movement it made, the bill as it is now, the tier left if it cost one. A repeat gets the first.

    `entry`, when new, is detached: there to be read, and no part of the session.
    """

    done: PurchaseReturn
    entry: LedgerEntry
    purchase: Purchase
    tier_fell: str | None = None
    is_new: bool = True


@dataclass(frozen=True, slots=True)
class Preview:
    """What a return would come to: whole ₫, whole points taken back, those that were used and are not."""

    amount: int
    points: int
    shortfall: int
    owed: int = 0  # of the points, those no lot has
    paid_back: int = 0  # whole points that paid the goods and come back


def take_back(
    session: Session,
    purchase_id: int,
    goods: Goods,
    *,
    actor: str,
    key: str,
    now: datetime,
    by: StaffMember | None = None,
    terms: Terms | None = None,
) -> Returned:
    """Take goods of a bill back: what it keeps is what it would have given for the rest; later bills stay as rated.

    The same `key` returns the first return, and so does the same slip of the bill. The customer's totals follow; a bill
    all of which came back is no order. `by` is the member of staff who asks; None: whoever asks may. `terms` are
    those of the bill's own rules unless they are given. All or nothing.

    Raises PurchaseNotFound, NotAllowed, PurchaseUndone, OverReturn, AmountNeeded, BadReturn, BadBill,
    IdempotencyConflict; PointsSpent where the terms refuse a shortfall.
    """
    if by is not None:
        permissions.require(by, Right.RETURN)
    goods, bill = returns.check(goods), recording.get(session, purchase_id)
    account, rules = accounts.lock(session, bill.customer_id, shop.of(session).day(now))
    purchase = recording.get(session, purchase_id)
    if (first := _first(session, purchase, goods, key)) is not None:
        return Returned(first, ledger.get(session, first.entry_id), purchase, is_new=False)
    work = _Work(purchase, goods, actor, key, now, terms)
    return _return(session, due.settle(session, account, now=now), rules, work)


def preview(session: Session, purchase_id: int, goods: Goods) -> Preview:
    """What a return would take, as things are; nothing is written or locked. Raises what `take_back` does."""
    purchase = recording.get(session, purchase_id)
    found = returns.worth(session, purchase, returns.check(goods))
    earning = ledger.earned_by(session, purchase_id)
    lot, terms = lots.find(session, earning.id), _terms(session, earning)
    taken = _taken(session, purchase, found, earning, lot, terms)
    _refuse_shortfall(earning, taken, terms)
    there = ledger.balance(session, purchase.customer_id)
    back = paying.due_back(purchase, found.amount)
    owed = 0 if _waits(lot) else max(0, taken.points - max(0, there) - back)
    return Preview(found.amount, *taken, owed, back)


def undo(
    session: Session, account: Account, purchase: Purchase, back: Movement, *, now: datetime, reason: str | None
) -> tuple[LedgerEntry, Account]:
    """Undo the newest return of a bill by the opposite movement (`back`, its points still unsaid): as it was before.

    A tier the return had cost is held again. Raises ReturnedSince when goods came back after it.
    """
    done = returns.of_entry(session, back.reverses_id)
    assert done is not None and back.reverses_id is not None, "every such movement was made by a return"
    refuse_returned(session, purchase, back.reverses_id, after=done.id)
    giving = _giving_back(session, back.reverses_id)
    _refuse_used(session, done, giving)
    entry, account = ledger.must_post(session, account, replace(back, points=giving.points), now=now)
    account = _into_lots(session, account, entry, giving)
    again = _on_the_bill(session, account, purchase, done, now)
    again = moving.refresh(session, again, versions.at(session, entry.posted_on), now=now)
    accounts.save(session, again)
    story.tell_return(session, "purchase_return_undone", purchase, done, entry, account.tier, again.tier, words=reason)
    return entry, due.settle(session, again, now=now)


def refuse_returned(session: Session, purchase: Purchase, number: int, *, after: int = 0) -> None:
    """What was returned later comes first. Raises ReturnedSince when a return `after` that id stands."""
    if later := [done for done in returns.list_standing(session, purchase.id) if done.id > after]:
        raise ReturnedSince(number=number, first=later[-1].entry_id)


@dataclass(frozen=True, slots=True)
class _Work:
    """One return on its way through."""

    purchase: Purchase
    goods: Goods
    actor: str
    key: str
    now: datetime
    terms: Terms | None
    paid_back: int = 0  # whole points the goods were paid with
    back: Sequence[Share] = ()  # those of them that are in their lots again

    @property
    def ruling(self) -> Terms:
        """The terms, once the bill's rules are known."""
        assert self.terms is not None
        return self.terms


def _first(session: Session, purchase: Purchase, goods: Goods, key: str) -> PurchaseReturn | None:
    """The first return of this key or slip. Raises IdempotencyConflict when it was of other goods."""
    first = returns.find_by_key(session, key) or returns.find_by_reference(session, purchase, goods.reference)
    if first is None:
        return None
    if first.purchase_id != purchase.id or not returns.is_same(session, purchase, first, goods):
        raise IdempotencyConflict(key=key)
    return first


def _return(session: Session, account: Account, rules: Programme, work: _Work) -> Returned:
    purchase, earning = work.purchase, ledger.earned_by(session, work.purchase.id)
    lot, found = lots.find(session, earning.id), returns.worth(session, work.purchase, work.goods)
    work = replace(work, terms=work.terms or _terms(session, earning))
    taken = _taken(session, purchase, found, earning, lot, work.ruling)
    _refuse_shortfall(earning, taken, work.ruling)
    due_back = paying.due_back(purchase, found.amount)
    shares = _shares(session, account, lot, taken.points)
    short = taken.points - sum(share.points for share in shares)
    back = debts.less(paying.shares_back(session, purchase, due_back), debts.of(account.points) + short)
    work = replace(work, paid_back=due_back, back=back)
    points = (0 if _waits(lot) else taken.points) - due_back
    movement = _movement(session, purchase, found, earning, work, points)
    entry, account = ledger.must_post(session, account, movement, now=work.now)
    lots.move(session, entry.id, account.customer_id, paying.merged([*shares, *back]))
    if _waits(lot):
        account = replace(account, points_pending=account.points_pending - taken.points)
    return _off_the_bill(session, account, rules, work, found, taken, entry)


def _usable_again(
    session: Session, account: Account, rules: Programme, back: Sequence[Share], entry: LedgerEntry
) -> Account:
    """What paid the bill is back in its lots; where they ended meanwhile, the days of grace decide."""
    if not back:
        return account
    moving.allow_grace(session, [share.lot_id for share in back], rules, entry.posted_on)
    return replace(account, next_change_on=lots.next_change(session, account.customer_id))


def _terms(session: Session, earning: LedgerEntry) -> Terms:
    """Those of the rules the bill was rated by."""
    return Terms.of(versions.get(session, earning.programme or 0))


def _refuse_shortfall(earning: LedgerEntry, taken: Taken, terms: Terms) -> None:
    if taken.shortfall and terms.shortfall is Shortfall.REFUSE:
        raise PointsSpent(number=earning.id, points=taken.points + taken.shortfall, left=taken.points)


def _shares(session: Session, account: Account, lot: Lot | None, points: int) -> list[Share]:
    """Out of the bill's own lot first; then, where that is owed, out of those that end first, as far as they reach."""
    if lot is None or not points:
        return []
    own = min(points, lot.remaining)
    mine = [Share(lot.entry_id, own)] if own else []
    if points == own:
        return mine
    return [*mine, *lots.soonest(session, account.customer_id, points - own, but=lot.entry_id)]


def _off_the_bill(
    session: Session, account: Account, rules: Programme, work: _Work, found: Worth, taken: Taken, entry: LedgerEntry
) -> Returned:
    """The bill, its return and the customer's totals, once the points are back."""
    purchase, before = work.purchase, account.tier
    today = shop.of(session).day(work.now)
    rolled = accounts.roll(session, account, today)  # while they are still on it
    counted = holding.counted(session, rolled, rules, today) if _falls_now(work) else 0
    after = _without(session, rolled, work, found)
    rows = _columns(work, taken, entry) | {"tier_before": before, "tier_after": before}
    done = returns.write(session, purchase, work.goods, found, **rows)
    if _falls_now(work):
        after = holding.fall_short(session, after, rules, counted, now=work.now)
        done.tier_after = after.tier
        session.flush()
    if work.back or purchase.state == "returned" or after.tier != before:
        after = moving.refresh(session, after, rules, now=work.now)
    accounts.save(session, _usable_again(session, after, rules, work.back, entry))
    words = work.goods.reason
    story.tell_return(session, "purchase_returned", purchase, done, entry, before, after.tier, words=words)
    return Returned(done, entry, purchase, after.tier if after.tier != before else None)


def _falls_now(work: _Work) -> bool:
    return work.ruling.tier is Falling.AT_ONCE


def _without(session: Session, rolled: Account, work: _Work, found: Worth) -> Account:
    """The account without the goods, which are taken off their bill."""
    returns.take_off(session, work.purchase, found)
    orders = int(work.purchase.state == "returned")
    totals = stats.take_back(session, rolled.totals, work.purchase, amount=found.amount, orders=orders)
    return replace(rolled, totals=totals)


def _columns(work: _Work, taken: Taken, entry: LedgerEntry) -> dict[str, Any]:
    return {
        "key": work.key,
        "entry_id": entry.id,
        "points": taken.points,
        "shortfall": taken.shortfall,
        "paid_back": work.paid_back,
        "actor": work.actor,
        "returned_at": work.now,
        "returned_on": entry.posted_on,
    }


def _on_the_bill(
    session: Session, account: Account, purchase: Purchase, done: PurchaseReturn, now: datetime
) -> Account:
    """The account with the goods on their bill again, for the caller to save."""
    rolled = accounts.roll(session, account, shop.of(session).day(now))  # while they are not
    orders = int(purchase.state == "returned")
    returns.undo(session, purchase, done)
    totals = stats.take_back(session, rolled.totals, purchase, amount=-done.amount, orders=-orders)
    again = replace(rolled, totals=totals)
    if done.tier_after == again.tier != done.tier_before:
        return replace(again, tier=done.tier_before, tier_since=now)
    return again


def _taken(
    session: Session, purchase: Purchase, found: Worth, earning: LedgerEntry, lot: Lot | None, terms: Terms
) -> Taken:
    """What to take back, and what is due besides and was used."""
    if lot is None:
        return Taken(0, 0)
    due_back = lot.points - _kept(session, purchase, purchase.returned + found.amount, earning).points
    earlier = returns.points_taken(session, purchase.id)
    owes = terms.shortfall is Shortfall.OWE
    return keeping.take(due_back, earlier, lots.expired(session, lot.entry_id), lot.remaining, owes=owes)


def _kept(session: Session, purchase: Purchase, returned: int, earning: LedgerEntry) -> Credit:
    assert earning.programme is not None, "a bill is rated by a version of the rules"
    rules = versions.get(session, earning.programme)
    bonus = (
        sum(part.points for part in caps.of_entries(session, [earning.id]).get(earning.id, ())) if rules.rules else 0
    )
    return keeping.kept(keeping.rated(purchase, earning, rules, bonus), returned)


def _movement(
    session: Session, purchase: Purchase, found: Worth, earning: LedgerEntry, work: _Work, points: int
) -> Movement:
    """What the bill keeps after this return, less what it kept before."""
    before = _kept(session, purchase, purchase.returned, earning)
    after = _kept(session, purchase, purchase.returned + found.amount, earning)
    return Movement(
        kind=EntryKind.RETURN,
        points=-points,
        carry_change=after.carry - before.carry,
        credit=after.credit - before.credit,
        key=f"return:{work.key}",
        actor=work.actor,
        purchase_id=purchase.id,
        purchase=purchase.public_id,
        programme=earning.programme,
        tier=earning.tier,
    )


def _waits(lot: Lot | None) -> bool:
    """Whether the bill only promised its points so far."""
    return lot is not None and lots.is_promise(lot)


class _Giving(NamedTuple):
    """What an undone return gives back: to the lots it took from, and `owed` points no lot had."""

    shares: list[Share]
    points: int  # whole points for the balance
    owed: int


def _giving_back(session: Session, return_id: int) -> _Giving:
    """All a return took; what was only promised then, and is still, is no part of the balance."""
    shares, original = lots.taken_by(session, return_id), ledger.get(session, return_id)
    its = {share.lot_id: lots.find(session, share.lot_id) for share in shares}
    then = sum(share.points for share in shares if not _waited(its[share.lot_id], return_id))
    there = sum(share.points for share in shares if not _waits(its[share.lot_id]))
    owed = -original.points - then
    return _Giving(shares, there + owed, owed)


def _refuse_used(session: Session, done: PurchaseReturn, giving: _Giving) -> None:
    """What had paid the goods and came back pays them again, unless it was used. Raises PointsSpent."""
    its = {share.lot_id: lots.find(session, share.lot_id) for share in giving.shares if share.points < 0}
    left = sum(min(-s.points, lot.remaining) for s in giving.shares if (lot := its.get(s.lot_id)) is not None)
    wanted = sum(-share.points for share in giving.shares if share.points < 0)
    if done.paid_back and (left < wanted or giving.owed < 0):
        raise PointsSpent(number=done.entry_id, points=done.paid_back, left=left)


def _waited(lot: Lot | None, entry_id: int) -> bool:
    """Whether a lot only promised its points when a movement of its customer was made."""
    return lot is not None and lot.promised and (lot.release_id is None or lot.release_id > entry_id)


def _into_lots(session: Session, account: Account, entry: LedgerEntry, giving: _Giving) -> Account:
    """Every point back where it came from; the account after it, for the caller to save.

    What was owed and has been paid since has no lot to go back to: it gets one, as if earned today.
    """
    paid = debts.paid_by(entry)
    shares = debts.less(lots.opposite(giving.shares), max(0, paid - giving.owed))
    lots.move(session, entry.id, account.customer_id, shares)
    if giving.owed > paid:
        row = {"customer_id": account.customer_id, "points": giving.owed - paid}
        rules, today = versions.at(session, entry.posted_on), entry.posted_on
        ends = moving.expires_on(session, rules, account, today, today)
        moves = moving.is_moving(rules)
        session.connection().execute(LOTS.insert(), lots.row_of(entry.id, row, ends, moves=moves))
    promised = sum(share.points for share in giving.shares) + giving.owed - entry.points
    return replace(
        account,
        points_pending=account.points_pending + promised,
        next_change_on=lots.next_change(session, account.customer_id),
    )
