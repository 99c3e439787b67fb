"""Each channel: is it on, does it send and receive, how it is set up; and what `loyalty doctor` says, on a page."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for

from loyalty.alerts import raising
from loyalty.channels import accounts, outages
from loyalty.channels.models import ChannelAccount, ChannelOutage, ChannelToken
from loyalty.console.channels import connecting, linking, menus, standing, steps, words
from loyalty.console.channels.here import section
from loyalty.console.channels.linking import Door, Tagging
from loyalty.console.channels.standing import Figure, Other
from loyalty.console.channels.steps import Step
from loyalty.console.desk import Desk, Undo
from loyalty.console.section import Answer
from loyalty.errors import NotFound
from loyalty.installation import checks
from loyalty.installation.checks import Check
from loyalty.installation.cures import CURES, FINE
from loyalty.messaging import inbox, traffic
from loyalty.settings import SECRETS
from loyalty.staff.permissions import Right

INSTANTS = ("at", "expires_at", "since")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of .env: its name, whether it is set, and its value unless it is a secret."""

    name: str
    is_set: bool
    value: str


@dataclass(frozen=True, slots=True)
class Ticked:
    """A step of the set-up; `is_done` is None where nobody can see it from here."""

    step: Step
    is_done: bool | None
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Card:
    """One channel as it stands. `lost`: (reason in words, how many) of the last 24 hours."""

    kind: str
    name: str
    external_id: str
    is_on: bool
    row: ChannelAccount | None
    outage: ChannelOutage | None
    is_off_by_hand: bool
    last_event: datetime | None
    last_sent: datetime | None
    lost: Sequence[tuple[str, int]]
    token: ChannelToken | None
    webhook: str
    steps: Sequence[Ticked]
    figures: Sequence[Figure] = ()
    others: Sequence[Other] = ()
    usable: Sequence[str] = ()  # accounts a link may open, where there are several
    doors: Sequence[Door] = ()
    tagging: Sequence[Tagging] = ()
    callback: str = ""  # where a consent comes back to; "" where there is none to ask for

    @property
    def done(self) -> int:
        return sum(bool(each.is_done) for each in self.steps)

    @property
    def lacks_token(self) -> bool:
        """Whether it needs a token that rotates, and has none that is good."""
        return self.kind in steps.ROTATING and (self.token is None or self.token.state != "ok")


@dataclass(frozen=True, slots=True)
class Said:
    """A check in words; `cure` is what to do about a fault."""

    text: str
    cure: str | None


@section.get("/channels", right=Right.CHANNELS)
def index(desk: Desk) -> Answer:
    """Both channels, and what waits for a person."""
    return desk.render("channels/index.html", cards=[_card(desk, kind) for kind in steps.NAMES], waits=_waits(desk))


@section.get("/channels/checks", right=Right.CHANNELS)
def look_at(desk: Desk) -> Answer:
    """What `loyalty doctor` says."""
    found = [_said(desk, check) for check in _checks(desk)]
    return desk.render("channels/checks.html", found=found, ill=sum(said.cure is not None for said in found))


@section.get("/channels/of/<kind>", right=Right.CHANNELS)
def show(desk: Desk, kind: str) -> Answer:
    """One channel, with its set-up step by step."""
    _known(kind)
    return desk.render("channels/show.html", card=_card(desk, kind), has_menu=kind in menus.settable())


@section.post("/channels/of/<kind>/off", right=Right.CHANNELS)
def switch_off(desk: Desk, kind: str) -> Answer:
    """Nothing leaves through it until a person switches it on again; what comes in is worked through and waits."""
    account = _account(desk, kind)
    accounts.stop(desk.session, account.id, accounts.BY_HAND, now=desk.now)
    desk.note("channel_off", f"channel:{kind}", account=account.external_id)
    back = url_for(".switch_on", kind=kind, account=account.external_id)
    undo = Undo(back, desk.t("Bật lại", "Switch on"))
    text = desk.t("Đã tắt gửi qua {name}.", "Nothing leaves through {name}.").format(name=steps.NAMES[kind])
    return desk.done(text, to=url_for(".show", kind=kind), undo=undo)


@section.post("/channels/of/<kind>/on", right=Right.CHANNELS)
def switch_on(desk: Desk, kind: str) -> Answer:
    """It sends again, after a person or the platform stopped it; refused once more, it stops anew."""
    account = _account(desk, kind)
    if account.stopped_at is not None:
        accounts.resume(desk.session, account.id)
        for told in ("channel_stopped", "channel_blocked"):
            raising.close(desk.session, told, f"{kind}:{account.external_id}", now=desk.now)
        desk.note("channel_on", f"channel:{kind}", account=account.external_id)
    text = desk.t("{name} gửi lại từ bây giờ.", "{name} sends again.").format(name=steps.NAMES[kind])
    return desk.done(text, to=url_for(".show", kind=kind))


def _known(kind: str) -> None:
    if kind not in steps.NAMES:
        raise NotFound(kind)


def _account(desk: Desk, kind: str) -> ChannelAccount:
    """The row of the account that `?account=` names, else of the one in the settings. Raises NotFound."""
    _known(kind)
    named = desk.args.get("account", "")
    row = accounts.find(desk.session, kind, named[:64]) if named else _row(desk, kind)
    if row is None:
        raise NotFound(kind)
    return row


def _row(desk: Desk, kind: str) -> ChannelAccount | None:
    external_id = getattr(desk.settings, steps.ACCOUNT[kind])
    return accounts.find(desk.session, kind, external_id) if external_id else None


def _card(desk: Desk, kind: str) -> Card:
    row, external_id = _row(desk, kind), getattr(desk.settings, steps.ACCOUNT[kind])
    lost = traffic.count_lost(desk.session, now=desk.now)[row.id] if row else Counter()
    last_event = inbox.last_received(desk.session, kind, external_id) if external_id else None
    token = desk.session.get(ChannelToken, row.id) if row else None
    usable, places = linking.doors_of(desk, kind)
    return Card(
        kind=kind,
        name=steps.NAMES[kind],
        external_id=external_id,
        is_on=steps.is_on(desk.settings, kind),
        row=row,
        outage=outages.find(desk.session, row.id) if row else None,
        is_off_by_hand=row is not None and row.stopped_reason == accounts.BY_HAND,
        last_event=last_event,
        last_sent=traffic.last_sent(desk.session, row.id) if row else None,
        lost=[(words.reason(reason, desk.locale), count) for reason, count in sorted(lost.items())],
        token=token,
        webhook=f"{desk.settings.base_url}/webhooks/{kind}",
        steps=_ticked(desk, kind, _seen(desk, token, last_event)),
        figures=standing.figures_of(desk, row) if row else (),
        others=standing.others_of(desk, kind, external_id),
        usable=usable,
        doors=places,
        tagging=linking.tagging_of(desk, kind),
        callback=connecting.callback_of(kind),
    )


def _seen(desk: Desk, token: ChannelToken | None, last_event: datetime | None) -> frozenset[str]:
    """What shows that a step is done."""
    shown = {
        steps.PUBLIC: checks.is_public(desk.settings.base_url),
        steps.TOKEN: token is not None and token.state == "ok",
        steps.WEBHOOK: last_event is not None,
    }
    return frozenset(name for name, is_so in shown.items() if is_so)


def _ticked(desk: Desk, kind: str, seen: frozenset[str]) -> list[Ticked]:
    return [
        Ticked(step, steps.is_done(step, desk.settings, seen), [_line(desk, name) for name in step.variables])
        for step in steps.STEPS[kind]
    ]


def _line(desk: Desk, name: str) -> Line:
    value = getattr(desk.settings, name)
    shown = "" if name.upper() in SECRETS else str(value)
    is_set = checks.is_public(value) if name == "base_url" else bool(value)
    return Line(f"LOYALTY_{name.upper()}", is_set, shown)


def _waits(desk: Desk) -> list[Said]:
    """What stands still until a person looks."""
    queues = checks.of_queues(desk.session, now=desk.now)
    return [_said(desk, check) for check in queues if check.fault and check.name in ("inbox", "parked", "unknown")]


def _checks(desk: Desk) -> list[Check]:
    session, settings, now = desk.session, desk.settings, desk.now
    on = [kind for kind in steps.NAMES if steps.is_on(settings, kind)]
    found = [*checks.of_machine(settings), *checks.of_shop(session, settings, connected=bool(on))]
    for kind in on:
        own = getattr(settings, steps.ACCOUNT[kind])
        for external_id in (own, *(other.external_id for other in standing.others_of(desk, kind, own))):
            found += checks.of_channel(session, settings, kind, external_id, now=now)
    return [*found, *checks.of_queues(session, now=now), checks.of_backups(session, settings, now=now)]


def _said(desk: Desk, check: Check) -> Said:
    zone = desk.shop.timezone
    facts: dict[str, Any] = {
        name: f"{fact.astimezone(zone):%H:%M %d/%m/%Y}" if name in INSTANTS and fact else fact
        for name, fact in check.facts.items()
    }
    named = facts | {"channel": steps.NAMES.get(facts.get("channel", ""), "")}  # a cure names the folder instead
    if check.fault is None:
        return Said(FINE[check.name].in_(desk.locale, **named), None)
    wrong, cure = CURES[check.fault]
    return Said(wrong.in_(desk.locale, **named), cure.in_(desk.locale, **facts))
