"""When a campaign would be through at the earliest, from what each account's platform allows."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.campaigns.preview import Going, Numbers
from loyalty.channels.route import TEMPLATES
from loyalty.messaging.models import TemplateDay
from loyalty.messaging.platforms import RULES
from loyalty.messaging.ways import next_day
from loyalty.shop import Shop


@dataclass(frozen=True, slots=True)
class RouteCost:
    """One way of one account: how many go by it, at what price each, and how many templates its day still allows."""

    kind: str
    route: str
    people: int
    price: int  # whole ₫ each
    quota_left: int | None = None

    @property
    def cost(self) -> int:
        return self.people * self.price


def routes(session: Session, seen: Numbers) -> Sequence[RouteCost]:
    """What goes by which way, with what is left of the day's quota where the platform has one."""
    used = _used(session, seen.leaves_at)
    return [
        RouteCost(each.kind, each.route, each.people, each.price, _quota_left(each, used, seen.leaves_at))
        for each in seen.going
    ]


def finishes_at(session: Session, seen: Numbers) -> datetime:
    """Every account sends beside the others: the slowest decides. Quiet hours and daily quotas are waited for."""
    used, here = _used(session, seen.leaves_at), shop.of(session)
    by_account: dict[int, list[Going]] = {}
    for each in seen.going:
        by_account.setdefault(each.account_id, []).append(each)
    ends = [_end(ways, used, seen.leaves_at, here) for ways in by_account.values()]
    return max(ends, default=seen.leaves_at)


def per_minute(kind: str, now: datetime) -> int | None:
    """Calls a platform allows one account in a minute."""
    if (minute := RULES.number(kind, "calls_per_minute", now)) is not None:
        return minute
    second = RULES.number(kind, "calls_per_second", now)
    return None if second is None else second * 60


def _end(ways: Sequence[Going], used: Mapping[int, int], start: datetime, here: Shop) -> datetime:
    """When one account is through with those it has to write to."""
    speed = per_minute(ways[0].kind, start)
    people = sum(each.people for each in ways)
    end = start if speed is None else _awake(start, math.ceil(people / speed), here)
    for each in ways:
        left = _quota_left(each, used, start)
        most = RULES.number(each.kind, "template_daily_quota", start)
        if left is not None and most and each.people > left:
            days = math.ceil((each.people - left) / most)
            end = max(end, next_day(start) + timedelta(days=days - 1))
    return end


def _awake(start: datetime, minutes: int, here: Shop) -> datetime:
    """So many minutes later, leaving quiet hours out."""
    at = start
    while minutes > 0:
        if here.is_quiet(at):
            at = here.quiet_until(at)
        step = min(minutes, 60)
        at, minutes = at + timedelta(minutes=step), minutes - step
    return at


def _quota_left(each: Going, used: Mapping[int, int], now: datetime) -> int | None:
    most = RULES.number(each.kind, "template_daily_quota", now)
    if each.route not in TEMPLATES or most is None:
        return None
    return max(most - used.get(each.account_id, 0), 0)


def _used(session: Session, now: datetime) -> Mapping[int, int]:
    day = now.astimezone(RULES.timezone).date()
    query = sa.select(TemplateDay.channel_account_id, TemplateDay.used).filter_by(day=day)
    return {row[0]: row[1] for row in session.execute(query)}
