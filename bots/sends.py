"""Campaigns and journeys that wait for a second person, as chats tell of them: whom, what, for how much."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from bots import requests
from bots.commands import people
from bots.texts import formats, text
from loyalty import shop
from loyalty.campaigns import letters, offers
from loyalty.campaigns.models import Campaign
from loyalty.campaigns.offers import Offer
from loyalty.journeys import deciding, plans
from loyalty.journeys import lifecycle as journeys
from loyalty.journeys.mail import Send
from loyalty.journeys.models import Journey
from loyalty.messaging import notices
from loyalty.rewards import catalogue
from loyalty.staff import accounts
from loyalty.staff.accounts import StaffChat
from loyalty.staff.models import Approval, Role
from loyalty.typed import fold
from loyalty.typed.money import format_points

DECIDERS = (Role.MANAGER, Role.OWNER)
LONGEST = 300  # characters of one text


def facts(session: Session, request: Approval, locale: str) -> Mapping[str, str]:
    """What the sentences of both kinds take."""
    found = deciding.of(session, request)
    said = _campaign(session, found, locale) if isinstance(found, Campaign) else _journey(session, found, locale)
    return {
        "title": fold.quote(found.name, 100),
        "people": format_points(request.payload["people"], locale),
        "cost": formats.money(request.payload["cost"], locale),
        "letter": "\n".join(said),
    }


def untold(session: Session, request: Approval, *, now: datetime) -> Sequence[StaffChat]:
    """The chats of managers and owners who can be written to and were not shown it; not of who asked."""
    known = (*request.payload.get("shown", ()), request.asked_by_id)
    return [chat for chat in people.open_chats(session, DECIDERS, now=now) if chat.member.id not in known]


def tell_waiting(session: Session, request: Approval, *, now: datetime) -> int:
    """Show it to each of them; how many."""
    chats = untold(session, request, now=now) if request.state == "waiting" else ()
    for chat in chats:
        words = requests.say(session, request, "wanted", shop.of(session).locale)
        key = f"approval:{request.id}:wanted:{chat.account.id}:{chat.user_id}"
        notices.tell_chat(session, chat.account.id, chat.user_id, key, words, now=now)
    shown = sorted({*request.payload.get("shown", ()), *(chat.member.id for chat in chats)})
    request.payload = {**request.payload, "shown": shown}
    return len(chats)


def tell_decided(session: Session, request: Approval, *, now: datetime) -> int:
    """Tell who asked what was decided, once; whether they work from a chat."""
    if request.payload.get("told"):  # by another worker, since we looked
        return 0
    request.payload = {**request.payload, "told": True}
    assert request.asked_by_id is not None
    chats = accounts.chats_of_member(session, request.asked_by_id)[:1]
    for chat in chats:
        done = deciding.of(session, request) if request.state == "approved" else None
        words = requests.decided(session, request, done, now=now)
        key = f"approval:{request.id}:decided"
        notices.tell_chat(session, chat.account.id, chat.user_id, key, words, now=now)
    return len(chats)


def _campaign(session: Session, campaign: Campaign, locale: str) -> Iterator[str]:
    letter, given = letters.of_campaign(session, campaign), offers.find(session, campaign.id)
    variants = [str(each["text"]) for each in campaign.variants or ()]
    yield from _texts(campaign.text, letter.texts, variants)
    if given is not None:
        yield text("approval.with_offer", locale, reward=offers.reward_name(session, given, locale))


def _journey(session: Session, journey: Journey, locale: str) -> Iterator[str]:
    for step in plans.of(journeys.edition(session, journey)).sends:
        yield from _step(session, step, locale)


def _step(session: Session, step: Send, locale: str) -> Iterator[str]:
    yield from _texts(step.text, step.texts, [str(each["text"]) for each in step.variants])
    if step.offer is not None:
        yield text("approval.with_offer", locale, reward=_gift(session, step.offer, locale))


def _gift(session: Session, offer: Offer, locale: str) -> str:
    if offer.kind != "reward":
        return offers.name(offer, locale)
    return catalogue.name_of(catalogue.get_public(session, offer.reward), locale)


def _texts(words: str, others: Mapping[str, str], variants: Sequence[str]) -> Iterator[str]:
    """Every wording, cut where it is long."""
    if not variants:
        yield f"«{_cut(words)}»"
    yield from (f"{'ABCD'[place]}: «{_cut(each)}»" for place, each in enumerate(variants))
    yield from (f"{key}: «{_cut(each)}»" for key, each in sorted(others.items()))


def _cut(words: str) -> str:
    return words if len(words) <= LONGEST else f"{words[: LONGEST - 1]}…"
