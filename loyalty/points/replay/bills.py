"""Movements of bills: what they gave, what points paid of them, goods that came back, and the undoing of each."""

from datetime import date
from types import SimpleNamespace
from typing import Any

from loyalty.points import debts, paying, promises
from loyalty.points.ending.moving import is_moving
from loyalty.points.lots import Promised, Share, opposite
from loyalty.points.models import TierReason
from loyalty.points.rating.earning import Credit, Outcome
from loyalty.points.replay import ends, rating, standing
from loyalty.points.replay.book import Unexplained
from loyalty.points.replay.person import Back, Bought, Held, Made, Person
from loyalty.points.returns import keeping
from loyalty.points.returns.keeping import Falling, Given, Shortfall, Taken, Terms
from loyalty.points.tiers import holding
from loyalty.points.tiers.qualifying import is_kept
from loyalty.programme.document import Programme
from loyalty.purchases.stats import window_start


def earn(person: Person, entry: Any) -> Made:
    """A bill becomes points."""
    row = person.inputs.purchases.get(entry.purchase_id)
    if row is None:
        raise Unexplained("its purchase is missing")
    rules, before = person.book.on(row.purchased_on), person.tier
    tier = standing.held_at(person, rules, row.purchased_at)
    paid = rating.most(rules, row, person.points)
    shares = person.must_have(paid.points)
    outcome = rating.rate(person, entry, row, rules, tier, paid)
    promised = promises.of_bill(rules, outcome.points, row.purchased_on, entry.posted_on)
    points = outcome.points if promised is None else 0
    has_risen = _rise(person, entry, row, points)
    given = _given(row, outcome, tier.code, person.carry, rules)
    bill = Bought(row, entry.id, given, rules.version, outcome.eligible, before, person.tier, shares)
    person.add_bill(bill)
    _into_lot(person, entry, bill, outcome.points, promised, rules)
    rules_today = person.book.on(entry.posted_on)
    ends.follow(person, bill, rules_today, entry.posted_on, gave=outcome.points > 0, has_risen=has_risen)
    rating.keep(person, entry.id, outcome.parts, row.purchased_on)
    change = outcome.carry - person.carry
    return Made(points, change, outcome.credit, tier.code, rules.version, outcome.points - points)


def pay(person: Person, entry: Any) -> Made:
    """Points from before the bill pay their part of it."""
    bill = person.bill(entry.purchase_id)
    person.move(entry.id, bill.paid_shares)
    bill.paid_by = entry.id
    return Made(-sum(share.points for share in bill.paid_shares), version=bill.version)


def take_back(person: Person, entry: Any) -> Made:
    """Goods of a bill come back."""
    bill, row = person.bill(entry.purchase_id), person.inputs.returns.get(entry.id)
    if row is None:
        raise Unexplained("what came back is missing")
    if bill.is_undone or bill.returned + row.amount > bill.row.total:
        raise Unexplained(f"{row.amount} ₫ came back of a bill that had {bill.net} left")
    terms = Terms.of(person.book.of(bill.version))
    lot = person.lots.get(bill.entry_id)
    taken, waits = _taken(person, bill, row.amount, lot, terms), lot is not None and lot.waits
    due_back = _due_back(bill, row.amount)
    shares = _own_first(person, lot, taken.points)
    short = taken.points - sum(share.points for share in shares)
    back = debts.less(_shares_back(person, bill, due_back), debts.of(person.points) + short)
    then, after = _kept(bill, bill.returned), _kept(bill, bill.returned + row.amount)
    person.move(entry.id, paying.merged([*shares, *back]))
    rules = person.book.on(entry.posted_on)
    ends.allow_grace(person, back, rules, entry.posted_on)
    done = Back(entry.id, row.id, row.amount, taken.points, taken.shortfall, person.tier, due_back)
    _off_the_bill(person, entry, bill, done, rules, terms)
    points = due_back - (0 if waits else taken.points)
    tier = person.made[bill.entry_id].tier
    return Made(points, after.carry - then.carry, after.credit - then.credit, tier, bill.version)


def undo_return(person: Person, entry: Any, original: Made) -> Made:
    """All a return took goes back where it came from; what was owed and paid since gets a lot."""
    bill = person.bill(entry.purchase_id)
    done = next((back for back in bill.backs if back.entry_id == entry.reverses_id and back.stands), None)
    if done is None:
        raise Unexplained("it undoes a return there is not")
    shares = person.taken_by(done.entry_id)
    lots = {share.lot_id: person.lot(share.lot_id) for share in shares}
    then = sum(share.points for share in shares if not _waited(lots[share.lot_id], done.entry_id))
    there = sum(share.points for share in shares if not lots[share.lot_id].waits)
    owed = -original.points - then
    points = there + owed
    paid = min(debts.of(person.points), max(0, points))
    person.move(entry.id, debts.less(opposite(shares), max(0, paid - owed)))
    rules = person.book.on(entry.posted_on)
    if owed > paid:
        until = ends.of_earning(person, rules, entry.posted_on, entry.posted_on)
        lot = Held(entry.id, owed - paid, owed - paid, until, entry.posted_on, is_moving(rules))
        person.add_lot(lot)
    _on_the_bill(person, entry, bill, done)
    ends.refresh(person, rules, entry.posted_on)
    return Made(points, -original.carry_change, -original.credit, original.tier, original.version)


def undo(person: Person, entry: Any, original: Made) -> Made:
    """All a bill gave goes back, its share of the carry, and the tier it gave."""
    bill = person.bill(entry.purchase_id)
    if bill.is_undone or any(back.stands for back in bill.backs):
        raise Unexplained("its bill was undone before, or goods of it came back")
    points = take_lot(person, entry, bill.entry_id)
    rating.give_back(person, bill.entry_id)
    person.undo_bill(bill)
    rules = person.book.on(entry.posted_on)
    standing.fall(person, rules, entry.posted_at)
    ends.refresh(person, rules, entry.posted_on)
    return Made(-points, -original.carry_change, -original.credit, original.tier, original.version)


def take_lot(person: Person, entry: Any, lot_id: int) -> int:
    """Empty and close the lot of an undone earning: whole points out of the balance. Raises Unexplained."""
    lot = person.lots.get(lot_id)
    if lot is None:
        return 0
    there = lot.remaining if lot.waits else min(lot.remaining, person.points)
    if there + person.expired[lot.id] < lot.points:
        raise Unexplained(f"of the {lot.points} points it takes back {there} were left")
    if lot.remaining:
        person.move(entry.id, [Share(lot.id, lot.remaining)])
    lot.is_closed = True
    return 0 if lot.waits else there


def _given(row: Any, outcome: Outcome, tier: str, carry: int, rules: Programme) -> Given:
    """The bill as its returns will look at it."""
    rated = SimpleNamespace(total=row.total, eligible=outcome.eligible)
    change = outcome.carry - carry
    entry = SimpleNamespace(tier=tier, credit=outcome.credit, carry=outcome.carry, carry_change=change)
    return keeping.rated(rated, entry, rules, outcome.bonus)


def _rise(person: Person, entry: Any, row: Any, points: int) -> bool:
    """Reach the tier that counts with the bill; whether that is a higher one."""
    today, rules = entry.posted_on, person.book.on(entry.posted_on)
    if is_kept(rules.qualification):
        amount = standing.counted(person, rules, today)
        amount += row.total if row.purchased_on > window_start(today) else 0
    else:
        amounts = {"spend": row.total, "points": points, "orders": 1}
        bought = amounts[rules.qualification.metric]
        amount = standing.record(person, rules, today).plus(row.purchased_on, bought).amount(today)
    last = person.latest
    since = row.purchased_at if last is None or row.purchased_at >= last else entry.posted_at
    risen = holding.rise(person.account(), rules, amount, since=since)
    return person.hold(risen.tier, since)


def _into_lot(
    person: Person, entry: Any, bill: Bought, points: int, promised: Promised | None, rules: Programme
) -> None:
    if not points:
        return
    bought_on: date = bill.row.purchased_on
    until = ends.of_earning(person, rules, bought_on, entry.posted_on)
    lot = Held(entry.id, points, points, until, bought_on, is_moving(rules))
    if promised is not None:
        lot.promised, lot.available_on = True, promised.on
    person.add_lot(lot)


def _kept(bill: Bought, returned: int) -> Credit:
    return keeping.kept(bill.given, returned)


def _taken(person: Person, bill: Bought, amount: int, lot: Held | None, terms: Terms) -> Taken:
    if lot is None:
        return Taken(0, 0)
    due = lot.points - _kept(bill, bill.returned + amount).points
    earlier = sum(back.points for back in bill.backs if back.stands)
    owes = terms.shortfall is Shortfall.OWE
    taken = keeping.take(due, earlier, person.expired[lot.id], lot.remaining, owes=owes)
    if taken.shortfall and terms.shortfall is Shortfall.REFUSE:
        raise Unexplained(f"{taken.shortfall} points were used, and the rules refuse such a return")
    return taken


def _due_back(bill: Bought, amount: int) -> int:
    paid, before, after = bill.row.paid_points, bill.returned, bill.returned + amount
    return int(paid * after // bill.row.total - paid * before // bill.row.total)


def _own_first(person: Person, lot: Held | None, points: int) -> list[Share]:
    if lot is None or not points:
        return []
    own = min(points, lot.remaining)
    mine = [Share(lot.id, own)] if own else []
    return mine if points == own else [*mine, *person.soonest(points - own, but=lot.id)]


def _shares_back(person: Person, bill: Bought, points: int) -> list[Share]:
    """So many points for the lots a bill was paid from, the last one first."""
    if not points:
        return []
    if bill.paid_by is None:
        raise Unexplained("points paid its bill by no movement")
    moved = [each for back in bill.backs for each in (back.entry_id, person.undone.get(back.entry_id))]
    back, missing = [], points
    for share in reversed(person.taken_by(bill.paid_by)):
        given = sum(person.taken.get(each, {}).get(share.lot_id, 0) for each in moved if each is not None)
        given += person.taken.get(bill.entry_id, {}).get(share.lot_id, 0)
        if part := min(share.points + min(0, given), missing):
            back.append(Share(share.lot_id, -part))
            missing -= part
    return back


def _off_the_bill(person: Person, entry: Any, bill: Bought, done: Back, rules: Programme, terms: Terms) -> None:
    today, falls_now = entry.posted_on, terms.tier is Falling.AT_ONCE
    before = standing.counted(person, rules, today) if falls_now else 0
    person.take_off(bill, done.amount)
    bill.backs.append(done)
    if falls_now:
        standing.fall_short(person, rules, before, entry.posted_at)
    done.tier_after = person.tier
    if not bill.is_standing or done.tier_after != done.tier_before:
        ends.refresh(person, rules, today)


def _on_the_bill(person: Person, entry: Any, bill: Bought, done: Back) -> None:
    person.take_off(bill, -done.amount)
    done.stands = False
    if done.tier_after == person.tier != done.tier_before:
        person.hold(done.tier_before, entry.posted_at)
        person.steps.append((TierReason.RETURN_UNDONE, done.tier_before, entry.posted_at))


def _waited(lot: Held, entry_id: int) -> bool:
    """Whether a lot only promised its points when a movement was made."""
    return lot.promised and (lot.release_id is None or lot.release_id > entry_id)
