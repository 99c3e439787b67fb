"""What uses a field of customers: segments, campaigns and journeys that are alive, by rule or by blank."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from loyalty.campaigns.models import Campaign, CampaignContent
from loyalty.campaigns.usage import OPEN
from loyalty.customers.traits import fields
from loyalty.customers.traits.models import CustomField
from loyalty.errors import Conflict
from loyalty.journeys import former, plans
from loyalty.journeys.models import Journey, JourneyEdition, JourneyEntry
from loyalty.segments.models import Segment

Rules = Mapping[str, Any]  # of every segment that has some, removed or not, by its public id

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
    """Everything that uses any field and is not over: segments, open campaigns, journeys not ended.

    A segment asks what the segments it names ask, and so does a journey, in each edition people are still inside of
    and the one it ran by before a change that waits; also where these segments were removed since: their rules hold on.
    """
    rules = rules_of_all(session)
    return [*_segments(session, rules), *_campaigns(session), *_journeys(session, rules)]


def archive(session: Session, field: CustomField, *, now: datetime) -> bool:
    """Put a field away; False when it was. Raises CustomFieldInUse."""
    name = f"{fields.PREFIX}{field.key}"
    if users := [use.name for use in alive(session) if use.asks(name)]:
        raise CustomFieldInUse(users)
    return fields.archive(session, field, now=now)


def asked(document: Any) -> frozenset[str]:
    """The fields any rules within a document ask for."""
    return frozenset(_asked(document))


def rules_of_all(session: Session) -> Rules:
    """Of every segment that has some, also of those removed: they hold on where one is named."""
    rows = session.execute(select(Segment.public_id, Segment.rules))
    return {public_id: rules for public_id, rules in rows if rules}


def asked_by(named: Iterable[str], rules: Rules) -> frozenset[str]:
    """The fields these segments ask for, and whatever segments they name in turn."""
    found, seen, ahead = set[str](), set[str](), list(named)
    while ahead:
        one = ahead.pop()
        if one in rules and one not in seen:
            seen.add(one)
            found |= asked(rules[one])
            ahead += _named(rules[one])
    return frozenset(found)


def shown(document: Any) -> frozenset[str]:
    """The blanks of every text within a document."""
    return frozenset(_shown(document))


def _segments(session: Session, rules: Rules) -> list[Use]:
    query = select(Segment).where(Segment.removed_at.is_(None), Segment.kind == "rules").order_by(Segment.id)
    return [
        Use("segment", row.public_id, row.name, asked_by([row.public_id], rules), frozenset())
        for row in session.scalars(query)
        if row.rules
    ]


def _campaigns(session: Session) -> list[Use]:
    query = (
        select(Campaign, CampaignContent.texts)
        .outerjoin(CampaignContent, CampaignContent.campaign_id == Campaign.id)
        .where(Campaign.state.in_(OPEN), Campaign.kind == "campaign", Campaign.archived_at.is_(None))
        .order_by(Campaign.id)
    )
    return [of_campaign(row, texts) for row, texts in session.execute(query)]


def of_campaign(row: Campaign, texts: Any, asks: frozenset[str] = frozenset()) -> Use:
    """What a campaign's own words show; `asks`: what its segment asks for."""
    return Use("campaign", row.public_id, row.name, asks, shown([row.text, row.variants, texts]))


def _journeys(session: Session, rules: Rules) -> list[Use]:
    is_next = JourneyEdition.number.in_([Journey.number, former.NUMBER])  # or is again after a no to the change
    is_inside = exists().where(JourneyEntry.edition_id == JourneyEdition.id, JourneyEntry.state == "waiting")
    query = (
        select(Journey, JourneyEdition, Segment.public_id)
        .join(JourneyEdition, JourneyEdition.journey_id == Journey.id)
        .outerjoin(Segment, Segment.id == JourneyEdition.segment_id)
        .where(Journey.state != "ended", or_(is_next, is_inside))
        .order_by(Journey.id, JourneyEdition.number)
    )
    found = groupby(session.execute(query), key=lambda row: row[0])
    return [_of_journey(journey, [(edition, only) for _, edition, only in rows], rules) for journey, rows in found]


def _of_journey(journey: Journey, editions: Sequence[tuple[JourneyEdition, str | None]], rules: Rules) -> Use:
    """What its editions ask and show, the newest last; `only`: the segment whose people may enter."""
    asks, shows = set[str](), set[str]()
    for edition, only in editions:
        asks |= asked(edition.plan) | asked_by([*plans.of(edition).segments, *([only] if only else [])], rules)
        shows |= shown(edition.plan)
    begins = _begins(editions[-1][0].plan)
    return Use("journey", journey.public_id, journey.name, frozenset(asks), frozenset(shows), begins)


def _begins(plan: Any) -> str:
    trigger = plan.get("trigger") if isinstance(plan, dict) else None
    return str(trigger.get("kind", "")) if isinstance(trigger, dict) else ""


def _asked(document: Any) -> Iterator[str]:
    return (str(node["field"]) for node in _conditions(document))


def _named(document: Any) -> Iterator[str]:
    """The segments rules within a document name."""
    for node in _conditions(document):
        if node["field"] == "segment":
            value = node.get("value")
            yield from value if isinstance(value, list) else [str(value)]


def _conditions(document: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(document, dict):
        if isinstance(document.get("field"), str) and "op" in document:
            yield document
        for inner in document.values():
            yield from _conditions(inner)
    elif isinstance(document, list):
        for inner in document:
            yield from _conditions(inner)


def _shown(document: Any) -> Iterator[str]:
    if isinstance(document, str):
        yield from _BLANK.findall(document)
    elif isinstance(document, (dict, list)):
        for inner in document.values() if isinstance(document, dict) else document:
            yield from _shown(inner)
