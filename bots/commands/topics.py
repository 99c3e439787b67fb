"""The commands that answer what people ask about in their own words."""

import re

from bots.commands import CUSTOMER, likeness, opinions, questions, registry
from bots.commands.taken import Understood
from loyalty.typed import fold

COMMANDS = {
    "balance": "points",
    "expiry": "points",
    "tier": "points",
    "history": "history",
    "rewards": "rewards",
    "offers": "offers",
    "member_code": "code",
    "referral": "refer",
    "birthday": "birthday",
    "join": "join",
    "human": "agent",
    "help": "help",
    "privacy": "privacy",
    "feedback": "feedback",
    "stop": "stop",
    "resume": "resume",
}
EXPIRY, HUMAN, FEEDBACK = "expiry", "human", "feedback"
ANSWERS = frozenset({"stop", "resume"})  # never taken from a question
_LISTED = re.compile(r"\b(?:lich su|giao dich|bien dong|chi tiet|sao ke|history|transactions?|purchases)\b")
_BENEFITS = re.compile(r"\b(?:quyen loi|loi|uu dai|duoc gi|co gi|dac quyen|benefits?|perks)\b")
_REACH = re.compile(r"\b(?:len|thieu|nua|dieu kien|dat|reach|become|more|next|upgrade)\b")
_ENGLISH = re.compile(r"\b(?:my|how|what|when|where|why|does|are|any|points|rewards|offers|expires?|history|please)\b")


def ask(text: str) -> Understood | None:
    """What a question is taken for; one about two things, or about what no command answers, has no command."""
    return _asked(text, questions.find(text))


def alike(text: str) -> Understood | None:
    """The same by likeness to what others said; only for who is a customer, and where nothing else was understood.

    A person is only offered then, for calling one tells the shop; so is to keep what was said of it.
    """
    found = likeness.find(text)
    if found == (HUMAN,):
        return Understood(topics=found, locale=_locale(text))
    if not found and opinions.is_one(text):
        return Understood(args=text, topics=(FEEDBACK,), locale=_locale(text))
    return _asked(text, found)


def _asked(text: str, found: tuple[str, ...]) -> Understood | None:
    if not found or ("?" in text and found[0] in ANSWERS):
        return None
    command = registry().get((CUSTOMER, COMMANDS[found[0]]))
    if len(found) > 1 or command is None:
        return Understood(topics=found, locale=_locale(text))
    return Understood(command, _details(found[0], fold.fold(text)), topics=found, locale=_locale(text))


def _details(topic: str, asked: str) -> str:
    """What the command is told beside its name."""
    if topic == "tier":
        return "benefits" if _BENEFITS.search(asked) else "reach" if _REACH.search(asked) else "held"
    if topic == "expiry":
        return EXPIRY
    if topic == "history":
        return "" if _LISTED.search(asked) else "why"
    return ""


def _locale(text: str) -> str | None:
    """The language of a question, where its letters or little words tell."""
    plain = fold.plain(text)
    if not plain.isascii():
        return "vi"
    return "en" if _ENGLISH.search(plain.casefold()) else None
