"""What a page works with: who sits there, the request's one session, words in their language, the ways to answer."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from flask import current_app, flash, redirect, render_template, request
from flask_wtf.csrf import generate_csrf
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from loyalty.choices import sending
from loyalty.choices.sending import Stop
from loyalty.console import authors, refusals
from loyalty.console.forms import Form, FormSchema
from loyalty.console.section import Refusal
from loyalty.db import Database
from loyalty.errors import LoyaltyError
from loyalty.pictures import addresses
from loyalty.programme import versions
from loyalty.programme.document import Programme
from loyalty.settings import Settings
from loyalty.shop import Shop
from loyalty.staff import audit, permissions
from loyalty.staff.audit import Author
from loyalty.staff.models import StaffMember
from loyalty.staff.permissions import Right
from loyalty.staff.sessions import Seat

SOURCE = "console"
FORM_KEY = "form_key"
STRANGE = re.compile(r"[^A-Za-z0-9_-]")  # in the name of a form


class Undo(NamedTuple):
    """A way back: the address of the act that undoes, and what its button says."""

    url: str
    label: str


@dataclass
class Desk:
    """One request at the console."""

    session: Session
    database: Database
    settings: Settings
    seat: Seat | None
    now: datetime
    locale: str
    known: Mapping[str, Refusal] = field(default_factory=dict)  # the refusals this section has sentences for
    ahead: Any = None  # what the route read before its transaction

    @property
    def member(self) -> StaffMember:
        """Who sits here; only pages for people who have signed in ask."""
        assert self.seat is not None
        return self.seat.member

    @property
    def shop(self) -> Shop:
        found = self.session.info["shop"]
        assert isinstance(found, Shop)
        return found

    @property
    def author(self) -> Author:
        return Author.of(self.member, SOURCE)

    @property
    def args(self) -> MultiDict[str, str]:
        return request.args

    @property
    def key(self) -> str:
        """Names the effect of this form: the same form sent twice has the same key."""
        given = STRANGE.sub("", request.form.get(FORM_KEY, ""))[:64] or secrets.token_urlsafe(12)
        return f"{SOURCE}:{self.member.public_id}:{given}"

    @property
    def here(self) -> str:
        """The address of the page one looks at; where a form was refused, of the page it was sent from."""
        if request.method == "GET":
            return request.full_path
        places = (request.path, urlsplit(request.referrer or "").path)
        return next((place for place in places if _opens(place)), "/console/")

    @property
    def is_partial(self) -> bool:
        """Whether a part of a page is asked for, not a page."""
        return "HX-Request" in request.headers

    @cached_property
    def programme(self) -> Programme:
        """The rules of points in force today."""
        return versions.at(self.session, self.shop.day(self.now))

    @cached_property
    def stop(self) -> Stop | None:
        """The stop of everything outgoing; None while messages leave."""
        return sending.find_stop(self.session)

    def name_of(self, actor: str) -> str:
        """Whoever did something, as the audit names them, by name."""
        return authors.name_of(self.session, actor, self.locale)

    def may(self, right: Right) -> bool:
        return self.seat is not None and permissions.may(self.seat.member.role, right)

    def t(self, vi: str, en: str) -> str:
        return en if self.locale == "en" else vi

    def form(self, schema: type[FormSchema], **initial: Any) -> Form:
        """The form as it was sent, or, on a page that shows it first, with `initial` in its fields."""
        return self.form_of(schema, request.form if request.method == "POST" else None, **initial)

    def form_of(self, schema: type[FormSchema], sent: MultiDict[str, str] | None, **initial: Any) -> Form:
        """The form as these words say it: those of an address, where a way back is in it."""
        return Form(
            schema,
            sent,
            request.files,
            initial,
            session=self.session,
            locale=self.locale,
            known=self.known,
            note=self.note_refused,
        )

    def picture_path(self, public_id: str, *, small: bool = False) -> str:
        """Where an uploaded picture is shown to this page."""
        return addresses.path(self.session, public_id, small=small)

    def render(self, template: str, **values: Any) -> str:
        shared = {"desk": self, "t": self.t, "Right": Right, "csrf_token": generate_csrf, "random_key": _random_key}
        ui = current_app.jinja_env.get_template("console/ui.html").make_module(shared)
        return render_template(f"console/{template}", ui=ui, **shared, **values)

    def note(self, action: str, subject: str, **detail: Any) -> None:
        """Write down who did it; last, for it locks the end of this person's chain."""
        audit.record_by(self.session, self.author, action, subject, detail=detail, now=self.now)

    def note_refused(self, refused: LoyaltyError) -> None:
        """Write down that somebody tried, where that is worth knowing."""
        if self.seat is not None:
            audit.note_refused(self.session, self.author, refused, now=self.now)

    def say(self, text: str, undo: Undo | None = None) -> None:
        """A word on the next page, with the way back."""
        flash({"text": text, "undo": list(undo) if undo else None}, "toast")  # type: ignore[arg-type]  # kept as JSON

    def done(self, text: str, *, to: str, undo: Undo | None = None) -> Response:
        self.say(text, undo)
        return self.go(to)

    def go(self, url: str) -> Response:
        return redirect(url, 303)

    def sentence(self, error: Exception) -> str:
        """What a refusal means, in the language of this desk."""
        return refusals.in_words(error, self.known, self.locale)


def _opens(path: str) -> bool:
    """Whether an address is a page, not only the target of a form."""
    adapter = current_app.create_url_adapter(request)
    assert adapter is not None
    try:
        adapter.match(path, method="GET")
    except HTTPException:
        return False
    return True


def _random_key() -> str:
    return secrets.token_urlsafe(12)
