"""Points the demo shop gave by hand: one to make up for something, one with a nought too many, taken back."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from loyalty.demo.people import CUSTOMERS, Person


@dataclass(frozen=True, slots=True)
class Gift:
    """Whole points given by hand; a mistake is undone at once."""

    at: datetime
    key: str
    person: Person
    points: int
    reason: str
    is_mistake: bool = False


GIFTS = (  # who, days before the first fill, hour, points, why, whether it was a mistake
    ("lan", 18, 10, 20, "Đền ly latte pha nhầm", False),
    ("hoa", 11, 15, 300, "Tặng khách góp ý (gõ dư một số 0)", True),
)


def moments(at: Callable[[int, int], datetime]) -> Iterator[Gift]:
    """In no order; `at` tells the instant so many days before the first fill, at an hour of the shop."""
    people = {person.key: person for person in CUSTOMERS}
    for who, day, hour, points, reason, is_mistake in GIFTS:
        yield Gift(at(day, hour), f"demo:{who}:gift", people[who], points, reason, is_mistake)
