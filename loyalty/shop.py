"""The one shop this installation serves: its name, its calendar, its hours. Every session carries it."""

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from loyalty.settings import Hours, Settings
from loyalty.typed.week import Week

Wordings = Mapping[str, Mapping[str, str]]  # by language and key: the sentences the shop put into words of its own


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
    opening: Week | None = None  # None: the shop told no hours
    closed_text: str = ""  # what it adds to «we are closed»
    wording: Wordings = field(default_factory=dict, hash=False, repr=False)
    address: str = "ban"  # how customers are addressed in Vietnamese: «bạn», or «anh/chị» for anh_chi
    offers_in_replies: bool = True  # whether an answer may end with the best offer somebody has not used

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

    def is_open(self, instant: datetime) -> bool:
        """Whether somebody is at the shop; without told hours always."""
        return self.opening is None or self.opening.is_open(self._local(instant))

    def opens_at(self, instant: datetime) -> datetime | None:
        """The next instant it opens; None without told hours, or when it stays closed for over a year."""
        opens = self.opening and self.opening.opens_at(self._local(instant))
        return opens.replace(tzinfo=self.timezone) if opens else None

    def _local(self, instant: datetime) -> datetime:
        return instant.astimezone(self.timezone).replace(tzinfo=None)


def of(session: Session) -> Shop:
    """The shop a session works for."""
    shop = session.info["shop"]
    assert isinstance(shop, Shop)
    return shop


_speaking: ContextVar[Shop | None] = ContextVar("speaking", default=None)


class speaking:  # noqa: N801  # reads as what it does: `with speaking(shop)`
    """Until the end of the block, in this thread, sentences are those of this shop."""

    __slots__ = ("_shop", "_token")

    def __init__(self, shop: Shop | None) -> None:
        self._shop = shop

    def __enter__(self) -> None:
        self._token = _speaking.set(self._shop)

    def __exit__(self, *_error: object) -> None:
        _speaking.reset(self._token)


def speaker() -> Shop | None:
    """The shop whose transaction this thread is in; None outside one."""
    return _speaking.get()
