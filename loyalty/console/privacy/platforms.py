"""People who asked a platform to have their data deleted here: who waits, and a person's word on what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import url_for

from loyalty.console import persons
from loyalty.console.desk import Desk, Undo
from loyalty.console.persons import Person
from loyalty.console.privacy.here import section
from loyalty.console.section import Answer
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
    "erased": Both(
        "Đã trả lời là dữ liệu đã xóa. Người yêu cầu xem được câu trả lời này.",
        "Answered: erased. Who asked can see it.",
    ),
    "nobody": Both(
        "Đã trả lời là không tìm thấy khách nào. Người yêu cầu xem được câu trả lời này.",
        "Answered: nobody was found. Who asked can see it.",
    ),
}
ERASED = Both(
    "Đã xóa dữ liệu của khách. Người yêu cầu xem được kết quả này.",
    "The customer's data was erased. Who asked can see it.",
)


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
def moved(desk: Desk) -> Answer:
    """Where these requests once had a page of their own."""
    return desk.go(url_for("console.privacy.index"))


@section.get("/deletions/<code>/erase", right=Right.PRIVACY)
def moved_preview(desk: Desk, code: str) -> Answer:
    return desk.go(url_for(".preview", code=code))


def waiting(desk: Desk) -> list[Row]:
    """Those nobody has seen to, the oldest first."""
    return [_row(desk, each) for each in from_platforms.list_open(desk.session)]


def over(desk: Desk) -> tuple[list[Row], str]:
    """A page of those somebody has, the newest first; and the address of the next."""
    typed = desk.args.get("before_there", "")
    before = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 19 else None
    found = from_platforms.list_settled(desk.session, before=before, limit=PAGE + 1)
    more = url_for("console.privacy.index", before_there=found[PAGE - 1].id) if len(found) > PAGE else ""
    return [_row(desk, each) for each in found[:PAGE]], more


@section.post("/privacy/platforms/<code>/settle/<outcome>", right=Right.CHANNELS)
def settle(desk: Desk, code: str, outcome: str) -> Answer:
    """It is seen to; the public page says how. Where it would erase somebody, what that means is shown first."""
    found = from_platforms.get(desk.session, code)
    if outcome == from_platforms.ERASED and found.customer_id is not None:
        return desk.go(url_for(".preview", code=code))
    from_platforms.settle(desk.session, code, outcome, by=desk.author.actor, now=desk.now)
    desk.note("deletion_settled", f"request:{code}", **{"as": outcome})
    undo = Undo(url_for(".reopen", code=code), desk.t("Hoàn tác", "Undo"))
    return desk.done(SAID[outcome].in_(desk.locale), to=url_for(".index"), undo=undo)


@section.get("/privacy/platforms/<code>/erase", right=Right.PRIVACY)
def preview(desk: Desk, code: str) -> Answer:
    """What erasing the matched customer means, before it is done. Raises PlatformRequestNotFound."""
    customer = _wanted(desk, code)
    [person] = persons.show_all(desk.session, [customer])
    stats = desk.session.get_one(CustomerStats, customer.id)
    return desk.render("privacy/erase_there.html", code=code, customer=customer, person=person, stats=stats)


@section.post("/privacy/platforms/<code>/erase", right=Right.PRIVACY)
def erase_there(desk: Desk, code: str) -> Answer:
    """The matched customer is erased. There is no way back."""
    customer = _wanted(desk, code)
    from_platforms.settle(desk.session, code, from_platforms.ERASED, by=desk.author.actor, now=desk.now)
    desk.note("customer_erased", f"customer:{customer.public_id}", request=code)
    return desk.done(ERASED.in_(desk.locale), to=url_for(".index"))


@section.post("/privacy/platforms/<code>/reopen", right=Right.CHANNELS)
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
