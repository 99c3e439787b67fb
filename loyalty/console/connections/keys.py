"""API keys: made with what they may do in words, shown once, revoked for good."""

from flask import url_for

from loyalty.api import scopes
from loyalty.console.connections import words
from loyalty.console.connections.here import section
from loyalty.console.desk import Desk
from loyalty.console.forms import Choice, Form, FormSchema, Many, Text
from loyalty.console.proof import ask_again
from loyalty.console.section import Answer
from loyalty.hooks import subscriptions
from loyalty.staff import keys, sessions
from loyalty.staff.permissions import Right


class Scopes(Many):
    """Scopes of the resources there are."""

    def __init__(self) -> None:
        Choice.__init__(self, [])

    def read(self, value: str) -> str:
        self.offered = frozenset(scopes.known())
        return str(super().read(value))


class NewKey(FormSchema):
    name = Text(required=True, longest=keys.LONGEST_NAME)
    scopes = Scopes()


@section.get("/connections", right=Right.KEYS)
def index(desk: Desk) -> Answer:
    """Keys and receivers, with the way to more of each."""
    return _page(desk, desk.form(NewKey))


@section.post("/connections/keys", right=Right.KEYS)
def add_key(desk: Desk) -> Answer:
    """One more key. The page that follows shows it, and no other ever will."""
    if asked := ask_again(desk, url_for(".index")):
        return asked
    form = desk.form(NewKey)
    by, now = desk.author, desk.now
    if not form.carry_out(lambda given: keys.create(desk.session, given["name"], given["scopes"], by=by, now=now)):
        return _page(desk, form), 422
    key, plain = form.result
    may = words.granted(key.scopes, desk.locale)
    return desk.render("connections/key.html", key=key, plain=plain, may=may, base_url=desk.settings.base_url)


@section.post("/connections/keys/<public_id>/revoke", right=Right.KEYS)
def revoke_key(desk: Desk, public_id: str) -> Answer:
    """Refuse a key from now on. There is no way back: whoever was not meant to have it still has it."""
    key = keys.revoke(desk.session, public_id, by=desk.author, now=desk.now)
    text = desk.t(
        "Đã thu hồi khóa «{name}». Cần lại thì tạo khóa mới.", "“{name}” is revoked. Make a new key if needed."
    )
    return desk.done(text.format(name=key.name), to=url_for(".index"))


def _page(desk: Desk, form: Form) -> str:
    found = keys.list_all(desk.session)
    return desk.render(
        "connections/index.html",
        form=form,
        is_fresh=desk.seat is not None and sessions.is_fresh(desk.seat.row, desk.now),
        keys=[(key, words.granted(key.scopes, desk.locale)) for key in found if key.revoked_at is None],
        revoked=[key for key in found if key.revoked_at is not None],
        offered=words.offered(desk.locale),
        webhooks=subscriptions.list_newest(desk.session),
        states=words.STATES,
        fault=words.fault,
    )
