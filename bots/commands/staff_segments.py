"""Segments in chat: which there are, and what the people of one are like, with a picture."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from bots import segment_picture
from bots.commands import STAFF, Chat, Reply, command
from bots.texts import formats, text
from loyalty import shop
from loyalty.errors import Unreadable
from loyalty.insights.portraits import keeping, words
from loyalty.insights.portraits.portrait import Bought, Portrait, liking
from loyalty.segments import ready, saved
from loyalty.segments.models import Segment
from loyalty.staff.permissions import Right
from loyalty.typed import fold
from loyalty.typed.money import format_points

MOST = 15  # listed
SELLERS = 3


class SegmentUnclear(Unreadable):
    """None is called that, or several are."""

    code = "segment_unclear"

    def __init__(self, typed: str) -> None:
        super().__init__(typed=fold.quote(typed))


@command("nhóm", "segments", for_=STAFF, right=Right.SEGMENT, help="/nhom VIP", reads=str.strip)
def segments(session: Session, chat: Chat, name: str) -> Reply:
    """`/nhom`: the segments with their sizes; `/nhom VIP` or `/nhom 2`: the portrait of one, as last taken."""
    if not name:
        return Reply(_list(session, chat))
    segment = _named(_shown(session), name)
    return Reply(
        _portrait(session, segment, chat),
        image_url=segment_picture.address(session, segment, chat.locale, now=chat.now),
    )


def _shown(session: Session) -> Sequence[Segment]:
    """The five first, then the newest."""
    return [*ready.list_all(session), *saved.list_newest(session, ready=False, limit=MOST)][:MOST]


def _named(shown: Sequence[Segment], typed: str) -> Segment:
    """By its place in the list, its whole name, or a part of it only one has. Raises SegmentUnclear."""
    wanted = fold.fold(typed).removeprefix("#")
    if wanted.isdecimal() and 0 < int(wanted) <= len(shown):
        return shown[int(wanted) - 1]
    same = [each for each in shown if wanted in (fold.fold(each.name), each.code)]
    alike = [each for each in shown if wanted in fold.fold(each.name)]
    found = same or alike
    if len(found) != 1:
        raise SegmentUnclear(typed)
    return found[0]


def _list(session: Session, chat: Chat) -> str:
    shown = _shown(session)
    if not shown:
        return text("segments.none", chat.locale)
    lines = [text("segments.head", chat.locale)]
    lines += [f"{place}. {_line(each, chat.locale)}" for place, each in enumerate(shown, 1)]
    return "\n".join([*lines, text("segments.look", chat.locale, name=shown[0].name)])


def _line(segment: Segment, locale: str) -> str:
    if segment.size is None:
        return text("segments.uncounted", locale, name=segment.name)
    facts = {"name": segment.name, "count": format_points(segment.size, locale)}
    if not segment.size or segment.spent_12m is None:
        return text("segments.line", locale, **facts)
    return text("segments.line_worth", locale, amount=formats.money(segment.spent_12m // segment.size, locale), **facts)


def _portrait(session: Session, segment: Segment, chat: Chat) -> str:
    kept, here = keeping.find(session, segment), shop.of(session)
    link = f"{here.base_url}/console/segments/{segment.public_id}/portrait"
    if kept.portrait is None or kept.taken_at is None:
        return text("segments.not_yet", chat.locale, name=segment.name, link=link)
    seen, day = kept.portrait, formats.day(here.day(kept.taken_at), chat.locale, here.day(chat.now))
    count = format_points(seen.people, chat.locale)
    lines = [text("segments.of", chat.locale, name=segment.name, count=count, day=day)]
    lines += _facts(session, seen, chat.locale) if seen.people else []
    return "\n".join([*lines, text("segments.see", chat.locale, link=link)])


def _facts(session: Session, seen: Portrait, locale: str) -> list[str]:
    told = {
        text("segments.each", locale): formats.money(seen.each or 0, locale),
        text("segments.reached", locale): words.share(seen.reached, seen.people, locale),
        text("segments.returned", locale): words.share(seen.returners, seen.earlier, locale),
        text("segments.newcomers", locale): words.share(seen.newcomers, seen.people, locale),
    }
    if seen.median_basket is not None:
        amount = formats.money(seen.median_basket, locale)
        told[text("segments.basket", locale)] = text("segments.basket_from", locale, amount=amount)
    if seen.products:
        told[text("segments.sellers", locale)] = _sellers(session, seen, locale)
    return [f"• {label}: {said}" for label, said in told.items()]


def _sellers(session: Session, seen: Portrait, locale: str) -> str:
    """What they buy most, and where they buy it more or less than the shop does."""
    whole = keeping.of_shop(session)
    known, buyers = (whole.by_name["products"], whole.portrait.buyers) if whole else ({}, 0)

    def say(bought: Bought) -> str:
        held = liking(bought, seen, buyers, known.get(bought.name))
        return f"{bought.name} ({words.compared(held, locale)})" if held.is_sure else bought.name

    return ", ".join(say(each) for each in seen.products[:SELLERS])
