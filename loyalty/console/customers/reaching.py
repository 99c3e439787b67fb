"""Which ways a message to this customer may go at this moment, what each costs, and why the others may not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from loyalty.console.customers.here import render, section
from loyalty.console.desk import Desk
from loyalty.console.section import Answer
from loyalty.customers import profiles
from loyalty.messaging import routes, way_words, ways
from loyalty.messaging.ways import KINDS, Purpose, Way
from loyalty.staff.permissions import Right


@dataclass(frozen=True, slots=True)
class Line:
    """One way. `until`: while allowed, its end; else from when it may be tried again, if time mends it."""

    way: str
    channel: str
    price: str
    is_allowed: bool
    why: str
    until: datetime | None
    template: str


@section.get("/customers/<public_id>/ways", right=Right.FIND)
def reached(desk: Desk, public_id: str) -> Answer:
    """For one purpose (`purpose`), the offers first."""
    customer = profiles.get_public(desk.session, public_id)
    asked = desk.args.get("purpose", "")
    purpose = asked if asked in KINDS else str(Purpose.PROMOTION)
    found = routes.of(desk.session, customer.id, purpose, now=desk.now)
    return render(
        desk,
        "ways.html",
        customer,
        lines=[_line(desk, way) for way in found],
        purpose=purpose,
        purposes=[(kind, way_words.PURPOSES[kind].in_(desk.locale)) for kind in KINDS],
        verdict=_verdict(desk, found),
        is_going=ways.best(found) is not None,
    )


def _line(desk: Desk, way: Way) -> Line:
    return Line(
        way_words.route(way, desk.locale),
        way.chat.kind,
        way_words.priced(way, desk.locale),
        way.is_allowed,
        way_words.why(way, desk.locale),
        way.until,
        way.choice.title if way.choice else "",
    )


def _verdict(desk: Desk, found: Sequence[Way]) -> str:
    """What would happen now."""
    if (way := ways.best(found)) is not None:
        text = desk.t("Bây giờ sẽ gửi bằng: {way}.", "Now it would go by: {way}.")
        return text.format(way=way_words.route(way, desk.locale))
    if (until := ways.held_until(found)) is not None:
        text = desk.t("Bây giờ chưa gửi, chờ đến {at}.", "Now it would wait until {at}.")
        return text.format(at=f"{until.astimezone(desk.shop.timezone):%H:%M %d/%m/%Y}")
    if not found:
        return desk.t("Khách chưa có chat nào.", "They have no chat.")
    reason = ways.why(found)
    told = next((way for way in found if way.reason == reason), found[0])
    text = desk.t("Bây giờ không gửi được: {why}.", "Now it would not go: {why}.")
    return text.format(why=way_words.why(told, desk.locale))
