"""A campaign's words in every wording it has: by language, by channel, and for each person filled in.

Keys of other wordings: a language (`en`), a channel (`zalo`), or both (`zalo.en`). The campaign's own text is in the
shop's language; who reads the other gets the wording in theirs where there is one, and the shop's where there is none.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.campaigns import content, offers, values
from loyalty.campaigns.content import BadText, Template
from loyalty.campaigns.fields import MESSAGE, OF_OFFER
from loyalty.campaigns.models import Campaign, CampaignContent
from loyalty.campaigns.offers import Offer, Voucher
from loyalty.campaigns.values import Reading, Values
from loyalty.channels.models import ChannelAccount
from loyalty.customers.models import Customer
from loyalty.customers.traits import fields as own
from loyalty.errors import RuleViolation
from loyalty.messaging import templates
from loyalty.messaging.ways import Purpose
from loyalty.pictures import gallery
from loyalty.segments.fields.touches import WINDOW_DAYS
from loyalty.shop import Shop

LOCALES = ("vi", "en")
CHANNELS = tuple(MESSAGE)
KEYS = (*LOCALES, *CHANNELS, *(f"{channel}.{locale}" for channel in CHANNELS for locale in LOCALES))
MISSING = "missing:"  # begins the reason of who lacks a value, and ends with the field
LONGEST_URL = 1_000
_PICTURE = re.compile(r"https://(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}(?:/[!-~]*)?", re.IGNORECASE)
_INSIDE = re.compile(r"^https://[^/]*\.(?:local|localhost|internal|test)(?:/|$)", re.IGNORECASE)


class BadPicture(RuleViolation):
    """Not the address of a picture on the open internet, over https."""

    code = "campaign_picture"


class TemplateTooSmall(RuleViolation):
    """The words do not fit the blank (`parameter`, of `longest` characters) of the template chosen for promotion."""

    code = "campaign_template"


class Wording(NamedTuple):
    """A text and the language it is in."""

    text: str
    locale: str


@dataclass(frozen=True, slots=True)
class Letter:
    """Everything a campaign says. `own` is the language of `text`."""

    text: str
    own: str
    texts: Mapping[str, str] = field(default_factory=dict)
    image_url: str = ""
    picture: str = ""  # the id of an uploaded one, instead of an address
    has_offer: bool = False
    codes_left: int | None = None  # vouchers there are to give; None: no end
    valid_days: int = 14  # of a voucher
    window_days: int = WINDOW_DAYS

    def wording(self, channel: str, locale: str) -> Wording:
        """What somebody who reads that language gets there."""
        keys = [f"{channel}.{locale}", locale]
        if locale == self.own:
            keys = [f"{channel}.{locale}", channel]
        for key in keys:
            if key in self.texts:
                return Wording(self.texts[key], locale)
        return Wording(self.text if locale == self.own else self.texts.get(channel, self.text), self.own)

    def template(self, channel: str, locale: str) -> tuple[Template, str]:
        """Its words and blanks, and the language. Raises BadText."""
        chosen = self.wording(channel, locale)
        return content.parse(chosen.text), chosen.locale

    def fields(self) -> frozenset[str]:
        """Every field any wording asks for."""
        found = [content.placeholders(content.parse(text)) for text in (self.text, *self.texts.values())]
        return frozenset().union(*found)


class Addressee(NamedTuple):
    """Somebody, and the channel it goes by."""

    customer: Customer
    channel: str


class Written(NamedTuple):
    """One person's message; `text` is None where a value is missing: `lacks` names the field."""

    text: str | None
    lacks: str | None
    body: str  # without the shop's name and the stop line
    values: Values


@dataclass(frozen=True, slots=True)
class Draft:
    """What a person may give a draft besides its text; None stays as it is. `drops_offer`: it has none any more."""

    texts: Mapping[str, str] | None = None
    image_url: str | None = None
    picture: str | None = None  # the id of an uploaded one; the address goes, as this one goes when an address comes
    window_days: int | None = None
    offer: Offer | None = None
    drops_offer: bool = False


def of_text(session: Session, text: str) -> Letter:
    """A text alone."""
    return Letter(text, shop.of(session).locale)


def of_campaign(session: Session, campaign: Campaign) -> Letter:
    """What a campaign says now, with the number of vouchers it has left."""
    letter, offer = of_run(session, campaign.id, campaign.text), offers.find(session, campaign.id)
    if offer is None:
        return letter
    return replace(letter, codes_left=offers.left(session, campaign.id), valid_days=offer.valid_days)


def of_run(session: Session, campaign_id: int, text: str) -> Letter:
    """What a campaign says that began with this text: all else stands still while it is no draft."""
    own, kept = shop.of(session).locale, session.get(CampaignContent, campaign_id)
    has_offer = offers.find(session, campaign_id) is not None
    if kept is None:
        return Letter(text, own, has_offer=has_offer)
    shown = gallery.name_of(session, kept.picture_id)
    return Letter(text, own, kept.texts, kept.image_url or "", shown, has_offer, window_days=kept.window_days)


def keep(session: Session, campaign: Campaign, draft: Draft, *, now: datetime) -> None:
    """Give a draft these wordings, picture, offer and window. Raises BadText, BadPicture, BadOffer, RewardNotFound,
    PictureNotFound.

    The caller holds the campaign and made sure that it is a draft.
    """
    kept = session.get(CampaignContent, campaign.id)
    if kept is None:
        kept = CampaignContent(
            campaign_id=campaign.id, texts={}, image_url=None, picture_id=None, window_days=WINDOW_DAYS
        )
        session.add(kept)
    if draft.texts is not None:
        kept.texts = check_texts(draft.texts)
    _keep_picture(session, kept, draft)
    if draft.window_days is not None:
        kept.window_days = draft.window_days
    if draft.offer is not None or draft.drops_offer:
        offers.keep(session, campaign, draft.offer, now=now)
    session.flush()


def copy(session: Session, first: Campaign, to: Campaign, *, now: datetime) -> None:
    """All a campaign says and gives besides its text, for a copy of it that has nothing of the kind yet."""
    if session.get(CampaignContent, to.id) is not None:
        return
    kept, offer = session.get(CampaignContent, first.id), offers.find(session, first.id)
    if kept is not None or offer is not None:
        told = None if offer is None else offers.told(session, offer)
        texts, url, days = (kept.texts, kept.image_url, kept.window_days) if kept else ({}, None, WINDOW_DAYS)
        shown = gallery.name_of(session, kept.picture_id) if kept else ""
        keep(session, to, Draft(texts, url or "", shown or None, days, told), now=now)


def _keep_picture(session: Session, kept: CampaignContent, draft: Draft) -> None:
    """An address or an uploaded one, whichever is named; the uploaded one where both are."""
    if draft.image_url is not None:
        kept.image_url = check_picture(draft.image_url) or None
        kept.picture_id = None if kept.image_url else kept.picture_id
    if draft.picture is not None:
        kept.picture_id = gallery.get_public(session, draft.picture).id if draft.picture else None
        kept.image_url = None if draft.picture else kept.image_url


def check_texts(texts: Mapping[str, str]) -> dict[str, str]:
    """Those that say something. Raises BadText, its `where` the key."""
    for key, text in texts.items():
        if key not in KEYS:
            raise BadText(f"knows no wording {key[:20]!r}; there is {', '.join(KEYS)}", "where")
        if text.strip():
            content.parse(text)
    return {key: text for key, text in texts.items() if text.strip()}


def check_picture(url: str) -> str:
    """The address, empty for none: https, a name of the open internet. The platforms fetch it. Raises BadPicture."""
    if url and not (len(url) <= LONGEST_URL and _PICTURE.fullmatch(url) and not _INSIDE.search(url)):
        raise BadPicture("not the https address of a picture", field="image_url")
    return url


def check(session: Session, campaign: Campaign) -> None:
    """Asked before it may start. Raises BadText, TemplateTooSmall."""
    check_letter(session, of_campaign(session, campaign), [each["text"] for each in campaign.variants or ()])


def check_letter(session: Session, letter: Letter, variants: Sequence[str]) -> None:
    """Whether it can be sent as it is. Raises BadText, TemplateTooSmall."""
    check_words(letter, variants)
    fields = letter.fields().union(*(content.placeholders(content.parse(text)) for text in variants))
    known = {f"{own.PREFIX}{key}" for key in own.by_key(session)}
    if unknown := sorted(name for name in fields if name.startswith(own.PREFIX) and name not in known):
        raise BadText(f"the shop has no field {{{{ {unknown[0]} }}}}", "unknown", unknown[0])
    longest = max(content.worst(content.parse(text)) for text in (letter.text, *letter.texts.values(), *variants))
    for choice in templates.choices(session, Purpose.PROMOTION).values():
        room = _room(session, choice.template_id) if choice.is_enabled and choice.fault is None else None
        if room is not None and longest > room[1]:
            raise TemplateTooSmall(parameter=room[0], longest=room[1], template=choice.title, length=longest)


def check_words(letter: Letter, variants: Sequence[str]) -> None:
    """What a text may not ask for beside the others. Raises BadText."""
    if variants and letter.texts:
        raise BadText("compares texts, and readers of another wording would all get the same", "variants")
    fields = letter.fields().union(*(content.placeholders(content.parse(text)) for text in variants))
    if not letter.has_offer and (asked := sorted(fields & OF_OFFER)):
        raise BadText(f"asks for {{{{ {asked[0]} }}}}, and the campaign has no offer", "offer", asked[0])


def write(
    session: Session,
    letter: Letter,
    addressees: Sequence[Addressee],
    *,
    now: datetime,
    vouchers: Mapping[int, Voucher] | None = None,
    makes_links: bool = False,
) -> list[Written]:
    """What each of them reads, with the values of all read together. Raises BadText."""
    place = shop.of(session)
    chosen = [_template(letter, each, place) for each in addressees]
    reading = Reading(
        [each.customer for each in addressees],
        frozenset().union(*(content.placeholders(template) for template, _ in chosen), {"name"}, OF_OFFER),
        {each.customer.id: locale for each, (_, locale) in zip(addressees, chosen, strict=True)},
        now,
        vouchers or {},
        makes_links,
    )
    found = values.read(session, reading)
    return [
        _fill(template, found[each.customer.id], place, each.customer.locale or place.locale)
        for each, (template, _) in zip(addressees, chosen, strict=True)
    ]


def example(session: Session, letter: Letter, channel: str, locale: str, filled: Values) -> str | None:
    """The message to nobody real."""
    template, _ = letter.template(channel, locale)
    return content.compose(template, filled, shop.of(session), locale)


def lacking(session: Session, letter: Letter, now: datetime) -> list[tuple[ColumnElement[bool], str]]:
    """For each field somebody may lack: the condition for a joined row of customer and channel account, the reason."""
    place, found = shop.of(session), dict[str, list[ColumnElement[bool]]]()
    for channel in CHANNELS:
        for locale in LOCALES:
            template, _ = letter.template(channel, locale)
            reads = sa.func.coalesce(Customer.locale, place.locale) == locale
            for name in content.needed(template):
                found.setdefault(name, []).append(sa.and_(ChannelAccount.kind == channel, reads))
    cases: list[tuple[ColumnElement[bool], str]] = []
    for name in sorted(found, key=lambda each: (each != "name", each)):
        lacks = values.lacks(session, name, day=place.day(now))
        if name in OF_OFFER:
            lacks = None if letter.has_offer else sa.true()
        if lacks is not None:
            everywhere = len(found[name]) == len(CHANNELS) * len(LOCALES)
            cases.append((lacks if everywhere else sa.and_(lacks, sa.or_(*found[name])), f"{MISSING}{name}"))
    return cases


def _template(letter: Letter, each: Addressee, place: Shop) -> tuple[Template, str]:
    return letter.template(each.channel, each.customer.locale or place.locale)


def _fill(template: Template, filled: Values, place: Shop, reads: str) -> Written:
    text = content.compose(template, filled, place, reads)
    if text is None:
        return Written(None, content.missing(template, filled), "", filled)
    return Written(text, None, content.render(template, filled) or "", filled)


def _room(session: Session, template_id: int) -> tuple[str, int] | None:
    """The blank the whole text goes into, and how much it holds."""
    for use in templates.list_uses(session):
        if use.template_id != template_id or use.purpose != Purpose.PROMOTION:
            continue
        row = next(each for each in templates.list_all(session) if each.id == template_id)
        for blank in row.parameters:
            if use.mapping.get(blank["name"]) == "text" and blank["longest"] is not None:
                return blank["name"], blank["longest"]
    return None
