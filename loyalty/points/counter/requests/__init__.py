"""What a second person decides: a module of this folder for each kind, called like the kind."""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from typing import Protocol, cast

from sqlalchemy.orm import Session

from loyalty.customers.models import Customer
from loyalty.points.accrual import Award
from loyalty.points.adjusting import Adjustment
from loyalty.points.counter.orders import Hand
from loyalty.staff.models import Approval

Done = Award | Adjustment


class Kind(Protocol):
    """One thing that may wait."""

    def customer(self, session: Session, request: Approval) -> Customer | None:
        """Whose points they are; None for a phone nobody has (yet)."""
        ...

    def phone(self, session: Session, request: Approval) -> str | None:
        """The phone (E.164) it was asked for, where nobody had it then."""
        ...

    def carry_out(self, session: Session, request: Approval, hand: Hand) -> Done:
        """Do what was asked for, in the name of who asked, and tell the customer."""
        ...


def of(request: Approval) -> Kind:
    """What can be done with a request."""
    return kinds()[request.kind]


@cache
def kinds() -> Mapping[str, Kind]:
    """Every kind, by its name."""
    names = [found.name for found in pkgutil.iter_modules(__path__)]
    return {name: cast(Kind, importlib.import_module(f"{__name__}.{name}")) for name in names}
