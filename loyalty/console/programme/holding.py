"""Who holds which tier, who is about to fall or rise, whom a hand holds: each with the customer behind it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from loyalty.console import persons, tier_words
from loyalty.console.desk import Desk
from loyalty.console.persons import Person
from loyalty.console.programme.here import section
from loyalty.console.section import Answer
from loyalty.customers.models import Customer
from loyalty.points.tiers import holders
from loyalty.programme import sentences
from loyalty.programme.document import Tier
from loyalty.staff.permissions import Right


@dataclass(frozen=True, slots=True)
class Level:
    """One tier and how many hold it."""

    tier: Tier
    name: str
    asks: str
    count: int


@section.get("/programme/tiers", right=Right.PROGRAMME)
def tiers(desk: Desk) -> Answer:
    """How many hold each tier; who loses one soon, who reaches the next soon, whom a hand holds."""
    session, today = desk.session, desk.shop.day(desk.now)
    falling, rising = holders.list_falling(session, today), holders.list_rising(session, today)
    by_hand = holders.list_by_hand(session)
    people = _people(desk, {each.customer_id for rows in (falling, rising, by_hand) for each in rows})
    return desk.render(
        "programme/tiers.html",
        levels=_levels(desk),
        said=sentences.describe_falls(desk.programme, desk.locale),
        warn_days=desk.programme.qualification.warn_days,
        falling=[(people[each.customer_id], each, _more(desk, each.outlook.missing)) for each in falling],
        rising=[(people[each.customer_id], each, _more(desk, each.missing)) for each in rising],
        by_hand=[(people[each.customer_id], each) for each in by_hand],
    )


def _more(desk: Desk, missing: Any) -> str:
    return tier_words.more(desk, missing)


def _levels(desk: Desk) -> list[Level]:
    counted, rules = holders.count(desk.session), desk.programme
    return [
        Level(
            tier,
            rules.tier_name(tier.code, desk.locale),
            tier_words.asks(desk, rules, tier.spend),
            counted.get(tier.code, 0),
        )
        for tier in reversed(rules.tiers)
    ]


def _people(desk: Desk, ids: Iterable[int]) -> Mapping[int, Person]:
    found = desk.session.scalars(select(Customer).where(Customer.id.in_(ids)).order_by(Customer.id)).all()
    return {each.id: shown for each, shown in zip(found, persons.show_all(desk.session, found), strict=True)}
