"""Answers to what the bot has just asked or shown: the same words mean something else there."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from bots.commands import CUSTOMER, get, slots
from bots.commands.taken import Understood
from bots.commands.understanding import understand
from bots.commands.words import split, unstretched
from loyalty.typed import fold
from loyalty.typed.birthdays import BirthdayUnclear
from loyalty.typed.numerals import with_digits

Answer = tuple[str, dict[str, Any]]

WISH = re.compile(r"\b(?:doi|redeem)\b")  # a reward, by a number in words or by several
_SHORT_NO = """
k kh kg hk hem hum hok khum hong hog ko khg
"""
SHORT_NO = frozenset(_SHORT_NO.split())  # «không» as chats spell it
SAID_TO = re.compile(r"(?<=\w)[\s,]+(?:shop|ad|admin|sốp|sop|quán|bạn|em|cháu)[\s.!]*$", re.IGNORECASE)
SHORTLY_NO = re.compile(
    r"(?:(?:thôi|thoi|dạ|da|em|e|mình|minh)\s+)?(?:k|ko|kh|kg|hk|hok|hong|hông|hổng|hem|khum)\b\s*(?=\w)", re.IGNORECASE
)
CONSENT = {"yes": "consent_yes", "no": "consent_no"}
TOUCHED = re.compile(
    r"\b(?:co|dong y|khong|ko|thoi|yes|no|nhan|suy nghi|cung duoc|xem da|chua biet|tu tu|de sau|maybe|later|gui|luon"
    r"|tat nhien|ok\w*|oki\w*|uhm?|lun|chiu|chac|duoc|co le|y|n)\b"
)
ASKING = re.compile(r"\b(?:dau|bao nhieu|bao lau|may gio|khi nao|the nao|where|when|how)\b")
MANY = 5  # words from which on a question is no half answer
_PICKED = """
so cai qua mon phan thu number no lay chon doi muon em e minh mk toi tui anh chi cho a nha nhe ne shop di voi giup da
vang oi ad please the one i want take pick reward gift redeem muc ok oke luon do nay kia ban xin get me hang item
bac chu chau con t dum gium ho hen lun quat nhan co bn thuong diem dung de bang for to
option get ll would like nhen nghen hi thoi
"""
PICKED = frozenset(_PICKED.split())
AROUND_NO = PICKED - {"co", "qua", "diem", "thuong"}
_BETWEEN = """
hoac hay va voi or and
"""
BETWEEN = frozenset(_BETWEEN.split())
_LAST = """
cuoi cung last
"""
LAST = frozenset(_LAST.split())
_OPENING = """
dau tien
"""
OPENING = frozenset(_OPENING.split())
GIFT = re.compile(r"\b(?:qua|thuong|so|number|reward|gift|voucher)\b")
TAKEN = re.compile(
    r"\b(?:doi|lay qua|lay phan qua|lay mon qua|lay phan thuong|chon qua|redeem|quat qua|nhan qua|get reward"
    r"|want reward)\b"
)
BORN = re.compile(r"\b(?:sinh|sn|bday|birthday|born)\b")
SIGNED = re.compile(r"[-−–]\s*\d")  # minus one is no reward
AGREEING = re.compile(
    r"(?:(?:ok|oke|okie|oki|ừ|ừm|uh|um|vâng|vang|dạ|da)\b[\s,.!]*)+", re.IGNORECASE
)  # before the answer itself
COUNTED = re.compile(r"\d (?:phan|cai|mon|qua|suat|ly|gifts|rewards)\b")  # how many, not which
IN_DIGITS = re.compile(r"\d{1,3}", re.ASCII)
TONES = {"ba": ("ba",), "nam": ("năm",), "bay": ("bảy", "bẩy"), "sau": ("sáu",), "tam": ("tám",), "hai": ("hai",)}
A_DAY = re.compile(r"[\d/.\- ]{4,12}|(?:ngay )?\d{1,2}|(?:thang|nam) \d{1,4}|\d.*\d|.*thang \d{1,2}.*", re.ASCII)


def _asks(text: str) -> bool:
    """Whether it is a question of their own, with one of an answer's words in it."""
    plain = fold.fold(text)
    return len(plain.split()) >= MANY and ASKING.search(plain) is not None


def read(text: str, context: str, today: date) -> Answer | None:
    """The intent and slots of an answer; None where the words mean what they always do."""
    match context:
        case "consent_asked":
            return _told(text, today) or _consent(text)
        case "rewards_listed":
            return pick(text) or _told(text, today)
        case "birthday_asked":
            return _birthday(text, today) or _wished(text)
    return _told(text, today)


def answered(text: str, context: str, today: date, understood: Understood) -> Understood:
    """What the chat does with a message after what it asked or showed: the reading of `read`, as a command to run."""
    if understood.is_marked:
        return understood
    answer = read(text, context, today)
    if answer is None:
        return replace(understood, choice=numbers(text)) if _wants_several(understood, text) else understood
    name, given = answer
    match name, context:
        case "redeem", _:
            number = given["number"]
            return Understood(get(CUSTOMER, "redeem"), str(number), value=number, locale=understood.locale)
        case "ASK", "rewards_listed":
            return Understood(choice=numbers(text), locale=understood.locale)
        case ("birthday", _) | (("ASK" | "REFUSE"), "birthday_asked"):  # what cannot be a day, its command refuses
            day = _clause_of_day(text, today) or text
            return Understood(get(CUSTOMER, "birthday"), text, value=day, locale=understood.locale)
        case "ASK", "consent_asked" if understood.number is None and not _asks(text):  # a number asks its own question
            return Understood(get(CUSTOMER, "thanks"), locale=understood.locale)  # which asks for a clear answer
        case (("consent_yes" | "consent_no"), _):
            return Understood(get(CUSTOMER, name.removeprefix("consent_")), locale=understood.locale)
    return understood


def _told(text: str, today: date) -> Answer | None:
    """What means the same whatever was asked."""
    return _wished(text) or _born(text, today)


def _wished(text: str) -> Answer | None:
    """«bác đổi quà thứ ba nhé»: the verb and a reward by its number, in any order, and nothing else."""
    said = fold.fold(text)
    if not (GIFT.search(said) and TAKEN.search(said)):
        return None
    picked = pick(text, known=("redeem", "rewards"))
    return picked if picked is not None and picked[0] == "redeem" else None


def _born(text: str, today: date) -> Answer | None:
    """«sinh nhật cô là 12/3/1962»: a whole day with a word for a birthday, the writer's own."""
    if "?" in text or not BORN.search(fold.fold(text)):
        return None
    if (command := understand(text).command) is not None and command.key != "birthday":
        return None
    said = _clause_of_day(text, today)
    return None if said is None else ("birthday", {"date": slots.day(said, today)})


def _clause_of_day(text: str, today: date) -> str | None:
    """The message, or the part of it between commas, that is a day and nothing else."""
    for part in (text, *re.split(r"[,;\n]+", text)):
        try:
            slots.day(part, today)
        except BirthdayUnclear:
            continue
        return part
    return None


def _wants_several(understood: Understood, text: str) -> bool:
    return understood.command is None and not understood.topics and wants_several(text)


def wants_several(text: str) -> bool:
    """«đổi quà số 3 và 4»: a reward is wanted, with no list shown, but not one by its number."""
    return bool(WISH.search(fold.fold(text))) and (picked := pick(text)) is not None and picked[0] == "ASK"


def _consent(text: str) -> Answer | None:
    """Only a clear yes is one; «ok», «dạ», a number or a thumb is asked for once more, as is a yes with a condition."""
    found = understand(SAID_TO.sub("", text))
    if found.command is None and (refused := SHORTLY_NO.match(fold.plain(text))):
        found = understand("không " + fold.plain(text)[refused.end() :])
    if found.command is None and (begun := AGREEING.match(text.strip())):
        found = understand(text.strip()[begun.end() :])
    if found.is_marked:
        return None
    key = found.command.key if found.command else ""
    bare = {word.bare for word in split(text)}
    if SHORT_NO & bare and bare <= SHORT_NO | AROUND_NO and "?" not in text:
        return "consent_no", {}
    if key in CONSENT:
        return CONSENT[key], {}
    said = fold.fold(text)
    is_nothing = not split(text) or bool(IN_DIGITS.fullmatch(said.strip(" .#")))
    if key == "thanks" and "cam on" not in said and "cảm" not in text.casefold():
        return "ASK", {}
    is_open = found.command is None and not found.topics and not found.is_greeting
    return ("ASK", {}) if is_nothing or (is_open and _is_about_consent(said)) else None


def _is_about_consent(said: str) -> bool:
    """Whether words nobody can be sure of begin with a yes or no, or put the answer off."""
    opening = " ".join(said.split()[:3])
    return (
        len(said.split()) <= 8
        and not _asks_the_shop(said)
        and bool(TOUCHED.search(opening) or TOUCHED.search(said[-20:]))
    )


def _asks_the_shop(said: str) -> bool:
    """«quán có wifi không» is a question with both words in it."""
    return bool(re.search(r"\bco (?!nhung)\S.*\b(?:khong|ko|k|hong)\b", said)) or said.startswith(
        ("khong biet", "khong co")
    )


def pick(text: str, known: Sequence[str] = ("redeem",)) -> Answer | None:
    """`3`, «cái thứ ba», `the second one`: a reward of the list, if one and nothing else is said.

    `known`: the commands the words may be besides.
    """
    if "?" in text or SIGNED.search(text):
        return None
    said = _in_digits(text)
    named = [int(word) for word in said if IN_DIGITS.fullmatch(word)]
    others = {word for word in said if not IN_DIGITS.fullmatch(word)}
    if LAST & others and others <= PICKED | LAST:
        return "ASK", {}
    if not named or not others <= PICKED | BETWEEN:
        return None
    if len(named) > 1 or not named[0] or COUNTED.search(" ".join(said)):
        return "ASK", {}
    command = understand(text).command
    return None if command is not None and command.key not in known else ("redeem", {"number": named[0]})


def numbers(text: str) -> tuple[int, ...]:
    """The rewards a message names, each once."""
    named = (int(word) for word in _in_digits(text) if IN_DIGITS.fullmatch(word))
    return tuple(dict.fromkeys(number for number in named if number))


def _in_digits(text: str) -> list[str]:
    """The words, with numbers in digits: `cai 3` of «cái thứ ba»."""
    text = re.sub(r"(?<=\w)\s+one\b", "", fold.plain(text), flags=re.IGNORECASE)
    text = re.sub(r"\bth(?:ứ|u) (?:nhất|nhat)\b", "số 1", text, flags=re.IGNORECASE)
    text = re.sub(r"\bth(?:ứ|u) (?:nhì|nhi)\b", "số 2", text, flags=re.IGNORECASE)
    said = with_digits(" ".join(word if _is_numeral(word, typed) else typed for word, typed in _pairs(text))).split()
    if set(said) >= OPENING or (said[-1:] == ["dau"] and len(said) > 1):
        said = [word for word in said if word not in OPENING] + ["1"]
    return said


def _pairs(text: str) -> list[tuple[str, str]]:
    plain = unstretched(fold.plain(text).casefold())
    return [(fold.fold(part), part) for part in re.findall(r"[^\W_]+", plain)]


def _is_numeral(word: str, typed: str) -> bool:
    """«bà» is no three: a numeral with the tone of another word is none."""
    return word not in TONES or typed == word or typed in TONES[word]


def _birthday(text: str, today: date) -> Answer | None:
    """A day in any form; parts of one are asked back, one that cannot be is refused.

    What has a meaning of its own, as a phone has, is no day.
    """
    if "?" in text or _is_another_matter(text):
        return None
    try:
        return "birthday", {"date": slots.day(text, today)}
    except BirthdayUnclear as refusal:
        if (reason := refusal.facts["reason"]) in ("never", "future"):
            return "REFUSE", {}
        said = slots.bare_day(text)
        return ("ASK", {}) if reason == "year" or A_DAY.fullmatch(said) else None


def _is_another_matter(text: str) -> bool:
    found = understand(text)
    is_command = found.command is not None and found.refusal is None and found.command.key != "birthday"
    return is_command or bool(found.topics and "birthday" not in found.topics)
