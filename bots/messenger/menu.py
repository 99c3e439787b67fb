"""What a page shows before anybody has written: the Get Started button, the greeting, the menu; from our own commands.

Limits: a greeting 160 characters, a menu of 20 titles of 30, four ice breakers (Messenger Profile pages, April 2026).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bots import commands
from bots.commands import CUSTOMER
from bots.messenger import FIELDS, MessengerChannel, errors, quick_replies
from bots.messenger.errors import MessengerError
from bots.messenger.parse import GET_STARTED
from bots.texts import text

GREETING_LIMIT = 160
TITLE_LIMIT = 30
QUESTION_LIMIT = 80
LOCALES: Mapping[str, str] = {"default": "vi", "en_US": "en"}  # Meta's name of a language, and ours
MENU = ("points", "rewards", "code", "history", "help", "agent")
QUESTIONS = ("points", "rewards", "help", "agent")  # at most four
ICE_BREAKERS = "ice_breakers"


@dataclass(frozen=True, slots=True)
class Setup:
    """What is set on a page, and which of its events come. `has_ice_breakers`: somebody set them, we did not."""

    profile: Mapping[str, Any]
    fields: Sequence[str]
    has_ice_breakers: bool = False


def profile(shop: str, *, ice_breakers: bool = False) -> dict[str, Any]:
    """The page's Messenger profile in Meta's form; ice breakers only on request, for they may cost a link its `ref`."""
    found: dict[str, Any] = {
        "get_started": {"payload": GET_STARTED},
        "greeting": [{"locale": name, "text": _greeting(shop, ours)} for name, ours in LOCALES.items()],
        "persistent_menu": [_menu(name, ours) for name, ours in LOCALES.items()],
    }
    if ice_breakers:
        found[ICE_BREAKERS] = [_questions(name, ours) for name, ours in LOCALES.items()]
    return found


def apply(channel: MessengerChannel, shop: str, *, ice_breakers: bool = False) -> Setup:
    """Set it all and subscribe the page: three calls. Once more changes nothing. Raises SendError."""
    wanted = profile(shop, ice_breakers=ice_breakers)
    try:
        channel.client.set_messenger_profile(**wanted)
        channel.client.subscribe(FIELDS)
        theirs = not ice_breakers and bool(channel.client.messenger_profile([ICE_BREAKERS]).get(ICE_BREAKERS))
    except MessengerError as error:
        raise errors.send_error(error) from error
    return Setup(wanted, FIELDS, theirs)


def _greeting(shop: str, locale: str) -> str:
    whole = text("page.greeting", locale, shop=shop)
    return whole if len(whole) <= GREETING_LIMIT else quick_replies.shorten(whole, GREETING_LIMIT)


def _menu(name: str, locale: str) -> dict[str, Any]:
    """A tap says the command, in the language the menu is written in."""
    entries = [{"type": "postback", "title": _title(key, locale), "payload": word(key, locale)} for key in MENU]
    return {"locale": name, "composer_input_disabled": False, "call_to_actions": entries}


def _questions(name: str, locale: str) -> dict[str, Any]:
    entries = [{"question": _title(key, locale, QUESTION_LIMIT), "payload": word(key, locale)} for key in QUESTIONS]
    return {"locale": name, "call_to_actions": entries}


def _title(key: str, locale: str, limit: int = TITLE_LIMIT) -> str:
    return quick_replies.shorten(text(f"button.{key}", locale), limit)


def word(key: str, locale: str) -> str:
    """What a tap says for a command."""
    return commands.get(CUSTOMER, key).word(locale)
