"""A draft of other rules of points, ready to be tried on the demo's two years of bills and activated."""

from datetime import datetime

from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.demo import friends
from loyalty.demo.stage import DEMO
from loyalty.programme import activation, drafts, versions

RULES = """
[[rules]]
code = "coffee-hour"
name = { vi = "Giờ cà phê", en = "Coffee hour" }
kind = "multiply"
multiplier = "1.5"
[rules.when]
weekdays = ["mon", "tue", "wed", "thu", "fri"]
hours = ["14:00-17:00"]
[rules.caps]
person_day = 50

[[rules]]
code = "tet"
name = { vi = "Tết", en = "Tết" }
kind = "multiply"
multiplier = "2"
[rules.when]
days = ["tet"]

[[rules]]
code = "first"
name = { vi = "Lần đầu", en = "First time" }
kind = "bonus"
points = 20
[rules.when]
first_purchase = true
"""


def write(session: Session, *, now: datetime) -> None:
    """Leave the draft, unless somebody works on one or has activated other rules already."""
    own = [row for row in activation.list_all(session) if row.note != friends.NOTE]
    if drafts.find(session) is not None or len(own) > 1:
        return
    held = activation.get(session, versions.at(session, shop.of(session).day(now)).version)
    drafts.save(session, held.document.rstrip() + "\n" + RULES, by=DEMO, now=now)


def take_away(session: Session) -> None:
    """Forget the draft, unless somebody made it theirs."""
    if (draft := drafts.find(session)) is not None and draft.saved_by == DEMO.actor:
        drafts.drop(session)
