"""Facebook Messenger: one page, through Meta's Messenger Platform. Setting a page up is told in README.md."""

import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Protocol

import structlog

from bots.channel import Action, BadSignature, Inbound, Outbound, Profile, SendError
from bots.messenger import errors, messages, parse, signature
from bots.messenger.client import API_URL, API_VERSION, GraphClient
from bots.messenger.errors import MessengerError
from bots.strict_json import clean
from loyalty.channels.calls import Limit

FIELDS = (  # what app and page must both be subscribed to
    *("messages", "messaging_postbacks", "messaging_referrals", "message_reactions", "message_edits"),
    *("message_deliveries", "message_reads", "message_echoes", "messaging_policy_enforcement"),
)
NO_ORNAMENT = (Action.CONTENT, Action.UNKNOWN)  # a picture's faults that must not keep its words back
CREDENTIAL = re.compile(r"[!-~]+")  # what an address and a header can carry

log = structlog.get_logger(__name__)


class MessengerSettings(Protocol):
    """The part of the settings this channel reads; a blank credential is "" or None."""

    @property
    def messenger_page_id(self) -> str | None: ...
    @property
    def messenger_page_token(self) -> str | None: ...
    @property
    def messenger_app_secret(self) -> str | None: ...
    @property
    def messenger_verify_token(self) -> str | None: ...
    @property
    def messenger_api_url(self) -> str: ...
    @property
    def messenger_api_version(self) -> str: ...


class MessengerChannel:
    """One Facebook page. Threads may share it.

    Raises ValueError, naming the setting, for a credential that cannot be one.
    """

    kind = "messenger"
    body_limit = 4 * 2**20  # bytes; Meta documents none, WhatsApp's webhooks reach 3 MB
    text_limit = 1900  # characters; Meta refuses 2000 and does not say how it counts
    window = timedelta(hours=24)  # Meta's standard messaging window
    limit = Limit(250, timedelta(seconds=1))  # of Meta's 300 a second and page (rate-limiting page, March 2026)

    def __init__(
        self,
        page_id: str,
        page_token: str,
        app_secret: str,
        verify_token: str,
        *,
        api_url: str = API_URL,
        api_version: str = API_VERSION,
    ) -> None:
        for name, value in {
            "PAGE_ID": page_id,
            "PAGE_TOKEN": page_token,
        }.items():  # they travel in addresses and headers
            if not CREDENTIAL.fullmatch(value):
                raise ValueError(f"LOYALTY_MESSENGER_{name} is missing, or holds spaces or letters beyond ASCII")
        if not app_secret.strip():
            raise ValueError("LOYALTY_MESSENGER_APP_SECRET is missing: copy it from the app's basic settings")
        if not verify_token.strip():
            raise ValueError("LOYALTY_MESSENGER_VERIFY_TOKEN is missing: invent a long random one")
        self.account = page_id
        self.client = GraphClient(page_id, page_token, app_secret, api_url=api_url, api_version=api_version)
        self._app_secret = app_secret
        self._verify_token = verify_token

    @classmethod
    def from_settings(cls, settings: MessengerSettings) -> "MessengerChannel | None":
        """The channel, or None without any credential. Raises ValueError, naming the setting, when some are missing."""
        credentials = (
            settings.messenger_page_id or "",
            settings.messenger_page_token or "",
            settings.messenger_app_secret or "",
            settings.messenger_verify_token or "",
        )
        address = {"api_url": settings.messenger_api_url, "api_version": settings.messenger_api_version}
        return cls(*credentials, **address) if any(credentials) else None

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """Raise BadSignature unless exactly one `X-Hub-Signature-256` signs these bytes."""
        given = [value for name, value in headers.items() if name.lower() == signature.HEADER.lower()]
        if len(given) != 1:
            raise BadSignature(f"{len(given)} headers {signature.HEADER}")
        signature.verify(given[0], body, self._app_secret)

    def is_probe(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Never: Meta's test deliveries are signed too."""
        return False

    def admit(self, payload: Mapping[str, Any]) -> None:
        """Nothing to check: the payload does not name the app, its signature proves it."""

    def handshake(self, arguments: Mapping[str, str]) -> str | None:
        """The challenge, when Meta (or whoever asks) knows our verify token. Answer it as text/plain."""
        given = arguments.get("hub.verify_token", "").encode("utf-8", "replace")
        is_known = hmac.compare_digest(given, self._verify_token.encode())
        challenge = arguments.get("hub.challenge", "")
        return challenge if is_known and challenge and arguments.get("hub.mode") == "subscribe" else None

    def parse(self, payload: Mapping[str, Any]) -> Sequence[Inbound]:
        """Every event, over all entries; see `bots.messenger.parse`."""
        return parse.parse(payload)

    def send(self, message: Outbound) -> str:
        """Send a picture first, then the words with their buttons; the words' message id, "" if Meta kept it to itself.

        A picture Meta cannot fetch is left out rather than keeping the words back. After a failure of the words,
        another try sends the picture again.
        """
        if message.account != self.account:
            raise SendError(Action.CONTENT, "account", "the message belongs to another page")
        *ornaments, words = messages.build(message)
        for ornament in ornaments:
            self._adorn(message, ornament)
        return self._deliver(message, words)

    def renew(self) -> None:
        """A page token cannot be exchanged for another: a person must make one. Always raises SendError."""
        raise SendError(Action.STOP, "190", "the page token is not accepted; make a new one")

    def upkeep(self) -> None:
        """Subscribe the page once more: after an hour of failed deliveries Meta drops it without a word. One call."""
        try:
            self.client.subscribe(FIELDS)
        except MessengerError as error:
            raise errors.send_error(error) from error

    def profile(self, user: str) -> Profile | None:
        """Family name first, as in Vietnamese; None when Meta tells nothing (no account name, no permission)."""
        try:
            answer = self.client.profile(user)
        except MessengerError as error:
            if errors.has_no_profile(error):
                return None
            raise errors.send_error(error) from error
        names = (answer.get("last_name"), answer.get("first_name"))
        name = " ".join(" ".join(map(clean, names)).split())
        return Profile(name) if name else None

    def _adorn(self, message: Outbound, ornament: Mapping[str, Any]) -> None:
        try:
            self._deliver(message, ornament)
        except SendError as error:
            if error.action not in NO_ORNAMENT:
                raise
            log.warning("messenger_picture_left_out", code=error.code, reference=message.reference)

    def _deliver(self, message: Outbound, body: Mapping[str, Any]) -> str:
        """RESPONSE answers, UPDATE comes by itself: both are free within the window and refused after it."""
        try:
            return self.client.send_message(message.user, body, "RESPONSE" if message.tag == "reply" else "UPDATE")
        except MessengerError as error:
            if errors.is_sent(error):
                return ""
            raise errors.send_error(error) from error


def build(settings: MessengerSettings, database: object, clock: object) -> MessengerChannel | None:
    """What the registry asks of every channel folder; this one keeps nothing and needs no clock."""
    return MessengerChannel.from_settings(settings)
