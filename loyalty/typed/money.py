"""Amounts in whole ₫: read as shops type them, written as people read them.

Every way of writing is one row of `FORMS`; a way that has two readings names both and is asked back, never guessed.
"""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from loyalty.errors import Unreadable
from loyalty.typed import fold

THOUSAND, MILLION = 1_000, 1_000_000
MOST = 10**12  # ₫
LONGEST = 40  # characters of any amount worth reading
EXAMPLE = "250k"


class MoneyUnclear(Unreadable):
    """An amount nobody can be sure of.

    `reason`: empty, unclear, negative, zero, too_large, fraction, mixed_separators, sum, no_unit or two_readings.
    `suggestion` is the likeliest amount as one may type it, `readings` all of them when there are several.
    """

    code = "money_unclear"

    def __init__(self, typed: str, reason: str, amounts: tuple[int, ...] = ()) -> None:
        readings = tuple(dict.fromkeys(write_short(amount) for amount in amounts if 0 < amount <= MOST))
        facts: dict[str, Any] = {"suggestion": readings[0]} if readings else {}
        if len(readings) > 1:
            facts["readings"] = readings
        super().__init__(typed=fold.quote(typed), example=EXAMPLE, reason=reason, **facts)


class Reading(NamedTuple):
    """What an amount may mean, likeliest first, in whole ₫, and why it must be asked back (empty when it is clear)."""

    amounts: tuple[int, ...]
    reason: str = ""


def parse_money(text: str) -> int:
    """Whole ₫, 1 to 10^12, of `250k`, `250.000`, `250,000đ`, `0,25tr`, `1tr2`, `1 triệu 250 nghìn` and the like.

    Raises MoneyUnclear for whatever has two readings in practice (`250`, `1.250`, `2tr05`) or none.
    """
    amounts, reason = read(text)
    if reason:
        raise MoneyUnclear(text, reason, amounts)
    return amounts[0]


def looks_like_money(text: str) -> bool:
    """Whether `text` is written as an amount, be it a clear one or one to ask back."""
    return read(text).reason not in {"empty", "unclear"}


def format_money(amount: int, locale: str = "vi") -> str:
    """Whole ₫ for reading: `250.000đ` in Vietnamese, `250,000₫` otherwise."""
    return format_points(amount, locale) + ("đ" if locale == "vi" else "₫")


def format_points(points: int, locale: str = "vi") -> str:
    """A whole number with its thousands parted: `1.250` in Vietnamese, `1,250` otherwise."""
    grouped = f"{points:,}".replace("-", "−")
    return grouped.replace(",", ".") if locale == "vi" else grouped


def write_short(amount: int) -> str:
    """A clear way to type `amount`: `250k`, `2tr`, `1tr25`, else `2.050.000đ`."""
    millions, rest = divmod(amount, MILLION)
    if amount % THOUSAND or millions >= THOUSAND:
        return format_money(amount)
    if not millions:
        return f"{amount // THOUSAND}k"
    if rest % 10_000 or 0 < rest < 100_000:
        return format_money(amount)
    return f"{millions}tr{rest // 10_000 or ''}".removesuffix("0" if rest else "")


def read(text: str) -> Reading:
    """What `text` says as an amount; never raises."""
    typed = fold.fold(fold.plain(text)).rstrip(" .,;!")
    if not typed or len(typed) > LONGEST:
        return Reading((), "unclear" if typed else "empty")
    for form, reader in FORMS:
        if match := form.fullmatch(typed):
            return _within_bounds(reader(match))
    return Reading((), "unclear")


def _within_bounds(reading: Reading) -> Reading:
    if reading.reason or 0 < reading.amounts[0] <= MOST:
        return reading
    return Reading((), "too_large" if reading.amounts[0] else "zero")


def _scaled(unit: int) -> Callable[[re.Match[str]], Reading]:
    """A number, perhaps with a decimal part, times `unit`."""

    def reader(match: re.Match[str]) -> Reading:
        whole, part = match["whole"], match["part"] or ""
        amount, lost = divmod(int(whole + part) * unit, 10 ** len(part))
        if len(part) == 3 and whole != "0":  # 1.250k: a decimal, or a thousand two hundred and fifty?
            grouped = int(whole + part) * unit
            return Reading((grouped, amount) if unit == THOUSAND else (amount, grouped), "two_readings")
        if len(whole) > 4:  # 25000k: 25 million, or the k is one too many?
            return Reading((int(whole), amount), "two_readings")
        return Reading((), "fraction") if lost else Reading((amount,))

    return reader


def _after_thousands(match: re.Match[str]) -> Reading:
    """`12k5`, `12k500`: the next digits in their places."""
    return Reading((int(match["whole"]) * THOUSAND + int(match["short"].ljust(3, "0")),))


def _after_millions(match: re.Match[str]) -> Reading:
    """`1tr2`, `1tr25` and `1tr250` go on in decimal places; a zero first or last of two could be meant otherwise."""
    digits = match["short"]
    decimal, counted = int(digits.ljust(6, "0")), int(digits) * THOUSAND
    if len(digits) == 3:
        return _million_and(match, decimal)
    if digits.startswith("0"):
        return _million_and(match, decimal, counted)
    return _million_and(match, decimal, counted) if digits.endswith("0") else _million_and(match, decimal)


def _thousands_after_millions(match: re.Match[str]) -> Reading:
    """`1tr50k`, `1 triệu 250 nghìn`; `1tr2k` is likelier a slip for `1tr2` than 1.002.000."""
    digits = match["thousands"]
    counted, decimal = int(digits) * THOUSAND, int(digits.ljust(6, "0"))
    slip = (match["unit"] == "k" and len(digits) == 1) or (len(digits) == 2 and digits.startswith("0"))
    return _million_and(match, decimal, counted) if slip else _million_and(match, counted)


def _million_and(match: re.Match[str], *rests: int) -> Reading:
    millions = int(match["whole"]) * MILLION
    return Reading(tuple(millions + rest for rest in rests), "two_readings" if len(rests) > 1 else "")


def _half_after_millions(match: re.Match[str]) -> Reading:
    return _million_and(match, MILLION // 2)


def _rest_after_millions(match: re.Match[str]) -> Reading:
    return _million_and(match, _joined(match["rest"]))


def _spelled_out(match: re.Match[str]) -> Reading:
    return Reading((_joined(match["number"]),))


def _bare(match: re.Match[str]) -> Reading:
    """No unit: few digits usually stand for thousands, very many are more likely a phone."""
    typed = match[0]
    amount = _joined(typed)
    if 0 < amount < THOUSAND:
        return Reading((amount * THOUSAND,), "no_unit")
    if amount < 10 * THOUSAND and amount % THOUSAND:
        return Reading((amount * THOUSAND, amount), "two_readings")
    return Reading((amount,), "two_readings" if typed.isdigit() and len(typed) > 8 else "")


def _bare_spaced(match: re.Match[str]) -> Reading:
    return Reading((_joined(match[0]),), "two_readings")


def _bare_decimal(match: re.Match[str]) -> Reading:
    """`1,2` is said of millions, `12.5` of thousands."""
    whole, part = match["whole"], match["part"]
    unit = MILLION if len(whole) == 1 else THOUSAND
    amount, lost = divmod(int(whole + part) * unit, 10 ** len(part))
    return Reading(() if lost else (amount,), "no_unit")


def _sum(match: re.Match[str]) -> Reading:
    parts = [read(part) for part in match[0].split("+") if part]
    clear = parts and not any(part.reason for part in parts)
    return Reading((sum(part.amounts[0] for part in parts),) if clear else (), "sum")


def _metres(match: re.Match[str]) -> Reading:
    """`1m2`: some write m for a million; it is also a metre."""
    return Reading(read(match[0].replace("m", "tr")).amounts, "two_readings")


def _refused(reason: str) -> Callable[[re.Match[str]], Reading]:
    return lambda match: Reading((), reason)


def _joined(number: str) -> int:
    return int(re.sub(r"[., ]", "", number))


_D = r"(?: ?(?:₫|vnd|dong|d))"
_K = r"(?P<unit>k|nghin|ngan)"
_TR = r"(?:trieu|tr|cu)"
_NUMBER = r"(?P<whole>0|[1-9]\d*)(?:[.,](?P<part>\d+))?"
_MILLIONS = rf"(?P<whole>[1-9]\d{{0,3}}) ?{_TR} ?"
_DOTTED = r"[1-9]\d{0,2}(?:\.\d{3})+|[1-9]\d{0,2}(?:,\d{3})+"
_SPACED = r"[1-9]\d{0,2}(?: \d{3})+"
_WHOLE = r"0|[1-9]\d*"
_ANY = rf"(?P<number>{_DOTTED}|{_SPACED}|{_WHOLE})"

FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Reading]], ...] = tuple(
    (re.compile(pattern, re.ASCII), reader)
    for pattern, reader in (
        (rf"{_NUMBER} ?{_K}{_D}?", _scaled(THOUSAND)),
        (rf"{_NUMBER} ?{_TR}{_D}?", _scaled(MILLION)),
        (r"(?P<whole>[1-9]\d{0,3})k(?P<short>[1-9]|\d{3})", _after_thousands),
        (rf"{_MILLIONS}(?P<short>\d{{1,3}})", _after_millions),
        (rf"{_MILLIONS}(?P<thousands>\d{{1,3}}) ?{_K}{_D}?", _thousands_after_millions),
        (rf"{_MILLIONS}(?P<rest>[1-9]\d{{1,2}}[.,]\d{{3}}){_D}?", _rest_after_millions),
        (rf"{_MILLIONS}ruoi{_D}?", _half_after_millions),
        (rf"(?:(?:vnd|₫) ?)?{_ANY}{_D}", _spelled_out),
        (rf"(?:vnd|₫) ?{_ANY}", _spelled_out),
        (rf"{_NUMBER}{_D}", _refused("fraction")),
        (rf"{_DOTTED}|{_WHOLE}", _bare),
        (_SPACED, _bare_spaced),
        (r"(?P<whole>0|[1-9]\d*)[.,](?P<part>\d+)", _bare_decimal),
        (rf"[1-9]\d*(?:[.,]\d+){{2,}}{_D}?", _refused("mixed_separators")),
        (r"[-−–] ?[\d.,]+ ?[a-z₫]*\d*", _refused("negative")),
        (r"[^+]*\d[^+]*(?:\+[^+]*)+|\+[^+]*\d[^+]*", _sum),
        (r"[1-9]\d*(?:[.,]\d+)? ?m ?\d*", _metres),
    )
)
