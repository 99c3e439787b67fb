"""Answers to what the bot has just asked or shown: the same words mean something else there."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from bots.commands import CUSTOMER, get, slots
from bots.commands.taken import Understood
from bots.commands.understanding import understand
from bots.commands.words import is_in, listed, split, unstretched, word
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
số cái quà món phần thứ number no lấy chọn đổi muốn em e mình mk tôi tui anh chị cho ạ à nha nhé nhe nè shop đi với giúp
dạ da vâng ơi ad please the one i want take pick reward gift redeem mục ok oke luôn đó đo này kia bạn xin get me hàng
item bác chú cháu con t dùm giùm hộ hen lun quất nhận cô có bn thưởng điểm dùng để bằng for to option ll would like
nhen nghen hi thôi
"""
PICKED = listed(_PICKED)  # a mark that was typed counts: «bàn 3» is no «bạn», «đừng» no «dùng»
AROUND_NO = frozenset(PICKED) - {"co", "qua", "diem", "thuong", "dung", "bang"}
_BETWEEN = """
hoặc hay và với or and
"""
BETWEEN = listed(_BETWEEN)
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
AMOUNT = re.compile(r"\b\d+ (?:diem|points?|pts|d|k|dong|ngan|nghin)\b")  # of points or money
# «dung» may be «đừng», «con 3» be «còn 3», and who says «thôi» may want only this or nothing any more
DOUBTFUL = re.compile(r"\b(?:dung|thoi|thôi)\b|\b(?:co|có|con|bac|ban|bang|bằng) \d")
COUNTED = re.compile(r"\d (?:phan|cai|mon|qua|suat|ly|gifts|rewards)\b")  # how many, not which
IN_DIGITS = re.compile(r"\d{1,3}", re.ASCII)
NUMERALS = listed("một mốt hai ba bốn tư năm lăm sáu bảy bẩy tám chín mười mươi chục")
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
    """The message, or the part of it between commas, that is a day, where the others say no more than whose it is."""
    parts = re.split(r"[,;\n]+", text)
    for number, part in ((-1, text), *enumerate(parts)):
        try:
            slots.day(part, today)
        except BirthdayUnclear:
            continue
        others = parts[:number] + parts[number + 1 :] if number >= 0 else ()
        return part if all(map(slots.is_own, others)) and not slots.is_of_another(text) else None
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
    others = [word for word in split(" ".join(said)) if not IN_DIGITS.fullmatch(word.bare)]
    if any(word.bare in LAST for word in others) and all(word.bare in LAST or is_in(word, PICKED) for word in others):
        return "ASK", {}
    if not named or not all(is_in(word, PICKED) or is_in(word, BETWEEN) for word in others):
        return None
    line = " ".join(said)
    if AMOUNT.search(fold.fold(line)):
        return None
    if len(named) > 1 or not named[0] or COUNTED.search(fold.fold(line)) or DOUBTFUL.search(line):
        return "ASK", {}
    command = understand(text).command
    return None if command is not None and command.key not in known else ("redeem", {"number": named[0]})


def numbers(text: str) -> tuple[int, ...]:
    """The rewards a message names, each once."""
    named = (int(word) for word in _in_digits(text) if IN_DIGITS.fullmatch(word))
    return tuple(dict.fromkeys(number for number in named if number))


def _in_digits(text: str) -> list[str]:
    """The words as typed, but numbers in digits: `cái 3` of «cái thứ ba»."""
    text = re.sub(r"(?<=\w)\s+one\b", "", fold.plain(text), flags=re.IGNORECASE)
    text = re.sub(r"\bth(?:ứ|u) (?:nhất|nhat)\b", "số 1", text, flags=re.IGNORECASE)
    text = re.sub(r"\bth(?:ứ|u) (?:nhì|nhi)\b", "số 2", text, flags=re.IGNORECASE)
    typed = re.findall(r"[^\W_]+", unstretched(text).casefold())
    said = with_digits(" ".join(fold.fold(part) if is_in(word(part), NUMERALS) else part for part in typed)).split()
    return _with_the_first(said)


def _with_the_first(said: list[str]) -> list[str]:
    """«cái đầu tiên», «món đầu» with its number; «lấy quà đâu» asks where."""
    plain = [fold.fold(part) for part in said]
    if set(plain) >= OPENING:
        return [part for part, bare in zip(said, plain, strict=True) if bare not in OPENING] + ["1"]
    is_first = said[-1:] == ["đầu"] or plain[-2:] in (["cai", "dau"], ["mon", "dau"])
    return [*said[:-1], "1"] if is_first and said[-1] != "đâu" and len(said) > 1 else said


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
