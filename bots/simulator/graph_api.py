"""Graph's side as the program calls it: sending, profiles, subscriptions. Shapes and codes as of v26.0, 2026-11."""

import hmac
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, jsonify, request

from bots import strict_json
from bots.channel import Malformed
from bots.messenger import FIELDS, menu
from bots.messenger.signature import appsecret_proof
from bots.simulator import graph_templates, uploads
from bots.simulator.events import META_APP_ID
from bots.simulator.kept import Chat
from bots.simulator.moods import EXPIRED
from bots.simulator.switchboard import Switchboard

TEXT_LIMIT = 2000  # characters; "less than"
REPLY_LIMIT = 13
WINDOW = timedelta(hours=24)
UPLOAD_LIFE, UPLOAD_LIMIT = timedelta(days=90), 8 * 2**20  # bytes of a picture
HUMAN, HUMAN_WINDOW = "HUMAN_AGENT", timedelta(days=7)
CARD_LIMIT, CARD_BUTTONS, CARD_TEXT = 10, 3, 80
TITLE_LIMITS = {"persistent_menu": 30, "ice_breakers": 80}  # characters
MENU_LIMIT = 20
CALLS_A_HOUR = 4_000  # of what X-App-Usage shows the share
REFUSALS = {  # by bots.simulator.moods
    "window": (10, "(#10) This message is sent outside of allowed window.", 2018278),
    "person": (10, "(#10) They can't receive your messages right now", 2018108),
    "rate": (613, "(#613) Calls to this api have exceeded the rate limit.", 0),
    "content": (100, "(#100) Invalid parameter", 0),
    "token": (190, "Error validating access token: Session has expired", 463),
}

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
    api.after_request(desk.tell_usage)
    api.add_url_rule("/me/messenger_profile", "set_profile", desk.set_profile, methods=["POST"])
    api.add_url_rule("/me/messenger_profile", "profile", desk.profile, methods=["GET"])
    api.add_url_rule("/me/messenger_profile", "clear_profile", desk.clear_profile, methods=["DELETE"])
    api.add_url_rule("/<page>/message_templates", "templates", desk.templates, methods=["GET"])
    api.add_url_rule("/<page>/messages", "messages", desk.send, methods=["POST"])
    api.add_url_rule("/<page>/message_attachments", "attach", desk.attach, methods=["POST"])
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
        self._subscribed: set[str] = set(FIELDS)  # a page connected long ago
        self._calls = 0
        self._profile: Json = menu.profile("Cà phê Mây")  # and set up
        self._show_menu()
        self._proof = appsecret_proof(self._token, board.settings.messenger_app_secret)

    def authorise(self) -> None:
        """The page's token, as bearer or parameter, and the proof that the app itself calls."""
        bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not _same(bearer or request.args.get("access_token", ""), self._token):
            raise GraphError(190, "Invalid OAuth access token - Cannot parse access token", status=401)
        if not _same(request.args.get("appsecret_proof", ""), self._proof):
            raise GraphError(100, "Invalid appsecret_proof provided in the API argument")

        self._calls += 1
        mood = self._board.moods.of("messenger")
        is_send = request.method == "POST" and request.path.endswith("/messages")
        refusal = self._board.moods.refusal("messenger", is_send=is_send)
        if refusal or mood.kind == EXPIRED:
            code, message, subcode = REFUSALS[refusal or "token"]
            raise GraphError(code, message, subcode, status=401 if code == 190 else 400)

    def tell_usage(self, answer: Response) -> Response:
        """How much of the page's limit is used, in both of Meta's headers."""
        is_full = self._board.moods.of("messenger").what == "rate"
        used = 100 if is_full else min(self._calls * 100 // CALLS_A_HOUR, 80)
        usage = {"call_count": used, "total_cputime": used // 2, "total_time": used // 2}
        business = usage | {"type": "messenger", "estimated_time_to_regain_access": int(is_full)}
        answer.headers["X-App-Usage"] = json.dumps(usage)
        answer.headers["X-Business-Use-Case-Usage"] = json.dumps({self._page: [business]})
        return answer

    def send(self, version: str, page: str) -> Json:
        self._check_page(page)
        body = strict_json.loads(request.get_data())
        chat = self._recipient(_dict(body.get("recipient")).get("id"))
        if isinstance(action := body.get("sender_action"), str):
            return self._act(chat, action)
        self._check_window(chat, body)
        message = _dict(body.get("message"))
        return {
            "recipient_id": chat.user,
            "message_id": self._board.deliver(chat, _bubble(message, self._image(message))),
        }

    def attach(self, version: str, page: str) -> Json:
        """A picture Meta keeps for the page."""
        self._check_page(page)
        asked = strict_json.loads(request.form.get("message", "").encode("utf-8", "surrogatepass"))
        attachment, file = _dict(asked.get("attachment")), request.files.get("filedata")
        if attachment.get("type") != "image" or not _dict(attachment.get("payload")).get("is_reusable") or file is None:
            raise GraphError(100, "(#100) Param message[attachment] must be a reusable image with its filedata")
        content = file.read()
        if (mime := uploads.kind_of(content)) is None:
            raise GraphError(100, "(#100) Upload attachment failure: type mismatch", 2018047)
        if len(content) > UPLOAD_LIMIT:
            raise GraphError(100, "(#100) Attachment size exceeds allowable limit", 2018109)
        return {"attachment_id": uploads.keep(self._board, "messenger", content, mime)}

    def _image(self, message: Mapping[str, Any]) -> object:
        """Where a message's picture is, uploaded before or not; "" without one."""
        payload = _dict(_dict(message.get("attachment")).get("payload"))
        if (name := payload.get("attachment_id")) is None:
            return payload.get("url", "")
        if uploads.find(self._board, "messenger", name, UPLOAD_LIFE) is None:
            raise GraphError(100, "(#100) The attachment id is not valid", 2018074)
        return f"{uploads.SHOWN_AT}{name}"

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
        self._subscribed = set(filter(None, request.args.get("subscribed_fields", "").split(",")))
        return {"success": True}

    def subscriptions(self, version: str, page: str) -> Json:
        self._check_page(page)
        fields = sorted(self._subscribed)
        return {"data": [{"id": str(META_APP_ID), "name": "Khách Quen (thử)", "subscribed_fields": fields}]}

    def profile(self, version: str) -> Json:
        """What was set of the page, of the fields asked for."""
        asked = request.args.get("fields", "").split(",")
        found = {name: value for name, value in self._profile.items() if name in asked}
        return {"data": [found] if found else []}

    def set_profile(self, version: str) -> Json:
        given = strict_json.loads(request.get_data())
        self._profile |= {name: _checked_setting(name, value) for name, value in given.items()}
        self._show_menu()
        return {"result": "success"}

    def clear_profile(self, version: str) -> Json:
        gone = strict_json.loads(request.get_data()).get("fields")
        for name in gone if isinstance(gone, list) else []:
            self._profile.pop(str(name), None)
        self._show_menu()
        return {"result": "success"}

    def templates(self, version: str, page: str) -> Json:
        self._check_page(page)
        return {"data": graph_templates.listed()}

    def _show_menu(self) -> None:
        """What people find behind the menu button: of the entry for everybody, the lines that say something."""
        entries = [_dict(entry) for entry in _list(self._profile.get("persistent_menu"))]
        first = next((entry for entry in entries if entry.get("locale") == "default"), {})
        lines = [_dict(line) for line in _list(first.get("call_to_actions"))]
        taps = [line for line in lines if line.get("type") == "postback"]
        self._board.menu = [{"title": str(tap.get("title")), "payload": str(tap.get("payload"))} for tap in taps]

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
        """Answers and updates within 24 hours, a person's words within seven days, templates whenever.

        The other message tags ended on 2026-04-27.
        """
        kind, tag = body.get("messaging_type", "RESPONSE"), body.get("tag")
        if kind == "MESSAGE_TAG" and tag != HUMAN:
            raise GraphError(100, "Invalid parameter", 1893061)
        if kind not in ("RESPONSE", "UPDATE", "MESSAGE_TAG", "UTILITY"):
            raise GraphError(100, "(#100) Param messaging_type is invalid")
        if ("template" in _dict(body.get("message"))) != (kind == "UTILITY"):
            raise GraphError(100, "(#100) Param message[template] goes with messaging_type UTILITY")
        if kind != "UTILITY" and self._board.since_spoken(chat) > (HUMAN_WINDOW if tag == HUMAN else WINDOW):
            raise GraphError(10, "(#10) This message is sent outside of allowed window.", 2018278)

    def _recipient(self, user: object) -> Chat:
        """A person the page may write to: whoever wrote first."""
        chat = self._board.store.find_chat("messenger", user) if isinstance(user, str) else None
        if chat is None or chat.interacted_at == 0:
            raise GraphError(100, "(#100) No matching user found", 2018001)
        return chat


def _checked_setting(name: str, value: object) -> object:
    """Raises GraphError for a menu longer or wider than Graph takes."""
    for entry in value if isinstance(value, list) and name in TITLE_LIMITS else ():
        actions = _dict(entry).get("call_to_actions", [])
        titles = [str(_dict(action).get("title") or _dict(action).get("question") or "") for action in actions]
        if len(titles) > MENU_LIMIT or not all(0 < len(title) <= TITLE_LIMITS[name] for title in titles):
            raise GraphError(100, f"(#100) Param {name} is invalid")
    return value


def _filled(template: Mapping[str, Any]) -> Json:
    """An approved template with its values in it. Raises GraphError."""
    shown = graph_templates.bubble(template)
    if isinstance(shown, str):
        raise GraphError(100, shown)
    return shown


def _cards(payload: Mapping[str, Any], message: Mapping[str, Any]) -> Json:
    """A row of cards as one bubble; `taps` are the numbers of a card's buttons among all. Raises GraphError."""
    elements = [_dict(element) for element in _list(payload.get("elements"))]
    if not 0 < len(elements) <= CARD_LIMIT or not all(map(_fits, elements)):
        raise GraphError(100, "(#100) Param elements is invalid")
    buttons: list[Json] = []
    cards = []
    for each in elements:
        mine = [_card_button(_dict(button)) for button in _list(each.get("buttons"))]
        words = {name: str(each.get(name, "")) for name in ("title", "subtitle")}
        taps = list(range(len(buttons), len(buttons) + len(mine)))
        cards.append(words | {"image": str(each.get("image_url", "")), "taps": taps})
        buttons += mine
    replies = [_reply(reply) for reply in _list(message.get("quick_replies"))]
    shown = {"text": "", "image": "", "metadata": str(message.get("metadata", "")), "once": False}
    return shown | {"cards": cards, "buttons": [*buttons, *replies]}


def _fits(element: Mapping[str, Any]) -> bool:
    return (
        0 < len(str(element.get("title", ""))) <= CARD_TEXT
        and len(str(element.get("subtitle", ""))) <= CARD_TEXT
        and len(_list(element.get("buttons"))) <= CARD_BUTTONS
    )


def _card_button(button: Mapping[str, Any]) -> Json:
    title, url = str(button.get("title", "")), button.get("url")
    if button.get("type") == "web_url" and isinstance(url, str):
        return {"kind": "link", "title": title, "payload": "", "url": url}
    payload = button.get("payload")
    if button.get("type") != "postback" or not title or not isinstance(payload, str) or not 0 < len(payload) <= 1000:
        raise GraphError(100, "(#100) Param buttons is invalid")
    return {"kind": "postback", "title": title[:20], "payload": payload}


def _bubble(message: Mapping[str, Any], image: object) -> Json:
    """A message as it is shown. Raises GraphError for what Graph would not take."""
    if template := _dict(message.get("template")):
        return _filled(template)
    payload = _dict(_dict(message.get("attachment")).get("payload"))
    if payload.get("template_type") == "generic":
        return _cards(payload, message)
    text, metadata = message.get("text", ""), message.get("metadata", "")
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


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
