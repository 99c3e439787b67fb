"""The switch between Vietnamese and English, on every page."""

from urllib.parse import urlsplit

from flask import request

from loyalty.console.desk import Desk
from loyalty.console.guard import LANGUAGE, LANGUAGES
from loyalty.console.section import EVERYONE, PUBLIC, Answer, Section
from loyalty.words import Both

A_YEAR = 365 * 24 * 3600
section = Section("language", Both("Ngôn ngữ", "Language"), right=EVERYONE, nav=False)


@section.post("/language", right=PUBLIC)
def choose(desk: Desk) -> Answer:
    """Remember the language in this browser, and go back to where one was."""
    response = desk.go(inner(request.form.get("next", "")))
    chosen = request.form.get("language", "")
    if chosen in LANGUAGES:
        response.set_cookie(LANGUAGE, chosen, max_age=A_YEAR, samesite="Lax", httponly=True, path="/console")
    return response


def inner(address: str) -> str:
    """The address when it is a page of the console, else the front page: nobody is sent elsewhere."""
    parts = urlsplit(address)
    is_ours = not parts.scheme and not parts.netloc and parts.path.startswith("/console/") and "\\" not in address
    return address.rstrip("?") if is_ours and address.isprintable() else "/console/"
