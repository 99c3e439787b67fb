"""The portrait of a segment: read as a worker kept it; asked for anew."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for

from loyalty.console.desk import Desk
from loyalty.console.section import Answer
from loyalty.console.segments import vocabulary
from loyalty.console.segments.here import section
from loyalty.insights.portraits import keeping, words
from loyalty.insights.portraits.keeping import Compared
from loyalty.insights.portraits.people import NOBODY
from loyalty.insights.portraits.portrait import Bought, Portrait, liking
from loyalty.segments import saved
from loyalty.staff.permissions import Right
from loyalty.words import Both

NO_CHAT = Both("không có kênh chat", "no chat")


@dataclass(frozen=True, slots=True)
class Seller:
    """A product or category as the page has it: `compared` with the shop, in words."""

    bought: Bought
    again: str
    compared: str
    is_more: bool


Counts = Sequence[tuple[str, int]]  # what is counted, in words, and how many


@section.get("/segments/<public_id>/portrait", right=Right.SEGMENT)
def portrait(desk: Desk, public_id: str) -> Answer:
    """What is kept: one row, however large the segment."""
    segment = saved.get_public(desk.session, public_id)
    kept, whole = keeping.find(desk.session, segment), keeping.of_shop(desk.session)
    seen = kept.portrait
    return desk.render(
        "segments/portrait.html",
        segment=segment,
        kept=kept,
        seen=seen,
        whole=whole,
        share=lambda part, of: words.share(part, of, desk.locale),
        charts_of=_charts(desk, seen) if seen else {},
        products=_sellers(desk, seen, whole, "products") if seen else (),
        categories=_sellers(desk, seen, whole, "categories") if seen else (),
    )


@section.post("/segments/<public_id>/portrait", right=Right.SEGMENT)
def portray(desk: Desk, public_id: str) -> Answer:
    """Have a worker take it anew."""
    segment = saved.get_public(desk.session, public_id)
    keeping.ask(desk.session, segment, now=desk.now)
    text = desk.t("Đang xem lại cả nhóm, vài giây nữa là xong.", "Looking at everybody again; a few seconds.")
    return desk.done(text, to=url_for(".portrait", public_id=public_id))


def _charts(desk: Desk, seen: Portrait) -> dict[str, Counts]:
    """Every distribution by its name."""
    names = {kind: vocabulary.CHANNELS.get(kind, kind) for kind in seen.channels} | {NOBODY: NO_CHAT.in_(desk.locale)}
    tiers = [(tier.code, desk.programme.tier_name(tier.code, desk.locale)) for tier in desk.programme.tiers]
    return {
        "recency": words.steps(words.RECENCY, seen.recency, desk.locale),
        "spent": words.steps(words.SPENT, seen.spent, desk.locale),
        "baskets": words.steps(words.BASKET, seen.baskets, desk.locale),
        "tiers": [(name, seen.tiers.get(code, 0)) for code, name in tiers],
        "channels": [(names[kind], count) for kind, count in seen.channels.items()],
        "birthdays": [(desk.t(f"T{month}", str(month)), count) for month, count in enumerate(seen.birthdays, 1)],
        "favourites": list(seen.favourites.items()),
        "revenue": [(_month(each.month), each.revenue) for each in seen.months],
        "people": [(_month(each.month), each.people) for each in seen.months],
    }


def _month(month: str) -> str:
    """`11/26`."""
    return f"{month[5:]}/{month[2:4]}"


def _sellers(desk: Desk, seen: Portrait, whole: Compared | None, which: str) -> list[Seller]:
    found: Sequence[Bought] = getattr(seen, which)
    known = whole.by_name[which] if whole else {}
    buyers = whole.portrait.buyers if whole else 0
    return [_seller(desk, each, seen, buyers, known.get(each.name)) for each in found]


def _seller(desk: Desk, bought: Bought, seen: Portrait, buyers: int, usual: Bought | None) -> Seller:
    held = liking(bought, seen, buyers, usual)
    again = words.share(bought.again, bought.buyers, desk.locale)
    is_more = held.is_sure and held.tenths is not None and held.tenths > 10
    return Seller(bought, again, words.compared(held, desk.locale), is_more)
