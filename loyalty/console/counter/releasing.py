"""Points that wait for delivery or for somebody's word, made usable."""

from flask import url_for

from loyalty.console import hands
from loyalty.console.counter import words
from loyalty.console.counter.here import section
from loyalty.console.counter.serving import BACK, OF_CUSTOMER
from loyalty.console.desk import Desk
from loyalty.console.section import Answer
from loyalty.customers import profiles
from loyalty.points.counter import actions
from loyalty.purchases import recording
from loyalty.staff.permissions import Right
from loyalty.typed.money import format_points
from loyalty.words import Both

DONE = Both("{points} điểm của {who} nay dùng được.", "{points} points of {who} may be used now.")
BEFORE = Both("Điểm của đơn này đã dùng được từ trước.", "The points of this bill could be used before.")


@section.post("/counter/release/<public_id>", right=Right.AWARD)
def release(desk: Desk, public_id: str) -> Answer:
    """The points of a bill may be used; the same button twice does it once. Raises NothingPromised, NotByHand."""
    purchase = recording.get_public(desk.session, public_id)
    done = actions.release(desk.session, purchase.id, hands.hand(desk))
    customer = profiles.get(desk.session, purchase.customer_id)
    facts = {"points": format_points(done.entry.points, desk.locale), "who": words.name(desk, customer)}
    asked = desk.args.get("back", "")
    if asked in OF_CUSTOMER:
        back = url_for(OF_CUSTOMER[asked], public_id=customer.public_id)
    else:
        back = url_for(BACK.get(asked, BACK["day"]))
    return desk.done((DONE if done.is_new else BEFORE).in_(desk.locale, **facts), to=back)
