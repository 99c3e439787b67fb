"""What a bill earns, worked out from values alone: the rules, the bill, what is known of its customer.

The order is fixed, whatever the order of the rules in their document, and every explanation follows it:
the part paid with points goes, then what exclusions take; multipliers act on ₫, first on lines, then on the bill, then
the tier's, a fraction of a ₫ dropped at each, rules of one step in the order of their codes; the sum becomes points;
fixed bonuses are added afterwards and multiplied by nothing. A bill of which nothing earns gets no bonus either.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple

from loyalty.points.rating import matching
from loyalty.points.rating.matching import Basket, Facts, Item
from loyalty.programme.document import Cap, Earning, Kind, Programme, Rule, Scope, Tier
from loyalty.purchases.bills import Bill

__all__ = ["Basket", "Credit", "Facts", "Item", "Outcome", "Part", "Step", "evaluate", "plain", "points_for", "room"]


class Credit(NamedTuple):
    """What a bill is worth: ₫ after the multiplier, the points they and the carry give, the carry they leave."""

    credit: int
    points: int
    carry: int


class Step(StrEnum):
    """The fixed order in which the parts of an outcome come."""

    PAID = "paid"  # with points: earns nothing
    EXCLUDED = "excluded"
    LINE = "line"
    BILL = "bill"
    TIER = "tier"
    BONUS = "bonus"


@dataclass(frozen=True, slots=True)
class Part:
    """What one rule did: ₫ it added (signed), or points of a bonus. `code` is the rule's or the tier's."""

    step: Step
    code: str
    amount: int = 0
    points: int = 0
    multiplier: Fraction = Fraction(1)
    capped: bool = False  # it would have been more


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a bill earns: `credit` ₫ after all multipliers, the points of it all, the carry left, and how it came."""

    eligible: int  # ₫ that earn, before multipliers
    credit: int
    points: int  # bonuses among them
    carry: int
    per_amount: int
    parts: tuple[Part, ...]

    @property
    def bonus(self) -> int:
        """Whole points of fixed bonuses."""
        return sum(part.points for part in self.parts)


def points_for(eligible: int, carry: int, multiplier: Fraction, per_amount: int) -> Credit:
    """A point per full `per_amount` of credit and carry; never fewer than none, so a debt of carry stays carry.

    The credit is rounded down to whole ₫: 250,000 at 1.25 with 5,000 carried is 312,500, 31 points, 7,500 left.
    """
    credit = times(eligible, multiplier)
    points = max(0, (credit + carry) // per_amount)
    return Credit(credit, points, credit + carry - points * per_amount)


def plain(programme: Programme, tier: Tier, total: int, eligible: int, carry: int) -> Credit:
    """What a bill of `total` ₫, of which `eligible` earn, is worth without any rule but the tier's multiplier."""
    earning, per_amount = programme.earning, programme.earning.per_amount(total)
    if earning.carry:
        return points_for(eligible, carry, tier.multiplier, per_amount)
    credit = times(eligible, tier.multiplier)
    return Credit(credit, *rounded(earning, credit, carry, per_amount))


def without_rules(programme: Programme, bill: Bill, credit: Credit, paid: int = 0) -> Outcome:
    """The outcome of a bill without rules to look at, `paid` ₫ of it with points; the tier's part is not told."""
    per_amount = programme.earning.per_amount(bill.total)
    parts = (Part(Step.PAID, "", amount=-paid),) if paid else ()
    return Outcome(bill.eligible - paid, credit.credit, credit.points, credit.carry, per_amount, parts)


def applying(programme: Programme, basket: Basket, facts: Facts) -> list[Rule]:
    """The rules that act on the bill, in the order of their codes."""
    return sorted((rule for rule in programme.rules if matching.applies(rule, basket, facts)), key=_code)


def evaluate(programme: Programme, basket: Basket, facts: Facts, rules: Sequence[Rule] | None = None) -> Outcome:
    """What the bill earns. `facts.left` says what is left of caps; a rule not among them has room for anything.

    `rules` are those that apply, where they are known.
    """
    rules = applying(programme, basket, facts) if rules is None else rules
    work = _Work(basket, facts, [item.amount for item in basket.items])
    if basket.paid_with_points:
        work.parts.append(Part(Step.PAID, "", amount=-basket.paid_with_points))
    _exclude(work, rules)
    eligible = sum(work.amounts)
    credit = _multiply(work, rules, programme)
    points, carry = rounded(programme.earning, credit, facts.carry, per := programme.earning.per_amount(basket.total))
    bonus = _add_bonuses(work, rules) if eligible > 0 else 0
    return Outcome(eligible, credit, points + bonus, carry, per, tuple(work.parts))


def room(rule: Rule, given: Mapping[Cap, int], per_amount: int) -> int | None:
    """What is left of a rule's caps when so much was given: points of a bonus, ₫ of a multiplier; None: no cap.

    `given` is counted likewise. A cap of points holds for the ₫ a multiplier adds before the tier's.
    """
    unit = per_amount if rule.kind is Kind.MULTIPLY else 1
    return min((max(0, most * unit - given.get(cap, 0)) for cap, most in rule.caps.items()), default=None)


def times(amount: int, multiplier: Fraction) -> int:
    """Whole ₫, a fraction dropped."""
    return amount * multiplier.numerator // multiplier.denominator


@dataclass
class _Work:
    """The ₫ of each line on their way, and the parts so far."""

    basket: Basket
    facts: Facts
    amounts: list[int]
    parts: list[Part] = field(default_factory=list)

    def left(self, rule: Rule) -> int | None:
        return self.facts.left.get(rule.code)

    def lines_of(self, rule: Rule) -> Iterator[int]:
        """The places of the lines a rule acts on."""
        for place, item in enumerate(self.basket.items):
            if rule.scope is Scope.BILL or matching.holds_line(rule.when, item):
                yield place


def _exclude(work: _Work, rules: Sequence[Rule]) -> None:
    for rule in rules:
        if rule.kind is Kind.EXCLUDE:
            lines = list(work.lines_of(rule))
            if taken := sum(work.amounts[place] for place in lines):
                work.parts.append(Part(Step.EXCLUDED, rule.code, amount=-taken))
            for place in lines:
                work.amounts[place] = 0


def _multiply(work: _Work, rules: Sequence[Rule], programme: Programme) -> int:
    """The credit: lines, then their sum, then the tier."""
    multipliers = [rule for rule in rules if rule.kind is Kind.MULTIPLY]
    for rule in (each for each in multipliers if each.scope is Scope.LINE):
        _multiply_lines(work, rule)
    credit = sum(work.amounts)
    for rule in (each for each in multipliers if each.scope is Scope.BILL):
        extra, capped = _within(times(credit, rule.multiplier) - credit, work.left(rule))
        credit += extra
        _note(work, Step.BILL, rule, extra, capped)
    tier = programme.tier(work.facts.tier)
    extra = times(credit, tier.multiplier) - credit
    if tier.multiplier != 1:
        work.parts.append(Part(Step.TIER, tier.code, amount=extra, multiplier=tier.multiplier))
    return credit + extra


def _multiply_lines(work: _Work, rule: Rule) -> None:
    left, added, was_capped = work.left(rule), 0, False
    for place in work.lines_of(rule):
        amount = work.amounts[place]
        extra, capped = _within(times(amount, rule.multiplier) - amount, None if left is None else left - added)
        work.amounts[place] += extra
        added, was_capped = added + extra, was_capped or capped
    _note(work, Step.LINE, rule, added, was_capped)


def _note(work: _Work, step: Step, rule: Rule, amount: int, capped: bool) -> None:
    """A multiplier that changed nothing, for there was nothing to multiply, is no part."""
    if amount or capped:
        work.parts.append(Part(step, rule.code, amount=amount, multiplier=rule.multiplier, capped=capped))


def _add_bonuses(work: _Work, rules: Sequence[Rule]) -> int:
    given = 0
    for rule in (each for each in rules if each.kind is Kind.BONUS):
        points, capped = _within(rule.points, work.left(rule))
        work.parts.append(Part(Step.BONUS, rule.code, points=points, capped=capped))
        given += points
    return given


def rounded(earning: Earning, credit: int, carry: int, per_amount: int) -> tuple[int, int]:
    """Points and the carry they leave; without a carry what is left over is dropped and the old carry stays."""
    if earning.carry:
        _credit, points, left = points_for(credit, carry, Fraction(1), per_amount)
        return points, left
    half = per_amount // 2 if earning.half else 0
    return max(0, (credit + half) // per_amount), carry


def _within(amount: int, left: int | None) -> tuple[int, bool]:
    """As much as is left, and whether it would have been more."""
    if left is None or amount <= left:
        return amount, False
    return max(left, 0), True


def _code(rule: Rule) -> str:
    return rule.code
