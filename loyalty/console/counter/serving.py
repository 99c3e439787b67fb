"""The page one serves at: look, award, undo."""

from collections.abc import Callable, Sequence
from typing import Any

from flask import url_for
from werkzeug.wrappers import Response

from loyalty.console import bills, hands, persons, requests
from loyalty.console.bills import Shown
from loyalty.console.counter import looking, slips, words
from loyalty.console.counter.here import section
from loyalty.console.counter.slips import Seen, Slip
from loyalty.console.desk import Desk, Undo
from loyalty.console.forms import Form
from loyalty.console.section import Answer
from loyalty.customers import profiles
from loyalty.customers.models import Customer
from loyalty.errors import RuleViolation
from loyalty.insights import rows
from loyalty.insights.periods import Period
from loyalty.insights.rows import Choice, Row
from loyalty.points import counter, deciding, ledger, reasons
from loyalty.points import requests as kinds
from loyalty.points.accrual import Award, ReceiptTaken
from loyalty.points.counter import AskedBack
from loyalty.points.deciding import Waiting
from loyalty.points.models import EntryKind
from loyalty.points.orders import Order
from loyalty.points.requests.award import AskedAgain
from loyalty.points.reversal import AlreadyUndone, NotUndoable
from loyalty.purchases import recording
from loyalty.staff import approvals
from loyalty.staff.approvals import AlreadyDecided
from loyalty.staff.permissions import Right
from loyalty.typed import award

JUST_NOW = 5  # awards under the form
BACK = {"index": ".index", "day": ".day", "sales": "console.sales.index"}  # pages one comes back to
OF_CUSTOMER = {
    "points": "console.customers.points",
    "purchases": "console.customers.purchases",
}  # of whose points they are


class NobodyMeant(RuleViolation):
    """What was typed names nobody yet; why stands beside the field."""

    code = "nobody_meant"


@section.get("/counter", right=Right.AWARD)
def index(desk: Desk) -> Answer:
    """An empty slip, or one for the customer of a profile."""
    look = looking.look(desk.session, "", chosen=desk.args.get("customer", ""), now=desk.now)
    return _page(desk, desk.form(Slip), Seen(look))


@section.post("/counter/look", right=Right.AWARD, writes=False)
def look(desk: Desk) -> Answer:
    """Who is meant and what they would be awarded, while one types; nothing is written."""
    form = desk.form(Slip)
    if desk.is_partial:
        return desk.render("counter/_look.html", form=form, seen=slips.see(desk, form), **_shown(desk))
    return _page(desk, form, slips.see(desk, form))


@section.post("/counter/award", right=Right.AWARD)
def give(desk: Desk) -> Answer:
    """The bill is recorded, waits for approval, or is asked back on the page."""
    form = desk.form(Slip)
    if not form.carry_out(lambda given: _record(desk, given)):
        return _refused(desk, form)
    match form.result:
        case AskedBack() | AskedAgain() as question:
            return _page(desk, form, slips.see(desk, form), question), 409
        case Waiting() as waiting:
            way_back = Undo(url_for(".withdraw", number=waiting.request.id), desk.t("Rút lại", "Take it back"))
            return desk.done(words.waits(desk, waiting), to=url_for(".index"), undo=way_back)
        case done:
            return _awarded(desk, done)


@section.post("/counter/withdraw/<int:number>", right=Right.AWARD)
def withdraw(desk: Desk, number: int) -> Answer:
    """What one sent for approval oneself waits no longer; the same button twice is no fault."""
    try:
        request = deciding.withdraw(desk.session, number, hands.hand(desk))
    except AlreadyDecided as decided:
        request = approvals.get(desk.session, number)
        if not approvals.is_withdrawn(request):
            raise decided
    said = words.withdrawn(desk, request, requests.of(request).headline(desk, request))
    return desk.done(said, to=_back(desk, kinds.of(request).customer(desk.session, request)))


@section.get("/counter/undo/<int:number>", right=Right.UNDO_OWN)
def ask(desk: Desk, number: int) -> Answer:
    """Whether this one: what is longer ago is named before it is taken back. Raises EntryNotFound, NotUndoable."""
    entry = ledger.get(desk.session, number)
    customer = profiles.get(desk.session, entry.customer_id)
    back = _back(desk, customer)
    if entry.kind in (EntryKind.ADJUST, EntryKind.BONUS):
        return desk.render(
            "counter/ask_adjustment.html",
            movement=bills.show_movements(desk, [entry])[0],
            why=reasons.of(desk.session, customer.id, [entry]).get(entry.id, ""),
            is_undone=ledger.reversal_of(desk.session, entry.id) is not None,
            may_undo=bills.may_undo_adjustment(desk, entry),
            back=back,
        )
    if entry.purchase_id is None or entry.kind != EntryKind.EARN:
        raise NotUndoable(number=number)
    row = Row(recording.get(desk.session, entry.purchase_id), entry)
    return desk.render("counter/ask.html", bill=bills.show_all(desk, [row])[0], back=back)


@section.post("/counter/undo/<int:number>", right=Right.UNDO_OWN)
def undo(desk: Desk, number: int) -> Answer:
    """An award or an adjustment is taken back; once more changes nothing."""
    customer = profiles.get(desk.session, ledger.get(desk.session, number).customer_id)
    who = words.name(desk, customer)
    try:
        done = counter.undo(desk.session, number, hands.hand(desk))
    except AlreadyUndone:
        return desk.done(words.ALREADY.in_(desk.locale), to=_back(desk, customer))
    back = _back(desk, None if done.reversal.customer_undone else customer)
    return desk.done(words.undone(desk, done, who), to=back)


def _back(desk: Desk, customer: Customer | None) -> str:
    """The page it came from; None: the customer is gone, and their pages with them."""
    asked = desk.args.get("back", "")
    if asked in OF_CUSTOMER and customer is not None:
        return url_for(OF_CUSTOMER[asked], public_id=customer.public_id)
    return url_for(BACK.get(asked, BACK["index"]))


def _record(desk: Desk, given: dict[str, Any]) -> Award | Waiting | AskedBack | AskedAgain:
    look = slips.find(desk, given["who"], given["chosen"], given["chosen_for"])
    if not look.is_somebody:
        raise NobodyMeant
    receipt = award.parse_receipt(given["receipt"]) if given["receipt"] else None
    named = look.customer.public_id if look.customer is not None else look.phone
    line = f"{named} {given['amount']}"  # the same person and amount in other words are the same question
    order = Order(
        given["amount"],
        receipt,
        line,
        look.customer,
        look.phone,
        may_answer=given["again"],
        pay_points=given["pay"],
    )
    try:
        return counter.award(desk.session, order, hands.hand(desk))
    except ReceiptTaken as taken:
        raise words.ReceiptNamed(desk, taken, words.name(desk, look.customer, look.phone)) from taken


def _awarded(desk: Desk, done: Award) -> Response:
    """The same form sent twice gets the same answer; the same receipt again is told apart."""
    if not done.is_new and done.purchase.key != desk.key:
        return desk.done(words.repeated(desk, done), to=url_for(".index"))
    way_back = Undo(url_for(".undo", number=done.entry.id), desk.t("Hoàn tác", "Undo"))
    return desk.done(words.awarded(desk, done), to=url_for(".index"), undo=way_back)


def _refused(desk: Desk, form: Form) -> Answer:
    """The page with what is wrong beside its fields."""
    seen = slips.see(desk, form)
    if not seen.look.is_somebody and seen.look.problem is not None:
        form.errors.pop("", None)
        form.refuse("who", seen.look.problem.in_(desk.locale, typed=seen.look.typed))
    return _page(desk, form, seen), 422


def _page(desk: Desk, form: Form, seen: Seen, question: AskedBack | AskedAgain | None = None) -> str:
    return desk.render(
        "counter/index.html",
        form=form,
        seen=seen,
        question=question,
        recent=_just_now(desk),
        asked=_asked(desk),
        **_shown(desk),
    )


def _shown(desk: Desk) -> dict[str, Callable[[Any], Any]]:
    """How the page writes people and multipliers."""
    return {
        "people": lambda customers: persons.show_all(desk.session, customers),
        "times": lambda multiplier: words.times(desk, multiplier),
    }


def _just_now(desk: Desk) -> Sequence[Shown]:
    """What this person recorded last today."""
    today = desk.shop.day(desk.now)
    mine = Choice(Period.of(today, today), staff_id=desk.member.id)
    return bills.show_all(desk, rows.bills(desk.session, mine, limit=JUST_NOW))


def _asked(desk: Desk) -> Sequence[requests.Shown]:
    """What this person sent for approval today that is no award (yet)."""
    since = desk.shop.midnight(desk.shop.day(desk.now))
    mine = approvals.list_unapproved(desk.session, desk.member, kinds=kinds.kinds(), since=since, limit=JUST_NOW)
    return requests.show_all(desk, mine)
