"""Deliveries through one OA: consultation messages in the form Zalo takes, templates by user id and by phone."""

import threading
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import requests
from structlog import get_logger

from bots.channel import Action, Outbound, PlatformTemplate, Quota, SendError, Template
from bots.strict_json import clean
from bots.zalo import client, outgoing, quotas, templates
from bots.zalo.errors import ZaloException, send_error
from bots.zalo.messages import Json, Part

log = get_logger()
FORGOTTEN = "-100"  # the attachment is older than seven days
FORM_REFUSED = ("-201", "-233")  # cards with buttons are in no page of the v3 interface; text always is
ASK_AGAIN = 600.0  # seconds what a template asks for is remembered
FORGET_FAILURE = 60.0  # seconds, where Zalo would not tell
TEMPLATES_LATER = timedelta(hours=1)  # a wallet without money, a template taken out of use
TRACKING_LIMIT = 48


def called(call: Callable[[], Json]) -> Json:
    """The reply of a call. Raises SendError."""
    try:
        return call()
    except (ZaloException, requests.RequestException) as error:
        raise send_error(error) from None  # the chain would carry the request, and with it token and text


class Sender:
    """What goes out through one OA. Threads may share it."""

    def __init__(self, chat: client.Client, phone: client.ZNSClient) -> None:
        self._chat, self._phone = chat, phone
        self._lock = threading.Lock()
        self._asked: dict[str, tuple[PlatformTemplate | None, float]] = {}
        self._here = threading.local()

    @property
    def last_quota(self) -> Quota | None:
        """What the reply to this thread's last message said it took."""
        taken: Quota | None = getattr(self._here, "quota", None)
        return taken

    def send(self, message: Outbound) -> str:
        """Zalo's id of the message; "" if it took it without naming it. Raises SendError."""
        self._here.quota = None
        if message.template is not None:
            return self._send_template(message, message.template)
        return self._send_form(message)

    def templates(self) -> Sequence[PlatformTemplate]:
        """All templates of the account as Zalo tells now. Raises SendError."""
        listed = templates.list_ids(lambda offset, limit: called(lambda: self._phone.get_template_list(offset, limit)))
        return [self._told_of(name) for name in listed]

    def _send_form(self, message: Outbound) -> str:
        """Cards, buttons and pictures Zalo refuses are given up rather than the words."""
        *ornate, plainest = outgoing.forms(message)
        for form in ornate:
            try:
                return self._deliver(message.user, form)
            except SendError as refusal:
                if message.attachment and refusal.code == FORGOTTEN:
                    raise SendError(Action.RETRY, FORGOTTEN, refusal.detail, no_attachment=True) from refusal
                if refusal.action is not Action.CONTENT or refusal.code not in FORM_REFUSED:
                    raise
        return self._deliver(message.user, plainest)

    def upload(self, content: bytes, mime: str) -> str:
        """Zalo's id of a picture, good for seven days (upload page, 2026-11). Raises SendError."""
        name = f"picture.{mime.rpartition('/')[2]}"
        data = called(lambda: self._chat.upload_file(content, "image", name, mime)).get("data")
        found = data.get("attachment_id") if isinstance(data, dict) else None
        if not isinstance(found, str) or not found:
            raise SendError(Action.UNKNOWN, "reply", "no attachment_id")
        return found

    def _deliver(self, user: str, body: Part) -> str:
        recipient = client.ZaloRecipient(user_id=user)
        return self._sent(called(lambda: self._chat.send_message(recipient, body)))

    def _send_template(self, message: Outbound, template: Template) -> str:
        """Paid for, so its values are checked first. By phone our own name goes along and comes back in the receipt."""
        values = templates.filled(template, self._asked_by(template.name))
        if not message.phone:
            return self._sent(_templates(lambda: self._chat.send_template_message(message.user, template.name, values)))
        phone, ours = message.phone.removeprefix("+"), message.reference[:TRACKING_LIMIT]
        return self._sent(
            _templates(lambda: self._phone.send_zns_message(phone, template.name, values, tracking_id=ours or None))
        )

    def _asked_by(self, name: str) -> PlatformTemplate | None:
        """What a template asks for, of the last ten minutes; None where Zalo would not tell just now."""
        with self._lock:
            known, until = self._asked.get(name, (None, 0.0))
        if time.monotonic() < until:
            return known
        try:
            known, lives = self._told_of(name), ASK_AGAIN
        except SendError as refusal:
            if refusal.action is Action.REFRESH:
                raise
            log.warning("template_unread", channel="zalo", code=refusal.code)
            known, lives = None, FORGET_FAILURE
        with self._lock:
            self._asked[name] = (known, time.monotonic() + lives)
        return known

    def _told_of(self, name: str) -> PlatformTemplate:
        told = called(lambda: self._phone.get_template_info(name)).get("data")
        return templates.read(name, told if isinstance(told, dict) else {})

    def _sent(self, reply: Json) -> str:
        self._here.quota = taken = quotas.of_reply(reply)
        log.info("quota_taken", channel="zalo", kind=taken.name, left=taken.left)
        data: Any = reply.get("data")
        sent = (data.get("message_id") or data.get("msg_id")) if isinstance(data, dict) else None
        return clean(str(sent)) if isinstance(sent, (str, int)) else ""


def _templates(call: Callable[[], Json]) -> Json:
    """As `called`, but that what stops here stops templates only: the chat has no wallet and needs no approval."""
    try:
        return called(call)
    except SendError as refusal:
        if refusal.action is Action.STOP:
            refusal.only_templates, refusal.retry_after = True, TEMPLATES_LATER
        raise
