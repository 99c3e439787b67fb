"""Approved ZBS templates: the list with what each asks for, and whether values fit before anything is paid for.

Fields as in Zalo's pages of /template/all and /template/info/v2, 2026-11. Status: 1 enabled, 2 pending, 3 rejected,
4 disabled; tag: 1 transaction, 2 care, 3 promotion.
"""

import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

from bots.channel import Action, Parameter, PlatformTemplate, SendError, Template
from bots.strict_json import clean
from bots.zalo.event import identifier
from bots.zalo.messages import Json

PAGE = 100  # templates told of at a time
MOST = 1000  # templates of one account looked at

STATUS = {"1": "enabled", "2": "pending", "3": "rejected", "4": "disabled"} | {
    "ENABLE": "enabled",
    "PENDING_REVIEW": "pending",
    "REJECT": "rejected",
    "DISABLE": "disabled",
}
TAG = {"1": "transaction", "2": "care", "3": "promotion"} | {
    "TRANSACTION": "transaction",
    "CUSTOMER_CARE": "care",
    "PROMOTION": "promotion",
}


def list_ids(page: Callable[[int, int], Json]) -> list[str]:
    """The ids of all templates, asked of `page(offset, limit)`."""
    found: list[str] = []
    while len(found) < MOST:
        listed = page(len(found), PAGE).get("data")
        rows = listed if isinstance(listed, list) else []
        found += [ident for row in rows if isinstance(row, Mapping) and (ident := _id(row))]
        if len(rows) < PAGE:
            break
    return list(dict.fromkeys(found))


def read(ident: str, told: Mapping[str, Any]) -> PlatformTemplate:
    """One template from its `data`."""
    quality = clean(told.get("templateQuality"))
    return PlatformTemplate(
        name=ident,
        title=clean(told.get("templateName"))[:200],
        locale="vi",
        status=STATUS.get(_word(told.get("status")), "pending"),
        tag=TAG.get(_word(told.get("templateTag")), ""),
        parameters=[_parameter(each) for each in _listed(told) if isinstance(each, Mapping)],
        price_user=_price(told.get("price_uid")),
        price_phone=_price(told.get("price_sdt")),
        quality=quality if quality in ("HIGH", "MEDIUM", "LOW") else "",
    )


def filled(template: Template, asked: PlatformTemplate | None) -> dict[str, str]:
    """The values as they go out, NFC, checked against what the template asks for where that is known.

    A value the template has no blank for is left out. Raises SendError(CONTENT, "parameter", …) naming the first that
    is missing, too long or too short.
    """
    values = {name: unicodedata.normalize("NFC", clean(value)) for name, value in template.values.items()}
    if asked is None or not asked.parameters:
        return values
    for parameter in asked.parameters:
        _check(parameter, values.get(parameter.name, ""))
    return {parameter.name: values[parameter.name] for parameter in asked.parameters if parameter.name in values}


def _check(parameter: Parameter, value: str) -> None:
    if not value:
        if parameter.is_required:
            raise _misfit(parameter.name, "is missing")
        return
    if parameter.longest is not None and len(value) > parameter.longest:
        raise _misfit(parameter.name, f"has {len(value)} characters, at most {parameter.longest} fit")
    if len(value) < parameter.shortest:
        raise _misfit(parameter.name, f"has {len(value)} characters, at least {parameter.shortest} are asked for")


def _misfit(name: str, why: str) -> SendError:
    return SendError(Action.CONTENT, "parameter", f"{name} {why}")


def _listed(told: Mapping[str, Any]) -> list[Any]:
    found = told.get("listParams")
    return found if isinstance(found, list) else []


def _parameter(told: Mapping[str, Any]) -> Parameter:
    needed = told.get("require") is not False and told.get("acceptNull") is not True
    return Parameter(
        clean(told.get("name")), needed, _number(told.get("minLength")) or 0, _number(told.get("maxLength"))
    )


def _id(row: Mapping[str, Any]) -> str:
    return identifier(row.get("templateId"))


def _word(value: object) -> str:
    return clean(str(value)) if isinstance(value, (str, int)) else ""


def _number(value: object) -> int | None:
    """A length; 0 and anything unreadable say nothing."""
    digits = identifier(value)
    return int(digits) or None if digits.isdecimal() and len(digits) < 7 else None


def _price(value: object) -> int | None:
    """Whole ₫; Zalo writes `200`, "200" or "200.0", and nothing where it cannot go that way."""
    text = _word(value) if not isinstance(value, float) else f"{value:.0f}"
    whole = text.removesuffix(".0").removesuffix("đ").strip()
    return int(whole) if whole.isascii() and whole.isdecimal() and len(whole) < 9 else None
