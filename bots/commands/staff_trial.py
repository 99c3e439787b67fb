"""What a bill would give, before it is recorded: nothing is written but who asked."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy.orm import Session

from bots.commands import STAFF, Chat, Reply, command, people, receipts, refusals
from bots.texts import formats, text
from loyalty import shop
from loyalty.customers.models import Customer, CustomerStats
from loyalty.errors import LoyaltyError
from loyalty.points import accrual, ledger, promises
from loyalty.points.accrual import Award, Bill
from loyalty.points.counter import allowances, limits, orders
from loyalty.points.rating import estimating, explaining
from loyalty.points.rating.estimating import Estimate
from loyalty.programme.document import Programme
from loyalty.purchases import bills, recording
from loyalty.purchases.models import Purchase
from loyalty.staff import audit
from loyalty.staff.permissions import Right
from loyalty.typed import award, money, phones
from loyalty.typed.award import AwardLine, Person


@dataclass(frozen=True, slots=True)
class _Trial:
    """One line tried: whose bill (None: a phone nobody has), and what it would give."""

    session: Session
    chat: Chat
    line: AwardLine
    customer: Customer | None
    bill: Bill
    estimate: Estimate

    def say(self, key: str, **facts: object) -> str:
        return text(key, self.chat.locale, **facts)

    def money(self, amount: int) -> str:
        return formats.money(amount, self.chat.locale)

    def points(self, count: int) -> str:
        return formats.points(count, self.chat.locale)


@command("thử", "try", for_=STAFF, right=Right.PREVIEW, help="/thu 0912345678 350k", reads=award.parse_award)
def try_bill(session: Session, chat: Chat, line: AwardLine) -> Reply:
    """`/thu 0912345678 350k` tells what `/tich` with the same words would give and why; no bill, no points.

    Raises MemberCodeUnknown, NoProgramme; PointsPayNothing, TooManyPoints, InsufficientPoints for `dùng …`.
    """
    customer = orders.find(session, Person(line.phone, line.code), now=chat.now)
    bill = Bill(line.amount, chat.member.store_id, reference=line.receipt, pay_points=line.pay_points)
    estimate = estimating.of_bill(session, customer.id if customer is not None else None, bill, now=chat.now)
    trial = _Trial(session, chat, line, customer, bill, estimate)
    if customer is not None:
        audit.record_by(session, chat.author, "try", f"customer:{customer.public_id}", now=chat.now)
    if (taken := _taken(trial)) is not None:
        return Reply(_counted(trial, taken))
    return Reply("\n".join(_lines(trial)))


def _lines(trial: _Trial) -> Iterator[str]:
    yield _given(trial)
    yield from _reasons(trial)
    yield from _payment(trial)
    yield _standing(trial)
    yield from _obstacles(trial)
    yield trial.say("try.send", line=_line(trial))


def _given(trial: _Trial) -> str:
    outcome, promised, locale = trial.estimate.outcome, trial.estimate.promised, trial.chat.locale
    facts = {"who": _who(trial), "bill": _bill(trial), "points": trial.points(outcome.points)}
    if not outcome.points:
        return trial.say("try.nothing", **facts)
    if promised is None:
        return trial.say("try.given", **facts)
    if promised.on is None:
        return trial.say("try.pending", **facts)
    today = shop.of(trial.session).day(trial.chat.now)
    return trial.say("try.pending_until", day=formats.day(promised.on, locale, today), **facts)


def _reasons(trial: _Trial) -> Iterator[str]:
    """The rules in their fixed order, then how the sum becomes points."""
    estimate, outcome = trial.estimate, trial.estimate.outcome
    if outcome.parts:
        yield trial.say("try.how", how=explaining.explain(outcome, estimate.programme, trial.chat.locale))
    facts = {"credit": trial.money(outcome.credit), "per": trial.money(outcome.per_amount)}
    if not estimate.programme.earning.carry:
        yield trial.say("try.sum", **facts)
        return
    before = outcome.carry - outcome.credit + (outcome.points - outcome.bonus) * outcome.per_amount
    key = "try.sum_first" if before == 0 else "try.sum_carry" if before > 0 else "try.sum_less"
    yield trial.say(key, before=trial.money(abs(before)), after=trial.money(max(0, outcome.carry)), **facts)


def _payment(trial: _Trial) -> Iterator[str]:
    """What points pay of it, or could."""
    estimate, total = trial.estimate, trial.line.amount
    if estimate.paid.points:
        shown = {"amount": trial.money(estimate.paid.amount), "rest": trial.money(total - estimate.paid.amount)}
        yield trial.say("try.paid", points=trial.points(estimate.paid.points), **shown)
    elif estimate.most and (value := estimate.programme.redemption.point_value):
        yield trial.say("try.could_pay", points=trial.points(estimate.most), amount=trial.money(estimate.most * value))


def _standing(trial: _Trial) -> str:
    """What they have and hold now, before the bill."""
    tier = trial.estimate.programme.tier_name(trial.estimate.tier.code, trial.chat.locale)
    if trial.customer is None:
        return trial.say("try.newcomer", tier=tier)
    points = trial.session.get_one(CustomerStats, trial.customer.id).points
    return trial.say("try.has", tier=tier, balance=trial.points(points))


def _obstacles(trial: _Trial) -> Iterator[str]:
    """What would stand in the way of the writer: a second person to decide, the day's limit."""
    session, chat, estimate = trial.session, trial.chat, trial.estimate
    if limits.bill_waits(session, chat.member, trial.line.amount, now=chat.now):
        yield trial.say("try.waits")
    try:
        _check_allowance(trial, estimate.programme)
    except LoyaltyError as refusal:
        yield refusals.explain(session, chat, refusal).text


def _check_allowance(trial: _Trial, rules: Programme) -> None:
    member, chat = trial.chat.member, trial.chat
    allowance = allowances.of_role(rules, member.role)
    if not allowance.is_unlimited:
        customer_id = trial.customer.id if trial.customer is not None else None
        given = allowances.given(trial.session, member.id, customer_id, now=chat.now)
        allowances.check(allowance, given, trial.estimate.outcome.points)


def _taken(trial: _Trial) -> Purchase | None:
    """The standing bill that has this receipt."""
    if trial.line.receipt is None:
        return None
    checked, day = bills.check(trial.bill, now=trial.chat.now), shop.of(trial.session).day(trial.chat.now)
    assert checked.reference is not None
    restart = trial.estimate.programme.restart
    key = bills.receipt_key(checked.source, checked.store_id, checked.reference, restart, day)
    return recording.find_by_receipt(trial.session, key)


def _counted(trial: _Trial, taken: Purchase) -> str:
    """A receipt counts once: the same bill again gives nothing more, another one is refused as by `/tich`."""
    if trial.customer is None or (taken.customer_id, taken.total) != (trial.customer.id, trial.line.amount):
        raise accrual.ReceiptTaken(taken, trial.bill)
    entry = ledger.earned_by(trial.session, taken.id)
    promised = promises.waiting(promises.of_entries(trial.session, [entry.id]).get(entry.id))
    done = Award(taken, entry, is_new=False, promised=promised)
    return receipts.repeated(trial.session, trial.chat.locale, done, now=trial.chat.now)


def _who(trial: _Trial) -> str:
    if trial.customer is not None:
        return people.label(trial.session, trial.customer, trial.chat.locale)
    assert trial.line.phone is not None, "a member code is somebody's"
    return trial.say("award.newcomer", who=phones.mask(trial.line.phone))


def _bill(trial: _Trial) -> str:
    shown = trial.say("award.bill", amount=trial.money(trial.line.amount))
    return f"{shown}, {trial.line.receipt}" if trial.line.receipt else shown


def _line(trial: _Trial) -> str:
    """What does it: `/tich 0912345678 350k #HD123 dùng 50`."""
    line = trial.line
    who = phones.national(line.phone) if line.phone else line.code
    use, everything = ("use", "all") if trial.chat.locale == "en" else ("dùng", "hết")
    paid = everything if line.pay_points == "max" else line.pay_points
    parts = [
        "/tich",
        who,
        money.write_short(line.amount),
        line.receipt and f"#{line.receipt}",
        paid and f"{use} {paid}",
    ]
    return " ".join(str(part) for part in parts if part)
