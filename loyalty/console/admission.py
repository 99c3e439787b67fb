"""Who may see a page: it is asked before a page opens, and before anything leads to it."""

from flask import current_app

from loyalty.console.desk import Desk
from loyalty.console.section import PUBLIC, Asked, Open
from loyalty.staff import permissions


def admits(right: Asked, desk: Desk) -> bool:
    """Whether whoever sits at the desk may."""
    if isinstance(right, Open):
        return right is PUBLIC or desk.seat is not None
    return desk.seat is not None and permissions.may(desk.seat.member.role, right)


def is_open(endpoint: str, desk: Desk) -> bool:
    """Whether there is such a page, and it is for whoever sits at the desk."""
    view = current_app.view_functions.get(endpoint)
    return view is not None and admits(getattr(view, "required_right", PUBLIC), desk)
