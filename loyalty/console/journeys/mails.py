"""What a step that sends says and gives, as fields of the form: other wordings, texts to compare, a voucher."""

from collections.abc import Mapping
from typing import Any

from loyalty.campaigns.letters import KEYS
from loyalty.typed import digits, money
from loyalty.typed.money import MoneyUnclear

OTHERS = ("b", "c", "d")  # texts compared with the first
TEXTS = tuple(f"texts.{key}" for key in KEYS)
NUMBERS = {"minimum_bill": "offer_minimum", "valid_days": "offer_days"}
WORTH = {"amount": "offer_value", "percent": "offer_percent"}
PARTS = (
    *TEXTS,
    *(f"{part}_{each}" for each in OTHERS for part in ("text", "share")),
    *("offer", "offer_reward", *NUMBERS.values(), *WORTH.values()),
)
Fields = Mapping[str, str]


def has_any(step: Fields) -> bool:
    """Whether a step says or gives more than its words, or is asked to."""
    return bool(step.get("more")) or any(step.get(part, "") not in ("", "none") for part in PARTS)


def written(told: Fields) -> dict[str, Any]:
    """The step these fields say, to be checked by `mail.read`."""
    step: dict[str, Any] = {"do": "send", "text": told.get("text", "")}
    if texts := {key: told[f"texts.{key}"] for key in KEYS if f"texts.{key}" in told}:
        step["texts"] = texts
    if others := [each for each in OTHERS if f"text_{each}" in told]:
        equal = str(100 // (len(others) + 1))
        rest = [{"text": told[f"text_{each}"], "share": number(told.get(f"share_{each}", equal))} for each in others]
        kept = sum(each["share"] for each in rest if isinstance(each["share"], int))
        step["variants"] = [{"text": step["text"], "share": 100 - kept}, *rest]
    if (kind := told.get("offer", "none")) != "none":
        step["offer"] = _offer(kind, told)
    return step


def fields(raw: Mapping[str, Any]) -> dict[str, str]:
    """A step that was kept, as it stands in the form."""
    variants, offer = raw.get("variants") or [], raw.get("offer")
    found = {"do": "send", "text": variants[0]["text"] if variants else raw.get("text", "")}
    found |= {f"texts.{key}": text for key, text in (raw.get("texts") or {}).items()}
    for each, variant in zip(OTHERS, variants[1:], strict=False):
        found |= {f"text_{each}": variant["text"], f"share_{each}": str(variant["share"])}
    return found | (_offered(offer) if offer else {})


def number(text: str) -> int | str:
    """What is no whole number stays as it was typed."""
    plain = text.strip()
    return int(plain) if plain.isascii() and plain.isdigit() and len(plain) < 13 else text


def amount(text: str) -> int | str:
    """Whole ₫ of `20000`, `20.000đ`, `20k`; what is no amount stays as it was typed."""
    plain = digits.whole(text.strip().rstrip("₫đ"))
    if plain is not None:
        return plain
    try:
        return money.parse_money(text)
    except MoneyUnclear:
        return text


def _offer(kind: str, told: Fields) -> dict[str, Any]:
    found: dict[str, Any] = {"kind": kind}
    if kind == "reward":
        found["reward"] = told.get("offer_reward", "")
    else:
        worth = told.get(WORTH.get(kind, ""), "0")
        found["value"] = number(worth.rstrip("% ")) if kind == "percent" else amount(worth)
        found["minimum_bill"] = amount(told.get("offer_minimum", "0"))
    return found | {"valid_days": number(told.get("offer_days", "14"))}


def _offered(offer: Mapping[str, Any]) -> dict[str, str]:
    found = {"offer": offer["kind"], "offer_reward": offer.get("reward") or ""}
    found |= {part: str(offer[name]) for name, part in NUMBERS.items() if offer.get(name)}
    if (part := WORTH.get(offer["kind"])) is not None:
        found[part] = str(offer.get("value", ""))
    return found
