"""People who asked a platform to have their data deleted here: who waits, and a person's word on what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import request, url_for

from loyalty.console import persons
from loyalty.console.desk import Desk, Undo
from loyalty.console.persons import Person
from loyalty.console.section import Answer, Refusal, Section
from loyalty.customers.models import Customer, CustomerStats
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
ERASED = Both(
    "Đã xóa dữ liệu của khách. Người hỏi xem được điều đó.", "The customer's data was erased; who asked can see it."
)

section = Section(
    "deletions",
    Both("Yêu cầu xóa", "Deletion requests"),
    icon="shield-check",
    order=76,
    right=Right.CHANNELS,
    refusals={
        "platform_request_not_found": Refusal("Không có yêu cầu này.", "There is no such request."),
        "erased_for_good": Refusal(
            "Khách này đã được xóa cùng yêu cầu, không mở lại được.",
            "The customer was erased with it; it cannot be opened again.",
        ),
        "bad_outcome": Refusal("Chọn «đã xóa» hoặc «không tìm thấy ai».", "Choose “erased” or “nobody found”."),
    },
)
deeds = {
    "deletion_settled": Both("trả lời một yêu cầu xóa dữ liệu", "answered a deletion request"),
    "deletion_reopened": Both("mở lại một yêu cầu xóa dữ liệu", "opened a deletion request again"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One request. `name_there` is who asked, under the platform's own number; `is_matched`: to a customer of ours."""

    request: PlatformRequest
    kind: str
    state: str
    name_there: str
    person: Person | None
    is_matched: bool


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
    """It is seen to; the public page says how. Where it would erase somebody, what that means is shown first."""
    found = from_platforms.get(desk.session, code)
    if outcome == from_platforms.ERASED and found.customer_id is not None:
        return desk.go(url_for(".preview", code=code))
    from_platforms.settle(desk.session, code, outcome, by=desk.author.actor, now=desk.now)
    desk.note("deletion_settled", f"request:{code}", **{"as": outcome})
    undo = Undo(url_for(".reopen", code=code), desk.t("Hoàn tác", "Undo"))
    return desk.done(SAID[outcome].in_(desk.locale), to=url_for(".index"), undo=undo)


@section.get("/deletions/<code>/erase", right=Right.PRIVACY)
def preview(desk: Desk, code: str) -> Answer:
    """What erasing the matched customer means, before it is done. Raises PlatformRequestNotFound."""
    customer = _wanted(desk, code)
    [person] = persons.show_all(desk.session, [customer])
    stats = desk.session.get_one(CustomerStats, customer.id)
    return desk.render("deletions/erase.html", code=code, customer=customer, person=person, stats=stats)


@section.post("/deletions/<code>/erase", right=Right.PRIVACY)
def erase(desk: Desk, code: str) -> Answer:
    """The matched customer is erased. There is no way back."""
    customer = _wanted(desk, code)
    from_platforms.settle(desk.session, code, from_platforms.ERASED, by=desk.author.actor, now=desk.now)
    desk.note("customer_erased", f"customer:{customer.public_id}", request=code)
    return desk.done(ERASED.in_(desk.locale), to=url_for(".index"))


@section.post("/deletions/<code>/reopen", right=Right.CHANNELS)
def reopen(desk: Desk, code: str) -> Answer:
    """It waits again."""
    from_platforms.reopen(desk.session, code, now=desk.now)
    desk.note("deletion_reopened", f"request:{code}")
    return desk.done(desk.t("Yêu cầu lại chờ xử lý.", "The request waits again."), to=url_for(".index"))


def _wanted(desk: Desk, code: str) -> Customer:
    """The customer a request is matched to. Raises PlatformRequestNotFound, also where it is matched to nobody."""
    customer = from_platforms.customer_of(desk.session, from_platforms.get(desk.session, code))
    if customer is None:
        raise from_platforms.PlatformRequestNotFound(code)
    return customer


def _row(desk: Desk, found: PlatformRequest) -> Row:
    kind, word = STATES[found.state]
    customer = from_platforms.customer_of(desk.session, found)
    shown = persons.show_all(desk.session, [customer])[0] if customer and customer.erased_at is None else None
    return Row(
        found, kind, word.in_(desk.locale), from_platforms.name_there(desk.session, found), shown, customer is not None
    )
