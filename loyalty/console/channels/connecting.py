"""Connecting an account from here: a page that leads to the platform's own, where an administrator consents."""

from flask import current_app, make_response

from loyalty.channels.connectors import COOKIE, EXTENSION, Connector, Connectors
from loyalty.channels.granting import LIVES
from loyalty.console.channels import steps
from loyalty.console.channels.here import section
from loyalty.console.desk import SOURCE, Desk
from loyalty.console.section import Answer
from loyalty.errors import NotFound
from loyalty.staff.permissions import Right

BACK = "/channels/{kind}/callback"


def callback_of(kind: str) -> str:
    """Where a consent of this kind comes back to; "" where there is none to ask for."""
    found = _connectors().get(kind)
    return found.callback if found is not None else ""


@section.post("/channels/of/<kind>/connect", right=Right.SETTINGS)
def connect(desk: Desk, kind: str) -> Answer:
    """The way to the platform, good for ten minutes and in this browser: for the account of the settings."""
    return _send_off(desk, kind, getattr(desk.settings, steps.ACCOUNT[kind]) if kind in steps.ACCOUNT else "")


@section.post("/channels/of/<kind>/connect/another", right=Right.SETTINGS)
def connect_another(desk: Desk, kind: str) -> Answer:
    """The same for whichever account consents, besides that of the settings."""
    return _send_off(desk, kind, "")


def _send_off(desk: Desk, kind: str, wanted: str) -> Answer:
    connector = _connector(kind)
    desk_by = desk.author.actor
    journey = connector.begin(
        desk.session, wanted=wanted or None, by=desk_by, source=SOURCE, in_browser=True, now=desk.now
    )
    page = desk.render(
        "channels/connect.html", kind=kind, name=steps.NAMES[kind], journey=journey, wanted=wanted, minutes=_minutes()
    )
    answer = make_response(page)
    answer.set_cookie(
        COOKIE,
        journey.browser,
        max_age=int(LIVES.total_seconds()),
        secure=desk.settings.base_url.startswith("https://"),
        httponly=True,
        samesite="Lax",
        path=BACK.format(kind=kind),
    )
    desk.note("channel_connecting", f"channel:{kind}")
    return answer


def _minutes() -> int:
    return int(LIVES.total_seconds() // 60)


def _connector(kind: str) -> Connector:
    """Raises NotFound for a kind without consents, or without an app."""
    found = _connectors().get(kind)
    if found is None:
        raise NotFound(kind)
    return found


def _connectors() -> Connectors:
    made: Connectors = current_app.extensions.get(EXTENSION, {})
    return made
