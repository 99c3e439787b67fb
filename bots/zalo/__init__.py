"""Zalo Official Account: the channel most shops in Vietnam are found on. README.md tells how to connect one."""

import os
import platform
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol, Self

import requests

from bots.channel import Action, BadSignature, Inbound, Outbound, Profile, SendError
from bots.strict_json import clean
from bots.zalo import client, outgoing, parse, signature, zns
from bots.zalo.errors import ZaloException, send_error
from bots.zalo.messages import Json, Part
from bots.zalo.tokens import TokenKeeper
from loyalty.channels.calls import Limit
from loyalty.db import Database
from loyalty.settings import Settings

_FORM_REFUSED = ("-201", "-233")  # cards with buttons are in no page of the v3 interface; text always is
_CREDENTIAL = re.compile(r"[!-~]+")  # what an address and a header can carry
_UNKNOWN_PERSON = (Action.WINDOW, Action.PERSON, Action.CONTENT)


class ZaloSettings(Protocol):
    """What the channel reads of the settings."""

    @property
    def zalo_app_id(self) -> str: ...
    @property
    def zalo_app_secret(self) -> str: ...
    @property
    def zalo_oa_id(self) -> str: ...
    @property
    def zalo_oa_secret_key(self) -> str: ...
    @property
    def zalo_api_url(self) -> str: ...
    @property
    def zalo_zns_url(self) -> str: ...


def _no_other_token() -> None:
    raise SendError(Action.STOP, "no_other_token", "the access token is refused and nobody refreshes it")


def _nothing() -> None:
    """A token somebody else looks after needs no upkeep."""


class ZaloChannel:
    """One OA of one app. Threads may share it.

    `token` is asked for the access token before every call and may raise SendError; so may `renew` and `upkeep`, which
    the methods of these names call. Raises ValueError, naming the setting, for a credential that cannot be one.
    """

    kind = "zalo"
    body_limit = 256 * 1024
    text_limit = outgoing.TEXT_LIMIT
    window = timedelta(hours=48)  # free and unlimited since 2026-01-01
    limit = Limit(3_600, timedelta(minutes=1))  # of 4,000 a minute and app; look-ups count too (rate limits, 2026)

    def __init__(
        self,
        app_id: str,
        app_secret: str,
        oa_id: str,
        oa_secret_key: str,
        *,
        token: Callable[[], str],
        api_url: str = client.PREFIX,
        zns_url: str = zns.PREFIX,
        proof: bool = False,
        renew: Callable[[], None] = _no_other_token,
        upkeep: Callable[[], None] = _nothing,
    ) -> None:
        given = {"APP_ID": app_id, "APP_SECRET": app_secret, "OA_ID": oa_id, "OA_SECRET_KEY": oa_secret_key}
        for name, value in given.items():
            if not _CREDENTIAL.fullmatch(value):
                raise ValueError(f"LOYALTY_ZALO_{name} is missing, or holds spaces or letters beyond ASCII")
        self.account = oa_id
        common: dict[str, Any] = {"token": token, "proof": proof}
        self.client = client.Client(app_id, app_secret, endpoint_prefix=api_url.rstrip("/"), **common)
        self.zns = client.ZNSClient(app_id, app_secret, endpoint_prefix=zns_url.rstrip("/"), **common)
        self._app_id, self._oa_secret_key = app_id, oa_secret_key
        self._renew, self._upkeep = renew, upkeep

    @classmethod
    def from_settings(cls, settings: ZaloSettings, token: Callable[[], str], **more: Any) -> Self:
        """`more` as the constructor has it."""
        return cls(
            settings.zalo_app_id,
            settings.zalo_app_secret,
            settings.zalo_oa_id,
            settings.zalo_oa_secret_key,
            token=token,
            api_url=settings.zalo_api_url,
            zns_url=settings.zalo_zns_url,
            **more,
        )

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        signature.verify(_signature(headers), body, app_id=self._app_id, secret=self._oa_secret_key)

    def is_probe(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Saving the webhook address posts an unsigned `{}`."""
        return _signature(headers) is None and b"".join(body.split()) == b"{}"

    def admit(self, payload: Mapping[str, Any]) -> None:
        if str(payload.get("app_id")) != self._app_id:
            raise BadSignature("signed for another app")

    def handshake(self, arguments: Mapping[str, str]) -> str | None:
        """Zalo asks nothing of the address by GET."""
        return None

    def parse(self, payload: Mapping[str, Any]) -> Sequence[Inbound]:
        return parse.parse(payload)

    def send(self, message: Outbound) -> str:
        """Deliver one consultation message; "" if Zalo took it without naming it. Raises SendError.

        Buttons and pictures Zalo refuses are given up rather than the words.
        """
        if message.account != self.account:
            raise SendError(Action.CONTENT, "account", "the message belongs to another OA")
        *ornate, plainest = outgoing.forms(message)
        for form in ornate:
            try:
                return self._deliver(message.user, form)
            except SendError as refusal:
                if refusal.action is not Action.CONTENT or refusal.code not in _FORM_REFUSED:
                    raise
        return self._deliver(message.user, plainest)

    def renew(self) -> None:
        """Replace the access token this thread used last. Raises SendError."""
        self._renew()

    def upkeep(self) -> None:
        """Refresh the token pair before it grows old. Raises SendError."""
        self._upkeep()

    def profile(self, user: str) -> Profile | None:
        """None for somebody Zalo does not show, as a rule one who does not follow."""
        try:
            data = _called(lambda: self.client.get_user_detail(user)).get("data")
        except SendError as refusal:
            if refusal.action in _UNKNOWN_PERSON:
                return None
            raise
        name = clean(data.get("display_name")).strip() if isinstance(data, dict) else ""
        return Profile(name=name) if name else None

    def _deliver(self, user: str, body: Part) -> str:
        recipient = client.ZaloRecipient(user_id=user)
        data = _called(lambda: self.client.send_message(recipient, body)).get("data")
        sent = data.get("message_id") if isinstance(data, dict) else None
        return clean(str(sent)) if isinstance(sent, (str, int)) else ""


def _called(call: Callable[[], Json]) -> Json:
    try:
        return call()
    except (ZaloException, requests.RequestException) as error:
        raise send_error(error) from None  # the chain would carry the request, and with it token and text


def _signature(headers: Mapping[str, str]) -> str | None:
    name = signature.HEADER.casefold()
    return next((value for key, value in headers.items() if key.casefold() == name), None)


def build(settings: Settings, database: Database, clock: Callable[[], datetime]) -> ZaloChannel | None:
    """The channel, or None without any credential. Raises ValueError, naming the setting, when some are missing."""
    given = (settings.zalo_app_id, settings.zalo_app_secret, settings.zalo_oa_id, settings.zalo_oa_secret_key)
    if not any(given):
        return None
    owner = f"{platform.node()}:{os.getpid()}"
    keeper = TokenKeeper(database, settings, clock, owner=owner, window=ZaloChannel.window)
    return ZaloChannel.from_settings(settings, keeper.current, renew=keeper.renew, upkeep=keeper.upkeep)
