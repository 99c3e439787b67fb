"""Awards while the shop is closed."""

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.shop import Shop
from loyalty.watch.clues import Clue, Pattern, ids
from loyalty.watch.days import Act, Day
from loyalty.words import Both

GRACE = timedelta(minutes=30)  # the till is closed after the door, and opened before it
SCORE, MORE, MOST = 50, 10, 100


def find(session: Session, day: Day) -> Iterator[Clue]:
    """Nothing where the shop told no hours."""
    here = shop.of(session)
    for staff_id, acts in day.awards.items():
        if late := [act for act in acts if _is_outside(here, act)]:
            yield Clue(staff_id, ids(late), min(MOST, SCORE + MORE * (len(late) - 1)), {"count": len(late)})


def _is_outside(here: Shop, act: Act) -> bool:
    return not any(here.is_open(at) for at in (act.at, act.at - GRACE, act.at + GRACE))


PATTERN = Pattern(
    "outside_hours",
    Both("Cộng ngoài giờ mở cửa", "Awards while closed"),
    Both(
        "{staff} cộng {count} lần khi cửa hàng đã đóng: {times}",
        "{staff} made {count} awards while the shop was closed: {times}",
    ),
    find,
)
