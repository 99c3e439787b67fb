"""Tiers of the demo shop as after any night: one held by hand, the others reviewed, who falls soon foreseen."""

from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.customers import profiles
from loyalty.demo import crowd
from loyalty.demo.history import Calendar
from loyalty.demo.stage import Stage
from loyalty.errors import LoyaltyError
from loyalty.points.tiers import manual, reviews, warning
from loyalty.points.tiers.manual import Setting
from loyalty.programme import versions
from loyalty.staff import accounts

WHO, TIER, HELD, WHY = "guest50", "silver", timedelta(days=90), "Khách thân của chủ quán"
BY = "hung"


def settle(session: Session, calendar: Calendar, stage: Stage, *, now: datetime) -> None:
    """Bring them about; a second time changes nothing."""
    with suppress(LoyaltyError), session.begin_nested():  # somebody playing changed the rules or the person
        _grant(session, calendar, stage)
    today = shop.of(session).day(now)
    for look in (reviews.sweep, warning.foresee):
        for tier in versions.at(session, today).tiers[1:]:
            after: int | None = 0
            while after is not None:
                after = look(session, tier.code, now=now, after_id=after)


def _grant(session: Session, calendar: Calendar, stage: Stage) -> None:
    phone = next((guest.person.phone for guest in crowd.guests() if guest.person.key == WHO), None)
    customer = profiles.find_by_phone(session, phone) if phone is not None else None
    if customer is not None:
        setting = Setting(TIER, calendar.anchor + HELD, WHY)
        actor = f"staff:{accounts.get(session, stage.staff[BY]).public_id}"
        manual.set_tier(session, customer.id, setting, actor=actor, key=f"demo:tier:{WHO}", now=calendar.now)
