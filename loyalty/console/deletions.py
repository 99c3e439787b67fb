"""People who asked a platform to have their data deleted here: who waits, and a person's word on what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import request, url_for

from loyalty.console import persons
from loyalty.console.desk import Desk, Undo
from loyalty.console.persons import Person
from loyalty.console.section import Answer, Refusal, Section
from loyalty.customers.models import Customer
from loyalty.privacy import from_platforms
from loyalty.privacy.models import PlatformRequest
from loyalty.staff.permissions import Right
from loyalty.words import Both

PAGE = 30
STATES: Mapping[str, tuple[str, Both]] = {  # colour and word
    "received": ("amber", Both("chờ xử lý", "waits")),
    "erased": ("leaf", Both("đã xóa", "erased")),
    "nobody": ("", Both("không tìm thấy ai", "nobody found")),
}
SAID: Mapping[str, Both] = {
    "erased": Both("Đã ghi là đã xóa. Người hỏi xem được điều đó.", "Written down as erased; who asked can see it."),
    "nobody": Both(
        "Đã ghi là không tìm thấy ai. Người hỏi xem được điều đó.", "Written down as nobody; who asked can see it."
    ),
}

section = Section(
    "deletions",
    Both("Yêu cầu xóa", "Deletion requests"),
    icon="shield-check",
    order=76,
    right=Right.CHANNELS,
    refusals={
        "platform_request_not_found": Refusal("Không có yêu cầu này.", "There is no such request."),
        "bad_outcome": Refusal("Chọn «đã xóa» hoặc «không tìm thấy ai».", "Choose “erased” or “nobody found”."),
    },
)
deeds = {
    "deletion_settled": Both("trả lời một yêu cầu xóa dữ liệu", "answered a deletion request"),
    "deletion_reopened": Both("mở lại một yêu cầu xóa dữ liệu", "opened a deletion request again"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One request. `name_there` is who asked, under the platform's own number."""

    request: PlatformRequest
    kind: str
    state: str
    name_there: str
    person: Person | None


@section.get("/deletions", right=Right.CHANNELS)
def index(desk: Desk) -> Answer:
    """Requests, the newest first."""
    typed = request.args.get("before", "")
    before = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 19 else None
    found = from_platforms.list_newest(desk.session, before=before, limit=PAGE + 1)
    more = url_for(".index", before=found[PAGE - 1].id) if len(found) > PAGE else None
    return desk.render("deletions/index.html", rows=[_row(desk, each) for each in found[:PAGE]], more=more)


@section.post("/deletions/<code>/settle/<outcome>", right=Right.CHANNELS)
def settle(desk: Desk, code: str, outcome: str) -> Answer:
    """It is seen to; the public page says how."""
    from_platforms.settle(desk.session, code, outcome, by=desk.author.actor, now=desk.now)
    desk.note("deletion_settled", f"request:{code}", **{"as": outcome})
    undo = Undo(url_for(".reopen", code=code), desk.t("Hoàn tác", "Undo"))
    return desk.done(SAID[outcome].in_(desk.locale), to=url_for(".index"), undo=undo)


@section.post("/deletions/<code>/reopen", right=Right.CHANNELS)
def reopen(desk: Desk, code: str) -> Answer:
    """It waits again."""
    from_platforms.reopen(desk.session, code, now=desk.now)
    desk.note("deletion_reopened", f"request:{code}")
    return desk.done(desk.t("Yêu cầu lại chờ xử lý.", "The request waits again."), to=url_for(".index"))


def _row(desk: Desk, found: PlatformRequest) -> Row:
    kind, word = STATES[found.state]
    customer = desk.session.get(Customer, found.customer_id) if found.customer_id is not None else None
    shown = persons.show_all(desk.session, [customer])[0] if customer and customer.erased_at is None else None
    return Row(found, kind, word.in_(desk.locale), from_platforms.name_there(desk.session, found), shown)
