"""What a step that sends says and gives: words, other wordings or texts to compare, a voucher for each.

As a campaign has it, checked by the same rules: the step becomes one when it first sends.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.campaigns import content, letters, offers, terms
from loyalty.campaigns.content import BadText
from loyalty.campaigns.letters import Draft, Letter
from loyalty.campaigns.offers import BadOffer, Offer
from loyalty.campaigns.terms import BadTerms
from loyalty.journeys import reading
from loyalty.journeys.faults import BadPlan
from loyalty.rewards import catalogue

PARTS = ("do", "text", "texts", "variants", "offer")
OFFER = ("kind", "value", "minimum_bill", "valid_days", "reward")
VARIANT = ("text", "share")


@dataclass(frozen=True, slots=True)
class Send:
    """`texts` by language, channel or both; `variants` are {text, share} each, the first one's words are `text`."""

    text: str
    texts: Mapping[str, str] = field(default_factory=dict)
    variants: Sequence[Mapping[str, Any]] = ()
    offer: Offer | None = None

    @property
    def draft(self) -> Draft:
        """What its campaign is furnished with."""
        return Draft(texts=self.texts, offer=self.offer)


def read(raw: Mapping[str, Any], path: str) -> Send:
    """Raises BadPlan."""
    told = reading.thing(raw, path, PARTS)
    variants = _variants(told.get("variants"), f"{path}.variants")
    text = variants[0]["text"] if variants else told.get("text")
    if not isinstance(text, str):
        raise BadPlan(f"{path}.text", "must be a text", "missing")
    offer = None if told.get("offer") is None else _offer(told["offer"], f"{path}.offer")
    try:
        content.parse(text)
        send = Send(text, _texts(told.get("texts"), f"{path}.texts"), variants, offer)
        letters.check_words(Letter(text, "", send.texts, has_offer=offer is not None), _words(send))
    except BadText as bad:
        raise BadPlan(f"{path}.text", bad.problem, "text", why=bad) from None
    return send


def check(session: Session, send: Send) -> None:
    """What only the shop can tell: the reward is there, the template holds the words.

    Raises RewardNotFound, TemplateTooSmall.
    """
    if send.offer is not None and send.offer.kind == "reward":
        catalogue.get_public(session, send.offer.reward)
    letter = Letter(send.text, shop.of(session).locale, send.texts, has_offer=send.offer is not None)
    letters.check_letter(session, letter, _words(send))


def _words(send: Send) -> list[str]:
    return [str(each["text"]) for each in send.variants]


def _variants(raw: Any, path: str) -> Sequence[Mapping[str, Any]]:
    if not raw:
        return ()
    if not isinstance(raw, list):
        raise BadPlan(path, "must be a list", "shape")
    for place, each in enumerate(raw):
        reading.thing(each, f"{path}.{place}", VARIANT)
        reading.words(each.get("text"), f"{path}.{place}.text", content.LONGEST)
    try:
        found: list[Mapping[str, Any]] = terms.CHECKS["variants"]([{"share": None, **each} for each in raw])
    except BadTerms as bad:
        raise BadPlan(path, bad.problem, "shares") from None
    return found


def _texts(raw: Any, path: str) -> Mapping[str, str]:
    if raw is None:
        return {}
    told = reading.thing(raw, path, letters.KEYS)
    if not all(isinstance(text, str) for text in told.values()):
        raise BadPlan(path, "must be texts", "shape")
    return letters.check_texts(told)


def _offer(raw: Any, path: str) -> Offer:
    told = reading.thing(raw, path, OFFER)
    kind = reading.one_of(told.get("kind"), f"{path}.kind", offers.KINDS)
    numbers = {name: told[name] for name in ("value", "minimum_bill", "valid_days") if told.get(name) is not None}
    if type(numbers.get("value", 0)) is not int:
        raise BadPlan(f"{path}.value", "must be a whole number", "offer")
    for name, value in numbers.items():
        reading.whole(value, f"{path}.{name}", 0, offers.LARGEST)
    reward = reading.words(told.get("reward"), f"{path}.reward") if kind == "reward" else ""
    offer = Offer(kind, **numbers, reward=reward)
    try:
        offers.check(offer)
    except BadOffer as bad:
        raise BadPlan(f"{path}.{bad.facts['field']}", bad.facts["problem"], "offer") from None
    return offer
