"""The process that plays both platforms, and the desk from which the page moves its people."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, abort, jsonify, request
from werkzeug.exceptions import HTTPException

from bots import strict_json
from bots.channel import Malformed
from bots.simulator import credentials, graph_api, guard, people, server, zalo_api
from bots.simulator.kept import Chat
from bots.simulator.store import Store
from bots.simulator.switchboard import Refused, Switchboard
from loyalty import settings

BODY_LIMIT = 4 * 2**20  # bytes
NAME = "X-Simulator"  # only a program sets it: a web page elsewhere cannot without being asked first

Json = dict[str, Any]


def create_app(board: Switchboard) -> Flask:
    """The desk over one switchboard."""
    return _app(desk(board))


def create_platform(board: Switchboard, channel: str) -> Flask:
    """One platform over one switchboard."""
    return _app(zalo_api.blueprint(board) if channel == "zalo" else graph_api.blueprint(board))


def open_doors(board: Switchboard, port: int) -> None:
    """Let each platform be called on its port behind the desk's, but the one that is down."""
    for channel, offset in credentials.DOORS.items():
        board.doors[channel] = server.Door(port + offset, create_platform(board, channel))
        board.move_door(channel)


def open_board(port: int, var: Path) -> Switchboard:
    """The switchboard of the demo shop, its people ready to speak."""
    board = Switchboard(Store(var / "simulator.db"), settings.load(credentials.environment(port)))
    board.open_chats()
    return board


def desk(board: Switchboard) -> Blueprint:
    """What the page asks: who is there, what is new, and to do something as somebody."""
    api = Blueprint("desk", __name__, url_prefix="/desk")
    api.register_error_handler(Refused, lambda refused: ({"code": refused.code}, 422))
    api.register_error_handler(Malformed, lambda _error: ({"code": "malformed"}, 400))
    api.before_request(_only_the_page)
    _show_chats(api, board)
    _act_in_chats(api, board)
    _play_platforms(api, board)
    return api


def _show_chats(api: Blueprint, board: Switchboard) -> None:
    @api.get("/chats")
    def list_chats() -> Json:
        unread = board.store.unread()
        chats = board.store.list_chats()
        items = [asdict(chat) | {"unread": unread.get((chat.channel, chat.user), 0)} for chat in chats]
        return {"items": items, "moods": board.moods.all(people.CHANNELS), "agreed": dict(board.consents.agreed())}

    @api.get("/chats/<channel>/<user>")
    def show_news(channel: str, user: str) -> Json:
        """Messages new or changed since a revision; `open=1` when the person is looking at them."""
        chat = _chat(board, channel, user)
        if request.args.get("open") == "1":
            board.see(chat)
        messages, revision = board.store.news(chat, request.args.get("since", 0, type=int))
        is_typing = chat.typing_until > board.now()
        items = [asdict(message) for message in messages]
        menu = board.menu if channel == "messenger" else []
        return {"chat": asdict(chat), "items": items, "revision": revision, "typing": is_typing, "menu": menu}

    @api.get("/media/<name>")
    def show_upload(name: str) -> Response:
        """A picture as a platform keeps it."""
        found = board.store.find_upload(name)
        return Response(found.content, mimetype=found.mime) if found is not None else abort(404)


def _act_in_chats(api: Blueprint, board: Switchboard) -> None:
    @api.post("/chats/<channel>/<user>/<act>")
    def act(channel: str, user: str, act: str) -> Json:
        chat = _chat(board, channel, user)
        body = strict_json.loads(request.get_data() or b"{}")
        if act == "join":
            return asdict(board.join(chat, str(body.get("account", ""))))
        _do(board, chat, act, body)
        return {"done": act}

    @api.post("/strangers")
    def meet_stranger() -> Json:
        channel = strict_json.loads(request.get_data()).get("channel")
        if channel not in people.CHANNELS:
            raise Refused("no_channel")
        return asdict(board.meet_stranger(channel))

    @api.post("/clear")
    def clear() -> Json:
        board.store.clear()
        return {"done": "clear"}


def _play_platforms(api: Blueprint, board: Switchboard) -> None:
    @api.post("/moods/<channel>")
    def change_mood(channel: str) -> Json:
        asked = strict_json.loads(request.get_data())
        if channel not in people.CHANNELS or (mood := board.moods.put(channel, asked)) is None:
            raise Refused("no_mood")
        board.move_door(channel)
        return asdict(mood)


def _app(blueprint: Blueprint) -> Flask:
    app = Flask("bots.simulator", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = BODY_LIMIT
    app.before_request(_refuse_browsers)
    app.register_blueprint(blueprint)
    app.register_error_handler(HTTPException, lambda error: (jsonify(error=error.name), error.code or 500))
    return app


def _do(board: Switchboard, chat: Chat, act: str, body: Json) -> None:
    """One act of a person. Raises Refused."""
    number = {name: value for name in ("message", "button") if isinstance(value := body.get(name), int)}
    match act:
        case "text":
            board.write(chat, body["text"] if isinstance(body.get("text"), str) else "")
        case "tap":
            board.tap(chat, number.get("message", 0), number.get("button", -1))
        case "menu":
            board.tap_menu(chat, number.get("button", -1))
        case "repeat":
            board.repeat(chat, number.get("message", 0))
        case "contact":
            board.share_contact(chat)
        case "sticker":
            board.send_sticker(chat)
        case "start":
            board.start(chat)
        case "leave":
            board.leave(chat)
        case _:
            abort(404)


def _chat(board: Switchboard, channel: str, user: str) -> Chat:
    chat = board.store.find_chat(channel, user)
    return chat if chat is not None else abort(404)


def _refuse_browsers() -> Response | None:
    """Programs call the platforms, browsers never: neither a page elsewhere nor a name pointed at this machine."""
    if guard.is_loopback(guard.host_name(request)) and "Origin" not in request.headers:
        return None
    return Response("called by programs of this machine only\n", status=403, mimetype="text/plain")


def _only_the_page() -> None:
    if NAME not in request.headers:
        abort(403)
