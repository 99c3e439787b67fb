"""A bill being typed at the counter: what stands in its fields, whom it means, what it would give."""

from dataclasses import dataclass
from typing import Any

from marshmallow import ValidationError

from loyalty.console.counter import looking
from loyalty.console.counter.looking import Look
from loyalty.console.desk import Desk
from loyalty.console.forms import Field, Flag, Form, FormSchema, Money, Text, wrong
from loyalty.errors import RuleViolation
from loyalty.points.counter import limits
from loyalty.points.rating import estimating, explaining
from loyalty.points.rating.earning import Step
from loyalty.points.rating.estimating import Estimate
from loyalty.typed import award, fold, money
from loyalty.typed.money import MoneyUnclear
from loyalty.words import Both

ALL = ("max", "all", "het", "tat ca")  # folded


class Amount(Money):
    """An amount; one that may mean several is asked back with all of them."""

    def read(self, value: str) -> int:
        try:
            return money.parse_money(value)
        except MoneyUnclear as unclear:
            facts = unclear.facts
            readings = facts.get("readings") or ((facts["suggestion"],) if "suggestion" in facts else ())
            if not readings:
                return super().read(value)
            raise wrong(
                f"«{facts['typed']}» là {' hay '.join(readings)}? Gõ lại cho rõ.",
                f"Is “{facts['typed']}” {' or '.join(readings)}? Please type it out.",
            ) from None


class Payment(Field):
    """How many points pay: a number, or all that may."""

    def read(self, value: str) -> int | str:
        typed = fold.fold(value)
        if typed in ALL:
            return "max"
        if not (typed.isdigit() and 0 < len(typed) < 10 and int(typed)):
            raise wrong("Ghi số điểm, ví dụ 50, hoặc «hết».", "Write a number of points such as 50, or “all”.")
        return int(typed)


class Slip(FormSchema):
    """A bill at the counter. `chosen` is the public id of whoever was shown for the text `chosen_for`."""

    who = Text(required=True, longest=120)
    amount = Amount(required=True)
    receipt = Text(longest=award.LONGEST_RECEIPT + 2)
    pay = Payment()
    chosen = Text(longest=16)
    chosen_for = Text(longest=120)
    again = Flag()


@dataclass(frozen=True, slots=True)
class Seen:
    """What can be said of a slip so far. `doubt`: why its amount cannot be read."""

    look: Look
    amount: int | None = None
    doubt: Both | None = None
    estimate: Estimate | None = None
    needs_approval: bool = False
    explained: str = ""  # what rules did, when any did

    @property
    def carried(self) -> int:
        """₫ left over from earlier bills that count with this one; what an undoing left to make up is not shown."""
        assert self.estimate is not None
        earning, (credit, points, carry) = self.estimate.programme.earning, self.estimate.credit
        by_amount = points - self.estimate.outcome.bonus
        return max(0, carry + by_amount * self.per_amount - credit) if earning.carry else 0

    @property
    def per_amount(self) -> int:
        """₫ for one point on a bill of this amount."""
        assert self.estimate is not None
        return self.estimate.programme.earning.per_amount(self.amount or 0)


def see(desk: Desk, form: Form) -> Seen:
    """Whom the slip means and what it would give them; nothing is written. Raises NoProgramme."""
    look = find(desk, form["who"], form["chosen"], form["chosen_for"])
    try:
        amount = Amount().deserialize(form["amount"])
    except ValidationError as found:
        doubt: Any = found.messages
        return Seen(look, doubt=doubt if isinstance(doubt, Both) else None)
    if amount is None or not look.is_somebody:
        return Seen(look, amount)
    customer_id = look.customer.id if look.customer is not None else None
    estimate = _estimate(desk, form, customer_id, amount)
    needs_approval = limits.bill_waits(desk.session, desk.member, amount, now=desk.now)
    return Seen(look, amount, None, estimate, needs_approval, _explained(desk, estimate))


def _estimate(desk: Desk, form: Form, customer_id: int | None, amount: int) -> Estimate:
    """What it would give; points that cannot pay are said when the bill is recorded."""
    place: dict[str, Any] = {"now": desk.now, "store_id": desk.member.store_id}
    try:
        pay = Payment().deserialize(form["pay"] or "")
        return estimating.of_total(desk.session, customer_id, amount, **place, pay_points=pay)
    except (ValidationError, RuleViolation):
        return estimating.of_total(desk.session, customer_id, amount, **place)


def _explained(desk: Desk, estimate: Estimate) -> str:
    """What the rules did, in words; empty when the tier's multiplier says it all."""
    if all(part.step is Step.TIER for part in estimate.outcome.parts):
        return ""
    return explaining.explain(estimate.outcome, estimate.programme, desk.locale)


def find(desk: Desk, who: str, chosen: str | None, chosen_for: str | None) -> Look:
    """Who is meant. Somebody chosen counts only while the text they were chosen for still stands there."""
    still = bool(chosen) and (chosen_for or "").strip() == who.strip()
    return looking.look(desk.session, who, chosen=(chosen or "") if still else "", now=desk.now)
