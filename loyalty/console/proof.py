"""Asking once more who somebody is before something that cannot be taken back."""

from flask import url_for
from werkzeug.wrappers import Response

from loyalty.console.desk import Desk
from loyalty.staff import sessions


def ask_again(desk: Desk, back: str) -> Response | None:
    """To the page that asks for the password, and from there to `back`; None when it was given just now."""
    if desk.seat is None or sessions.is_fresh(desk.seat.row, desk.now):
        return None
    return desk.go(url_for("console.me.confirm", next=back))
