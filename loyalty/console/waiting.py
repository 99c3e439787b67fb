"""What waits for the person at the desk: each thing with the page where it is dealt with."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask import current_app, url_for

from loyalty.console import alerts, requests
from loyalty.console.desk import Desk
from loyalty.customers import cases
from loyalty.customers.cases import Wanted
from loyalty.messaging import phoning, threads, traffic
from loyalty.privacy import requests as requested
from loyalty.staff import approvals
from loyalty.staff.permissions import Right

MOST = 99  # counted of each
SAID_HERE = frozenset(
    {"person_wanted", "complaint", "event_parked", "privacy_request"}
)  # alerts about what other lines count
CASES = "console.cases.index"


@dataclass(frozen=True, slots=True)
class Item:
    """One line. `url` is empty where there is no page for it."""

    icon: str
    text: str
    url: str
    label: str


def items(desk: Desk) -> Sequence[Item]:
    """Everything that waits and that this person may deal with, what customers wait for first."""
    looks: Sequence[tuple[Right, Callable[[Desk], Iterator[Item]]]] = (
        (Right.APPROVE, _approvals),
        (Right.CONVERSE, _people),
        (Right.CONVERSE, _cases),
        (Right.CONVERSE, _calls),
        (Right.PRIVACY, _privacy),
        (Right.CHANNELS, _parked),
        (Right.CHANNELS, _unknown),
        (Right.CHANNELS, _alerts),
    )
    return [item for right, look in looks if desk.may(right) for item in look(desk)]


def _approvals(desk: Desk) -> Iterator[Item]:
    """A line for each kind of what waits for a second person."""
    found = approvals.list_waiting(desk.session, limit=MOST)
    for kind, look in requests.kinds().items():
        if alike := [request for request in found if request.kind == kind]:
            text = look.waiting(desk, alike)
            yield Item("rubber-stamp", text, _place("console.approvals.index"), desk.t("Xem", "See"))


def _people(desk: Desk) -> Iterator[Item]:
    if found := len(threads.list_newest(desk.session, view="waiting", limit=MOST + 1)):
        who = "customer wants" if found == 1 else "customers want"
        text = desk.t(f"{_count(found)} khách muốn gặp người", f"{_count(found)} {who} to talk to a person")
        url = _place("console.conversations.index", view="waiting")
        yield Item("message", text, url, desk.t("Trả lời", "Answer"))


def _cases(desk: Desk) -> Iterator[Item]:
    """Those that are due today, or were before."""
    due = Wanted(overdue_on=desk.shop.day(desk.now) + timedelta(days=1))
    if found := cases.count_due(desk.session, due, most=MOST + 1):
        text = desk.t(f"{_count(found)} góp ý đến hạn trả lời", f"{_count(found)} cases due for an answer")
        yield Item("flag", text, _place(CASES), desk.t("Xem", "See"))


def _calls(desk: Desk) -> Iterator[Item]:
    if found := phoning.count_open(desk.session, now=desk.now, most=MOST + 1):
        text = desk.t(f"{_count(found)} khách cần gọi điện", f"{_count(found)} customers to ring up")
        yield Item("phone", text, _place("console.calls.index"), desk.t("Xem", "See"))


def _privacy(desk: Desk) -> Iterator[Item]:
    if found := requested.count_open(desk.session):
        text = desk.t(f"{_count(found)} yêu cầu về dữ liệu đang chờ", f"{_count(found)} data requests wait")
        yield Item("shield-check", text, _place("console.privacy.index"), desk.t("Xem", "See"))


def _parked(desk: Desk) -> Iterator[Item]:
    if found := len(traffic.list_parked(desk.session, limit=MOST + 1)):
        text = desk.t(f"{_count(found)} sự kiện bị kẹt", f"{_count(found)} events are stuck")
        yield Item("alert-triangle", text, _place("console.channels.events"), desk.t("Mở", "Open"))


def _unknown(desk: Desk) -> Iterator[Item]:
    found, _next = traffic.list_messages(desk.session, "unknown", limit=MOST + 1)
    if found:
        count = _count(len(found))
        text = desk.t(f"{count} tin chưa rõ đã tới khách chưa", f"{count} messages of unknown fate")
        url = _place("console.channels.messages", state="unknown")
        yield Item("help-circle", text, url, desk.t("Quyết định", "Decide"))


def _alerts(desk: Desk) -> Iterator[Item]:
    for shown in alerts.show_open(desk):
        if shown.kind not in SAID_HERE:
            yield Item("bell", shown.text, shown.url or "", shown.label)


def _count(number: int) -> str:
    return f"{MOST}+" if number > MOST else str(number)


def _place(endpoint: str, **values: str) -> str:
    """The address of a page, empty where this installation has none."""
    return url_for(endpoint, **values) if endpoint in current_app.view_functions else ""  # type: ignore[arg-type]  # addresses are text
