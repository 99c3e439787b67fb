"""Refusals as people read them: what was understood, what is missing, one right example; never a reproach."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from bots.commands import CUSTOMER, Chat, Command, Reply, buttons, people
from bots.texts import formats, has, text
from loyalty import shop
from loyalty.customers import profiles
from loyalty.errors import LoyaltyError
from loyalty.typed import money, phones
from loyalty.typed.award import AwardLine
from loyalty.typed.money import MoneyUnclear, format_points
from loyalty.typed.phones import PhoneUnclear

MONEY = ("amount", "total", "asked_total", "returned")  # whole ₫
LIMITS = ("day_limit_reached", "customer_limit_reached", "askers_limit_reached")
PHONE, AMOUNT, RECEIPT = phones.EXAMPLE, money.EXAMPLE, "HD123"  # of a right example, where nothing better is known


def explain(
    session: Session, chat: Chat, refusal: LoyaltyError, command: Command | None = None, value: Any = None
) -> Reply:
    """The answer to a refused message; `value` is what the command had read of it."""
    facts = refusal.facts
    values = {name: str(fact) for name, fact in facts.items()}
    values |= _shown(session, chat, facts)
    values |= _told(session, chat, refusal.code, facts, value)
    values["example"] = example(command, refusal)
    values["understood"] = _understood(facts, chat.locale)
    words = text(_key(refusal, value), chat.locale, **values)
    if isinstance(refusal, PhoneUnclear) and command is not None and command.audience is CUSTOMER:
        return Reply(words, buttons(chat.locale, "contact"))
    return Reply(words)


def example(command: Command | None, refusal: LoyaltyError) -> str:
    """One right way to write it, with whatever was understood already in its place."""
    if command is None or command.audience is CUSTOMER:
        return str(refusal.facts.get("suggestion") or refusal.facts.get("example") or PHONE)
    if right := refusal.facts.get("right"):
        return f"{command.name} {right}"
    if command.key in ("award", "try"):
        return _award_example(command, refusal)
    if command.key == "redeem" and isinstance(refusal, MoneyUnclear):
        return f"{command.help} {refusal.facts.get('suggestion') or AMOUNT}"
    if isinstance(refusal, PhoneUnclear) and (meant := refusal.facts.get("suggestion")):
        return command.help.replace(PHONE, meant)
    return command.help


def _award_example(command: Command, refusal: LoyaltyError) -> str:
    facts = refusal.facts
    suggestion = facts.get("suggestion")
    dial = phones.national(facts["phone"]) if "phone" in facts else None
    who = dial or facts.get("code") or (suggestion if isinstance(refusal, PhoneUnclear) else None) or PHONE
    understood = money.write_short(facts["amount"]) if "amount" in facts else None
    amount = understood or (suggestion if isinstance(refusal, MoneyUnclear) else None) or AMOUNT
    return f"{command.name} {who} {amount} #{facts.get('receipt') or RECEIPT}"


def _key(refusal: LoyaltyError, value: Any) -> str:
    """The most fitting text there is: by code and reason or field, by code, by the branch of refusals it belongs to."""
    facts, code = refusal.facts, refusal.code
    variants = [
        f"{code}.{_variant(refusal, value)}",
        f"{code}.{facts.get('reason')}",
        f"{code}.{facts.get('field')}",
        code,
    ]
    variants += [branch.code for branch in type(refusal).__mro__ if issubclass(branch, LoyaltyError)]
    return next(f"error.{variant}" for variant in variants if has(f"error.{variant}"))


def _variant(refusal: LoyaltyError, value: Any) -> str:
    """Where one code or reason needs different words for different facts."""
    facts = refusal.facts
    if refusal.code == "money_unclear" and facts.get("reason") in ("no_unit", "two_readings"):
        return "choices" if "readings" in facts else "guess" if "suggestion" in facts else ""
    if refusal.code == "award_unclear" and not _parts(facts, "vi"):
        return "nothing"
    if refusal.code == "over_return" and "line" in facts:
        return "line"
    if refusal.code == "receipt_taken" and isinstance(value, AwardLine):
        return "asked"
    return ""


def _shown(session: Session, chat: Chat, facts: Mapping[str, Any]) -> dict[str, str]:
    """Facts whose meaning their name or type tells, as people read them."""
    shown: dict[str, str] = {}
    for name, fact in facts.items():
        if isinstance(fact, datetime):
            shown[name] = formats.moment(fact, chat.locale, shop.of(session), chat.now)
        elif isinstance(fact, date):
            shown[name] = formats.day(fact, chat.locale, shop.of(session).day(chat.now))
        elif name in ("available", "needed"):
            shown[name] = formats.points(fact, chat.locale)
        elif name in MONEY and isinstance(fact, int) and "line" not in facts:
            shown[name] = formats.money(fact, chat.locale)
    if "phone" in facts:
        shown |= {"phone": phones.mask(facts["phone"]), "dial": phones.national(facts["phone"])}
    if "retry_after" in facts:
        shown["minutes"] = str(max(1, -(-int(facts["retry_after"]) // 60)))
    if "tiers" in facts:
        shown["tiers"] = ", ".join(people.tier_name(session, code, chat.locale, chat.now) for code in facts["tiers"])
    if "weekdays" in facts:
        shown["when"] = formats.week(facts["weekdays"], facts["hours"], chat.locale)
    if isinstance(facts.get("stores"), list):
        shown["stores"] = ", ".join(facts["stores"])
    if "readings" in facts:
        shown["readings"] = text("understood.or", chat.locale).join(facts["readings"])
    return shown


def _told(session: Session, chat: Chat, code: str, facts: Mapping[str, Any], value: Any) -> dict[str, str]:
    """Facts that only their refusal gives a meaning."""
    if code == "not_allowed":
        return {"role": text(f"role.{facts['role']}", chat.locale)}
    if code == "over_return" and "line" not in facts:
        return {"left": formats.money(facts["left"], chat.locale)}
    if code == "points_spent":
        return {name: formats.points(facts[name], chat.locale) for name in ("points", "left")}
    if code in ("bill_needed", "bill_too_small"):
        shown = {name: formats.money(fact, chat.locale) for name, fact in facts.items()}
        return shown | {"code": value.code, "amount": money.write_short(facts["minimum"])}
    if code in LIMITS:
        return {name: format_points(fact, chat.locale) for name, fact in facts.items() if name != "number"}
    if code == "already_decided":
        return {"decision": text(f"approval.state_{facts['state']}", chat.locale)}
    if code in ("receipt_taken", "phone_known"):
        return {"who": _name_customer(session, chat, facts["customer_id"]), "asked_who": _asked_who(value)}
    return {}


def _name_customer(session: Session, chat: Chat, customer_id: int) -> str:
    return people.label(session, profiles.get(session, customer_id), chat.locale)


def _asked_who(value: Any) -> str:
    """Whom an award line named, as it named them."""
    if not isinstance(value, AwardLine):
        return ""
    return phones.mask(value.phone) if value.phone else value.code or ""


def _understood(facts: Mapping[str, Any], locale: str) -> str:
    return ", ".join(_parts(facts, locale))


def _parts(facts: Mapping[str, Any], locale: str) -> list[str]:
    """What an award line did say: `khách 0912 ••• 678`, `đơn 250.000đ`, `hóa đơn HD123`."""
    forms: dict[str, Callable[[Any], str]] = {
        "phone": phones.mask,
        "code": str,
        "amount": lambda amount: formats.money(amount, locale),
        "receipt": str,
        "points": lambda points: formats.points(points, locale),
    }
    return [
        text(f"understood.{name}", locale, value=form(facts[name])) for name, form in forms.items() if name in facts
    ]
