"""The choices of customers the demo shop keeps, and what it means to write to them."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from string import Template
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.campaigns import lifecycle
from loyalty.campaigns.letters import Draft
from loyalty.campaigns.models import Campaign
from loyalty.demo import art
from loyalty.segments import saved
from loyalty.segments.models import Segment

Rules = Mapping[str, Any]


class Choice(NamedTuple):
    """A segment: its fixed public id, its name, its rules."""

    id: str
    name: str
    rules: Rules


class Plan(NamedTuple):
    """A campaign: its fixed public id, its name, the segment it is for, its text.

    `is_due`: it starts tomorrow; else it is a draft. With `other` it tries two ways of saying it.
    """

    id: str
    name: str
    segment: str
    text: str
    is_due: bool
    other: str = ""  # half of them read this instead
    holdout: int = 0  # per cent who get nothing, to compare
    picture: str = ""  # the key of a drawing
    best_hour: bool = False  # each at the hour they write and buy most


def _is(field: str, op: str, value: Any) -> Rules:
    return {"field": field, "op": op, "value": value}


INACTIVE, WILLING = "demo-segment-far", "demo-segment-yes"
SEGMENTS = (
    Choice(INACTIVE, "Vắng từ 90 ngày", {"all": [_is("orders", ">=", 1), _is("last_purchase_days", ">=", 90)]}),
    Choice(WILLING, "Đồng ý nhận ưu đãi", {"all": [_is("consent.promotion", "=", True)]}),
)
CAMPAIGNS = (
    Plan(
        "demo-campaign-01",
        "Lâu rồi chưa gặp",
        INACTIVE,
        'Lâu rồi chưa gặp {{ name | "bạn" }}. Đến hết $day, ghé $shop bạn được giảm 20% một món bánh khi gọi đồ uống.',
        is_due=False,
    ),
    Plan(
        "demo-campaign-02",
        "Bánh mới cuối tuần",
        WILLING,
        'Chào {{ name | "bạn" }}, $shop có cheesecake chanh dây mới. Đến hết $day, bạn được giảm 15.000đ một phần.',
        is_due=True,
        other='{{ name | "Bạn" }} ơi, cheesecake chanh dây vừa ra lò ở $shop. Đến hết $day giảm 15.000đ một phần.',
        holdout=10,
        picture=art.CAKE,
    ),
    Plan(
        "demo-campaign-03",
        "Đúng giờ bạn hay ghé",
        WILLING,
        'Chào {{ name | "bạn" }}, sắp tới giờ bạn hay ghé $shop. Đến hết $day, mua nước được thêm một cookie.',
        is_due=False,
        best_hour=True,
    ),
)
SALT = 3_221  # the same halves every time
START = 10  # o'clock
LASTS = timedelta(days=7)


def make(session: Session, *, now: datetime) -> None:
    """Keep the segments and campaigns that are not there yet; those that are stay as they were made of them."""
    segments = {choice.id: _segment(session, choice, now) for choice in SEGMENTS}
    for plan in CAMPAIGNS:
        if session.scalar(select(Campaign.id).filter_by(public_id=plan.id)) is None:
            _campaign(session, plan, segments[plan.segment], now)


def _segment(session: Session, choice: Choice, now: datetime) -> int:
    known = session.scalar(select(Segment.id).filter_by(public_id=choice.id))
    if known is not None:
        return known
    made = saved.create(session, choice.name, choice.rules, now=now)
    made.public_id = choice.id
    session.flush()
    return made.id


def _campaign(session: Session, plan: Plan, segment_id: int, now: datetime) -> None:
    here = shop.of(session)
    tomorrow = here.day(now) + timedelta(days=1)
    made = lifecycle.create(session, plan.name, segment_id, _text(plan, here.name, tomorrow + LASTS), now=now)
    made.public_id, made.salt = plan.id, SALT
    session.flush()
    texts = [made.text, _text(plan, here.name, tomorrow + LASTS, plan.other)] if plan.other else []
    variants = [{"text": text, "share": 50} for text in texts]
    lifecycle.edit(session, made, stated={"variants": variants, "holdout": plan.holdout, "best_hour": plan.best_hour})
    if plan.picture:
        picture = art.keep(session, plan.picture, now=now).public_id
        lifecycle.furnish(session, made, Draft(picture=picture), now=now)
    if plan.is_due:
        lifecycle.schedule(session, made, at=datetime.combine(tomorrow, time(START), here.timezone), now=now)


def _text(plan: Plan, name: str, last: date, words: str = "") -> str:
    return Template(words or plan.text).substitute(shop=name, day=f"{last:%d/%m}")
