"""Answers to what the bot has just asked or shown: the same words mean something else there."""

import re
from dataclasses import replace
from datetime import date

from bots.commands import CUSTOMER, affirming, get, slots
from bots.commands.picking import IN_DIGITS, PICKED, numbers, pick, wants_several
from bots.commands.taken import PLAINLY, Answer, Understood
from bots.commands.understanding import understand
from bots.commands.words import split
from loyalty.typed import fold
from loyalty.typed.birthdays import BirthdayUnclear

_SHORT_NO = """
k kh kg hk hem hum hok khum hong hog ko khg
"""
SHORT_NO = frozenset(_SHORT_NO.split())  # «không» as chats spell it
SAID_TO = re.compile(r"(?<=\w)[\s,]+(?:shop|ad|admin|sốp|sop|quán|bạn|em|cháu)[\s.!]*$", re.IGNORECASE)
SHORTLY_NO = re.compile(
    r"(?:(?:thôi|thoi|dạ|da|em|e|mình|minh)\s+)?(?:k|ko|kh|kg|hk|hok|hong|hông|hổng|hem|khum)\b\s*(?=\w)", re.IGNORECASE
)
SEND = re.compile(r"\b(?:gui|send)\b(?! (?:gi|dau|nao|sao))")
CONSENT = {"yes": "consent_yes", "no": "consent_no"}
TOUCHED = re.compile(
    r"\b(?:co|dong y|khong|ko|thoi|yes|no|nhan|suy nghi|cung duoc|xem da|chua biet|tu tu|de sau|maybe|later|gui|luon"
    r"|de (?:\w+ )?(?:coi|xem|nghi|tinh|hoi)|tinh sau|tuy (?:shop|em|quan|ban)|(?:coi|xem) (?:lai |thu )?da"
    r"|tat nhien|ok\w*|oki\w*|uhm?|lun|chiu|chac|duoc|co le|y|n)\b"
)
YES_BUT = re.compile(r"(?:(?:da|ok\w*|oki\w*|u|uh|uk|vang|duoc|dc)[ ,]+)+(?:ma|nhung)\b")
ASKING = re.compile(r"\b(?:dau|bao nhieu|bao lau|may gio|khi nao|the nao|where|when|how)\b")
MANY = 5  # words from which on a question is no half answer
AROUND_NO = frozenset(PICKED) - {"co", "qua", "diem", "thuong", "dung", "bang"}
GIFT = re.compile(r"\b(?:qua|thuong|so|number|reward|gift|voucher)\b")
TAKEN = re.compile(
    r"\b(?:doi|lay qua|lay phan qua|lay mon qua|lay phan thuong|chon qua|redeem|quat qua|nhan qua|get reward"
    r"|want reward)\b"
)
BORN = re.compile(r"\b(?:sinh|sn|bday|birthday|born)\b")
PLEASED = re.compile(r"(?<=\w)[\s,.!]+(?:thích|hay|tuyệt|vui)(?: quá| lắm| ghê)*[^\w?]*$", re.IGNORECASE)
AGREEING = re.compile(
    r"(?:(?:ok|oke|okie|oki|ừ|ừm|uh|um|vâng|vang|dạ|da)\b[\s,.!]*)+", re.IGNORECASE
)  # before the answer itself
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
        case "consent_yes", _ if not _is_clear_yes(text):
            return Understood(get(CUSTOMER, "yes"), value=PLAINLY, locale=understood.locale)
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


def _said(text: str) -> Understood:
    """The message without whom it is said to, what pleases and the «ok» before the answer itself."""
    found = understand(SAID_TO.sub("", PLEASED.sub("", text)))
    if found.command is None and (refused := SHORTLY_NO.match(fold.plain(text))):
        found = understand("không " + fold.plain(text)[refused.end() :])
    if found.command is None and (begun := AGREEING.match(text.strip())):
        found = understand(text.strip()[begun.end() :])
    return found


def _is_clear_yes(text: str) -> bool:
    """«đồng ý», «có»: a yes whatever was said in between."""
    command = _said(text).command
    return command is not None and command.key == "yes"


def _consent(text: str) -> Answer | None:
    """A clear or a plain yes is one; «dạ», a number or a thumb is asked for once more, as is a yes with a condition."""
    found = _said(text)
    if found.is_marked:
        return None
    if affirming.is_plain(PLEASED.sub("", text)):
        return "consent_yes", {}
    key = found.command.key if found.command else ""
    if not key and not found.topics and _refuses(text):
        return "consent_no", {}
    if SEND.search(fold.fold(text)) and affirming.is_nearly(text):
        return "ASK", {}
    bare = {word.bare for word in split(text)}
    if SHORT_NO & bare and bare <= SHORT_NO | AROUND_NO and "?" not in text:
        return "consent_no", {}
    if key in CONSENT:
        return CONSENT[key], {}
    said = fold.fold(text)
    is_nothing = not split(text) or affirming.is_listening(text) or bool(IN_DIGITS.fullmatch(said.strip(" .#")))
    if key == "thanks" and "cam on" not in said and "cảm" not in text.casefold():
        return "ASK", {}
    is_open = found.command is None and not found.topics and not found.is_greeting
    return ("ASK", {}) if is_nothing or (is_open and _is_about_consent(said)) else None


def _refuses(text: str) -> bool:
    """«hông nha shop, tui ghét quảng cáo»: one part is a clear no, the others ask for nothing."""
    said = [_refusal(part) for part in re.split(r"[,.!;\n]+", text) if part.strip()]
    return "?" not in text and len(said) > 1 and said.count(True) == 1 and said.count(None) == len(said) - 1


def _refusal(part: str) -> bool | None:
    """Whether a part refuses; None where it means nothing at all."""
    found = understand(SAID_TO.sub("", part))
    if SEND.search(fold.fold(part)) and found.command is None:
        return False
    if found.command is not None or found.topics:
        return found.command is not None and found.command.key == "no"
    bare = {word.bare for word in split(part)}
    return True if SHORT_NO & bare and bare <= SHORT_NO | AROUND_NO else None


def _is_about_consent(said: str) -> bool:
    """Whether words nobody can be sure of begin with a yes or no, or put the answer off."""
    opening = " ".join(said.split()[:3])
    return (
        len(said.split()) <= 8
        and not (_asks_the_shop(said) and not YES_BUT.match(said))
        and bool(TOUCHED.search(opening) or TOUCHED.search(said[-20:]))
    )


def _asks_the_shop(said: str) -> bool:
    """«quán có wifi không» is a question with both words in it."""
    return bool(re.search(r"\bco (?!nhung)\S.*\b(?:khong|ko|k|hong)\b", said)) or said.startswith(
        ("khong biet", "khong co")
    )


def _birthday(text: str, today: date) -> Answer | None:
    """A day in any form; parts of one are asked back, one that cannot be is refused.

    What has a meaning of its own, as a phone has, is no day.
    """
    if "?" in text or _is_another_matter(text):
        return None
    if (part := _clause_of_day(text, today)) is not None:
        return "birthday", {"date": slots.day(part, today)}
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
