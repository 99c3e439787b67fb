"""Who can be played: the demo shop's people and a few of its guests on both channels, and strangers made at will."""

import hashlib
import itertools
import secrets
from collections.abc import Collection

from bots.simulator.kept import Chat
from loyalty.demo import crowd
from loyalty.demo.people import PEOPLE, Person
from loyalty.demo.talk import ASKING

CHANNELS = ("zalo", "messenger")
PLAYED = (*PEOPLE, *(guest.person for guest in crowd.guests() if guest.person.key in ASKING))
KNOWN = {person.key: person for person in PLAYED}

STRANGER_NAMES = (
    *("Sơn", "Trang", "Khoa", "Ngân", "Phúc", "Thảo", "Long", "Hạnh", "Dũng", "Yến"),
    *("Quân", "Nhi", "Đạt", "Loan", "Huy", "Cúc", "Tín", "My", "Bách", "Diệp"),
)
STRANGER_PREFIXES = ("+8433", "+8470", "+8477", "+8483", "+8486", "+8498")
_ZALO, _PSID = "5500000000000000", "24500000000000"


def user_id(person: Person, channel: str) -> str:
    """This person's id on a channel, also on the one where the shop does not know them."""
    number = (person.zalo or person.psid or "")[-3:]
    return (person.zalo or _ZALO + number) if channel == "zalo" else (person.psid or _PSID + number)


def id_at(account: str, chat: Chat) -> str:
    """What another OA calls the person of a chat: an id of its own, always the same."""
    drawn = int.from_bytes(hashlib.sha256(f"{account}:{chat.account}:{chat.user}".encode()).digest()[:7])
    return f"57{drawn % 10**17:017}"


def is_known_at(person: Person, channel: str) -> bool:
    """Whether the shop has met this person on this channel."""
    return person.is_seeded_chat and (person.zalo if channel == "zalo" else person.psid) is not None


def new_stranger(channel: str, taken_names: Collection[str]) -> tuple[str, str, str]:
    """A user id, a name nobody has yet, and a phone (E.164) for somebody the shop has never met."""
    digits, prefix = (19, "56") if channel == "zalo" else (17, "246")
    user = prefix + "".join(secrets.choice("0123456789") for _ in range(digits - len(prefix)))
    return user, _new_name(taken_names), _new_phone()


def _new_name(taken: Collection[str]) -> str:
    if free := [name for name in STRANGER_NAMES if name not in taken]:
        return secrets.choice(free)
    return next(name for number in itertools.count(1) if (name := f"Khách {number}") not in taken)


def _new_phone() -> str:
    """Seven digits of which no two neighbours are equal: it never looks made up, though it is."""
    digits = [secrets.choice("123456789")]
    while len(digits) < 7:
        digits.append(secrets.choice([digit for digit in "0123456789" if digit != digits[-1]]))
    return secrets.choice(STRANGER_PREFIXES) + "".join(digits)
