"""Zalo's side as the program calls it: the OA interface, OAuth, templates by phone. Shapes and codes as of 2026-11."""

import hmac
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any

from flask import Blueprint, g, request

from bots import strict_json
from bots.channel import Malformed
from bots.simulator import uploads, zalo_consents, zalo_templates
from bots.simulator.kept import Chat
from bots.simulator.switchboard import Switchboard
from bots.simulator.tokens import LIFETIME
from bots.simulator.zalo_templates import Unfit

TEXT_LIMIT = 2000
BUTTON_LIMIT = ELEMENT_LIMIT = 5
FREE = timedelta(hours=48)  # free and unlimited since 2026-01-01
UPLOAD_LIFE, UPLOAD_LIMIT = timedelta(days=7), 2**20  # bytes of a picture
PAID = timedelta(days=7)  # afterwards by the package's quota, then not at all
SHARE = "Gửi thông tin"

REFUSALS = {  # by bots.simulator.moods: as the OA interface says it, as the one for templates by phone does
    "window": ((-230, "User has not interacted with the OA in the past 7 days"), (-139, "User refused this type")),
    "person": ((-227, "User is banned or has been inactive for more than 45 days"), (-114, "User cannot receive")),
    "rate": ((-32, "Your application reached the limit of requests per minute"), (-144, "Daily limit reached")),
    "content": ((-248, "Message violates the platform's standards"), (-112, "Template data is invalid")),
    "token": ((-216, "Access token is invalid"), (-124, "Access token is invalid")),
}
DAILY_TEMPLATES = 500
PACKAGE = 100  # consultation messages of the OA's package
PACKAGE_LASTS = timedelta(days=30)

Json = dict[str, Any]


class ZaloError(Exception):
    """A refusal; Zalo answers it with HTTP 200."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(code, message)
        self.answer = {"error": code, "message": message}


def blueprint(board: Switchboard) -> Blueprint:
    """Everything under `/zalo`, `/zalo-oauth` and `/zalo-zns`."""
    api = Blueprint("zalo", __name__)
    desk = _Desk(board)
    api.register_blueprint(zalo_consents.blueprint(board.consents, board.settings))
    api.register_error_handler(ZaloError, lambda error: error.answer)
    api.register_error_handler(Unfit, lambda unfit: {"error": unfit.code, "message": unfit.message})
    api.register_error_handler(Malformed, lambda _error: {"error": -201, "message": "Body is not JSON"})
    routes: dict[str, tuple[str, Callable[..., Json]]] = {
        "/zalo/v3.0/oa/message/cs": ("POST", desk.send_consultation),
        "/zalo/v3.0/oa/message/template": ("POST", desk.send_template),
        "/zalo/v2.0/oa/message": ("POST", desk.react),
        "/zalo/v3.0/oa/user/detail": ("GET", desk.user_detail),
        "/zalo/v3.0/oa/user/getlist": ("GET", desk.user_list),
        "/zalo/v2.0/oa/getoa": ("GET", desk.account),
        "/zalo/v3.0/oa/quota/message": ("POST", desk.quota),
        "/zalo/v2.0/oa/tag/tagfollower": ("POST", lambda: desk.set_tag(is_on=True)),
        "/zalo/v2.0/oa/tag/rmfollowerfromtag": ("POST", lambda: desk.set_tag(is_on=False)),
        "/zalo/v2.0/oa/upload/<any(image, gif, file):kind>": ("POST", desk.upload),
        "/zalo-zns/message/template": ("POST", desk.send_by_phone),
        "/zalo-zns/message/status": ("GET", desk.status),
        "/zalo-zns/message/quota": ("GET", desk.template_quota),
        "/zalo-zns/quality": ("GET", lambda: _success({"oaCurrentQuality": "HIGH", "oa7dayQuality": "HIGH"})),
        "/zalo-zns/template/all": ("GET", desk.list_templates),
        "/zalo-zns/template/info/v2": (
            "GET",
            lambda: _success(zalo_templates.told(request.args.get("template_id", ""))),
        ),
    }
    for path, (method, view) in routes.items():
        api.add_url_rule(path, path.replace(".", "_"), desk.authorised(view), methods=[method])
    api.add_url_rule("/zalo-oauth/v4/oa/access_token", "token", desk.new_token, methods=["POST"])
    return api


class _Desk:
    """The endpoints over one switchboard."""

    def __init__(self, board: Switchboard) -> None:
        self._board = board
        self._settings = board.settings
        self._consents = board.consents

    def authorised(self, view: Callable[..., Json]) -> Callable[..., Json]:
        @wraps(view)
        def guarded(**parts: str) -> Json:
            is_by_phone = request.path.startswith("/zalo-zns/")
            token = request.headers.get("access_token", "")
            g.oa_id = self._consents.owner(token)
            if not g.oa_id:
                raise ZaloError(-124 if is_by_phone else -216, "Access token is invalid")
            proof = request.headers.get("appsecret_proof")
            if proof is not None and not hmac.compare_digest(proof.encode(), self._proof(token)):
                raise ZaloError(-1241 if is_by_phone else -242, "appsecret_proof is invalid")
            self._check_mood(is_by_phone)
            return view(**parts)

        return guarded

    def _check_mood(self, is_by_phone: bool) -> None:
        """Refuse as the platform is asked to, in the words of the interface that is called."""
        is_send = request.method == "POST" and "/message" in request.path and "/quota" not in request.path
        if refusal := self._board.moods.refusal("zalo", is_send=is_send):
            raise ZaloError(*REFUSALS[refusal][is_by_phone])

    def new_token(self) -> Json:
        """OAuth v4: the first pair for a consent's code, the next for a refresh token, each once."""
        form = request.form
        secret = request.headers.get("secret_key", "")
        if form.get("app_id") != self._settings.zalo_app_id or secret != self._settings.zalo_app_secret:
            return _oauth_error(-14002, "Invalid app id")
        if form.get("grant_type") == "authorization_code":
            pair = self._consents.exchange(form.get("code", ""), form.get("code_verifier", ""))
        else:
            pair = self._consents.refresh(form.get("refresh_token", ""))
        if pair is None:
            is_code = form.get("grant_type") == "authorization_code"
            return _oauth_error(-14014 if is_code else -14020, f"Invalid {'code' if is_code else 'refresh token'}")
        return {"access_token": pair[0], "refresh_token": pair[1], "expires_in": str(LIFETIME)}

    def send_consultation(self) -> Json:
        body = strict_json.loads(request.get_data())
        chat = self._recipient(_dict(body.get("recipient")).get("user_id"))
        message = _dict(body.get("message"))
        bubble = _bubble(message, self._image(_dict(_dict(message.get("attachment")).get("payload"))))
        quota = self._quota_of(chat)
        return self._sent(chat, bubble, **({"quota": quota} if quota is not None else {}))

    def send_template(self) -> Json:
        """A paid template by user id: outside every window."""
        body = strict_json.loads(request.get_data())
        chat = self._recipient(body.get("user_id"))
        return self._sent(chat, _template_bubble(body), quota=self._spent())

    def send_by_phone(self) -> Json:
        body = strict_json.loads(request.get_data())
        phone, ours = body.get("phone"), body.get("tracking_id", "")
        chat = self._board.store.find_by_phone(f"+{phone}") if isinstance(phone, str) else None
        if chat is None:
            raise ZaloError(-118, "Zalo account not existed")
        chat = self._board.join(chat, g.oa_id)
        told = {"by_phone": {"phone": phone, "tracking_id": ours if isinstance(ours, str) else ""}}
        mid = self._board.deliver(chat, _template_bubble(body) | told)
        sent = {"msg_id": mid, "sent_time": str(self._board.now()), "sending_mode": "1"}
        return _success(sent | {"quota": self._spent()})

    def list_templates(self) -> Json:
        offset, limit = (request.args.get(name, fallback, type=int) for name, fallback in (("offset", 0), ("limit", 1)))
        if offset < 0 or not 0 < limit <= zalo_templates.PAGE:
            raise ZaloError(-210, "offset or limit is out of range")
        return _success(zalo_templates.listed(offset, limit))

    def show_template(self) -> Json:
        return _success(zalo_templates.told(request.args.get("template_id", "")))

    def status(self) -> Json:
        """Whether a message by phone was delivered: here at once."""
        is_known = self._board.store.has_message(request.args.get("message_id", ""))
        return _success({"status": 1 if is_known else -1, "message": "Received" if is_known else "Unknown"})

    def template_quota(self) -> Json:
        left = max(0, DAILY_TEMPLATES - self._board.store.counter("templates"))
        return _success({"dailyQuota": str(DAILY_TEMPLATES), "remainingQuota": str(left)})

    def _spent(self) -> Json:
        """One more of the day's templates."""
        self._board.store.set_counter("templates", self._board.store.counter("templates") + 1)
        told: Json = self.template_quota()["data"]
        return told

    def react(self) -> Json:
        body = strict_json.loads(request.get_data())
        chat = self._recipient(_dict(body.get("recipient")).get("user_id"))
        if not _dict(body.get("sender_action")).get("react_icon"):
            raise ZaloError(-240, "This message API was shut down, use v3")
        return _success({"message_id": self._board.new_mid("zalo"), "user_id": chat.user})

    def user_detail(self) -> Json:
        chat = self._recipient(_query().get("user_id"))
        if not chat.follows:
            raise ZaloError(-213, "User has not followed OA")
        spoke = datetime.fromtimestamp(chat.interacted_at / 1000, UTC).strftime("%d/%m/%Y")
        known = {"user_id": chat.user, "user_id_by_app": chat.user, "display_name": chat.name, "user_alias": ""}
        details = {"is_sensitive": False, "user_last_interaction_date": spoke, "user_is_follower": True, "avatar": ""}
        tags = {"notes": [], "tag_names": self._board.store.list_counters(f"tag:{chat.user}:")}
        return _success(known | details | {"tags_and_notes_info": tags, "shared_info": {}})

    def set_tag(self, *, is_on: bool) -> Json:
        body = strict_json.loads(request.get_data())
        chat, tag = self._recipient(body.get("user_id")), _text(body.get("tag_name"), "tag_name", 100)
        if not tag:
            raise ZaloError(-201, "tag_name is invalid")
        if not chat.follows:
            raise ZaloError(-213, "User has not followed OA")
        self._board.store.set_counter(f"tag:{chat.user}:{tag}", int(is_on))
        return {"error": 0, "message": "Success"}

    def user_list(self) -> Json:
        query = _query()
        offset, count = query.get("offset", 0), query.get("count", 50)
        if not (isinstance(offset, int) and isinstance(count, int) and 0 <= offset <= 9951 and 0 < count <= 50):
            raise ZaloError(-210, "offset or count is out of range")
        users = self._board.store.list_followers(g.oa_id)
        page = [{"user_id": user} for user in users[offset : offset + count]]
        return _success({"total": len(users), "count": len(page), "offset": offset, "users": page})

    def account(self) -> Json:
        followers = len(self._board.store.list_followers(g.oa_id))
        named = self._consents.accounts[g.oa_id]
        name = {"oaid": g.oa_id, "name": named, "oa_type": 2, "is_verified": True}
        return _success(name | {"num_follower": followers, "package_name": "Nâng cao"})

    def quota(self) -> Json:
        body = strict_json.loads(request.get_data())
        if "user_id" not in body:
            ends = datetime.fromtimestamp(self._board.now() / 1000, UTC) + PACKAGE_LASTS
            holds = {"total": PACKAGE, "remain": self._package_left(), "valid_through": f"{ends:%d/%m/%Y}"}
            return _success([{"asset_id": "a1", "product_type": "cs", "quota_type": "sub_quota"} | holds])
        chat = self._recipient(body["user_id"])
        return _success({"last_interaction": str(chat.interacted_at), "cs_reply": {}, "promotion": {}})

    def upload(self, kind: str) -> Json:
        if "file" not in request.files:
            raise ZaloError(-201, "file is missing")
        if kind != "image":
            name = self._board.new_mid("zalo")
            return _success({"token": name} if kind == "file" else {"attachment_id": name})
        content = request.files["file"].read()
        if (mime := uploads.kind_of(content)) is None:
            raise ZaloError(-201, "file is invalid: jpg or png")
        if len(content) > UPLOAD_LIMIT:
            raise ZaloError(-210, "file is out of range: at most 1 MB")
        return _success({"attachment_id": uploads.keep(self._board, "zalo", content, mime)})

    def _image(self, payload: Mapping[str, Any]) -> str:
        """Where the picture of a media template is, uploaded before or not; "" without one."""
        elements = [_dict(element) for element in _list(payload.get("elements"))]
        shown = next((each for each in elements if each.get("media_type") in ("image", "gif")), {})
        if (name := shown.get("attachment_id")) is None:
            return _text(shown.get("url"), "url")
        if uploads.find(self._board, "zalo", name, UPLOAD_LIFE) is None:
            raise ZaloError(-100, "Attachment is expired")
        return f"{uploads.SHOWN_AT}{name}"

    def _sent(self, chat: Chat, bubble: Json, **parts: Any) -> Json:
        mid = self._board.deliver(chat, bubble)
        named = {"message_id": mid, "user_id": chat.user, "sent_time": str(self._board.now())}
        return _success(named | parts)

    def _recipient(self, user: object) -> Chat:
        chat = self._board.store.find_chat("zalo", user) if isinstance(user, str) else None
        if chat is None or chat.account != g.oa_id:  # an id is one OA's alone
            raise ZaloError(-201, "user_id is invalid")
        return chat

    def _package_left(self) -> int:
        return max(PACKAGE - self._board.store.counter("package"), 0)

    def _quota_of(self, chat: Chat) -> Json | None:
        """What a consultation message is charged to, by the time since the person last did something; None: billed."""
        silent = self._board.since_spoken(chat)
        if chat.interacted_at == 0:
            raise ZaloError(-213, "User has not followed OA")
        if silent > PAID:
            raise ZaloError(-230, "User has not interacted with the OA in the past 7 days")
        if silent > FREE:
            return self._out_of_package()
        return {"quota_type": "reply"}

    def _out_of_package(self) -> Json | None:
        if not (left := self._package_left()):
            return None
        self._board.store.set_counter("package", PACKAGE - left + 1)
        return {"quota_type": "sub_quota", "owner_type": "OA", "remain": str(left - 1), "total": str(PACKAGE)}

    def _proof(self, token: str) -> bytes:
        return hmac.digest(self._settings.zalo_app_secret.encode(), token.encode(), "sha256").hex().encode()


def _bubble(message: Mapping[str, Any], image: str) -> Json:
    """A consultation message as it is shown. Raises ZaloError for what Zalo would not take."""
    text = _text(message.get("text"), "text", TEXT_LIMIT)
    attachment = _dict(message.get("attachment"))
    payload = _dict(attachment.get("payload"))
    if payload.get("template_type") == "request_user_info":
        return _request_card(payload)
    buttons = [_button(button) for button in _list(payload.get("buttons"))]
    if payload.get("template_type") == "list":
        return _cards(payload, text, buttons)
    if len(buttons) > BUTTON_LIMIT:
        raise ZaloError(-201, f"buttons is invalid: at most {BUTTON_LIMIT}")
    if not (text.strip() or image or attachment.get("type") == "file"):
        raise ZaloError(-201, "message is invalid: nothing to show")
    return {"text": text, "image": image, "buttons": buttons}


def _request_card(payload: Mapping[str, Any]) -> Json:
    elements = _list(payload.get("elements"))
    if len(elements) != 1:
        raise ZaloError(-201, "elements is invalid: exactly one")
    element = _dict(elements[0])
    title, subtitle = _text(element.get("title"), "title", 100), _text(element.get("subtitle"), "subtitle", 500)
    share = {"kind": "contact", "title": SHARE, "payload": "", "url": ""}
    return {"title": title, "text": subtitle, "image": _text(element.get("image_url"), "image_url"), "buttons": [share]}


def _cards(payload: Mapping[str, Any], text: str, buttons: list[Json]) -> Json:
    """A list; a tap on an element does its action. `taps` are the numbers of a card's actions among all buttons."""
    elements = [_dict(element) for element in _list(payload.get("elements"))]
    if not 0 < len(elements) <= ELEMENT_LIMIT or len(buttons) > BUTTON_LIMIT:
        raise ZaloError(-201, f"elements is invalid: 1 to {ELEMENT_LIMIT}, and at most {BUTTON_LIMIT} buttons")
    cards = []
    for each in elements:
        words = {
            "title": _text(each.get("title"), "title", 100),
            "subtitle": _text(each.get("subtitle"), "subtitle", 500),
        }
        action = _dict(each.get("default_action"))
        mine = [_button({**action, "title": words["title"]})] if action else []
        taps = list(range(len(buttons), len(buttons) + len(mine)))
        cards.append(words | {"image": _text(each.get("image_url"), "image_url"), "taps": taps})
        buttons = [*buttons, *mine]
    return {"text": text, "image": "", "cards": cards, "buttons": buttons}


def _template_bubble(body: Mapping[str, Any]) -> Json:
    """Raises Unfit."""
    return zalo_templates.bubble(body.get("template_id"), _dict(body.get("template_data")))


def _button(button: object) -> Json:
    fields = _dict(button)
    title, kind, payload = _text(fields.get("title"), "title", 100), fields.get("type"), fields.get("payload")
    if not title:
        raise ZaloError(-201, "button title is invalid")
    if kind in ("oa.query.show", "oa.query.hide") and isinstance(payload, str) and 0 < len(payload) <= 1000:
        return {"kind": "say", "title": title, "payload": payload, "url": ""}
    if kind == "oa.open.url":
        return {"kind": "link", "title": title, "payload": "", "url": _text(_dict(payload).get("url"), "url")}
    if kind in ("oa.open.phone", "oa.open.sms"):
        return {"kind": "call", "title": title, "payload": "", "url": ""}
    raise ZaloError(-201, "button type or payload is invalid")


def _query() -> Mapping[str, Any]:
    """GET parameters come as one, holding JSON."""
    return strict_json.loads(request.args.get("data", "{}").encode("utf-8", "surrogatepass"))


def _success(data: object) -> Json:
    return {"data": data, "error": 0, "message": "Success"}


def _oauth_error(code: int, name: str) -> Json:
    return {"error": code, "error_name": name, "error_description": name, "error_reason": name}


def _text(value: object, name: str, limit: int = 10_000) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > limit:
        raise ZaloError(-201, f"{name} is invalid: at most {limit} characters")
    return value


def _dict(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
