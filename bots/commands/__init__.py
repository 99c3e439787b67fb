"""Chat commands: one decorated function each, found by themselves in the modules of this folder."""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy.orm import Session

from bots.texts import text
from loyalty.channels.models import ChannelAccount
from loyalty.customers.models import ChannelIdentity
from loyalty.messaging.contents import MessageButton, MessageCard
from loyalty.messaging.conversations import Thread
from loyalty.staff.audit import Author
from loyalty.staff.models import StaffMember
from loyalty.staff.permissions import Right
from loyalty.typed import fold


class Audience(StrEnum):
    CUSTOMER = "customer"
    STAFF = "staff"


CUSTOMER, STAFF = Audience.CUSTOMER, Audience.STAFF


@dataclass(frozen=True, slots=True)
class Reply:
    """What the writer of a message gets back."""

    text: str
    buttons: tuple[MessageButton, ...] = ()
    image_url: str = ""
    cards: tuple[MessageCard, ...] = ()  # shown where the platform has room for them, with `beside` instead of `text`
    beside: str = ""
    picture: str = ""  # the id of an uploaded one, instead of an address


@dataclass(frozen=True, slots=True)
class Chat:
    """One event of one chat, as a command sees it. Without `identity` it is nobody's the shop serves as a customer."""

    account: ChannelAccount
    user_id: str
    event_key: str  # channel:account:event id, what every effect of this event is named after
    text: str  # as written
    locale: str  # what the answer is written in
    now: datetime
    identity: ChannelIdentity | None = None
    staff: StaffMember | None = None
    thread: Thread | None = None  # of the customer's chat, once what was written is kept

    @property
    def person(self) -> ChannelIdentity:
        """The customer's chat, for commands of customers."""
        assert self.identity is not None
        return self.identity

    @property
    def member(self) -> StaffMember:
        """Who of the shop writes, for commands of staff."""
        assert self.staff is not None
        return self.staff

    @property
    def author(self) -> Author:
        return Author.of(self.member, self.account.kind)


Run = Callable[[Session, Chat, Any], Reply]


@dataclass(frozen=True, slots=True)
class Command:
    """One command. `key` is its English name, `audience` and `key` together are unique."""

    spelling: str  # Vietnamese, with its tones
    key: str
    audience: Audience
    right: Right | None
    help: str  # an example to imitate; "" keeps it out of the menus
    is_loose: bool  # changes nothing, so the words of a question may stand around it
    keeps_refused: bool  # what it wrote before refusing stays: wrong codes are counted
    for_everybody: bool  # a staff command strangers may give
    is_urgent: bool  # done and answered even while a person has taken the chat over
    takes_words: bool  # of a customer: what stands after its name belongs to it
    takes_details: bool  # of a customer: so it does where `reads` does not find that something else is meant
    reads: Callable[[str], Any] = field(repr=False)
    run: Run = field(repr=False)

    @property
    def name(self) -> str:
        """As menus show it: `điểm`, `/tich`."""
        return self.spelling if self.audience is CUSTOMER else "/" + fold.fold(self.spelling).replace(" ", "")

    def word(self, locale: str) -> str:
        """What to write for it in a language: `điểm` or `points`; staff commands have one name."""
        return self.key if locale == "en" and self.audience is CUSTOMER else self.name


_known: dict[tuple[Audience, str], Command] = {}


def _as_it_is(args: str) -> str:
    return args


def command(
    spelling: str,
    english: str,
    *,
    for_: Audience,
    right: Right | None = None,
    help: str = "",  # noqa: A002  # reads as what it is where a command is declared
    loose: bool = False,
    keeps_refused: bool = False,
    for_everybody: bool = False,
    urgent: bool = False,
    words: bool = False,
    details: bool = False,
    reads: Callable[[str], Any] = _as_it_is,
) -> Callable[[Run], Run]:
    """Register a function as a chat command.

    `reads` turns what stands after the name into the function's third argument and refuses with `Unreadable`; it is
    pure, for `loyalty understand` calls it too. More ways of saying it are in phrases.toml, under the English name.
    """

    def register(run: Run) -> Run:
        flags = (loose, keeps_refused, for_everybody, urgent, words, details)
        found = Command(spelling, english, for_, right, help, *flags, reads, run)
        assert (for_, english) not in _known, f"two commands are called {english}"
        _known[for_, english] = found
        return run

    return register


@cache
def registry() -> Mapping[tuple[Audience, str], Command]:
    """Every command by audience and English name, in the order of modules and lines."""
    for module in pkgutil.iter_modules(__path__, f"{__name__}."):
        importlib.import_module(module.name)
    return dict(_known)


def get(audience: Audience, key: str) -> Command:
    return registry()[audience, key]


def buttons(locale: str, *keys: str) -> tuple[MessageButton, ...]:
    """A button for each customer command named; «contact» asks the platform for the person's own phone."""
    return tuple(_button(locale, key) for key in keys)


def _button(locale: str, key: str) -> MessageButton:
    is_contact = key == "contact"
    payload = get(CUSTOMER, "join" if is_contact else key).word(locale)
    return MessageButton(text(f"button.{key}", locale), payload, contact=is_contact)
