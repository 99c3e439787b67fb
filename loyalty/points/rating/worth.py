"""What one bill is worth to its customer, worked out under the customer's lock before anything is written."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from loyalty.points import lots, paying, promises
from loyalty.points.accounts import Account
from loyalty.points.lots import Promised, Share
from loyalty.points.paying import Paid
from loyalty.points.rating import caps, earning, looking
from loyalty.points.rating.caps import Occasion
from loyalty.points.rating.earning import Facts, Outcome
from loyalty.points.rating.looking import Seen
from loyalty.points.tiers import holding
from loyalty.programme.document import Programme, Tier
from loyalty.purchases import bills
from loyalty.purchases.bills import Bill


@dataclass(frozen=True, slots=True)
class Order:
    """One checked bill on its way through."""

    bill: Bill
    actor: str
    key: str
    now: datetime
    today: date  # shop days
    purchased_at: datetime
    purchased_on: date

    def receipt_key(self, rules: Programme) -> str | None:
        bill = self.bill
        if bill.reference is None:
            return None
        return bills.receipt_key(bill.source, bill.store_id, bill.reference, rules.restart, self.purchased_on)

    def occasion_of(self, account: Account) -> Occasion:
        return Occasion(account.customer_id, self.purchased_on, self.bill.store_id)


@dataclass(frozen=True, slots=True)
class Worth:
    """What one bill is worth to its customer, before anything is written."""

    tier: Tier
    facts: Facts
    outcome: Outcome
    paid: Paid
    shares: Sequence[Share]  # the points that pay, lot by lot
    promised: Promised | None

    @property
    def points(self) -> int:
        """Whole points that can be used at once."""
        return self.outcome.points if self.promised is None else 0


def of_bill(session: Session, account: Account, rules: Programme, order: Order) -> Worth:
    """Worked out from the bill, the locked account and what the rules ask; totals of caps are locked with it."""
    tier = holding.held_at(session, account, rules, order.purchased_at)
    paid = paying.of_bill(rules, order.bill.total, account.points, order.bill.pay_points)
    shares = lots.soonest(session, account.customer_id, paid.points) if paid.points else []
    known = Facts(tier.code, account.carry, is_first=account.totals.orders == 0)
    seen = looking.see(session, rules, account.customer_id, order.bill.store_id)
    facts = looking.facts(session, rules, account.customer_id, known, order.purchased_on, now=order.now, seen=seen)
    outcome = _outcome(session, account, rules, tier, facts, order, paid, seen)
    promised = promises.of_bill(rules, outcome.points, order.purchased_on, order.today)
    return Worth(tier, facts, outcome, paid, shares, promised)


def _outcome(
    session: Session,
    account: Account,
    rules: Programme,
    tier: Tier,
    facts: Facts,
    order: Order,
    paid: Paid,
    seen: Seen | None,
) -> Outcome:
    """What the bill earns. Rules without caps, stores, segments and birthdays cost no query."""
    if not rules.rules:
        eligible = order.bill.eligible - paid.amount
        credit = earning.plain(rules, tier, order.bill.total, eligible, account.carry)
        return earning.without_rules(rules, order.bill, credit, paid.amount)
    basket = looking.basket(session, rules, order.bill, order.purchased_on, order.purchased_at, paid.amount, seen=seen)
    asked = earning.applying(rules, basket, facts)
    per_amount = rules.earning.per_amount(basket.total)
    records = seen.records if seen else None
    left = caps.left(session, asked, order.occasion_of(account), per_amount, records=records)
    return earning.evaluate(rules, basket, replace(facts, left=left), asked)
