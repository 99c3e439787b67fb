"""From the demo to a real shop: asked for here, done by a worker, followed on the same page."""

from datetime import timedelta

from flask import url_for

from loyalty.choices import chosen
from loyalty.console.desk import Desk
from loyalty.console.forms import Form, FormSchema, Text
from loyalty.console.section import Answer
from loyalty.console.settings.here import section
from loyalty.demo import farewell, ground
from loyalty.staff.permissions import Right
from loyalty.typed import fold

SLOW = timedelta(seconds=20)  # without a step for so long nobody seems to work on it


class Goodbye(FormSchema):
    name = Text(required=True, longest=chosen.LONGEST["name"])


@section.get("/settings/real", right=Right.SETTINGS)
def real(desk: Desk) -> Answer:
    """What stays, what goes, how far it is, and how to start afterwards."""
    return _page(desk, desk.form(Goodbye))


@section.get("/settings/real/progress", right=Right.SETTINGS)
def progress(desk: Desk) -> Answer:
    """The bar alone, asked for again and again while the work goes on."""
    return desk.render("settings/real_progress.html", **_state(desk))


@section.post("/settings/real", right=Right.SETTINGS)
def leave(desk: Desk) -> Answer:
    """Take the demo away, once the shop's name was typed."""
    form = desk.form(Goodbye)
    wanted = chosen.of(desk.session).name
    given = form.read()
    if given is not None and fold.fold(given["name"]) != fold.fold(wanted):
        form.refuse("name", desk.t("Gõ đúng tên: «{name}»", "Type exactly: “{name}”").format(name=wanted))
    if form.errors or not form.carry_out(
        lambda _given: farewell.ask(desk.session, desk.member, by=desk.author.actor, now=desk.now)
    ):
        return _page(desk, form), 422
    desk.note("demo_left", "shop")
    return desk.go(url_for(".real"))


def _page(desk: Desk, form: Form) -> str:
    people = ground.count_people(desk.session, demo=True) if desk.shop.demo else 0
    return desk.render(
        "settings/real.html", form=form, here=chosen.of(desk.session), people=people, member=desk.member, **_state(desk)
    )


def _state(desk: Desk) -> dict[str, object]:
    found = farewell.find(desk.session)
    is_slow = found is not None and found.finished_at is None and desk.now - found.due_at > SLOW
    return {"farewell": found, "is_slow": is_slow}
