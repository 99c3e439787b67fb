"""What a campaign says and gives besides its text, as one chooses it on the page that writes it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from marshmallow import ValidationError

from loyalty import shop
from loyalty.campaigns import letters, offers
from loyalty.campaigns.content import LONGEST, BadText
from loyalty.campaigns.fields import FIELDS
from loyalty.campaigns.letters import CHANNELS, LOCALES, Draft, Letter
from loyalty.campaigns.models import Campaign
from loyalty.campaigns.offers import Offer
from loyalty.console import pictured, reward_words
from loyalty.console.campaigns import here
from loyalty.console.desk import Desk
from loyalty.console.forms import Choice, File, Form, Money, Text, WholeNumber
from loyalty.console.pictured import PictureFields
from loyalty.customers.traits import fields as own
from loyalty.errors import NotFound, RuleViolation
from loyalty.rewards import catalogue, gifts
from loyalty.segments.fields.touches import WINDOW_DAYS
from loyalty.words import Both

KINDS: Mapping[str, Both] = {
    "none": Both("Không kèm ưu đãi", "No offer"),
    "amount": Both("Giảm số tiền", "Money off a bill"),
    "percent": Both("Giảm phần trăm", "Percent off a bill"),
    "reward": Both("Tặng một món trong danh mục quà", "A reward of the catalogue, free"),
}
VALID_DAYS = 14
OTHER = "other"


class Extras(PictureFields):
    """All optional: a page without them is a text alone."""

    text_other = Text(longest=LONGEST, lines=True)
    text_zalo = Text(longest=LONGEST, lines=True)
    text_messenger = Text(longest=LONGEST, lines=True)
    text_zalo_vi, text_zalo_en, text_messenger_vi, text_messenger_en = (
        Text(longest=LONGEST, lines=True) for _ in range(4)
    )
    image = Text(longest=letters.LONGEST_URL)
    offer = Choice(KINDS)
    offer_value = Money()
    offer_percent = WholeNumber(low=1, high=100)
    offer_minimum = Money()
    offer_days = WholeNumber(low=1, high=365)
    offer_reward = Text(longest=64)
    window = WholeNumber(low=1, high=30)


def fields_of(desk: Desk, campaign: Campaign) -> dict[str, Any]:
    """What stands in the fields of a draft that has them."""
    letter, offer = letters.of_campaign(desk.session, campaign), offers.find(desk.session, campaign.id)
    filled: dict[str, Any] = {name: letter.texts.get(key, "") for name, key in _keys(desk).items()}
    filled |= {"image": letter.image_url, "picture": letter.picture}
    filled |= {"window": letter.window_days, "offer": "none"}
    if offer is None:
        return filled
    told = offers.told(desk.session, offer)
    filled |= {"offer": told.kind, "offer_days": told.valid_days, "offer_reward": told.reward}
    filled |= {"offer_minimum": told.minimum_bill or "", "offer_value": told.value if told.kind == "amount" else ""}
    return filled | {"offer_percent": told.value if told.kind == "percent" else ""}


def draft_of(desk: Desk, given: Mapping[str, Any]) -> Draft:
    """What is to be kept of a form that was read: it has every wording somebody may read."""
    texts = {key: given.get(name) or "" for name, key in _keys(desk).items()}
    offer = _offer(given)
    return Draft(
        {key: text for key, text in texts.items() if text},
        given.get("image") or "",
        pictured.chosen(desk, given),
        given.get("window") or WINDOW_DAYS,
        offer,
        drops_offer=offer is None,
    )


def letter_of(desk: Desk, form: Form, text: str) -> Letter:
    """The letter as it stands on the page, kept or not; what cannot be read is left out. Raises BadText."""
    given = _readable(form)
    draft = draft_of(desk, given)
    texts, own = letters.check_texts(draft.texts or {}), shop.of(desk.session).locale
    letter = Letter(text, own, texts, picture=draft.picture or "", has_offer=bool(draft.offer))
    if draft.offer is None:
        return letter
    left = None
    if draft.offer.kind == "reward":
        try:
            left = gifts.left(desk.session, catalogue.get_public(desk.session, draft.offer.reward))
        except NotFound:
            left = 0
    return replace(letter, codes_left=left, valid_days=draft.offer.valid_days)


def check(desk: Desk, form: Form) -> None:
    """Say beside each field what is wrong with it."""
    for name in _keys(desk):
        try:
            if text := str(form[name]).replace("\r\n", "\n").strip():
                letters.check_texts({"zalo": text})
        except BadText as bad:
            form.refuse(name, here.fault(bad, desk.locale))
    try:
        letters.check_picture(str(form["image"]).strip())
    except RuleViolation as refused:
        form.refuse("image", desk.sentence(refused))
    needed = {"amount": "offer_value", "percent": "offer_percent", "reward": "offer_reward"}.get(str(form["offer"]))
    if needed and not str(form[needed]).strip():
        form.refuse(needed, desk.t("Còn thiếu ô này.", "This is still missing."))


def vocabulary(desk: Desk) -> dict[str, Any]:
    """What the page needs to draw the fields."""
    other = _other(desk)
    rewards = [
        (each.public_id, f"{reward_words.name(desk, each)}{_left(desk, gifts.left(desk.session, each))}")
        for each in catalogue.list_offered(desk.session)
    ]
    return {
        "kinds": [(code, words.in_(desk.locale)) for code, words in KINDS.items()],
        "rewards": rewards,
        "other_language": desk.t("tiếng Anh", "English") if other == "en" else desk.t("tiếng Việt", "Vietnamese"),
        "blanks": [
            (name, field.label.in_(desk.locale), field.example.in_(desk.locale)) for name, field in FIELDS.items()
        ]
        + [(f"{own.PREFIX}{each.key}", each.name_vi, "…") for each in own.list_all(desk.session)],
        "has_extras": False,
        "wordings": wordings(desk),
    }


def wordings(desk: Desk) -> list[tuple[str, str, str]]:
    """Name of the field, key, and whom it is for: the other language, each channel, each channel in each language."""
    languages = {"vi": desk.t("tiếng Việt", "Vietnamese"), "en": desk.t("tiếng Anh", "English")}

    def label(key: str) -> str:
        channel, _, locale = key.rpartition(".")
        if not channel and locale in languages:
            return desk.t("Cho người đọc ", "For readers of ") + languages[locale]
        if not channel:
            return desk.t("Lời riêng trên ", "Words for ") + locale.capitalize()
        return desk.t("Lời riêng trên ", "Words for ") + f"{channel.capitalize()} · {languages[locale]}"

    return [(name, key, label(key)) for name, key in _keys(desk).items()]


def _keys(desk: Desk) -> dict[str, str]:
    """The wordings by the name of their field."""
    both = {f"text_{channel}_{locale}": f"{channel}.{locale}" for channel in CHANNELS for locale in LOCALES}
    return {"text_other": _other(desk)} | {f"text_{channel}": channel for channel in CHANNELS} | both


def _left(desk: Desk, left: int | None) -> str:
    return "" if left is None else desk.t(f" · còn {left}", f" · {left} left")


def _other(desk: Desk) -> str:
    return "en" if shop.of(desk.session).locale == "vi" else "vi"


def _readable(form: Form) -> dict[str, Any]:
    """The fields that can be read, one by one: the others are still being typed."""
    found: dict[str, Any] = {}
    for name, field in Extras._declared_fields.items():
        if isinstance(field, File):  # kept once it is sent up, not while one types
            continue
        typed = str(form[name])
        try:
            found[name] = field.deserialize(typed) if typed else None
        except ValidationError:
            continue  # still being typed
    return found


def _offer(given: Mapping[str, Any]) -> Offer | None:
    kind = given.get("offer") or "none"
    days, minimum = given.get("offer_days") or VALID_DAYS, given.get("offer_minimum") or 0
    match kind:
        case "amount":
            return Offer(kind, given.get("offer_value") or 0, minimum, days)
        case "percent":
            return Offer(kind, given.get("offer_percent") or 0, minimum, days)
        case "reward":
            return Offer(kind, valid_days=days, reward=given.get("offer_reward") or "")
    return None
