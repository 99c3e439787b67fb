"""The platforms' webhook bodies for what a person does, and their signatures. Shapes as of 2026-11."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from bots.messenger import signature as meta
from bots.messenger.parse import GET_STARTED
from bots.simulator.kept import Chat
from bots.zalo import signature as zalo
from loyalty.settings import Settings
from loyalty.typed import phones

META_APP_ID = 700000000000001


class Events(Protocol):
    """One platform's way of telling the shop. Each returns the body of one webhook call; times are milliseconds."""

    def text(self, chat: Chat, text: str, mid: str, at: int) -> bytes: ...

    def tap(self, chat: Chat, title: str, payload: str, mid: str, at: int) -> bytes:
        """A button under a message."""

    def postback(self, chat: Chat, title: str, payload: str, mid: str, at: int) -> bytes:
        """A button of a card or of the menu."""

    def contact(self, chat: Chat, mid: str, at: int) -> bytes:
        """The person shares their own phone, which the platform knows."""

    def sticker(self, chat: Chat, mid: str, at: int) -> bytes: ...

    def start(self, chat: Chat, at: int) -> bytes:
        """The first thing on the platform: follow the OA, tap Get Started."""

    def leave(self, chat: Chat, at: int) -> bytes | None:
        """The person unfollows; None where the platform tells nobody."""

    def receipts(self, chat: Chat, body: Mapping[str, Any], mid: str, at: int) -> Sequence[bytes]:
        """What follows a message of the shop: its echo and the delivery receipt."""

    def seen(self, chat: Chat, mids: Sequence[str], at: int) -> bytes: ...

    def headers(self, body: bytes) -> dict[str, str]:
        """The headers of the call, the signature among them."""


def of(settings: Settings) -> Mapping[str, Events]:
    return {"zalo": ZaloEvents(settings), "messenger": MessengerEvents(settings)}


class ZaloEvents:
    def __init__(self, settings: Settings) -> None:
        self._app, self._key = settings.zalo_app_id, settings.zalo_oa_secret_key

    def text(self, chat: Chat, text: str, mid: str, at: int) -> bytes:
        return self._from_person("user_send_text", chat, at, message={"text": text, "msg_id": mid})

    def tap(self, chat: Chat, title: str, payload: str, mid: str, at: int) -> bytes:
        """Zalo sends the payload as if the person had typed it."""
        return self.text(chat, payload or title, mid, at)

    postback = tap

    def contact(self, chat: Chat, mid: str, at: int) -> bytes:
        info = {"name": chat.name, "phone": phones.zalo_form(chat.phone or ""), "address": "", "city": ""}
        return self._from_person("user_submit_info", chat, at, info=info)

    def sticker(self, chat: Chat, mid: str, at: int) -> bytes:
        attachment = {"type": "sticker", "payload": {"id": "46000", "url": "https://stickers.example/46000.png"}}
        return self._from_person("user_send_sticker", chat, at, message={"attachments": [attachment], "msg_id": mid})

    def start(self, chat: Chat, at: int) -> bytes:
        return self._managed("follow", chat, at)

    def leave(self, chat: Chat, at: int) -> bytes | None:
        return self._managed("unfollow", chat, at)

    def receipts(self, chat: Chat, body: Mapping[str, Any], mid: str, at: int) -> Sequence[bytes]:
        if by_phone := body.get("by_phone"):
            return (self._by_phone(by_phone, chat, mid, at),)
        echo = self._to_person("oa_send_text", chat, at, message={"text": body.get("text", ""), "msg_id": mid})
        return echo, self._to_person("user_received_message", chat, at, message={"msg_id": mid})

    def seen(self, chat: Chat, mids: Sequence[str], at: int) -> bytes:
        return self._to_person("user_seen_message", chat, at, message={"msg_ids": list(mids)})

    def headers(self, body: bytes) -> dict[str, str]:
        mac = zalo.sign(self._app, body, zalo.timestamp(body), self._key)
        server = {"X-ZEvent-Server": "OA OpenAPI", "User-Agent": "ZaloWebhook"}
        return {"Content-Type": "application/json", zalo.HEADER: mac} | server

    def _by_phone(self, sent: Mapping[str, str], chat: Chat, mid: str, at: int) -> bytes:
        """The receipt of a template by phone: it names the number, and our own name of the message."""
        message = {"delivery_time": str(at), "msg_id": mid, "tracking_id": sent["tracking_id"]}
        parties = {"sender": {"id": chat.account}, "recipient": {"id": sent["phone"]}}
        return self._event("user_received_message", at, parties | {"message": message})

    def _from_person(self, name: str, chat: Chat, at: int, **parts: Any) -> bytes:
        parties = {"sender": {"id": chat.user}, "recipient": {"id": chat.account}}
        return self._event(name, at, parties | {"user_id_by_app": chat.user} | parts)

    def _to_person(self, name: str, chat: Chat, at: int, **parts: Any) -> bytes:
        return self._event(name, at, {"sender": {"id": chat.account}, "recipient": {"id": chat.user}} | parts)

    def _managed(self, name: str, chat: Chat, at: int) -> bytes:
        parts = {"oa_id": chat.account, "follower": {"id": chat.user}, "user_id_by_app": chat.user}
        return self._event(name, at, parts | ({"source": "oa_profile"} if name == "follow" else {}))

    def _event(self, name: str, at: int, parts: Mapping[str, Any]) -> bytes:
        body = {"event_name": name, "app_id": self._app, **parts, "timestamp": str(at)}
        return json.dumps(body, separators=(",", ":")).encode()


class MessengerEvents:
    def __init__(self, settings: Settings) -> None:
        self._page, self._secret = settings.messenger_page_id, settings.messenger_app_secret

    def text(self, chat: Chat, text: str, mid: str, at: int) -> bytes:
        return self._from_person(chat, at, message={"mid": mid, "text": text})

    def tap(self, chat: Chat, title: str, payload: str, mid: str, at: int) -> bytes:
        return self._from_person(
            chat, at, message={"mid": mid, "text": title or payload, "quick_reply": {"payload": payload}}
        )

    def postback(self, chat: Chat, title: str, payload: str, mid: str, at: int) -> bytes:
        return self._from_person(chat, at, postback={"mid": mid, "title": title, "payload": payload})

    def contact(self, chat: Chat, mid: str, at: int) -> bytes:
        """The answer to a `user_phone_number` quick reply: the number, twice."""
        return self.tap(chat, chat.phone or "", chat.phone or "", mid, at)

    def sticker(self, chat: Chat, mid: str, at: int) -> bytes:
        like = {"url": "https://stickers.example/like.png", "sticker_id": 369239263222822}
        return self._from_person(chat, at, message={"mid": mid, "attachments": [{"type": "sticker", "payload": like}]})

    def start(self, chat: Chat, at: int) -> bytes:
        return self._from_person(
            chat, at, postback={"mid": f"m_start{chat.user}{at}", "title": "Bắt đầu", "payload": GET_STARTED}
        )

    def leave(self, chat: Chat, at: int) -> bytes | None:
        return None

    def receipts(self, chat: Chat, body: Mapping[str, Any], mid: str, at: int) -> Sequence[bytes]:
        echo = {"is_echo": True, "app_id": META_APP_ID, "mid": mid, "text": body.get("text", "")}
        named = echo | ({"metadata": body["metadata"]} if body.get("metadata") else {})
        delivery = {"mids": [mid], "watermark": at}
        return self._entry(self._page, chat.user, at, message=named), self._from_person(chat, at, delivery=delivery)

    def seen(self, chat: Chat, mids: Sequence[str], at: int) -> bytes:
        return self._from_person(chat, at, read={"watermark": at})

    def headers(self, body: bytes) -> dict[str, str]:
        return {"Content-Type": "application/json", meta.HEADER: meta.sign(self._secret, body)}

    def _from_person(self, chat: Chat, at: int, **parts: Any) -> bytes:
        return self._entry(chat.user, self._page, at, **parts)

    def _entry(self, sender: str, recipient: str, at: int, **parts: Any) -> bytes:
        event = {"sender": {"id": sender}, "recipient": {"id": recipient}, "timestamp": at} | parts
        body = {"object": "page", "entry": [{"id": self._page, "time": at, "messaging": [event]}]}
        return json.dumps(body, separators=(",", ":")).replace("/", "\\/").encode()  # Meta escapes its slashes
