"""What an OA may still send: its package, the day's templates, and what the last reply said."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from bots.channel import Quota
from bots.strict_json import clean
from bots.zalo.event import identifier
from bots.zalo.messages import Json

QUALITIES = ("HIGH", "MEDIUM", "LOW")
BILLED = "billed"
UNBILLED = ("reply", "welcome_msg", "sub_quota", "purchase_quota", "reward_quota")  # quota_type, read Nov 2026


def of_package(reply: Json) -> list[Quota]:
    """`POST /v3.0/oa/quota/message` of the OA: an entry for each product and source."""
    listed = reply.get("data")
    rows = [row for row in listed if isinstance(row, Mapping)] if isinstance(listed, list) else []
    summed: dict[str, Quota] = {}
    for row in rows:
        found = _package(row)
        summed[found.name] = _together(summed[found.name], found) if found.name in summed else found
    return list(summed.values())


def of_templates(quota: Json, quality: Json) -> list[Quota]:
    """`/message/quota` and `/quality` of the template interface."""
    told, kept = _data(quota), clean(_data(quality).get("oaCurrentQuality"))
    note = kept if kept in QUALITIES else ""
    return [Quota("templates_day", _count(told.get("remainingQuota")), _count(told.get("dailyQuota")), note=note)]


def of_reply(reply: Json) -> Quota:
    """What the reply to a send says of it: which quota it took; none at all: it was billed."""
    told = _data(reply).get("quota")
    if not isinstance(told, Mapping):
        return Quota(BILLED)
    if "remainingQuota" in told:
        return Quota("templates_day", _count(told.get("remainingQuota")), _count(told.get("dailyQuota")))
    name = clean(told.get("quota_type"))[:40] or "unknown"
    return Quota(name, _count(told.get("remain")), _count(told.get("total")), _day(told.get("expired_date")))


def was_billed(taken: Quota | None) -> bool | None:
    """Whether the message was; None for what Zalo says nothing of, or in a word nobody knows."""
    known = taken.name if taken is not None else ""
    return True if known == BILLED else False if known in UNBILLED else None


def _package(row: Mapping[str, Any]) -> Quota:
    name = "_".join(filter(None, (clean(row.get("product_type"))[:20], clean(row.get("quota_type"))[:40])))
    return Quota(name or "unknown", _count(row.get("remain")), _count(row.get("total")), _day(row.get("valid_through")))


def _together(one: Quota, other: Quota) -> Quota:
    """Two packages of one sort: what both hold, until the earlier end."""
    days: Sequence[date] = [day for day in (one.until, other.until) if day is not None]
    left, total = (_sum(one.left, other.left), _sum(one.total, other.total))
    return Quota(one.name, left, total, min(days, default=None))


def _sum(one: int | None, other: int | None) -> int | None:
    return None if one is None and other is None else (one or 0) + (other or 0)


def _data(reply: Json) -> Mapping[str, Any]:
    found = reply.get("data")
    return found if isinstance(found, Mapping) else {}


def _count(value: object) -> int | None:
    digits = identifier(value)
    return int(digits) if digits.isdecimal() and len(digits) < 12 else None


def _day(value: object) -> date | None:
    """Zalo writes DD/MM/YYYY."""
    found = re.fullmatch(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})", clean(value))
    try:
        return date(int(found[3]), int(found[2]), int(found[1])) if found else None
    except ValueError:
        return None
