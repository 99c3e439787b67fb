"""Every kind of movement, made again from what went in."""

from collections.abc import Callable, Mapping
from typing import Any

from loyalty.points import debts
from loyalty.points.ending.moving import is_moving
from loyalty.points.lots import Share, opposite
from loyalty.points.models import EntryKind
from loyalty.points.rating.earning import Part, Step
from loyalty.points.replay import bills, ends, rating
from loyalty.points.replay.book import Unexplained
from loyalty.points.replay.person import Held, Made, Person

CLOCK = "clock"


def make(person: Person, entry: Any) -> Made:
    """Make the movement `entry` says there was, by everything but its numbers. Raises Unexplained."""
    if _settles_first(person, entry):
        _refuse_due(person, entry)
    made = _KINDS[EntryKind(entry.kind)](person, entry)
    _pay_debt(person, entry, made.points)
    person.points += made.points
    person.carry += made.carry_change
    person.made[entry.id], person.kinds[entry.id] = made, entry.kind
    if entry.reverses_id is not None:
        person.undone[entry.reverses_id] = entry.id
    return made


def due(person: Person, today: Any) -> list[Held]:
    """The promises that are to be kept on a shop day, by the number of the movement that made them."""
    waiting = (lot for lot in person.open_lots() if lot.waits)
    found = [lot for lot in waiting if lot.available_on is not None and lot.available_on <= today]
    return sorted(found, key=lambda lot: lot.id)


def ended(person: Person, today: Any) -> list[Share]:
    """What nobody used in the lots that ended before a shop day."""
    gone = (lot for lot in person.open_lots() if not lot.waits and lot.expires_on < today)
    return [Share(lot.id, lot.remaining) for lot in sorted(gone, key=lambda lot: lot.id)]


def _settles_first(person: Person, entry: Any) -> bool:
    """Whether what fell due was settled before it: not where it is part of another movement's act."""
    match EntryKind(entry.kind):
        case EntryKind.EXPIRE | EntryKind.RELEASE:
            return False
        case EntryKind.BURN:
            return entry.purchase_id is None
        case EntryKind.ADJUST:
            return entry.programme is not None
        case EntryKind.REVERSE:
            return entry.purchase_id is None or person.kinds.get(entry.reverses_id) != EntryKind.BURN
    return True


def _refuse_due(person: Person, entry: Any) -> None:
    if entry.posted_on <= person.quiet_until:
        return
    person.look_again()
    if due(person, entry.posted_on) or ended(person, entry.posted_on):
        raise Unexplained(f"what fell due before {entry.posted_on} was not settled before it")


def _burn(person: Person, entry: Any) -> Made:
    if entry.purchase_id is not None:
        return bills.pay(person, entry)
    price = person.inputs.prices.get(entry.id, -entry.points)
    person.move(entry.id, person.must_have(price))
    return Made(-price)


def _adjust(person: Person, entry: Any) -> Made:
    if entry.points < 0:
        person.move(entry.id, person.must_have(-entry.points))
        return Made(entry.points, version=_version(person, entry))
    said = person.inputs.lots.get(entry.id)
    if entry.programme is None and said is not None and not said.moves:
        person.add_lot(Held(entry.id, entry.points, entry.points, said.expires_on, entry.posted_on))
    else:
        _into_lot(person, entry, entry.points)
    return Made(entry.points, version=_version(person, entry))


def _version(person: Person, entry: Any) -> int | None:
    return None if entry.programme is None else person.book.on(entry.posted_on).version


def _give(person: Person, entry: Any) -> Made:
    """What a rule gives on an occasion without a bill, once, as far as its caps leave room."""
    gift = person.inputs.gifts.get(entry.id)
    if gift is None:
        raise Unexplained("it was given on no occasion")
    rules = person.book.on(gift.happened_on)
    rule = next((each for each in rules.rules if (each.code, each.scope) == (gift.code, gift.scope)), None)
    if rule is None or (gift.code, gift.slot) in person.gifts:
        raise Unexplained(f"no rule {gift.code} gives that on {gift.happened_on}, or it gave it before")
    person.gifts.add((gift.code, gift.slot))
    left = rating.rooms(person, entry, [rule], gift.happened_on, 1).get(rule.code)
    points = rule.points if left is None else min(rule.points, left)
    _into_lot(person, entry, points)
    rating.keep(person, entry.id, [Part(Step.BONUS, rule.code, points=points)], gift.happened_on)
    return Made(points, version=rules.version)


def _into_lot(person: Person, entry: Any, points: int) -> None:
    rules, today = person.book.on(entry.posted_on), entry.posted_on
    until = ends.of_earning(person, rules, today, today)
    person.add_lot(Held(entry.id, points, points, until, today, is_moving(rules)))


def _expire(person: Person, entry: Any) -> Made:
    gone = ended(person, entry.posted_on)
    person.move(entry.id, gone)
    for share in gone:
        person.expired[share.lot_id] += share.points
    return Made(-sum(share.points for share in gone))


def _release(person: Person, entry: Any) -> Made:
    lot = person.lot(_number(entry.idempotency_key.removeprefix("release:")))
    if not lot.waits or not lot.remaining:
        raise Unexplained("it keeps no promise that waits")
    if entry.actor == CLOCK and lot not in due(person, entry.posted_on):
        raise Unexplained(f"its promise was to be kept on {lot.available_on}")
    if lot.expires_on < entry.posted_on:
        rules = person.book.on(entry.posted_on)
        lot.expires_on = ends.of_earning(person, rules, entry.posted_on, entry.posted_on)
    lot.release_id = entry.id
    person.look_again()
    return Made(lot.remaining)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0


def _reverse(person: Person, entry: Any) -> Made:
    original, kind = person.made.get(entry.reverses_id), person.kinds.get(entry.reverses_id)
    if original is None or entry.reverses_id in person.undone:
        raise Unexplained("it undoes a movement there is not, or that was undone before")
    if kind == EntryKind.EARN:
        return bills.undo(person, entry, original)
    if kind == EntryKind.RETURN:
        return bills.undo_return(person, entry, original)
    return _take_gift(person, entry, original) if original.points > 0 else _give_back(person, entry, original)


def _take_gift(person: Person, entry: Any, original: Made) -> Made:
    points = bills.take_lot(person, entry, entry.reverses_id)
    rating.give_back(person, entry.reverses_id)
    return Made(-points, version=original.version)


def _give_back(person: Person, entry: Any, original: Made) -> Made:
    """What was used goes back into the lots it came from."""
    paid = min(debts.of(person.points), -original.points)
    back = debts.less(opposite(person.taken_by(entry.reverses_id)), paid)
    person.move(entry.id, back)
    rules = person.book.on(entry.posted_on)
    ends.refresh(person, rules, entry.posted_on)
    ends.allow_grace(person, back, rules, entry.posted_on)
    return Made(-original.points, version=original.version)


def _pay_debt(person: Person, entry: Any, points: int) -> None:
    """A gain pays what was owed out of the lot it lies in."""
    lot_id = _number(entry.idempotency_key.removeprefix("release:")) if entry.kind == EntryKind.RELEASE else entry.id
    paid = min(debts.of(person.points), max(0, points))
    if paid and entry.kind not in (EntryKind.REVERSE, EntryKind.RETURN):
        person.move(entry.id, [Share(lot_id, paid)])


_KINDS: Mapping[EntryKind, Callable[[Person, Any], Made]] = {
    EntryKind.EARN: bills.earn,
    EntryKind.REVERSE: _reverse,
    EntryKind.ADJUST: _adjust,
    EntryKind.BURN: _burn,
    EntryKind.EXPIRE: _expire,
    EntryKind.RELEASE: _release,
    EntryKind.BONUS: _give,
    EntryKind.RETURN: bills.take_back,
}
