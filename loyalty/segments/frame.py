"""What rules are read against: the tiers, channels and other things there are to be named, and which shop day it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.channels import kinds
from loyalty.customers.models import CustomerTag
from loyalty.customers.traits import fields as own_fields
from loyalty.customers.traits.models import CustomField
from loyalty.programme import versions
from loyalty.programme.document import Programme
from loyalty.segments import thresholds
from loyalty.segments.models import Segment
from loyalty.shop import Shop
from loyalty.staff.models import Store

LISTED = 200  # of what may be chosen from a list
CAMPAIGNS = sa.table("campaign", sa.column("id"), sa.column("public_id"), sa.column("name"), sa.column("kind"))

Named = Sequence[tuple[str, str]]  # what a rule calls it, what people call it


class Things:
    """What rules may name by a code that only the database knows; each is looked up once, when somebody asks."""

    def __init__(self, session: Session | None = None) -> None:
        self._session = session
        self._known: dict[str, Any] = {}

    def stores(self) -> Named:
        return self._list("stores", sa.select(Store.code, Store.name).order_by(Store.id))

    def tags(self) -> Named:
        """The tags somebody has, first by the alphabet."""
        query = sa.select(CustomerTag.tag, CustomerTag.tag).distinct().order_by(CustomerTag.tag)
        return self._list("tags", query.limit(LISTED))

    def campaigns(self) -> Named:
        """The newest campaigns."""
        query = sa.select(CAMPAIGNS.c.public_id, CAMPAIGNS.c.name).where(CAMPAIGNS.c.kind == "campaign")
        query = query.order_by(CAMPAIGNS.c.id.desc())
        return self._list("campaigns", query.limit(LISTED))

    def segments(self) -> Named:
        """The newest segments that were not removed."""
        query = sa.select(Segment.public_id, Segment.name).where(Segment.removed_at.is_(None))
        return self._list("segments", query.order_by(Segment.id.desc()).limit(LISTED))

    def lists(self) -> Named:
        """The newest lists of people that were not removed."""
        query = sa.select(Segment.public_id, Segment.name).where(Segment.kind == "list", Segment.removed_at.is_(None))
        return self._list("lists", query.order_by(Segment.id.desc()).limit(LISTED))

    def custom_fields(self) -> Mapping[str, CustomField]:
        """The shop's own fields in use, by their keys."""
        if "custom" not in self._known:
            self._known["custom"] = own_fields.by_key(self._session) if self._session else {}
        found: Mapping[str, CustomField] = self._known["custom"]
        return found

    def thresholds(self) -> Mapping[str, int]:
        """The numbers of the ready segments; those to begin with where there is no shop to ask."""
        if "thresholds" not in self._known:
            self._known["thresholds"] = thresholds.of(self._session) if self._session else thresholds.DEFAULTS
        found: Mapping[str, int] = self._known["thresholds"]
        return found

    def campaign(self, public_id: str) -> str | None:
        """The name of a campaign; None when there is none."""
        query = sa.select(CAMPAIGNS.c.name).where(CAMPAIGNS.c.public_id == public_id)
        found: str | None = self._one(f"campaign {public_id}", query)
        return found

    def segment(self, public_id: str) -> Segment | None:
        """A segment, also one that was removed: it goes on meaning what it meant."""
        found: Segment | None = self._one(f"segment {public_id}", sa.select(Segment).filter_by(public_id=public_id))
        return found

    def _list(self, key: str, query: sa.Select[*tuple[Any, ...]]) -> Named:
        if key not in self._known:
            rows = self._session.execute(query).all() if self._session else ()
            self._known[key] = [(row[0], row[1]) for row in rows]
        known: Named = self._known[key]
        return known

    def _one(self, key: str, query: sa.Select[*tuple[Any, ...]]) -> Any:
        if key not in self._known:
            self._known[key] = self._session.scalar(query) if self._session else None
        return self._known[key]


@dataclass(frozen=True, slots=True)
class Frame:
    """`now` is the moment for what changes within a day (who may be answered free of charge); None: the day begins.

    `of_everybody`: who belongs is asked of everybody at once, not of a page, a stretch or one person.
    """

    programme: Programme
    shop: Shop
    today: date
    channels: frozenset[str] = kinds.FIRST
    now: datetime | None = field(default=None, compare=False)
    things: Things = field(default_factory=Things, compare=False, repr=False)
    of_everybody: bool = field(default=False, compare=False)

    @classmethod
    def at(cls, session: Session, now: datetime) -> Self:
        place = shop.of(session)
        today = place.day(now)
        return cls(versions.at(session, today), place, today, kinds.known(session), now, Things(session))

    @property
    def midnight(self) -> datetime:
        """When the shop day began."""
        return self.shop.midnight(self.today)

    @property
    def moment(self) -> datetime:
        return self.now or self.midnight

    def called(self, locale: str) -> Mapping[str, str]:
        """The tiers by their codes, as people call them."""
        return {tier.code: self.programme.tier_name(tier.code, locale) for tier in self.programme.tiers}
