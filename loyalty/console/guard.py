"""Who comes in: the seat behind the cookie, the right a page asks for, the token of every form, one transaction."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any

from flask import current_app, make_response, redirect, request, url_for
from flask_wtf.csrf import validate_csrf
from sqlalchemy.orm import Session
from structlog import get_logger
from werkzeug.wrappers import Response
from wtforms.validators import ValidationError

from loyalty.console.admission import admits
from loyalty.console.desk import Desk
from loyalty.console.section import PUBLIC, Route, Section
from loyalty.db import Database
from loyalty.errors import Conflict, Forbidden, LoyaltyError, NotFound, RuleViolation, TooMany, Unauthenticated
from loyalty.staff import sessions
from loyalty.staff.permissions import NotAllowed

log = get_logger()
COOKIE = "kq_seat"
LANGUAGE = "kq_lang"
LANGUAGES = ("vi", "en")
STATUS = {NotFound: 404, Conflict: 409, RuleViolation: 422, Forbidden: 403, Unauthenticated: 401, TooMany: 429}


class FormExpired(Forbidden):
    """A form without its token, or with an old one: nothing was done."""

    code = "form_expired"


def guarded(section: Section, route: Route) -> Callable[..., Response]:
    """The view as Flask calls it."""

    def run(**kwargs: Any) -> Response:
        database: Database = current_app.extensions["loyalty_database"]
        try:
            if route.method == "POST":
                _check_token()
            ahead = _ahead(database, section, route, kwargs)
            with _opened(database, route) as session:
                desk = sit(session, section)
                desk.ahead = ahead
                if desk.seat is None and route.right is not PUBLIC:
                    return _to_sign_in()
                if not admits(route.right, desk):
                    raise NotAllowed(desk.member.role, route.right)  # type: ignore[arg-type]  # only a right is refused here
                response: Response = make_response(route.view(desk, **kwargs))
        except LoyaltyError as refused:
            response = _refused(database, section, refused)
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    run.__name__ = route.endpoint
    run.required_right = route.right  # type: ignore[attr-defined]  # read by the test that every route has one
    return run


def sit(session: Session, section: Section) -> Desk:
    """The desk of this request: who sits there, seen just now."""
    database: Database = current_app.extensions["loyalty_database"]
    now = current_app.extensions["loyalty_clock"]()
    seat = sessions.find(session, request.cookies.get(COOKIE, ""), now=now)
    if seat is not None:
        _touch(database, session, seat, now)
    asked = request.cookies.get(LANGUAGE, "")
    locale = asked if asked in LANGUAGES else session.info["shop"].locale
    settings = current_app.extensions["loyalty_settings"]
    return Desk(session, database, settings, seat, now, locale, section.refusals)


def give_seat(response: Response, token: str) -> Response:
    """Send the browser away with its seat."""
    secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
    response.set_cookie(COOKIE, token, secure=secure, httponly=True, samesite="Lax", path="/console")
    return response


def take_seat(response: Response) -> Response:
    """The browser has no seat from then on."""
    response.delete_cookie(COOKIE, path="/console")
    return response


def _touch(database: Database, session: Session, seat: sessions.Seat, now: Any) -> None:
    is_polling = request.method == "GET" and "HX-Request" in request.headers  # a page left open is no sign of life
    if is_polling or seat.row.last_seen_at > now - sessions.TOUCH_EVERY:
        return
    if session.get_bind().get_execution_options().get("loyalty_read_only"):
        with database.transaction() as writing:
            sessions.touch(writing, seat.row, now=now)
    else:
        sessions.touch(session, seat.row, now=now)


def _check_token() -> None:
    try:
        validate_csrf(request.form.get("csrf_token") or request.headers.get("X-CSRFToken"))
    except ValidationError:
        raise FormExpired from None


def _opened(database: Database, route: Route) -> AbstractContextManager[Session]:
    return database.transaction() if route.writes else database.read_only()


def _ahead(database: Database, section: Section, route: Route, named: Mapping[str, Any]) -> Any:
    """What a page reads before its transaction; nothing for who may not come in."""
    if route.ahead is None:
        return None
    with database.read_only() as session:
        desk = sit(session, section)
        return route.ahead(desk, **named) if desk.seat is not None and admits(route.right, desk) else None


def _to_sign_in() -> Response:
    """To the way in, and back to this page afterwards."""
    wanted = request.full_path.rstrip("?") if request.method == "GET" else None
    place = url_for("console.signing_in.sign_in", next=wanted)
    if "HX-Request" in request.headers:  # a part of a page cannot become the way in
        return Response("", 204, {"HX-Redirect": place})
    return redirect(place, 303)


def _refused(database: Database, section: Section, refused: LoyaltyError) -> Response:
    if refused.noted:
        with database.transaction() as session:
            sit(session, section).note_refused(refused)
    status = next((STATUS[kind] for kind in type(refused).mro() if kind in STATUS), 422)
    with database.read_only() as session:
        desk = sit(session, section)
        text = desk.sentence(refused)
        page = desk.render("error.html", text=text, status=status, back=_back())
    return make_response(page, status)


def _back() -> str | None:
    """The page one came from, when it is one of ours."""
    referrer = request.referrer or ""
    return referrer if referrer.startswith(request.host_url) else None
