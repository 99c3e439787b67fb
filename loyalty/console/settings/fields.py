"""Fields that only settings have: a time of day, a day's opening hours, an allowance that may be nothing."""

from typing import Any

from loyalty.choices import chosen
from loyalty.console.forms import Choice, Field, Money, wrong
from loyalty.typed import week
from loyalty.typed.week import HoursUnclear

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Clock(Field):
    """A time of day → 21:00, as text."""

    def read(self, value: str) -> str:
        try:
            return f"{week.read_clock(value):%H:%M}"
        except HoursUnclear:
            raise wrong("Chưa đọc được giờ. Ví dụ đúng: 21:00", "That is no time. Right: 21:00") from None


class OpeningDay(Field):
    """One weekday's hours → its spans as texts; a day off has none."""

    def read(self, value: str) -> list[str]:
        try:
            return [str(span) for span in week.read_day(value)]
        except HoursUnclear as unclear:
            typed, example = unclear.facts["typed"], week.EXAMPLE
            raise wrong(
                f"Chưa đọc được «{typed}». Ví dụ đúng: {example}, hoặc: nghỉ",
                f"“{typed}” are no hours. Right: {example}, or: closed",
            ) from None


class Ceiling(Money):
    """Whole ₫ a month; 0 is a choice too."""

    def read(self, value: str) -> int:
        amount = 0 if value.strip().rstrip("đ₫ ") == "0" else super().read(value)
        if amount > chosen.MOST_BUDGET:
            raise wrong("Số tiền này lớn quá, kiểm tra lại nhé.", "That amount is too large.")
        return amount


class Language(Choice):
    """One of the two the shop speaks."""

    def __init__(self, **options: Any) -> None:
        super().__init__(chosen.LOCALES, required=True, **options)
