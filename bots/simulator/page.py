"""/simulator/, in demo mode only: the chat page moves people on the platforms and shows what the shop made of it."""

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import requests
from flask import Blueprint, Response, abort, current_app, request
from sqlalchemy.orm import Session

from bots.commands import understanding
from bots.simulator import credentials, guard, happenings, people, standing, suggestions
from bots.simulator.platforms import NAME
from loyalty.db import Database
from loyalty.settings import Settings

API = "/simulator/api/"
BODY_LIMIT = 16 * 1024  # bytes
PATIENCE = (2.0, 5.0)  # seconds to connect, to answer
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

Json = dict[str, Any]


def blueprint(settings: Settings) -> Blueprint:
    """The page and its addresses under `/simulator/`; they answer 404 while the shop is no demo."""
    page = Blueprint("simulator", __name__, url_prefix="/simulator", static_folder="static")
    desk = _Desk(settings)
    page.before_request(desk.guard)
    page.after_request(_harden)
    page.add_url_rule("/", "show", lambda: page.send_static_file("index.html"))
    page.add_url_rule("/api/people", "people", desk.list_people)
    page.add_url_rule("/api/chats/<channel>/<user>", "news", desk.show_news)
    page.add_url_rule("/api/chats/<channel>/<user>/<act>", "act", desk.act, methods=["POST"])
    page.add_url_rule("/media/<name>", "upload", desk.show_upload)
    page.add_url_rule("/api/strangers", "stranger", lambda: desk.forward("/desk/strangers"), methods=["POST"])
    page.add_url_rule("/api/moods/<channel>", "mood", desk.change_mood, methods=["POST"])
    page.add_url_rule("/api/clear", "clear", lambda: desk.forward("/desk/clear"), methods=["POST"])
    return page


class _Desk:
    """The page's questions, answered from the platforms and from the shop's database."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._played = credentials.played(settings)
        self._desk = credentials.desk(settings)
        self._accounts = {"zalo": settings.zalo_oa_id, "messenger": settings.messenger_page_id}  # where people begin
        self._session = requests.Session()
        self._session.trust_env = False

    def guard(self) -> Response | None:
        """Nobody's page but our own, and no shop but a demo."""
        database: Database = current_app.extensions["loyalty_database"]
        if database.shop is None or not database.shop.demo:
            abort(404)
        is_asking = request.path.startswith(API)
        is_foreign = (
            not guard.is_ours(request, self._settings.base_url)
            or (is_asking and not guard.is_asked_here(request))
            or (request.method == "POST" and not guard.is_from_own_page(request))
        )
        request.max_content_length = BODY_LIMIT
        return _refusal("foreign", 403) if is_foreign else None

    def list_people(self) -> Json:
        """Everybody who can be played, their chats, and who they are to the shop."""
        told = self._ask("/desk/chats")
        chats = [chat for chat in told["items"] if chat["channel"] in self._played]
        return {
            "shop": self._read(lambda session: session.info["shop"].name),
            "channels": list(self._played),
            "platforms": self._read(lambda session: self._platforms_of(session, told["moods"])),
            "accounts": {"first": self._accounts["zalo"], "agreed": told["agreed"] if "zalo" in self._played else {}},
            "people": [_described(key) for key in people.KNOWN],
            "chats": self._read(lambda session: [chat | {"standing": self._stand(session, chat)} for chat in chats]),
        }

    def show_news(self, channel: str, user: str) -> Json:
        """What is new in a chat since a revision, and beside it what the shop did, unless `known` names it."""
        asked = {name: request.args[name] for name in ("since", "open") if name in request.args}
        news = self._ask(self._address(channel, user), asked)
        shown = self._read(lambda session: self._beside(session, news["chat"]))
        digest = hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()[:16]
        items = [item | _understood(item, shown["standing"]["is"] == "staff") for item in news["items"]]
        beside = {} if request.args.get("known") == digest else {"beside": shown}
        return news | {"items": items, "digest": digest} | beside

    def show_upload(self, name: str) -> Response:
        """A picture the shop sent up to a platform."""
        answer = self._call("GET", f"/desk/media/{quote(name, safe='')}", headers={NAME: "page"})
        if answer.status_code != 200:
            abort(404)
        return Response(answer.content, mimetype=answer.headers["Content-Type"])

    def change_mood(self, channel: str) -> Response:
        return self.forward(f"/desk/moods/{channel}") if channel in self._played else abort(404)

    def act(self, channel: str, user: str, act: str) -> Response:
        return self.forward(f"{self._address(channel, user)}/{act}")

    def forward(self, path: str) -> Response:
        """Hand a writing request to the platforms and their answer back."""
        headers = {NAME: "page", "Content-Type": "application/json"}
        answer = self._call("POST", path, data=request.get_data(), headers=headers)
        return Response(answer.content, answer.status_code, mimetype="application/json")

    def _beside(self, session: Session, chat: Json) -> Json:
        seat = standing.find(session, chat["channel"], chat["account"], chat["user"])
        person = people.KNOWN.get(chat["person"])
        return {
            "standing": standing.describe(session, seat, now=_now()),
            "happened": happenings.list_newest(session, seat),
            "try": suggestions.list_for(session, seat, person, chat["phone"]),
        }

    def _platforms_of(self, session: Session, moods: Json) -> Json:
        """How each platform behaves, and what the shop makes of it."""
        return {
            channel: {"mood": moods[channel], "shop": standing.of_account(session, channel, self._accounts[channel])}
            for channel in self._played
        }

    def _stand(self, session: Session, chat: Json) -> Json:
        seat = standing.find(session, chat["channel"], chat["account"], chat["user"])
        return standing.describe(session, seat, now=_now())

    def _address(self, channel: str, user: str) -> str:
        if channel not in self._played or not (user.isascii() and user.isdigit() and len(user) <= 32):
            abort(404)
        return f"/desk/chats/{channel}/{user}"

    def _ask(self, path: str, query: dict[str, str] | None = None) -> Json:
        answer = self._call("GET", path, params=query, headers={NAME: "page"})
        if answer.status_code != 200:
            abort(answer.status_code)
        found: Json = answer.json()
        return found

    def _call(self, method: str, path: str, **parts: Any) -> requests.Response:
        if not self._desk:
            abort(_refusal("not_played", 503))
        try:
            return self._session.request(method, self._desk + path, timeout=PATIENCE, **parts)
        except requests.RequestException:
            abort(_refusal("platforms_away", 503))

    def _read(self, work: Callable[[Session], Any]) -> Any:
        database: Database = current_app.extensions["loyalty_database"]
        with database.read_only() as session:
            return work(session)


def _described(key: str) -> Json:
    person = people.KNOWN[key]
    return {"key": key, "name": person.name, "role": person.role, "story": {"vi": person.story, "en": person.story_en}}


def _understood(item: Json, is_staff: bool) -> Json:
    """What the bot takes a person's words for."""
    text = item["body"].get("text") if item["mine"] else None
    if not isinstance(text, str):
        return {}
    found = understanding.understand(text, staff=is_staff)
    found = found if is_staff else understanding.or_alike(found, text)
    if found.command is None:
        return {"understood": {"name": None, "unclear": False}}
    return {"understood": {"name": found.command.name, "unclear": found.refusal is not None}}


def _refusal(code: str, status: int) -> Response:
    return Response(json.dumps({"code": code}), status, mimetype="application/json")


def _harden(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = CSP
    if not request.path.startswith("/simulator/static/"):
        response.headers["Cache-Control"] = "no-store"
    return response


def _now() -> datetime:
    return datetime.now(UTC)
