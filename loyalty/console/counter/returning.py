"""Goods taken back: which of them, what that takes, and the way back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for

from loyalty.console import bills, hands
from loyalty.console.counter import words
from loyalty.console.counter.here import section
from loyalty.console.counter.serving import BACK
from loyalty.console.counter.slips import Amount
from loyalty.console.desk import Desk, Undo
from loyalty.console.forms import Form, FormSchema, Text, WholeNumber
from loyalty.console.section import Answer
from loyalty.customers import profiles
from loyalty.errors import LoyaltyError
from loyalty.insights.rows import Row
from loyalty.points import ledger
from loyalty.points.counter import actions
from loyalty.points.counter.actions import Back
from loyalty.points.returns import returning
from loyalty.points.returns.returning import Preview
from loyalty.purchases import recording, returns
from loyalty.purchases.models import Purchase, PurchaseLine, PurchaseReturn
from loyalty.purchases.returns import Goods, OverReturn
from loyalty.staff.permissions import Right

LINE = "line_"  # and the place of it on the bill


@dataclass(frozen=True, slots=True)
class Seen:
    """What can be said of the goods so far: what they come to, or why nothing can be."""

    preview: Preview | None = None
    problem: str = ""


@section.get("/counter/return/<public_id>", right=Right.RETURN)
def choose(desk: Desk, public_id: str) -> Answer:
    """The bill with its lines, and fields for what came back."""
    purchase = recording.get_public(desk.session, public_id)
    lines = recording.lines_of(desk.session, purchase)
    return _page(desk, purchase, lines, desk.form(_schema(lines)), Seen())


@section.post("/counter/return/<public_id>/look", right=Right.RETURN, writes=False)
def look_back(desk: Desk, public_id: str) -> Answer:
    """What the goods typed so far come to; nothing is written."""
    purchase = recording.get_public(desk.session, public_id)
    lines = recording.lines_of(desk.session, purchase)
    form = desk.form(_schema(lines))
    seen = _see(desk, purchase, form, lines)
    if desk.is_partial:
        return desk.render("counter/_back.html", seen=seen, form=form)
    return _page(desk, purchase, lines, form, seen)


@section.post("/counter/return/<public_id>", right=Right.RETURN)
def take_goods(desk: Desk, public_id: str) -> Answer:
    """The goods are taken back, the customer is told; the same form again is the same return."""
    purchase = recording.get_public(desk.session, public_id)
    lines = recording.lines_of(desk.session, purchase)
    form = desk.form(_schema(lines))
    if not form.carry_out(lambda given: _take_back(desk, purchase, given)):
        return _page(desk, purchase, lines, form, Seen()), 422
    done: Back = form.result
    way_back = Undo(url_for(".undo", number=done.returned.entry.id), desk.t("Hoàn tác", "Undo"))
    return desk.done(words.taken_back(desk, done), to=_back(desk, purchase), undo=way_back)


def _schema(lines: Sequence[PurchaseLine]) -> type[FormSchema]:
    """A field for each line that has pieces left, and those of any return."""
    pieces = {f"{LINE}{line.position}": WholeNumber(high=line.left) for line in lines if line.left}
    fields = {**pieces, "amount": Amount(), "reason": Text(longest=returns.LONGEST_REASON)}
    return type("ReturnSlip", (FormSchema,), fields)


def _goods(desk: Desk, given: Mapping[str, Any]) -> Goods:
    """Nothing chosen is all that is left: the page says so beside its button."""
    chosen = {int(name.removeprefix(LINE)): count for name, count in given.items() if name.startswith(LINE) and count}
    return Goods(given.get("amount"), chosen, reason=given.get("reason"), store_id=desk.member.store_id)


def _take_back(desk: Desk, purchase: Purchase, given: Mapping[str, Any]) -> Back:
    try:
        done = actions.take_back(desk.session, purchase.id, _goods(desk, given), hands.hand(desk))
    except OverReturn as refused:
        raise words.LeftNamed(desk, refused) from refused
    assert isinstance(done, Back), "a form that is sent twice has the same key: nothing is asked back"
    return done


def _see(desk: Desk, purchase: Purchase, form: Form, lines: Sequence[PurchaseLine]) -> Seen:
    if (given := form.read()) is None:
        return Seen()
    try:
        return Seen(returning.preview(desk.session, purchase.id, _goods(desk, given)))
    except OverReturn as refused:
        return Seen(problem=desk.sentence(words.LeftNamed(desk, refused)))
    except LoyaltyError as refused:
        return Seen(problem=desk.sentence(refused))


def _page(desk: Desk, purchase: Purchase, lines: Sequence[PurchaseLine], form: Form, seen: Seen) -> str:
    [bill] = bills.show_all(desk, [Row(purchase, ledger.earned_by(desk.session, purchase.id))])
    return desk.render(
        "counter/return.html",
        bill=bill,
        lines=lines,
        form=form,
        seen=seen,
        back=_back(desk, purchase),
        done=[_shown(desk, each) for each in returns.list_standing(desk.session, purchase.id)],
    )


def _shown(desk: Desk, done: PurchaseReturn) -> dict[str, Any]:
    return {"done": done, "by": desk.name_of(done.actor)}


def _back(desk: Desk, purchase: Purchase) -> str:
    """The page the return came from."""
    asked = desk.args.get("back", "")
    if asked == "customer":
        customer = profiles.get(desk.session, purchase.customer_id)
        return url_for("console.customers.purchases", public_id=customer.public_id)
    return url_for(BACK.get(asked, BACK["index"]))
