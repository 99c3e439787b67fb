"""Whom to ring up: people no message reaches and who must be told something of theirs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import request, url_for

from loyalty.console import persons
from loyalty.console.desk import Desk, Undo
from loyalty.console.persons import Person
from loyalty.console.section import Answer, Refusal, Section
from loyalty.customers.models import Customer
from loyalty.messaging import phoning, way_words
from loyalty.messaging.models import PhoneCall
from loyalty.staff.permissions import Right
from loyalty.words import Both

PAGE = 30
REASONS: Mapping[str, Both] = {
    "no_way": Both("chưa có chat nào còn mở", "no open chat"),
    "window": Both("đã quá hạn nhắn miễn phí", "the free window has closed"),
    "person": Both("khách không nhận tin ở đó", "they take no messages there"),
}
OTHERWISE = Both("mọi đường nhắn đều không gửi được", "no way of writing worked")

section = Section(
    "calls",
    Both("Cần gọi", "To call"),
    icon="phone",
    order=46,
    right=Right.CONVERSE,
    refusals={
        "call_not_found": Refusal("Không có cuộc gọi này.", "There is no such call."),
        "call_replaced": Refusal(
            "Đã có lời nhắn mới hơn cho khách này trong danh sách.", "A newer call to this customer is on the list."
        ),
    },
)
deeds = {
    "call_done": Both("đã gọi cho khách", "rang a customer up"),
    "call_reopened": Both("đưa khách lại vào danh sách cần gọi", "put a customer back on the list of calls"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One call. `words` is what to say, `url` where the whole number is shown to whoever may see it."""

    public_id: str
    person: Person
    kind: str
    reason: str
    words: str
    asked_at: datetime
    until: datetime


@section.get("/calls", right=Right.CONVERSE)
def index(desk: Desk) -> Answer:
    """Who waits longest comes first."""
    typed = request.args.get("after", "")
    after = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 19 else None
    found = phoning.list_open(desk.session, now=desk.now, after=after, limit=PAGE + 1)
    people = persons.show_all(desk.session, [customer for _call, customer in found[:PAGE]])
    rows = [_row(desk, call, person) for (call, _customer), person in zip(found[:PAGE], people, strict=True)]
    more = url_for(".index", after=found[PAGE - 1][0].id) if len(found) > PAGE else None
    return desk.render("calls/index.html", rows=rows, more=more)


@section.post("/calls/<public_id>/done", right=Right.CONVERSE)
def done(desk: Desk, public_id: str) -> Answer:
    """They were told. Said twice it is said once."""
    call = phoning.get_public(desk.session, public_id)
    if phoning.done(desk.session, call, by=desk.author.actor, now=desk.now):
        desk.note("call_done", _subject(desk, call), kind=call.kind)
    undo = Undo(url_for(".reopen", public_id=public_id), desk.t("Hoàn tác", "Undo"))
    return desk.done(desk.t("Đã ghi là đã gọi.", "Written down as called."), to=url_for(".index"), undo=undo)


@section.post("/calls/<public_id>/reopen", right=Right.CONVERSE)
def reopen(desk: Desk, public_id: str) -> Answer:
    """They were not: on the list again."""
    call = phoning.get_public(desk.session, public_id)
    if phoning.reopen(desk.session, call):
        desk.note("call_reopened", _subject(desk, call), kind=call.kind)
    return desk.done(desk.t("Khách lại ở trong danh sách.", "Back on the list."), to=url_for(".index"))


def _subject(desk: Desk, call: PhoneCall) -> str:
    return f"customer:{desk.session.get_one(Customer, call.customer_id).public_id}"


def _row(desk: Desk, call: PhoneCall, person: Person) -> Row:
    return Row(
        call.public_id,
        person,
        way_words.CALLS[call.kind].in_(desk.locale),
        REASONS.get(call.reason, OTHERWISE).in_(desk.locale),
        phoning.words_of(desk.session, call),
        call.asked_at,
        call.until,
    )
