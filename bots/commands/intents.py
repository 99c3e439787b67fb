"""What a message is for, as programs ask: one intent and its slots. Pure, total, and it does nothing.

The grammar is the bot's own (`understanding`, `topics`, `unslashed`); here its answers get the names of the interface.
`ASK`: a command it is, but with two readings or something missing, and the bot asks back. `REFUSE`: a command that is
refused as wrong, or is not the writer's to give. docs/understanding.md says when which.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from bots.commands import answers, names, picking, slots, unslashed
from bots.commands.taken import Understood
from bots.commands.understanding import WISH, or_alike, understand
from loyalty.errors import LoyaltyError
from loyalty.typed import fold
from loyalty.typed.birthdays import BirthdayUnclear

CONTEXTS = ("none", "guest", "consent_asked", "rewards_listed", "birthday_asked", "unbound")
ROLES = ("customer", "staff")
_INTENTS = """
greet none unknown ASK REFUSE help join phone balance history expiry tier rewards redeem offers member_code birthday
referral feedback human stop resume privacy consent_yes consent_no award try find redeem_code undo return adjust add
note approve reject report bind unbind
"""
INTENTS = frozenset(_INTENTS.split())
_WRONG = """
landline not_mobile foreign placeholder too_short too_long negative zero too_large fraction never future
"""
WRONG = frozenset(_WRONG.split())
STAFF = {
    "award": "award",
    "find": "find",
    "redeem": "redeem_code",
    "undo": "undo",
    "return": "return",
    "adjust": "adjust",
    "deduct": "adjust",
    "add": "add",
    "note": "note",
    "unnote": "note",
    "try": "try",
    "approve": "approve",
    "reject": "reject",
    "report": "report",
    "staff": "bind",
    "leave": "unbind",
    "help": "help",
    "link": "bind",
    "referral": "referral",
    "tier": "tier",
    "release": "approve",
    "withdraw": "reject",
    "unadd": "undo",
    "customer_report": "report",
    "segments": "report",
    "practice": "help",
    "skip": "help",
    "leave_practice": "help",
}
CUSTOMERS = {
    "join": "join",
    "history": "history",
    "statement": "history",
    "rewards": "rewards",
    "redeem": "redeem",
    "unredeem": "rewards",
    "wish": "rewards",
    "offers": "offers",
    "code": "member_code",
    "birthday": "birthday",
    "refer": "referral",
    "feedback": "feedback",
    "complain": "feedback",
    "agent": "human",
    "stop": "stop",
    "resume": "resume",
    "help": "help",
    "thanks": "none",
    "yes": "consent_yes",
    "no": "consent_no",
    "privacy": "privacy",
    "correct": "privacy",
    "name": "privacy",  # a correction of one's data
    "interests": "privacy",  # likewise
}
POINTS = {"": "balance", "expiry": "expiry"}  # by what `điểm` is asked; any other word is about the tier
NOISE = re.compile(
    r"[:;=8x]+['’-]?[()dpov3o*/\\|]+|<3+|[\W_]*|(?:h[aeiou]+)+h?|k{2,}|(?:ke)+|[:/]-?[a-z]{1,12}|[()\W]*(?:hi|ha|he|hu)+[()\W]*",
    re.IGNORECASE,
)


SPOKEN_PHONE = re.compile(
    r"(?!doi|thay|lien|cap)(?:\w+ ){0,3}?(?:so dien thoai|so dt|sdt|phone)\b"
)  # it says what the number is


@dataclass(frozen=True, slots=True)
class Intent:
    """`readings`: the intents to choose between, where an ASK has them."""

    name: str
    slots: Mapping[str, Any] = field(default_factory=dict)
    readings: tuple[str, ...] = ()


UNKNOWN, NONE, ASK, REFUSE = Intent("unknown"), Intent("none"), Intent("ASK"), Intent("REFUSE")


def read(text: str, *, role: str = "customer", context: str = "none", today: date) -> Intent:
    """The intent of a message by `role` in `context`; `today` tells which birthdays lie ahead. Total."""
    is_staff = role == "staff" and context != "unbound"
    if is_staff and text.lstrip()[:1] in ("+", "-") and (line := unslashed.find(text)) is not None:
        return _marked(line, is_staff)
    found = understand(text, staff=is_staff)
    if found.is_marked:
        return _marked(found, is_staff)
    if (answer := answers.read(text, context, today)) is not None:
        return Intent(*answer)
    if found.command is not None:
        return _customers(found, text, today)
    if found.is_code and found.args:
        return _checked("bind", {"code": found.args})
    if is_staff and (line := unslashed.find(text)) is not None:
        return _marked(line, is_staff)
    if is_staff and unslashed.is_half(text):
        return ASK
    rest = _rest(found, text)
    return rest if is_staff or rest is not UNKNOWN else _alike(or_alike(found, text), text, today)


def _alike(found: Understood, text: str, today: date) -> Intent:
    return _rest(found, text) if found.command is None else _customers(found, text, today)


def _marked(found: Understood, is_staff: bool) -> Intent:
    command = found.command
    if not is_staff and not (command is not None and command.for_everybody):
        return REFUSE
    if command is None:
        return UNKNOWN if found.meant is None else ASK
    if found.refusal is not None:
        return _refused(found.refusal)
    return _checked(STAFF[command.key], slots.of_staff(command.key, found))


def _checked(name: str, given: Mapping[str, Any]) -> Intent:
    """Codes by their shape: eight signs of staff and rewards. A name holds no digits."""
    code = given.get("code")
    if name == "redeem_code" and not slots.is_shaped(code, 8):
        return ASK
    if name == "bind" and "phone" not in given and not slots.is_shaped(code, 8):
        return REFUSE
    return ASK if name == "add" and any(map(str.isdigit, given["name"])) else Intent(name, given)


def _refused(refusal: LoyaltyError) -> Intent:
    return REFUSE if refusal.facts.get("reason") in WRONG and "suggestion" not in refusal.facts else ASK


def _customers(found: Understood, text: str, today: date) -> Intent:
    command = found.command
    assert command is not None
    if found.refusal is not None:
        if command.key in ("feedback", "complain"):  # they are asked what it is
            return Intent("feedback" if command.key == "feedback" else "human")
        return _refused(found.refusal)
    if command.key == "points":
        return Intent(POINTS.get(found.args, "tier"))
    if command.key == "birthday":
        return birthday(found.args, today)
    if command.key == "no":  # with no question open it answers nothing
        return UNKNOWN
    given = slots.of_customer(command.key, found)
    if command.key == "join" and given and (name := names.told(text)):
        given = {**given, "name": name}
    if (
        command.key == "join"
        and given
        and ((found.locale is None and not WISH.match(fold.fold(text))) or SPOKEN_PHONE.match(fold.fold(text)))
    ):
        return Intent("phone", given)
    return Intent("rewards" if command.key == "redeem" and not given else CUSTOMERS[command.key], given)


def birthday(typed: str, today: date) -> Intent:
    """The birthday somebody tells, the wish to tell one, or why it cannot be."""
    try:
        return Intent("birthday", {"date": slots.day(typed, today)} if typed.strip() else {})
    except BirthdayUnclear as refusal:
        return _refused(refusal)


def _rest(found: Understood, text: str) -> Intent:
    """No command at all."""
    if len(found.topics) > 1:
        return Intent("ASK", readings=found.topics)
    if found.topics:
        return Intent(found.topics[0])
    if picking.wants_several(text):
        return ASK
    if found.is_code or found.number is not None:
        return ASK
    if found.is_greeting:
        return Intent("greet")
    return NONE if NOISE.fullmatch(fold.fold(text)) else UNKNOWN
