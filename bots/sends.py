"""Campaigns and journeys that wait for a second person, as chats tell of them: what, to how many, for how much."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from bots.texts import formats, has, text
from loyalty.campaigns import approval, letters, offers
from loyalty.campaigns.models import Campaign
from loyalty.journeys import deciding, plans
from loyalty.journeys import lifecycle as journeys
from loyalty.journeys.deciding import Sends
from loyalty.journeys.mail import Send
from loyalty.journeys.models import Journey
from loyalty.staff.models import Approval
from loyalty.typed import fold
from loyalty.typed.money import format_points

LONGEST = 300  # characters of one text


@dataclass(frozen=True, slots=True)
class Words:
    """What both kinds say; their sentences are `approval.<kind>.…`."""

    kind: str

    def facts(self, session: Session, request: Approval, locale: str) -> Mapping[str, str]:
        """`now`: what becomes of it where it is not to be as it was asked for."""
        found = deciding.of(session, request)
        said = _campaign(session, found, locale) if isinstance(found, Campaign) else _journey(session, found, locale)
        return {
            "title": fold.quote(found.name, 100),
            "people": format_points(request.payload["people"], locale),
            "cost": formats.money(request.payload["cost"], locale),
            "letter": "\n".join(said),
            "now": self._now(found, locale),
        }

    def receipt(self, session: Session, locale: str, done: Sends, *, now: datetime) -> str:
        return text(f"approval.{self.kind}.approved", locale, title=fold.quote(done.name, 100))

    def no(self, session: Session, request: Approval) -> str:
        return str(request.payload.get("outcome", approval.REJECTED))

    def _now(self, found: Sends, locale: str) -> str:
        key = f"approval.{self.kind}.now_{found.state}"
        return f" {text(key, locale)}" if has(key) else ""


def _campaign(session: Session, campaign: Campaign, locale: str) -> Iterator[str]:
    letter, given = letters.of_campaign(session, campaign), offers.find(session, campaign.id)
    variants = [str(each["text"]) for each in campaign.variants or ()]
    yield from _texts(campaign.text, letter.texts, variants)
    if given is not None:
        reward = offers.title(session, offers.told(session, given), locale)
        yield text("approval.with_offer", locale, reward=reward)


def _journey(session: Session, journey: Journey, locale: str) -> Iterator[str]:
    for step in plans.of(journeys.edition(session, journey)).sends:
        yield from _step(session, step, locale)


def _step(session: Session, step: Send, locale: str) -> Iterator[str]:
    yield from _texts(step.text, step.texts, [str(each["text"]) for each in step.variants])
    if step.offer is not None:
        yield text("approval.with_offer", locale, reward=offers.title(session, step.offer, locale))


def _texts(words: str, others: Mapping[str, str], variants: Sequence[str]) -> Iterator[str]:
    """Every wording, cut where it is long."""
    if not variants:
        yield f"«{_cut(words)}»"
    yield from (f"{'ABCD'[place]}: «{_cut(each)}»" for place, each in enumerate(variants))
    yield from (f"{key}: «{_cut(each)}»" for key, each in sorted(others.items()))


def _cut(words: str) -> str:
    return words if len(words) <= LONGEST else f"{words[: LONGEST - 1]}…"
