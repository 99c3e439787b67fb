"""What a bill earns, rated again from what was bought and what was true of its customer then."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from loyalty.points.paying import Paid
from loyalty.points.rating import caps, earning, matching
from loyalty.points.rating.caps import KEPT, OWN, Occasion
from loyalty.points.rating.earning import Outcome, Part, Step
from loyalty.points.rating.matching import Facts, basket_of
from loyalty.points.replay.book import Unexplained
from loyalty.points.replay.person import Person
from loyalty.programme.document import Cap, Programme, Rule, Tier
from loyalty.purchases.bills import Bill, Line


def rate(person: Person, entry: Any, row: Any, rules: Programme, tier: Tier, paid: Paid) -> Outcome:
    """The outcome of a bill (`row`), under the caps of its person as they are counted so far."""
    bill = _bill(person, row)
    if not rules.rules:
        credit = earning.plain(rules, tier, bill.total, bill.eligible - paid.amount, person.carry)
        return earning.without_rules(rules, bill, credit, paid.amount)
    clock = row.purchased_at.astimezone(person.book.shop.timezone).time()
    store = person.book.stores.get(row.store_id, "") if any(rule.when.stores for rule in rules.rules) else ""
    basket = basket_of(bill, store, row.purchased_on, clock, paid_with_points=paid.amount)
    known = _facts(person, entry, tier)
    asked = [rule for rule in rules.rules if matching.applies(rule, basket, known)]
    left = rooms(person, entry, asked, row.purchased_on, rules.earning.per_amount(basket.total))
    return earning.evaluate(rules, basket, replace(known, left=left))


def most(rules: Programme, row: Any, balance: int) -> Paid:
    """What points paid of a bill, as it says, if that may be. Raises Unexplained."""
    if not row.paid_points:
        return Paid()
    value, terms = rules.redemption.point_value, rules.redemption
    if value is None or balance < terms.minimum_balance:
        raise Unexplained(f"points paid its bill, which the rules do not allow at a balance of {balance}")
    if row.paid_points > (may := min(balance, row.total * terms.max_share // 100 // value)):
        raise Unexplained(f"{row.paid_points} points paid its bill where {may} may")
    return Paid(row.paid_points, row.paid_points * value)


def rooms(person: Person, entry: Any, asked: Sequence[Rule], on: date, per_amount: int) -> Mapping[str, int]:
    """What is left of the caps of these rules."""
    found = {rule.code: _room(person, entry, rule, on, per_amount) for rule in asked if rule.caps}
    return {code: room for code, room in found.items() if room is not None}


def keep(person: Person, entry_id: int, parts: Sequence[Part], on: date) -> None:
    """Count what the rules gave with a movement."""
    given = [(part.code, on, part.points if part.step is Step.BONUS else part.amount) for part in parts if _kept(part)]
    person.counted[entry_id] = given
    _count(person, given, 1)


def give_back(person: Person, entry_id: int) -> None:
    """What an undone movement gave counts no more."""
    _count(person, person.counted.get(entry_id, ()), -1)


def _kept(part: Part) -> bool:
    return part.step in KEPT


def _count(person: Person, given: Sequence[tuple[str, date, int]], sign: int) -> None:
    for code, on, amount in given:
        for cap in OWN:
            person.given[_slot(person, cap, code, on)] += sign * amount


def _room(person: Person, entry: Any, rule: Rule, on: date, per_amount: int) -> int | None:
    """Of the person's own caps what is left, as counted; of those of everybody, what the rule had in the end."""
    is_one = not person.inputs.records
    own = {cap: number for cap, number in rule.caps.items() if cap in OWN and is_one}
    given = {cap: person.given[_slot(person, cap, rule.code, on)] for cap in own}
    rooms_ = [earning.room(replace(rule, caps=own), given, per_amount)]
    said = person.inputs.ruled.get(entry.id, {}).get(rule.code)
    if said is not None and said.capped and len(own) < len(rule.caps):
        rooms_.append(said.points if said.step == Step.BONUS else said.amount)
    return min((room for room in rooms_ if room is not None), default=None)


def _slot(person: Person, cap: Cap, code: str, on: date) -> str:
    return caps.slot(cap, code, Occasion(person.inputs.id, on, None))


def _facts(person: Person, entry: Any, tier: Tier) -> Facts:
    elsewhere = any(
        row.orders and (row.erased_at is None or row.erased_at <= entry.posted_at) for row in person.inputs.records
    )
    is_first = not elsewhere and not any(True for _bill in person.standing())
    known = Facts(tier.code, person.carry, is_first=is_first, spans=frozenset())
    row = person.inputs.facts.get(entry.id)
    if row is None:
        return known
    return replace(known, segments=frozenset(row.segments), spans=frozenset(row.birthday), had=frozenset(row.had))


def _bill(person: Person, row: Any) -> Bill:
    lines = tuple(
        Line(line.name, line.quantity, line.unit_price, line.discount, line.sku, line.category)
        for line in sorted(person.inputs.lines.get(row.id, ()), key=lambda line: line.position)
    )
    return Bill(row.total, row.store_id, row.source, discount=row.discount, lines=lines)
