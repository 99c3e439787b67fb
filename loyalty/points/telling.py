"""Telling people in their chats of what became of their points. What is said there is the chats' own affair."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from sqlalchemy.orm import Session

from loyalty.points.accrual import Award
from loyalty.points.adjusting import Adjustment
from loyalty.points.lots import Expiring
from loyalty.points.returns.returning import Returned
from loyalty.points.returns.reversal import Reversal
from loyalty.staff.models import Approval


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence of the chats for a customer, by its `name`, with the facts it takes; said once for each `key`.

    A fact is a text, whole points (`points`, `balance`), a day, or names by locale.
    """

    customer_id: int
    name: str
    key: str
    facts: Mapping[str, Any]


class Voice(Protocol):
    """Each queues a message, once however often it is called, and says whether it reaches anybody."""

    def awarded(self, session: Session, done: Award, *, now: datetime) -> bool:
        """Tell the customer what a bill gave them."""
        ...

    def returned(self, session: Session, done: Returned, *, now: datetime) -> bool:
        """Tell the customer what their bill no longer gives, now that goods of it came back."""
        ...

    def undone(self, session: Session, undone: Reversal, *, now: datetime) -> bool:
        """Tell the customer that a bill, a return or an adjustment was taken back."""
        ...

    def adjusted(self, session: Session, done: Adjustment, *, now: datetime) -> bool:
        """Tell the customer that points were given or taken by hand."""
        ...

    def expiring(
        self, session: Session, customer_id: int, ends: Sequence[Expiring], day: date, *, now: datetime
    ) -> bool:
        """Tell the customer which points end when; once for each shop day (`day`) this is said on."""
        ...

    def wanted(self, session: Session, request: Approval, *, now: datetime) -> bool:
        """Tell whoever may decide that something waits for them."""
        ...

    def decided(self, session: Session, request: Approval, done: Award | Adjustment | None, *, now: datetime) -> bool:
        """Tell who asked what was decided; `done` is what the yes led to."""
        ...

    def tell(self, session: Session, notice: Notice, *, now: datetime) -> bool:
        """Tell a customer whatever else there is to say."""
        ...


class Silent:
    """Nobody is told: no chat is put together with this program."""

    def awarded(self, session: Session, done: Award, *, now: datetime) -> bool:
        return False

    def returned(self, session: Session, done: Returned, *, now: datetime) -> bool:
        return False

    def undone(self, session: Session, undone: Reversal, *, now: datetime) -> bool:
        return False

    def adjusted(self, session: Session, done: Adjustment, *, now: datetime) -> bool:
        return False

    def expiring(
        self, session: Session, customer_id: int, ends: Sequence[Expiring], day: date, *, now: datetime
    ) -> bool:
        return False

    def wanted(self, session: Session, request: Approval, *, now: datetime) -> bool:
        return False

    def decided(self, session: Session, request: Approval, done: Award | Adjustment | None, *, now: datetime) -> bool:
        return False

    def tell(self, session: Session, notice: Notice, *, now: datetime) -> bool:
        return False
