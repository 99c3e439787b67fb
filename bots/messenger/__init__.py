"""Facebook Messenger: one page, through Meta's Messenger Platform. Setting a page up is told in README.md."""

import hmac
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Protocol

import structlog

from bots.channel import (
    Action,
    BadSignature,
    Inbound,
    Malformed,
    Outbound,
    PlatformTemplate,
    Profile,
    Route,
    SendError,
)
from bots.messenger import errors, messages, parse, signature, templates
from bots.messenger.client import API_URL, API_VERSION, GraphClient
from bots.messenger.errors import MessengerError
from bots.messenger.templates import Listed
from bots.strict_json import clean
from loyalty.channels.calls import Limit

FIELDS = (  # what app and page must both be subscribed to
    *("messages", "messaging_postbacks", "messaging_referrals", "message_reactions", "message_edits"),
    *("message_deliveries", "message_reads", "message_echoes", "messaging_policy_enforcement"),
    *("messaging_optins", "messaging_handovers", "standby"),
)
SUBSCRIPTION = "subscription"
ROUTES = (Route.FREE, Route.TEMPLATE_USER, Route.HUMAN)
REMEMBERED = 600.0  # seconds the list of templates is good for
NO_ORNAMENT = (Action.CONTENT, Action.UNKNOWN)  # a picture's faults that must not keep its words back
APP_SCOPED = re.compile(r"[0-9]{1,32}")
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
    carousel = messages.CARD_LIMIT
    picture_life = timedelta(days=80)  # of Meta's 90 (saving-assets page, April 2026)
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
        self._templates: tuple[float, Mapping[tuple[str, str], Listed]] = (0.0, {})
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

    def read_signed_request(self, text: str) -> str:
        """Who a privacy callback is about: Meta's app-scoped id of them. Raises BadSignature, Malformed."""
        given = signature.parse_signed_request(text, self._app_secret).get("user_id")
        name = str(given) if isinstance(given, int) and not isinstance(given, bool) else given
        if not isinstance(name, str) or not APP_SCOPED.fullmatch(name):
            raise Malformed("signed_request names no user_id")
        return name

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
        """Send pictures and cards first, then the words with their buttons; the last part's id, "" if Meta tells none.

        A picture Meta cannot fetch is left out rather than keeping the words back; cards it refuses are listed in
        words. After a failure of the words, another try sends what came before them again. Near Meta's limits nothing
        is sent: SendError, retry.
        """
        if message.account != self.account:
            raise SendError(Action.CONTENT, "account", "the message belongs to another page")
        if message.route not in ROUTES:
            raise SendError(Action.CONTENT, "route", f"Messenger has no {message.route.value}")
        self.client.meter.check(is_answer=message.tag == "reply")
        if message.route is Route.TEMPLATE_USER:
            return self._deliver(message, self._filled(message))
        return self._converse(message)

    def upload(self, content: bytes, mime: str) -> str:
        """Meta's name for a picture, which any number of messages may show. Raises SendError."""
        try:
            return self.client.upload_image(content, mime)
        except MessengerError as error:
            raise errors.send_error(error) from error

    def templates(self) -> Sequence[PlatformTemplate]:
        """Every template of the page, as Meta tells now. Raises SendError."""
        return [listed.told for listed in self._listed(fresh=True).values()]

    def renew(self) -> None:
        """A page token cannot be exchanged for another: a person must make one. Always raises SendError."""
        raise SendError(Action.STOP, "190", "the page token is not accepted; make a new one")

    def upkeep(self) -> str | None:
        """See whether the page still delivers to us, and subscribe it again where it does not; "subscription" then.

        After an hour of failed deliveries Meta drops it without a word (webhooks page, May 2026). One cheap call as a
        rule. Fields that a newer version of ours adds are subscribed quietly.
        """
        try:
            apps = self.client.subscriptions().values()
            if any(fields.issuperset(FIELDS) for fields in apps):
                return None
            self.client.subscribe(FIELDS)
        except MessengerError as error:
            raise errors.send_error(error) from error
        return None if any("messages" in fields for fields in apps) else SUBSCRIPTION

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

    def _converse(self, message: Outbound) -> str:
        parts = messages.build(message)
        for part in parts[:-1]:
            refused = self._adorn(message, part) if "attachment" in part else self._deliver(message, part)
            if refused is Action.CONTENT and messages.is_carousel(part):
                return self._converse_plainly(message)
        try:
            return self._deliver(message, parts[-1])
        except SendError as error:
            if error.action is not Action.CONTENT or not messages.is_carousel(parts[-1]):
                raise
            return self._converse_plainly(message)

    def _converse_plainly(self, message: Outbound) -> str:
        """The words alone: the picture, if there is one, has gone out already."""
        *first, last = messages.plain(replace(message, image_url="", attachment=""))
        for part in first:
            self._deliver(message, part)
        return self._deliver(message, last)

    def _adorn(self, message: Outbound, ornament: Mapping[str, Any]) -> Action | None:
        """Send what may be missing; what was wrong with it, None when it went out."""
        try:
            self._deliver(message, ornament)
        except SendError as error:
            if error.action not in NO_ORNAMENT:
                raise
            log.warning("messenger_picture_left_out", code=error.code, reference=message.reference)
            return error.action
        return None

    def _filled(self, message: Outbound) -> Mapping[str, Any]:
        """The `message` object of a template. Raises SendError (content) for one that cannot be sent."""
        if message.template is None:
            raise SendError(Action.CONTENT, "template", "no template is named")
        listed = templates.choose(self._listed(), message.template)
        if listed is None:
            listed = templates.choose(self._listed(fresh=True), message.template)
        if listed is None:
            raise SendError(Action.CONTENT, "template", f"the page has no template {message.template.name}")
        return {"template": templates.fill(listed, message.template), "metadata": messages.metadata(message)}

    def _listed(self, *, fresh: bool = False) -> Mapping[tuple[str, str], Listed]:
        """The page's templates by name and language, asked for again after a while. Raises SendError."""
        asked_at, known = self._templates
        if fresh or not known or time.monotonic() - asked_at > REMEMBERED:
            try:
                rows = self.client.templates()
            except MessengerError as error:
                raise errors.send_error(error) from error
            found = filter(None, map(templates.read, rows))
            known = {(each.told.name, each.language): each for each in found}
            self._templates = (time.monotonic(), known)
        return known

    def _deliver(self, message: Outbound, body: Mapping[str, Any]) -> str:
        """RESPONSE answers, UPDATE comes by itself: both are free within the window and refused after it.

        A template goes out at any time; a person's own words, marked as such, for seven days.
        """
        kind = "RESPONSE" if message.tag == "reply" else "UPDATE"
        tag = None
        if message.route is Route.TEMPLATE_USER:
            kind = "UTILITY"
        elif message.route is Route.HUMAN:
            kind, tag = "MESSAGE_TAG", "HUMAN_AGENT"
        try:
            return self.client.send_message(message.user, body, kind, tag)
        except MessengerError as error:
            if errors.is_sent(error):
                return ""
            if message.attachment and errors.is_forgotten(error):
                raise SendError(Action.RETRY, error.name, error.detail, no_attachment=True) from error
            if message.route is not Route.FREE and errors.is_not_allowed(error):  # no reason to stop the channel
                raise SendError(Action.CONTENT, error.name, "the app may not send this way yet") from error
            raise errors.send_error(error) from error


def build(settings: MessengerSettings, database: object, clock: object) -> MessengerChannel | None:
    """What the registry asks of every channel folder; this one keeps nothing and needs no clock."""
    return MessengerChannel.from_settings(settings)
