"""The menu customers find in a channel, set on the platform by a button."""

from collections.abc import Callable, Mapping

from flask import current_app, url_for

from loyalty.console.channels import steps
from loyalty.console.channels.here import section
from loyalty.console.desk import Desk
from loyalty.console.section import Answer
from loyalty.errors import NotFound
from loyalty.staff import audit
from loyalty.staff.permissions import Right

SetUp = Callable[[str], None]


def settable() -> Mapping[str, SetUp]:
    """How to set the menu of each channel that has one to be set; the web half was put together with them."""
    found: Mapping[str, SetUp] = current_app.extensions.get("loyalty_menus", {})
    return found


@section.post("/channels/of/<kind>/menu", right=Right.CHANNELS, writes=False)
def set_menu(desk: Desk, kind: str) -> Answer:
    """Button, greeting and menu as the program's own commands are; nothing is held while the platform is called."""
    if kind not in settable():
        raise NotFound(kind)
    settable()[kind](desk.shop.name)
    with desk.database.transaction() as session:
        audit.record_by(session, desk.author, "channel_set_up", f"channel:{kind}", now=desk.now)
    text = desk.t(
        "Đã đặt nút Bắt đầu, lời chào và trình đơn của {name}.", "Button, greeting and menu of {name} are set."
    )
    return desk.done(text.format(name=steps.NAMES[kind]), to=url_for(".show", kind=kind))
