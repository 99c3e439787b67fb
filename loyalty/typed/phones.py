"""Vietnamese mobile numbers: every way of typing one leads to the same E.164."""

import re
from typing import Any

import phonenumbers

from loyalty.errors import Unreadable
from loyalty.typed import fold

EXAMPLE = "0912345678"
LONGEST = 40  # characters of any number worth reading
LONGEST_MESSAGE = 200  # characters of a message that may be nothing but a phone
PLACEHOLDERS = frozenset({"123456789", "1234567890"})  # beside eight equal digits at the end

# The plan of 15 September 2018, leading zeros left out: eleven digits became ten, the last seven stayed.
RENUMBERED = {
    "120": "70", "121": "79", "122": "77", "126": "76", "128": "78",  # MobiFone
    "123": "83", "124": "84", "125": "85", "127": "81", "129": "82",  # VinaPhone
    "162": "32", "163": "33", "164": "34", "165": "35", "166": "36", "167": "37", "168": "38", "169": "39",  # Viettel
    "186": "56", "188": "58",  # Vietnamobile
    "199": "59",  # Gmobile
}  # fmt: skip

# In use in 2026; the library lags behind on 052, 055 and 089, so a prefix listed here needs no second opinion.
LIVE_PREFIXES = frozenset({
    "32", "33", "34", "35", "36", "37", "38", "39", "86", "96", "97", "98",  # Viettel
    "70", "76", "77", "78", "79", "89", "90", "93",  # MobiFone
    "81", "82", "83", "84", "85", "88", "91", "94",  # VinaPhone
    "52", "56", "58", "92",  # Vietnamobile
    "59", "99", "87", "55",  # Gmobile, iTel, Wintel
})  # fmt: skip

# What may stand around one's own phone; a word that could make it somebody else's, or a refusal, is not among them.
FILLERS = frozenset({
    "a", "ah", "bac", "chau", "chu", "co", "con", "nghen", "t",
    "ak", "alo", "anh", "ban", "c", "chao", "chi", "chinh", "cho", "cua", "da", "dang", "day", "di", "dien",
    "dk", "do", "dt", "e", "em", "gui", "ha", "hay", "hoac", "ki", "ky", "la", "lun", "luon", "m", "minh", "mik", "mk",
    "moi", "nay", "ne", "nek", "nha", "nhap", "nhe", "nhen", "oi", "roi", "sdt", "shop", "so", "thoai", "toi", "tui",
    "u", "va", "vang", "voi", "xin", "zalo",
    "hello", "hi", "i", "is", "it", "my", "number", "ok", "oke", "or", "and", "phone", "tel", "telephone", "mobile",
    "the", "this", "s",
})  # fmt: skip

# Said of a number of eleven digits, which has ten now; of any other it is a phone somebody no longer has.
OF_OLD = frozenset({"cu", "hoi", "xua", "truoc", "ngay", "old"})

_SHAPE = re.compile(r"\(?\+?(?=[\d(])[\d\s.()/·•‐‑‒–—−-]*", re.ASCII)
_RUN = re.compile(r"\(?\+?\d(?:[\s.()/·•‐‑‒–—−-]*\d)*", re.ASCII)
_USUAL = re.compile(r"0\d{9}", re.ASCII)
_ANOTHERS = re.compile(r"\bban (?:em|e|minh|mk|toi|tui|gai|trai|than|hoc)\b")  # «số bạn em là …»
_DATE = re.compile(r"\d{1,2}([ ./-])\d{1,2}\1\d{2,4}", re.ASCII)


class PhoneUnclear(Unreadable):
    """A number that is no member's mobile.

    `reason`: empty, missing, unclear, too_short, too_long, landline, not_mobile, foreign, placeholder, missing_zero or
    two_phones. `suggestion`, where there is one, is the number probably meant.
    """

    code = "phone_unclear"

    def __init__(self, typed: str, reason: str, suggestion: str | None = None) -> None:
        facts: dict[str, Any] = {"suggestion": suggestion} if suggestion else {}
        super().__init__(typed=fold.quote(typed), example=EXAMPLE, reason=reason, **facts)


def parse_phone(text: str) -> str:
    """`+84912345678` of `0912 345 678`, `84…`, `+84(0)…`, `0084…` or a number of eleven digits from before 2018.

    Raises PhoneUnclear: landlines, foreign numbers, made-up ones, and nine bare digits (asked back with their zero).
    """
    if _USUAL.fullmatch(text) and not _objection(text[1:]):  # nearly every phone of a long list
        return "+84" + text[1:]
    digits = _compact(text)
    if len(set(digits)) == 1:
        raise PhoneUnclear(text, "placeholder")
    national = _national(digits, text)
    if reason := _objection(national):
        raise PhoneUnclear(text, reason)
    return "+84" + _renumbered(national)


def find_phone(text: str) -> str | None:
    """The one phone a customer's message consists of, a few words of courtesy aside; None when it says something else.

    Raises PhoneUnclear for several phones, or for what is meant as one and is none.
    """
    typed = fold.plain(text)
    if len(typed) > LONGEST_MESSAGE or fold.UNREADABLE in typed:
        return None
    runs = [part for run in _RUN.findall(typed) for part in _split_pair(run)]
    known = FILLERS | OF_OLD if runs and all(map(_is_of_old, runs)) else FILLERS
    if _ANOTHERS.search(fold.fold(typed)) or not known.issuperset(fold.tokens(_RUN.sub(" ", typed))):
        return None
    if not runs or not all(looks_like_phone(run) for run in runs):
        return None
    found = {parse_phone(run) for run in runs}
    if len(found) > 1:
        raise PhoneUnclear(text, "two_phones")
    return found.pop()


def split_phone(text: str, *, may_trail: bool = False) -> tuple[str, str]:
    """The phone `text` begins with, and the rest as typed: `0912 345 678 Nguyễn Văn A`, `0912345678 50 lý do`.

    `may_trail`: the phone may stand at the end instead. Raises PhoneUnclear.
    """
    words = list(re.finditer(r"\S+", text))
    for count in range(1, min(len(words), 8) + 1):
        if phone := _try_phone(text[: words[count - 1].end()].rstrip(",;:")):
            return phone, _rest(text[words[count - 1].end() :])
        if may_trail and (phone := _try_phone(text[words[-count].start() :])):
            return phone, text[: words[-count].start()].strip(" \t\r\n,;:")
    raise _leading_fault(text, [word[0] for word in words[:8]])


def looks_like_phone(text: str) -> bool:
    """Whether `text` is written as a phone, be it a right one or one to ask back."""
    typed = fold.plain(text)
    if not _SHAPE.fullmatch(typed) or _DATE.fullmatch(typed):
        return False
    digits = _digits(typed)
    if "+" in typed or digits.startswith("00"):
        return 8 <= len(digits) <= 17
    if digits.startswith("0"):
        return 8 <= len(digits) <= 13
    return _lacks_zero(digits) or (digits.startswith("84") and 11 <= len(digits) <= 13)


def is_begun(text: str) -> bool:
    """Whether `text` may be the beginning of a phone: digits and what stands between them, fewer than a phone has."""
    typed = fold.plain(text)
    return bool(_SHAPE.fullmatch(typed)) and 0 < len(_digits(typed)) < 9


def mask(e164: str) -> str:
    """`0912 ••• 678`: enough for its owner to recognise."""
    shown = national(e164)
    return f"{shown[:4]} ••• {shown[-3:]}" if len(shown) > 8 else "•••"


def national(e164: str) -> str:
    """`0912345678`; a number of another country stays as it is."""
    return "0" + e164.removeprefix("+84") if e164.startswith("+84") else e164


def spaced(e164: str) -> str:
    """`0912 345 678`, as one reads it out."""
    shown = national(e164)
    return f"{shown[:4]} {shown[4:7]} {shown[7:]}" if len(shown) == 10 else shown


def zalo_form(e164: str) -> str:
    """`84912345678`, as Zalo's interfaces take and give phones."""
    return e164.removeprefix("+")


def _compact(text: str) -> str:
    """Digits alone, after a `+` when the number is written with its country."""
    typed = fold.plain(text)
    if not typed:
        raise PhoneUnclear(text, "empty")
    if not _SHAPE.fullmatch(typed) or not (digits := _digits(typed)):
        raise PhoneUnclear(text, "unclear")
    if len(typed) > LONGEST:
        raise PhoneUnclear(text, "too_long")
    return "+" + digits if "+" in typed else digits


def _digits(typed: str) -> str:
    return re.sub(r"[^0-9]", "", typed)


def _national(digits: str, text: str) -> str:
    """The number inside Vietnam without its leading zero, unchecked."""
    abroad = re.sub(r"^00", "+", digits)
    if abroad.startswith("+84"):
        return abroad[3:].removeprefix("0")
    if abroad.startswith("+0"):  # no country begins with 0
        raise PhoneUnclear(text, "unclear", _suggest(abroad[1:].lstrip("0")))
    if abroad.startswith("+"):
        raise PhoneUnclear(text, "foreign")
    if digits.startswith("084") and len(digits) > 11:  # 084 912 345 678: a zero before the country
        raise PhoneUnclear(text, "too_long", _suggest(digits[3:]))
    if digits.startswith("84") and len(digits) >= 11:
        return digits[2:].removeprefix("0")
    if _lacks_zero(digits):
        raise PhoneUnclear(text, "missing_zero", _suggest(digits))
    if not digits.startswith("0"):
        raise PhoneUnclear(text, _reason_without_zero(digits))
    return digits[1:]


def _reason_without_zero(digits: str) -> str:
    if digits.startswith(("1800", "1900")):  # hotlines
        return "not_mobile"
    return "too_short" if len(digits) < 9 else "unclear"


def _objection(national: str) -> str:
    """Why the number cannot be a member's, or nothing."""
    renumbered = _renumbered(national)
    if national in PLACEHOLDERS or (len(renumbered) > 7 and len(set(renumbered[-8:])) == 1):
        return "placeholder"
    if national.startswith(("2", "4", "6")) and len(national) >= 8:  # 04, 06: areas until 2017
        return "landline"
    if national.startswith(("1800", "1900")):
        return "not_mobile"
    if len(renumbered) != 9:
        return "too_short" if len(renumbered) < 9 else "too_long"
    return "" if _is_mobile(renumbered) else "not_mobile"


def _renumbered(national: str) -> str:
    prefix = RENUMBERED.get(national[:3]) if len(national) == 10 else None
    return prefix + national[3:] if prefix else national


def _is_of_old(run: str) -> bool:
    digits = _digits(run)
    return len(digits) == 11 and digits[1:4] in RENUMBERED


def _is_mobile(national: str) -> bool:
    if national[:2] in LIVE_PREFIXES:
        return True
    number = phonenumbers.PhoneNumber(country_code=84, national_number=int(national))
    return bool(phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.MOBILE)


def _lacks_zero(digits: str) -> bool:
    """Nine bare digits, or ten from before 2018, that a zero would complete."""
    return digits[:1] not in {"", "0"} and len(digits) in {9, 10} and not _objection(digits)


def _suggest(national: str) -> str | None:
    plain = national.removeprefix("0")
    return None if _objection(plain) else "0" + _renumbered(plain)


def _try_phone(text: str) -> str | None:
    try:
        return parse_phone(text)
    except PhoneUnclear:
        return None


def _split_pair(run: str) -> list[str]:
    """Two phones with only a space, dash or slash between them are told apart by both being right."""
    for cut in re.finditer(r"[\s./·•‐‑‒–—−-]+", run):
        left, right = run[: cut.start()], run[cut.end() :]
        if len(_digits(run)) > 15 and _try_phone(left) and _try_phone(right):
            return [left, right]
    return [run]


def _rest(text: str) -> str:
    """What follows a phone, without the comma or dash that parts them; a sign before a number stays."""
    return re.sub(r"^[\s,;:]*(?:[-–—]\s+(?![\d]))?", "", text).rstrip()


def _leading_fault(text: str, words: list[str]) -> PhoneUnclear:
    """Why `text` does not begin with a phone, said of the words that were meant as one."""
    meant: list[str] = []
    for word in words:
        if not _SHAPE.fullmatch(fold.plain(word)) or len(_digits(" ".join(meant))) >= 8:
            break
        meant.append(word)
    if not meant:
        return PhoneUnclear(text, "missing")
    try:
        parse_phone(" ".join(meant))
    except PhoneUnclear as fault:
        return fault
    return PhoneUnclear(text, "unclear")
