"""Zalo Official Account: the channel most shops in Vietnam are found on. README.md tells how to connect one."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Protocol, Self

from bots.channel import Action, BadSignature, Inbound, Outbound, PlatformTemplate, Profile, Quota, SendError
from bots.strict_json import clean
from bots.zalo import client, outgoing, parse, quotas, signature, zns
from bots.zalo.accounts import Accounts
from bots.zalo.connecting import ZaloConnector
from bots.zalo.sending import Sender, called
from loyalty.channels.calls import Limit
from loyalty.db import Database
from loyalty.settings import Settings

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
    """One OA of one app, which may know of others. Threads may share it.

    `token` is asked for the access token before every call and may raise SendError; so may `renew` and `upkeep`, which
    the methods of these names call. `others` are further OAs that granted the app a token, `sibling` makes the channel
    of one. Raises ValueError, naming the setting, for a credential that cannot be one.
    """

    kind = "zalo"
    body_limit = 256 * 1024
    text_limit = outgoing.TEXT_LIMIT
    carousel = 0  # a list of cards is in no page of the v3 interface: sent only where nothing else will do
    picture_life = timedelta(days=6)  # of Zalo's seven: what waits in the queue meanwhile still goes (uploads, 2026)
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
        others: Accounts | None = None,
        sibling: "Callable[[str], ZaloChannel] | None" = None,
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
        self._others, self._sibling = others, sibling
        self._siblings: dict[str, ZaloChannel] = {}
        self.sender = Sender(self.client, self.zns)

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
        """Deliver one message as its route says; "" if Zalo took it without naming it. Raises SendError.

        Buttons, cards and pictures Zalo refuses are given up rather than the words.
        """
        if message.account != self.account:
            raise SendError(Action.CONTENT, "account", "the message belongs to another OA")
        return self.sender.send(message)

    def upload(self, content: bytes, mime: str) -> str:
        """Zalo's name for a JPG or PNG of at most 1 MB; one upload serves every message. Raises SendError."""
        return self.sender.upload(content, mime)

    def templates(self) -> Sequence[PlatformTemplate]:
        """The ZBS templates of the OA, with what each asks for and costs. Raises SendError."""
        return self.sender.templates()

    def quotas(self) -> Sequence[Quota]:
        """The package of the OA and the day's templates. Raises SendError."""
        package = quotas.of_package(called(lambda: self.client.get_zalo_oa_quotas("OA")))
        daily = quotas.of_templates(called(self.zns.get_message_quota), called(self.zns.get_quality))
        return [*package, *daily]

    def put_tag(self, user: str, tag: str) -> None:
        """Zalo makes the tag where there is none. Raises SendError."""
        called(lambda: self.client.tag_follower(user, tag))

    def take_tag(self, user: str, tag: str) -> None:
        """Raises SendError."""
        called(lambda: self.client.rm_follower_from_tag(user, tag))

    def was_billed(self) -> bool | None:
        """Whether this thread's last message was, by the reply to it; None: it did not say."""
        return quotas.was_billed(self.sender.last_quota)

    def others(self) -> Sequence[str]:
        """Further OAs of this app there is a grant of."""
        return self._others.others() if self._others is not None else ()

    def of(self, account: str) -> "ZaloChannel | None":
        """The channel of one OA; None for one that never granted us anything."""
        if account == self.account:
            return self
        if self._sibling is None or self._others is None or not self._others.has(account):
            return None
        return self._siblings.get(account) or self._siblings.setdefault(account, self._sibling(account))

    def renew(self) -> None:
        """Replace the access token this thread used last. Raises SendError."""
        self._renew()

    def upkeep(self) -> None:
        """Refresh the token pair before it grows old. Raises SendError."""
        self._upkeep()

    def profile(self, user: str) -> Profile | None:
        """None for somebody Zalo does not show, as a rule one who does not follow."""
        try:
            data = called(lambda: self.client.get_user_detail(user)).get("data")
        except SendError as refusal:
            if refusal.action in _UNKNOWN_PERSON:
                return None
            raise
        name = clean(data.get("display_name")).strip() if isinstance(data, dict) else ""
        return Profile(name=name) if name else None


def _signature(headers: Mapping[str, str]) -> str | None:
    name = signature.HEADER.casefold()
    return next((value for key, value in headers.items() if key.casefold() == name), None)


def build(settings: Settings, database: Database, clock: Callable[[], datetime]) -> ZaloChannel | None:
    """The channel, or None without any credential. Raises ValueError, naming the setting, when some are missing."""
    given = (settings.zalo_app_id, settings.zalo_app_secret, settings.zalo_oa_id, settings.zalo_oa_secret_key)
    if not any(given):
        return None
    known = Accounts(database, settings, clock, window=ZaloChannel.window)

    def made(oa_id: str, **more: Any) -> ZaloChannel:
        keeper = known.keeper(oa_id)
        own = replace(settings, zalo_oa_id=oa_id)
        return ZaloChannel.from_settings(own, keeper.current, renew=keeper.renew, upkeep=keeper.upkeep, **more)

    return made(settings.zalo_oa_id, others=known, sibling=made)


def connector(settings: Settings, database: Database, clock: Callable[[], datetime]) -> ZaloConnector | None:
    """Who asks consents of OAs; None without an app."""
    if not (settings.zalo_app_id and settings.zalo_app_secret):
        return None
    return ZaloConnector(database, settings, clock, window=ZaloChannel.window)
