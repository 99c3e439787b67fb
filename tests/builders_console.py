"""A browser at the console, without the browser: signed in, sending forms with their tokens."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from html import unescape
from itertools import chain
from typing import Any

from flask import Blueprint, Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from loyalty.app import create_app
from loyalty.db import Database
from loyalty.settings import Settings
from loyalty.staff import sessions
from loyalty.staff.models import Role, StaffMember
from tests import apps
from tests.builders import Clock
from tests.builders_staff import make_staff


@dataclass
class Browser:
    """One signed-in browser. `html` is the page of the last answer."""

    client: FlaskClient
    member: StaffMember | None
    html: str = ""

    @property
    def page(self) -> str:
        """The words of the last page, without its marks."""
        plain = re.sub(r"<(script|style)\b.*?</\1>|<!--.*?-->", " ", self.html, flags=re.S)
        return " ".join(unescape(re.sub(r"<[^>]*>", " ", plain)).split())

    def get(self, url: str, **options: Any) -> TestResponse:
        return self._keep(self.client.get(url, **options))

    def post(self, url: str, /, follow: bool = True, **fields: Any) -> TestResponse:
        """Send a form with its token; the page it leads to unless `follow` is off. Files: (stream, name) pairs."""
        form = {"csrf_token": self._token(), **fields}
        return self._keep(self.client.post(url, data=form, follow_redirects=follow))

    def _token(self) -> str:
        """The token of the page shown, else of one that everybody sees: the way in, or one's own account."""
        elsewhere = (self.client.get(url).text for url in ("/console/signin", "/console/me"))
        for page in chain([self.html], elsewhere):
            if found := re.search(r'name="csrf_token" value="([^"]+)"', page):
                return found.group(1)
        raise AssertionError("no page has a form")

    def _keep(self, answer: TestResponse) -> TestResponse:
        self.html = answer.get_data().decode(errors="replace")  # a file is an answer, too
        return answer


@dataclass
class Console:
    """The console of a shop under test, at a time moved by hand."""

    app: Flask
    database: Database
    clock: Clock = field(default_factory=Clock)

    def sign_in(self, role: Role | str = "owner", name: str | None = None) -> Browser:
        """Somebody new with this role, signed in."""
        with self.database.transaction() as session:
            member = make_staff(session, role, name, now=self.clock())
        return self.seat(member)

    def seat(self, member: StaffMember) -> Browser:
        """A browser of somebody who works here already."""
        with self.database.transaction() as session:
            token = sessions.begin(session, member, device="test", now=self.clock())
        client = self.app.test_client()
        client.set_cookie("kq_seat", token, path="/console")
        return Browser(client, member)

    def stranger(self) -> Browser:
        return Browser(self.app.test_client(), None)


def make_console(
    database: Database,
    settings: Settings,
    blueprints: Iterable[Blueprint] = (),
    prepare: Callable[[Flask], None] | None = None,
) -> Console:
    """The whole web application over this database."""
    clock = Clock()
    if not blueprints and prepare is None:
        return Console(apps.take(settings, database, clock), database, clock)
    app = create_app(settings, database, blueprints, clock=clock)
    if prepare:
        prepare(app)
    return Console(app, database, clock)
