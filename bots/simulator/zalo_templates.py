"""Zalo's templates as the simulator plays them: told of by the list and one by one, filled in, shown as a card."""

import re
from collections.abc import Mapping
from typing import Any

from loyalty.demo.approved import ZALO, Approved, Blank

STATUS = {"enabled": "ENABLE", "pending": "PENDING_REVIEW", "rejected": "REJECT", "disabled": "DISABLE"}
TAG = {"transaction": "TRANSACTION", "care": "CUSTOMER_CARE", "promotion": "PROMOTION"}
KNOWN = {each.name: each for each in ZALO}
PAGE = 100

Json = dict[str, Any]


class Unfit(Exception):
    """A template that is not there, or values it does not take: Zalo's code and words."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(code, message)
        self.code, self.message = code, message


def listed(offset: int, limit: int) -> list[Json]:
    """`/template/all`."""
    shown = ZALO[offset : offset + min(limit, PAGE)]
    return [{"templateId": each.name, "templateName": each.title, "status": STATUS[each.status]} for each in shown]


def told(name: str) -> Json:
    """`/template/info/v2`. Raises Unfit."""
    each = _get(name)
    return {
        "templateId": each.name,
        "templateName": each.title,
        "status": STATUS[each.status],
        "listParams": [_parameter(blank) for blank in each.parameters],
        "listButtons": [],
        "timeout": 7_200_000,
        "templateQuality": each.quality or "UNDEFINED",
        "templateTag": TAG[each.tag],
        "price_uid": None if each.price_user is None else str(each.price_user),
        "price_sdt": None if each.price_phone is None else str(each.price_phone),
    }


def bubble(name: object, values: Mapping[str, Any]) -> Json:
    """The card a person sees. Raises Unfit."""
    each = _get(name)
    if each.status != "enabled":
        raise Unfit(-131, "ZNS template not approved")
    for blank in each.parameters:
        _check(blank, values.get(blank.name))
    text = re.sub(r"<(\w+)>", lambda found: str(values.get(found[1], "")), each.text)
    rows = [[blank.label, str(values[blank.name])] for blank in each.parameters if blank.label and blank.name in values]
    return {"template": True, "title": each.heading, "text": text, "rows": rows, "buttons": []}


def _get(name: object) -> Approved:
    found = KNOWN.get(name) if isinstance(name, str) else None
    if found is None:
        raise Unfit(-109, "Template ID is invalid")
    return found


def _parameter(blank: Blank) -> Json:
    lengths = {"maxLength": blank.longest, "minLength": blank.shortest}
    return {"name": blank.name, "require": blank.is_required, "type": "STRING", "acceptNull": False} | lengths


def _check(blank: Blank, value: object) -> None:
    if value is None and blank.is_required:
        raise Unfit(-1121, f"Template data is missing {blank.name}")
    if not isinstance(value, (str, int)) or (blank.longest is not None and len(str(value)) > blank.longest):
        raise Unfit(-1122, f"Template data {blank.name} is invalid")
