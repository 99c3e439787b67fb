"""Webhooks: receivers added, tested, followed attempt by attempt, told again."""

from typing import Any
from urllib.parse import urlsplit

from flask import url_for

from loyalty.console.connections import words
from loyalty.console.connections.here import section
from loyalty.console.desk import Desk, Undo
from loyalty.console.forms import Form, FormSchema, Many, Moment, Text, WholeNumber
from loyalty.console.proof import ask_again
from loyalty.console.section import Answer
from loyalty.hooks import deliveries, events, feed, subscriptions
from loyalty.hooks.models import Webhook
from loyalty.hooks.subscriptions import Change
from loyalty.staff.permissions import Right

PAGE = 30
NAMES = dict(events.NAMES.values())


class Receiver(FormSchema):
    """No event ticked stands for all of them."""

    name = Text(longest=subscriptions.LONGEST_NAME)
    url = Text(required=True, longest=2000)
    events = Many(list(NAMES))


class Replay(FormSchema):
    since = Moment(required=True)


class FromAttempt(FormSchema):
    delivery = WholeNumber(required=True, low=1)


@section.get("/connections/webhooks/new", right=Right.KEYS)
def new(desk: Desk) -> Answer:
    """A form for one more receiver."""
    return ask_again(desk, url_for(".new")) or _form_page(desk, desk.form(Receiver, events=[]), None)


@section.post("/connections/webhooks", right=Right.KEYS)
def add(desk: Desk) -> Answer:
    """One more receiver. The page that follows shows its secret, and no other ever will."""
    if asked := ask_again(desk, url_for(".new")):
        return asked
    form = desk.form(Receiver)

    def make(given: dict[str, Any]) -> tuple[Webhook, str]:
        name, wanted = given["name"] or _host(given["url"]), given["events"] or [events.ALL]
        return subscriptions.create(desk.session, name, given["url"], wanted, now=desk.now)

    if not form.carry_out(make):
        return _form_page(desk, form, None), 422
    webhook, secret = form.result
    desk.note("webhook_created", subscriptions.subject(webhook))
    return desk.render("connections/secret.html", webhook=webhook, secret=secret, is_new=True)


@section.get("/connections/webhooks/<public_id>", right=Right.KEYS)
def show(desk: Desk, public_id: str) -> Answer:
    """One receiver: how it stands, what became of each attempt."""
    webhook = subscriptions.get_public(desk.session, public_id)
    return _show_page(desk, webhook, desk.form(Replay))


@section.get("/connections/webhooks/<public_id>/edit", right=Right.KEYS)
def edit(desk: Desk, public_id: str) -> Answer:
    """Its name, address and events."""
    if asked := ask_again(desk, url_for(".edit", public_id=public_id)):
        return asked
    webhook = subscriptions.get_public(desk.session, public_id)
    wanted = [name for name in webhook.events if name != events.ALL]
    url = subscriptions.url_of(desk.session, webhook)
    return _form_page(desk, desk.form(Receiver, name=webhook.name, url=url, events=wanted), webhook)


@section.post("/connections/webhooks/<public_id>", right=Right.KEYS)
def save(desk: Desk, public_id: str) -> Answer:
    """Another name, address or choice of events."""
    if asked := ask_again(desk, url_for(".edit", public_id=public_id)):
        return asked
    webhook, form = subscriptions.get_public(desk.session, public_id), desk.form(Receiver)

    def change(given: dict[str, Any]) -> None:
        name, wanted = given["name"] or _host(given["url"]), given["events"] or [events.ALL]
        subscriptions.change(desk.session, webhook, Change(name, given["url"], wanted), now=desk.now)

    if not form.carry_out(change):
        return _form_page(desk, form, webhook), 422
    desk.note("webhook_changed", subscriptions.subject(webhook))
    return desk.done(desk.t("Đã lưu.", "Saved."), to=_home(webhook))


@section.post("/connections/webhooks/<public_id>/pause", right=Right.KEYS)
def pause(desk: Desk, public_id: str) -> Answer:
    """Tell it nothing for now; what happens meanwhile waits."""
    webhook = subscriptions.get_public(desk.session, public_id)
    subscriptions.pause(desk.session, webhook)
    desk.note("webhook_paused", subscriptions.subject(webhook))
    text = desk.t("Đã tạm dừng. Chuyện xảy ra từ giờ sẽ chờ.", "Paused. What happens from now on waits.")
    undo = Undo(url_for(".resume", public_id=public_id), desk.t("Chạy tiếp", "Resume"))
    return desk.done(text, to=_home(webhook), undo=undo)


@section.post("/connections/webhooks/<public_id>/resume", right=Right.KEYS)
def resume(desk: Desk, public_id: str) -> Answer:
    """Go on where it stands."""
    webhook = subscriptions.get_public(desk.session, public_id)
    subscriptions.resume(desk.session, webhook, now=desk.now)
    desk.note("webhook_resumed", subscriptions.subject(webhook))
    return desk.done(desk.t("Đang gửi tiếp từ chỗ dừng.", "Going on where it stood."), to=_home(webhook))


@section.post("/connections/webhooks/<public_id>/test", right=Right.KEYS)
def send_test(desk: Desk, public_id: str) -> Answer:
    """Send one test event; the page shows what becomes of it."""
    webhook = subscriptions.get_public(desk.session, public_id)
    subscriptions.ask_test(desk.session, webhook)
    desk.note("webhook_tested", subscriptions.subject(webhook))
    return desk.go(_home(webhook))


@section.post("/connections/webhooks/<public_id>/secret", right=Right.KEYS)
def rotate(desk: Desk, public_id: str) -> Answer:
    """A new secret, shown once."""
    if asked := ask_again(desk, url_for(".show", public_id=public_id)):
        return asked
    webhook = subscriptions.get_public(desk.session, public_id)
    secret = subscriptions.rotate(desk.session, webhook, now=desk.now)
    desk.note("webhook_secret_rotated", subscriptions.subject(webhook))
    return desk.render("connections/secret.html", webhook=webhook, secret=secret, is_new=False)


@section.post("/connections/webhooks/<public_id>/replay", right=Right.KEYS)
def replay(desk: Desk, public_id: str) -> Answer:
    """Tell it everything since a time again."""
    webhook, form = subscriptions.get_public(desk.session, public_id), desk.form(Replay)
    given = form.read()
    if given is not None and given["since"] > desk.now:
        form.refuse("since", desk.t("Chọn một lúc đã qua.", "Choose a time that has passed."))
    if given is None or form.errors:
        return _show_page(desk, webhook, form), 422
    return _told_again(desk, webhook, feed.before_time(desk.session, given["since"]))


@section.post("/connections/webhooks/<public_id>/replay-from", right=Right.KEYS)
def replay_from(desk: Desk, public_id: str) -> Answer:
    """Tell it the event of one attempt again, and all after it."""
    webhook = subscriptions.get_public(desk.session, public_id)
    given = desk.form(FromAttempt).read() or {"delivery": 0}
    found = deliveries.find(desk.session, webhook, given["delivery"])
    if found is None or found.activity_id is None:
        return desk.go(_home(webhook))
    return _told_again(desk, webhook, found.activity_id - 1)


@section.post("/connections/webhooks/<public_id>/remove", right=Right.KEYS)
def remove(desk: Desk, public_id: str) -> Answer:
    """Tell it nothing more. There is no way back: its secret is forgotten."""
    webhook = subscriptions.get_public(desk.session, public_id)
    subscriptions.remove(desk.session, webhook, now=desk.now)
    desk.note("webhook_removed", subscriptions.subject(webhook))
    text = desk.t("Đã gỡ webhook «{name}».", "Webhook “{name}” is removed.")
    return desk.done(text.format(name=webhook.name), to=url_for(".index"))


def _told_again(desk: Desk, webhook: Webhook, position: int) -> Answer:
    subscriptions.replay(desk.session, webhook, position, now=desk.now)
    desk.note("webhook_replayed", subscriptions.subject(webhook))
    return desk.done(desk.t("Đang gửi lại từ chỗ đó.", "Telling it again from there."), to=_home(webhook))


def _form_page(desk: Desk, form: Form, webhook: Webhook | None) -> str:
    offered = [(name, said.in_(desk.locale)) for name, said in NAMES.items()]
    return desk.render("connections/receiver.html", form=form, webhook=webhook, offered=offered)


def _show_page(desk: Desk, webhook: Webhook, form: Form) -> str:
    session, failed_only = desk.session, desk.args.get("only") == "failed"
    typed = desk.args.get("before", "")
    before = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 16 else None
    rows = deliveries.list_newest(session, webhook, failed_only=failed_only, before=before, limit=PAGE + 1)
    only = "failed" if failed_only else None
    older = url_for(".show", public_id=webhook.public_id, only=only, before=rows[PAGE - 1].id) if rows[PAGE:] else None
    return desk.render(
        "connections/webhook.html",
        webhook=webhook,
        url=subscriptions.url_of(session, webhook),
        rows=[(row, deliveries.response_of(session, row)) for row in rows[:PAGE]],
        more=older,
        failed_only=failed_only,
        form=form,
        states=words.STATES,
        fault=words.fault,
        names=NAMES,
    )


def _home(webhook: Webhook) -> str:
    return url_for(".show", public_id=webhook.public_id)


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or "?"
    except ValueError:
        return "?"  # the address itself is refused with its reason
