"""Whether this is a demo shop, asked under a lock, and what marks the rows of one."""

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from loyalty.customers.models import Customer
from loyalty.errors import Conflict
from loyalty.installation.models import Installation

CHANNELS = {  # kind: the account both platforms are played with, and how long free answers are possible there
    "zalo": ("4000000000000000001", timedelta(hours=48)),
    "messenger": ("100000000000001", timedelta(hours=24)),
}
KEYS = "demo:%"  # idempotency keys of what is filled in
STORE = "demo-store-leloi"  # public ids, fixed so that what is there already is known again
STORE_CODE = "LELOI"


class RealPeople(Conflict):
    """There are `customers` who are no demo people: what is for trying out never stands beside them."""

    code = "real_people"
    spoken = True


class BeingRemoved(Conflict):
    """The demo shop is taken away elsewhere at this moment."""

    code = "demo_being_removed"
    spoken = True


def hold(session: Session) -> bool:
    """Whether this is a demo shop; nobody else fills or removes until the transaction ends."""
    return bool(session.scalar(select(Installation.demo).with_for_update()))


def set_demo(session: Session, is_demo: bool) -> None:
    session.scalars(select(Installation).with_for_update()).one().demo = is_demo


def count_people(session: Session, *, demo: bool) -> int:
    """Everybody there ever was, those erased as well."""
    return session.scalar(select(func.count()).select_from(Customer).where(Customer.demo.is_(demo))) or 0
