"""What a messaging channel is to the rest of the program. Adding one is adding a folder beside `bots/zalo/`."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

from loyalty.channels.calls import Limit
from loyalty.channels.route import Route
from loyalty.typed.strict_json import Malformed

__all__ = [
    "SLOWED",
    "Action",
    "BadSignature",
    "Button",
    "Card",
    "Channel",
    "HasQuotas",
    "Inbound",
    "InboundKind",
    "Malformed",
    "MirrorsTags",
    "Outbound",
    "Parameter",
    "PlatformTemplate",
    "Profile",
    "Quota",
    "Route",
    "SendError",
    "SeveralAccounts",
    "TakesPictures",
    "TellsOfBills",
    "Template",
]


class BadSignature(Exception):
    """The provider did not sign these bytes, or signed them for another app. Answered with 401."""


SLOWED = "usage"  # the code of a RETRY that nothing failed at: the platform's limits are near, so we wait by ourselves


class SendError(Exception):
    """A message did not go out, or nobody knows whether it did.

    `action` says what to do about it; `code` is the provider's own code ("-216", "10/2018278", "timeout"), kept for
    people; `retry_after` is the provider's own wish, if it gave one. `only_templates`: what is broken is the way
    templates go, not the chat; `is_unknown`: nobody here knows the code, so the owner should. `no_attachment`: nothing
    went, the platform has forgotten the picture uploaded for it.
    """

    def __init__(
        self,
        action: "Action",
        code: str,
        detail: str = "",
        *,
        retry_after: timedelta | None = None,
        only_templates: bool = False,
        is_unknown: bool = False,
        no_attachment: bool = False,
    ) -> None:
        super().__init__(f"{action.value} {code} {detail}".strip())
        self.action = action
        self.code = code
        self.detail = detail
        self.retry_after = retry_after
        self.only_templates = only_templates
        self.is_unknown = is_unknown
        self.no_attachment = no_attachment

    @property
    def is_outage(self) -> bool:
        """Whether the platform gave no answer of its own: not reached, too slow, broken off, or an error of its server.

        Channels call it `connect`, `certificate`, `timeout`, `connection`, `broken` and `http 503`.
        """
        return self.action in (Action.RETRY, Action.UNKNOWN) and bool(_NO_ANSWER.fullmatch(self.code))


_NO_ANSWER = re.compile(r"connect|certificate|timeout|connection|broken|http[ -]5[0-9][0-9]")


class Action(StrEnum):
    """What a failed send asks of us, classed by the provider's code."""

    RETRY = "retry"  # certainly not sent: later, with backoff
    UNKNOWN = "unknown"  # a time-out or a broken answer: it may have gone out
    REFRESH = "refresh"  # the token was refused: get another, try once more
    WINDOW = "window"  # the person must write first
    PERSON = "person"  # this person cannot be reached until they write again
    STOP = "stop"  # the channel is broken: stop it and tell the owner
    CONTENT = "content"  # this message is wrong: sending it again changes nothing


class InboundKind(StrEnum):
    MESSAGE = "message"  # text typed, a button or a quick reply tapped: `text` holds the words or the payload
    MEDIA = "media"  # a picture, sticker, file, place …: no words to understand
    FOLLOW = "follow"
    UNFOLLOW = "unfollow"
    CONTACT = "contact"  # the platform attests this person's own phone: `phone`
    REFERRAL = "referral"  # came through a link: `ref`
    REACTION = "reaction"
    DELIVERED = "delivered"
    SEEN = "seen"
    HUMAN = "human"  # a person of the shop answered outside this program
    WITHDRAWAL = "withdrawal"  # the person took their consent back at the platform, and wants their data gone
    ANSWER = "answer"  # what somebody answered to a template; who, only our message tells: `message_ids`, `reference`
    TEMPLATE = "template"  # the state of a template or a quota of the account changed: `facts`
    TAGGED = "tagged"  # somebody got a tag at the platform (`ref` "add") or lost it ("remove"): `text` is the tag
    REVOKED = "revoked"  # the account's administrator took our grant back
    EDIT = "edit"  # a message of theirs reads otherwise now: `message_ids` names it, `text` is what it says
    STANDBY = "standby"  # said to another app that holds the thread: kept, never answered
    AWAY = "away"  # another app, or a person in the platform's inbox, holds the thread from now on
    BACK = "back"  # the thread is ours again
    KEPT = "kept"  # told of a person and only kept: `name` says what, `text` in one word how
    BLOCKED = "blocked"  # of the account itself, as are the next three: the platform lets nothing out; `text` is why
    UNBLOCKED = "unblocked"
    WARNED = "warned"  # `text` is why
    JUDGED = "judged"  # the platform judged a template: `text` names it and says how
    OTHER = "other"  # everything else: stored and ignored


@dataclass(frozen=True, slots=True)
class Inbound:
    """One event of one account, as the platform reported it. Texts are NFC, without NUL or lone surrogates."""

    event_id: str  # the platform's own name of the event, unique within the account; at most 200 characters
    account: str  # OA id or page id the event belongs to
    user: str  # the person's id at this account; "" when the event names nobody
    kind: InboundKind
    at: datetime  # when it happened, aware UTC
    name: str  # the platform's word for it: "user_send_text", "postback"
    text: str = ""
    phone: str = ""  # as attested by the platform, not yet normalised
    person_name: str = ""  # if the event carries it
    ref: str = ""
    message_id: str = ""  # the platform's message id, for messages
    message_ids: tuple[str, ...] = ()  # receipts: which of our messages
    reference: str = ""  # receipts and answers: our own name of the message, where the platform hands it back
    facts: Mapping[str, str] = field(default_factory=dict)  # news of the account: small values, nothing personal
    watermark: datetime | None = None  # receipts: everything sent up to then
    interaction: bool = False  # opens (or renews) the platform's answering window
    raw: Mapping[str, Any] = field(default_factory=dict)  # a payload `parse` accepts and reads as this one event


@dataclass(frozen=True, slots=True)
class Button:
    """A tap that sends `payload` as if it had been typed; `contact` asks for the person's own phone instead."""

    title: str
    payload: str
    contact: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """One of several things shown beside each other, each with its own taps; without cards, a list."""

    title: str
    subtitle: str = ""
    image_url: str = ""  # public https address
    buttons: Sequence[Button] = ()


@dataclass(frozen=True, slots=True)
class Parameter:
    """One blank of an approved template, as the platform lists it."""

    name: str
    is_required: bool = True
    shortest: int = 0  # characters
    longest: int | None = None


@dataclass(frozen=True, slots=True)
class PlatformTemplate:
    """A template as the platform tells of it. Prices are whole ₫; None: it cannot go that way, or nobody says."""

    name: str  # Zalo: its id; Messenger: its name
    title: str  # what people call it
    locale: str  # vi, en
    status: str  # enabled, pending, rejected, disabled
    tag: str  # transaction, care, promotion, utility
    parameters: Sequence[Parameter] = ()
    price_user: int | None = None
    price_phone: int | None = None
    quality: str = ""  # HIGH, MEDIUM, LOW; "" where unknown


@dataclass(frozen=True, slots=True)
class Template:
    """An approved template with its blanks filled in, in the platform's order."""

    name: str
    values: Mapping[str, str]
    locale: str = "vi"


@dataclass(frozen=True, slots=True)
class Outbound:
    """One message to one person. `text` fits the channel's `text_limit`: longer ones are split before.

    With a `template` the text is only what people of the shop see of it; `phone` (E.164) is whom it goes to by number.
    """

    account: str
    user: str
    text: str
    buttons: Sequence[Button] = ()
    image_url: str = ""  # public https address of a picture
    reference: str = ""  # our own name of the message, for channels that hand it back
    tag: str = "reply"  # lane: reply, notice, promotion
    route: Route = Route.FREE
    template: Template | None = None
    phone: str = ""
    cards: Sequence[Card] = ()
    attachment: str = ""  # the platform's own name of a picture uploaded before, instead of its address


@dataclass(frozen=True, slots=True)
class Profile:
    name: str = ""


@dataclass(frozen=True, slots=True)
class Quota:
    """How many messages of one sort an account may still send, as the platform tells it; None: it does not say."""

    name: str  # templates_day, cs_sub_quota
    left: int | None = None
    total: int | None = None
    until: date | None = None  # the last day it holds
    note: str = ""  # what is no number: a quality HIGH, MEDIUM, LOW


class Channel(Protocol):
    """One messaging provider. Knows no customer, no session, no Flask."""

    kind: str  # "zalo": its folder, its webhook address, the value stored beside every identity
    account: str  # the OA or page this installation serves
    body_limit: int  # bytes; a longer webhook body is refused with 413
    text_limit: int  # characters of one message
    carousel: int  # cards it shows beside each other, pictures and all; 0: a list in words reads better there
    window: timedelta  # free answers are possible for this long after the last interaction
    limit: Limit  # calls to send, of all processes together: beyond it a platform refuses, or freezes a page

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """Raise BadSignature unless the provider signed exactly these bytes; Malformed when they cannot be read."""

    def is_probe(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether this is the provider's unsigned reachability test: answered with 200, nothing stored."""

    def admit(self, payload: Mapping[str, Any]) -> None:
        """Raise BadSignature when a well-signed payload belongs to another app."""

    def handshake(self, arguments: Mapping[str, str]) -> str | None:
        """The text to answer to the provider's GET, or None to refuse it."""

    def parse(self, payload: Mapping[str, Any]) -> Sequence[Inbound]:
        """Every event of one webhook call, each with its `raw`; what we do not handle is `InboundKind.OTHER`.

        Never raises on an object: unknown or damaged parts become OTHER, with an event id made from the bytes.
        """

    def send(self, message: Outbound) -> str:
        """Deliver; return the provider's message id. Raises SendError."""

    def renew(self) -> None:
        """Get other credentials after a call was refused with Action.REFRESH. Raises SendError when there are none."""

    def upkeep(self) -> str | None:
        """What must be done from time to time to stay connected; what was found lost and mended, in one word.

        `subscription`: events had stopped coming. Raises SendError.
        """

    def profile(self, user: str) -> Profile | None:
        """What the provider tells of a person, or None. Raises SendError."""

    def templates(self) -> Sequence[PlatformTemplate]:
        """All templates of the account, as the platform tells now. Raises SendError."""


@runtime_checkable
class HasQuotas(Protocol):
    """A channel whose platform tells what may still be sent."""

    def quotas(self) -> Sequence[Quota]:
        """Every quota of the account as it is now. Raises SendError."""


@runtime_checkable
class TakesPictures(Channel, Protocol):
    """A channel whose platform keeps pictures for its account, so that one upload serves every message with it."""

    picture_life: timedelta  # its name for one is good for so long

    def upload(self, content: bytes, mime: str) -> str:
        """The platform's name for a PNG or JPEG; nobody sees it yet, so doing it twice harms nothing.

        Raises SendError.
        """


@runtime_checkable
class MirrorsTags(Protocol):
    """A channel whose platform lets the shop tag people. Either call once more changes nothing."""

    def put_tag(self, user: str, tag: str) -> None:
        """Raises SendError."""

    def take_tag(self, user: str, tag: str) -> None:
        """Raises SendError."""


@runtime_checkable
class TellsOfBills(Protocol):
    """A channel whose platform says with each message whether it was billed."""

    def was_billed(self) -> bool | None:
        """Whether the message this thread sent last was billed; None: that was not said."""


@runtime_checkable
class SeveralAccounts(Protocol):
    """A channel that may speak through further accounts, which came by a consent instead of the settings."""

    def others(self) -> Sequence[str]:
        """The further accounts there is a grant of."""

    def of(self, account: str) -> "Channel | None":
        """The channel of one account, its own included; None for one it has no grant of."""


def serving(channels: Mapping[str, Channel], kind: str, account: str) -> Channel | None:
    """The channel of one account; None when nothing here can speak through it."""
    channel = channels.get(kind)
    if channel is None:
        return None
    return channel.of(account) if isinstance(channel, SeveralAccounts) else channel
