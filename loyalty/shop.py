"""The one shop this installation serves: its name, its calendar, its hours. Every session carries it."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from loyalty.settings import Hours, Settings


@dataclass(frozen=True, slots=True)
class Shop:
    """Facts of the shop that rules need. `demo`: everybody created here is a demo person and may be removed again."""

    name: str
    contact: str
    base_url: str
    timezone: ZoneInfo
    quiet_hours: Hours | None
    locale: str
    monthly_budget: int  # whole ₫
    demo: bool = False

    @classmethod
    def from_settings(cls, settings: Settings, *, demo: bool = False) -> Self:
        return cls(
            name=settings.shop_name or ("Cà phê Mây" if demo else "Cửa hàng"),
            contact=settings.shop_contact,
            base_url=settings.base_url,
            timezone=settings.timezone,
            quiet_hours=settings.quiet_hours,
            locale=settings.locale,
            monthly_budget=settings.monthly_budget,
            demo=demo,
        )

    def day(self, instant: datetime) -> date:
        """The shop's calendar day an instant falls on."""
        return instant.astimezone(self.timezone).date()

    def midnight(self, day: date) -> datetime:
        """The first instant of a shop day."""
        return datetime.combine(day, time(), self.timezone)

    def is_quiet(self, instant: datetime) -> bool:
        """Whether promotions are held at this instant."""
        return self.quiet_hours is not None and self.quiet_hours.contain(instant.astimezone(self.timezone).time())

    def quiet_until(self, instant: datetime) -> datetime:
        """The first instant, not before this one, that is not quiet."""
        if self.quiet_hours is None or not self.is_quiet(instant):
            return instant
        local = instant.astimezone(self.timezone)
        ends = datetime.combine(local.date(), self.quiet_hours.end, self.timezone)
        return ends if ends > local else ends + timedelta(days=1)


def of(session: Session) -> Shop:
    """The shop a session works for."""
    shop = session.info["shop"]
    assert isinstance(shop, Shop)
    return shop
