"""What uses a field of customers: segments, campaigns and journeys that are alive, by rule or by blank."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.campaigns.models import Campaign, CampaignContent
from loyalty.campaigns.usage import OPEN
from loyalty.customers.traits import fields
from loyalty.customers.traits.models import CustomField
from loyalty.errors import Conflict
from loyalty.journeys.models import Journey, JourneyEdition
from loyalty.segments.models import Segment

_BLANK = re.compile(r"\{\{\s*([^\s{}|\"“”]+)")


class CustomFieldInUse(Conflict):
    """Segments, campaigns or journeys (their `names`) use it."""

    code = "custom_field_in_use"

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(names=list(names))


@dataclass(frozen=True, slots=True)
class Use:
    """One thing that uses fields: by `rules` it asks them, by `blanks` its words show them. `kind`: segment, …"""

    kind: str
    public_id: str
    name: str
    rules: frozenset[str]
    blanks: frozenset[str]
    trigger: str = ""  # what a journey begins with

    def asks(self, name: str) -> bool:
        return name in self.rules or name in self.blanks


def alive(session: Session) -> list[Use]:
    """Everything that uses any field and is not over: segments, open campaigns, journeys not ended."""
    return [*_segments(session), *_campaigns(session), *_journeys(session)]


def archive(session: Session, field: CustomField, *, now: datetime) -> bool:
    """Put a field away; False when it was. Raises CustomFieldInUse."""
    name = f"{fields.PREFIX}{field.key}"
    if users := [use.name for use in alive(session) if use.asks(name)]:
        raise CustomFieldInUse(users)
    return fields.archive(session, field, now=now)


def asked(document: Any) -> frozenset[str]:
    """The fields any rules within a document ask for."""
    return frozenset(_asked(document))


def shown(document: Any) -> frozenset[str]:
    """The blanks of every text within a document."""
    return frozenset(_shown(document))


def _segments(session: Session) -> list[Use]:
    rows = session.scalars(select(Segment).where(Segment.removed_at.is_(None), Segment.kind == "rules"))
    return [Use("segment", row.public_id, row.name, asked(row.rules), frozenset()) for row in rows if row.rules]


def _campaigns(session: Session) -> list[Use]:
    query = (
        select(Campaign, CampaignContent.texts)
        .outerjoin(CampaignContent, CampaignContent.campaign_id == Campaign.id)
        .where(Campaign.state.in_(OPEN), Campaign.kind == "campaign", Campaign.archived_at.is_(None))
    )
    return [of_campaign(row, texts) for row, texts in session.execute(query)]


def of_campaign(row: Campaign, texts: Any, rules: Any = None) -> Use:
    """What a campaign's own words show; with the `rules` of its segment, what those ask for too."""
    return Use("campaign", row.public_id, row.name, asked(rules), shown([row.text, row.variants, texts]))


def _journeys(session: Session) -> list[Use]:
    query = (
        select(Journey, JourneyEdition)
        .join(JourneyEdition, (JourneyEdition.journey_id == Journey.id) & (JourneyEdition.number == Journey.number))
        .where(Journey.state != "ended")
    )
    return [
        Use("journey", row.public_id, row.name, asked(edition.plan), shown(edition.plan), _begins(edition.plan))
        for row, edition in session.execute(query)
    ]


def _begins(plan: Any) -> str:
    trigger = plan.get("trigger") if isinstance(plan, dict) else None
    return str(trigger.get("kind", "")) if isinstance(trigger, dict) else ""


def _asked(document: Any) -> Iterator[str]:
    if isinstance(document, dict):
        name = document.get("field")
        if isinstance(name, str) and "op" in document:
            yield name
        for inner in document.values():
            yield from _asked(inner)
    elif isinstance(document, list):
        for inner in document:
            yield from _asked(inner)


def _shown(document: Any) -> Iterator[str]:
    if isinstance(document, str):
        yield from _BLANK.findall(document)
    elif isinstance(document, (dict, list)):
        for inner in document.values() if isinstance(document, dict) else document:
            yield from _shown(inner)
