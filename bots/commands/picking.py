"""A reward of the list by its number: «3», «cái thứ ba», `the second one`; every word known, or none is taken."""

import re
from collections.abc import Sequence

from bots.commands.taken import Answer
from bots.commands.understanding import understand
from bots.commands.words import is_in, listed, split, unstretched, word
from loyalty.typed import fold
from loyalty.typed.numerals import with_digits

WISH = re.compile(r"\b(?:doi|redeem)\b")  # a reward, by a number in words or by several
_PICKED = """
số cái quà món phần thứ number no lấy chọn đổi muốn em e mình mk tôi tui anh chị cho ạ à nha nhé nhe nè shop đi với giúp
dạ da vâng ơi ad please the one i want take pick reward gift redeem mục ok oke luôn đó đo này kia bạn xin get me hàng
item bác chú cháu con t dùm giùm hộ hen lun quất nhận cô có bn thưởng điểm dùng để bằng for to option ll would like
nhen nghen hi thôi
"""
PICKED = listed(_PICKED)  # a mark that was typed counts: «bàn 3» is no «bạn», «đừng» no «dùng»
_BETWEEN = """
hoặc hay và với or and cũng được
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
SIGNED = re.compile(r"[-−–]\s*\d")  # minus one is no reward
AMOUNT = re.compile(r"\b\d+ (?:diem|points?|pts|d|k|dong|ngan|nghin)\b")  # of points or money
# «dung» may be «đừng», «con 3» be «còn 3», and who says «thôi» may want only this or nothing any more
DOUBTFUL = re.compile(r"\b(?:dung|thoi|thôi|cung|cũng|duoc|được)\b|\b(?:co|có|con|bac|ban|bang|bằng) \d")
COUNTED = re.compile(r"\d (?:phan|cai|mon|qua|suat|ly|gifts|rewards)\b")  # how many, not which
IN_DIGITS = re.compile(r"\d{1,3}", re.ASCII)
NUMERALS = listed("một mốt hai ba bốn tư năm lăm sáu bảy bẩy tám chín mười mươi chục")


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


def wants_several(text: str) -> bool:
    """«đổi quà số 3 và 4»: a reward is wanted, with no list shown, but not one by its number."""
    return bool(WISH.search(fold.fold(text))) and (picked := pick(text)) is not None and picked[0] == "ASK"


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
