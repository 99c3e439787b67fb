"""Graph's side as the program calls it: sending, profiles, subscriptions. Shapes and codes as of v26.0, 2026-11."""

import hmac
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, jsonify, request

from bots import strict_json
from bots.channel import Malformed
from bots.messenger.signature import appsecret_proof
from bots.simulator.events import META_APP_ID
from bots.simulator.store import Chat
from bots.simulator.switchboard import Switchboard

TEXT_LIMIT = 2000  # characters; "less than"
REPLY_LIMIT = 13
WINDOW = timedelta(hours=24)

Json = dict[str, Any]


class GraphError(Exception):
    """An `error` object and its HTTP status."""

    def __init__(self, code: int, message: str, subcode: int = 0, *, status: int = 400) -> None:
        super().__init__(code, message)
        self.status = status
        self.answer: Json = {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "Asimulated"}
        if subcode:
            self.answer["error_subcode"] = subcode


def blueprint(board: Switchboard) -> Blueprint:
    """Everything under `/messenger`."""
    api = Blueprint("graph", __name__, url_prefix="/messenger/<version>")
    desk = _Desk(board)
    api.register_error_handler(GraphError, _refusal)
    api.register_error_handler(Malformed, lambda _error: _refusal(GraphError(100, "(#100) Invalid parameter")))
    api.before_request(desk.authorise)
    api.add_url_rule("/me/messenger_profile", "profile", desk.set_profile, methods=["POST"])
    api.add_url_rule("/<page>/messages", "messages", desk.send, methods=["POST"])
    api.add_url_rule("/<page>/subscribed_apps", "subscribe", desk.subscribe, methods=["POST"])
    api.add_url_rule("/<page>/subscribed_apps", "subscriptions", desk.subscriptions, methods=["GET"])
    api.add_url_rule("/<node>", "node", desk.node, methods=["GET"])
    return api


class _Desk:
    """The endpoints over one switchboard."""

    def __init__(self, board: Switchboard) -> None:
        self._board = board
        self._page = board.settings.messenger_page_id
        self._token = board.settings.messenger_page_token
        self._proof = appsecret_proof(self._token, board.settings.messenger_app_secret)

    def authorise(self) -> None:
        """The page's token, as bearer or parameter, and the proof that the app itself calls."""
        bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not _same(bearer or request.args.get("access_token", ""), self._token):
            raise GraphError(190, "Invalid OAuth access token - Cannot parse access token", status=401)
        if not _same(request.args.get("appsecret_proof", ""), self._proof):
            raise GraphError(100, "Invalid appsecret_proof provided in the API argument")

    def send(self, version: str, page: str) -> Json:
        self._check_page(page)
        body = strict_json.loads(request.get_data())
        chat = self._recipient(_dict(body.get("recipient")).get("id"))
        if isinstance(action := body.get("sender_action"), str):
            return self._act(chat, action)
        self._check_window(chat, body)
        return {"recipient_id": chat.user, "message_id": self._board.deliver(chat, _bubble(_dict(body.get("message"))))}

    def node(self, version: str, node: str) -> Json:
        """A person's profile, or the page itself."""
        if node in ("me", self._page):
            return {"id": self._page, "name": "Cà phê Mây (thử)"}
        chat = self._board.store.find_chat("messenger", node)
        if chat is None or chat.interacted_at == 0:
            raise GraphError(100, "Unsupported get request", 33)
        asked = {name.strip() for name in request.args.get("fields", "").split(",")}
        known = {"first_name": chat.name, "last_name": ""}
        return {name: value for name, value in known.items() if name in asked} | {"id": chat.user}

    def subscribe(self, version: str, page: str) -> Json:
        self._check_page(page)
        return {"success": True}

    def subscriptions(self, version: str, page: str) -> Json:
        self._check_page(page)
        fields = ["messages", "messaging_postbacks", "messaging_referrals", "message_deliveries", "message_reads"]
        app = {"id": str(META_APP_ID), "name": "Khách Quen (thử)", "subscribed_fields": [*fields, "message_echoes"]}
        return {"data": [app]}

    def set_profile(self, version: str) -> Json:
        strict_json.loads(request.get_data())
        return {"result": "success"}

    def _act(self, chat: Chat, action: str) -> Json:
        if action in ("typing_on", "typing_off"):
            self._board.show_typing(chat, is_on=action == "typing_on")
        elif action != "mark_seen":
            raise GraphError(100, "(#100) Invalid sender_action")
        return {"recipient_id": chat.user}

    def _check_page(self, page: str) -> None:
        if page not in ("me", self._page):
            raise GraphError(100, "Unsupported post request", 33)

    def _check_window(self, chat: Chat, body: Mapping[str, Any]) -> None:
        """Answers and updates within 24 hours; the message tags ended on 2026-04-27."""
        kind = body.get("messaging_type", "RESPONSE")
        if kind == "MESSAGE_TAG":
            raise GraphError(100, "Invalid parameter", 1893061)
        if kind not in ("RESPONSE", "UPDATE"):
            raise GraphError(100, "(#100) Param messaging_type is invalid")
        if self._board.since_spoken(chat) > WINDOW:
            raise GraphError(10, "(#10) This message is sent outside of allowed window.", 2018278)

    def _recipient(self, user: object) -> Chat:
        """A person the page may write to: whoever wrote first."""
        chat = self._board.store.find_chat("messenger", user) if isinstance(user, str) else None
        if chat is None or chat.interacted_at == 0:
            raise GraphError(100, "(#100) No matching user found", 2018001)
        return chat


def _bubble(message: Mapping[str, Any]) -> Json:
    """A message as it is shown. Raises GraphError for what Graph would not take."""
    text, metadata = message.get("text", ""), message.get("metadata", "")
    image = _dict(_dict(message.get("attachment")).get("payload")).get("url", "")
    if not all(isinstance(value, str) for value in (text, metadata, image)) or not (text.strip() or image):
        raise GraphError(100, "(#100) Param message must hold text or an attachment")
    if len(text) >= TEXT_LIMIT:
        raise GraphError(100, "(#100) Length of param message[text] must be less than or equal to 2000")
    replies = message.get("quick_replies", [])
    if not isinstance(replies, list) or len(replies) > REPLY_LIMIT:
        raise GraphError(100, "(#100) Param message[quick_replies] has too many elements.")
    buttons = [_reply(reply) for reply in replies]
    return {"text": text, "image": image, "metadata": metadata, "buttons": buttons, "once": bool(buttons)}


def _reply(reply: object) -> Json:
    fields = _dict(reply)
    if fields.get("content_type") == "user_phone_number":
        return {"kind": "contact", "title": "", "payload": ""}
    title, payload = fields.get("title"), fields.get("payload")
    if fields.get("content_type") != "text" or not isinstance(title, str) or not isinstance(payload, str):
        raise GraphError(100, "(#100) Invalid keys in param message[quick_replies]")
    if not title or not 0 < len(payload) <= 1000:
        raise GraphError(100, "(#100) Param message[quick_replies] must have a title and a payload")
    return {"kind": "say", "title": title[:20], "payload": payload}


def _refusal(error: GraphError) -> tuple[Response, int]:
    return jsonify(error=error.answer), error.status


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode())


def _dict(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
