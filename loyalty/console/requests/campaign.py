"""Campaigns to more people, or for more money, than one person alone may decide."""

from collections.abc import Sequence

from flask import url_for

from loyalty.campaigns.models import Campaign
from loyalty.console.desk import Desk
from loyalty.journeys import deciding
from loyalty.staff.models import Approval
from loyalty.typed.money import format_money, format_points
from loyalty.words import Both

WHO = Both("gửi {people} người, tiền tin nhiều nhất {cost}", "to {people} people, messages cost {cost} at most")
YES = Both("Duyệt, gửi như đã hẹn", "Approve, send as planned")
SAID = Both("Đã duyệt, «{name}» được gửi như đã hẹn.", "Approved: “{name}” goes as planned.")
ONE = Both("Chiến dịch «{name}» chờ duyệt", "The campaign “{name}” waits for approval")
SOME = Both("{count} chiến dịch chờ duyệt", "{count} campaigns wait for approval")


def headline(desk: Desk, request: Approval) -> str:
    return deciding.of(desk.session, request).name


def detail(desk: Desk, request: Approval) -> str:
    people, cost = request.payload["people"], request.payload["cost"]
    facts = {"people": format_points(people, desk.locale), "cost": format_money(cost, desk.locale)}
    return WHO.in_(desk.locale, **facts)


def url(desk: Desk, request: Approval) -> str:
    """Where all it says is to be read."""
    return url_for("console.campaigns.show", public_id=request.payload["id"])


def yes(desk: Desk, request: Approval) -> str:
    return YES.in_(desk.locale)


def said(desk: Desk, done: Campaign) -> str:
    return SAID.in_(desk.locale, name=done.name)


def waiting(desk: Desk, requests: Sequence[Approval]) -> str:
    name = headline(desk, requests[0])
    return (ONE if len(requests) == 1 else SOME).in_(desk.locale, count=len(requests), name=name)


def named(desk: Desk, request: Approval, refused: Exception) -> Exception:
    return refused
