"""What rules look at in a bill, read from the database only as far as some rule asks for it."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.points.matching import Basket, basket_of
from loyalty.programme.document import Programme
from loyalty.purchases.bills import Bill
from loyalty.staff.models import Store


def basket(session: Session, rules: Programme, bill: Bill, on: date, at: datetime, paid: int = 0) -> Basket:
    """The bill as rules see it; the code of its store only when a rule names stores. `paid` ₫ of it, with points."""
    store = session.get(Store, bill.store_id) if any(rule.when.stores for rule in rules.rules) else None
    clock = at.astimezone(shop.of(session).timezone).time()
    return basket_of(bill, store.code if store is not None else "", on, clock, paid_with_points=paid)
