"""Points to be given or taken by hand."""

from collections.abc import Sequence

from loyalty.console.counter import words
from loyalty.console.desk import Desk
from loyalty.points.adjusting import Adjustment
from loyalty.points.counter.requests import adjust
from loyalty.staff.models import Approval
from loyalty.typed.money import format_points
from loyalty.vault.people import Erased
from loyalty.words import Both

GIVE = Both("Duyệt, cộng {points} điểm", "Approve, give {points} points")
TAKE = Both("Duyệt, trừ {points} điểm", "Approve, take {points} points")
ONE = Both("Điều chỉnh {points} chờ duyệt", "An adjustment of {points} waits for approval")
SOME = Both("{count} lần điều chỉnh điểm chờ duyệt", "{count} adjustments wait for approval")

no, refused = words.no, words.refused


def headline(desk: Desk, request: Approval) -> str:
    return words.signed(desk, adjust.points_of(request))


def detail(desk: Desk, request: Approval) -> str:
    try:
        return adjust.reason_of(desk.session, request)
    except Erased:
        return ""


def url(desk: Desk, request: Approval) -> str:
    return ""


def yes(desk: Desk, request: Approval) -> str:
    points = adjust.points_of(request)
    return (GIVE if points > 0 else TAKE).in_(desk.locale, points=format_points(abs(points), desk.locale))


def said(desk: Desk, done: Adjustment) -> str:
    return words.adjusted(desk, done)


def waiting(desk: Desk, requests: Sequence[Approval]) -> str:
    first = words.signed(desk, adjust.points_of(requests[0]))
    return (ONE if len(requests) == 1 else SOME).in_(desk.locale, count=len(requests), points=first)


def named(desk: Desk, request: Approval, refused: Exception) -> Exception:
    return refused
