"""The portrait of a segment as a picture: sums only, nobody's name. Its address says which one, signed, for a day."""

from datetime import datetime

from sqlalchemy.orm import Session

from bots import drawing, media
from bots.drawing import Chart, Tile
from bots.texts import formats, text
from loyalty import shop
from loyalty.insights.portraits import keeping, words
from loyalty.insights.portraits.portrait import Portrait
from loyalty.segments import saved
from loyalty.segments.models import Segment
from loyalty.segments.saved import SegmentNotFound
from loyalty.typed import fold
from loyalty.typed.money import format_points

PURPOSE = "segment"
LONGEST_NAME = 34


def address(session: Session, segment: Segment, locale: str, *, now: datetime) -> str:
    """Where the picture is, for a day; "" without a public address, or where no portrait was taken yet."""
    seen = keeping.find(session, segment).portrait
    if seen is None or not seen.people:
        return ""
    return media.address(session, f"{segment.public_id}.{locale}", PURPOSE, until=now + media.HELD)


def png(session: Session, signed: str, *, now: datetime) -> bytes | None:
    """The picture an address was signed for; None for anything else, or when its time has passed."""
    if (what := media.named(session, signed, PURPOSE, now=now)) is None:
        return None
    public_id, locale = what
    try:
        segment = saved.get_public(session, public_id)
    except SegmentNotFound:
        return None
    kept = keeping.find(session, segment)
    if kept.portrait is None or kept.taken_at is None:
        return None
    return drawing.png(chart(session, segment.name, kept.portrait, kept.taken_at, locale))


def chart(session: Session, name: str, seen: Portrait, taken_at: datetime, locale: str) -> Chart:
    """What each is worth, how many they are and may be written to, over what they bought month by month."""
    here, revenue = shop.of(session), [each.revenue for each in seen.months]
    day = formats.day(here.day(taken_at), locale, here.day(taken_at))
    return Chart(
        title=fold.quote(name, LONGEST_NAME),
        span=text("segments.span", locale, count=format_points(seen.people, locale), day=day),
        tiles=[
            Tile(text("segments.each", locale), formats.money(seen.each or 0, locale)),
            Tile(text("segments.reached", locale), words.share(seen.reached, seen.people, locale)),
            Tile(text("segments.returned", locale), words.share(seen.returners, seen.earlier, locale)),
        ],
        caption=text("segments.by_month", locale),
        labels=[f"{each.month[5:]}/{each.month[2:4]}" for each in seen.months],
        now=revenue,
        before=[0] * len(revenue),
        top=formats.money(max(revenue, default=0), locale),
        legend=(text("segments.who", locale),),
    )
