"""What a field is: one declaration says how it is asked of the database, read of a person and put into words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from loyalty.segments.fields.sources import Source
from loyalty.segments.frame import Frame, Named
from loyalty.typed.money import format_money, format_points
from loyalty.words import Both

NOTHING = Both("", "")
DAYS = Both("ngày", "days")
LATELY = Both("trong {} ngày qua", "in the last {} days")
EQUALITY = ("=", "!=")
CHOICE = ("in", "not_in")
OPS = (*EQUALITY, "<", "<=", ">", ">=", "between", *CHOICE)
OPPOSITE = {"!=": "=", "not_in": "in"}


class Kind(StrEnum):
    """What the values of a field are."""

    NUMBER = "number"  # points, times, whole ₫
    DAYS = "days"  # whole shop days since something happened, if it did
    AHEAD = "ahead"  # whole shop days until something happens, if it is known to
    YEARLY = "yearly"  # whole shop days until a day of the year comes, if it is known
    TIER = "tier"  # a code or a name of a tier, ordered as the programme orders them
    CHANNEL = "channel"  # kinds of channels: one may have several, or none
    WORD = "word"  # one of a list, or any text; one has one, or none
    MARKS = "marks"  # texts: one may have several, or none
    FLAG = "flag"
    SEGMENT = "segment"  # belonging to another segment

    @property
    def ops(self) -> Sequence[str]:
        match self:
            case Kind.FLAG:
                return EQUALITY
            case Kind.CHANNEL | Kind.WORD | Kind.MARKS | Kind.SEGMENT:
                return (*EQUALITY, *CHOICE)
        return OPS

    @property
    def is_number(self) -> bool:
        return self in (Kind.NUMBER, Kind.DAYS, Kind.AHEAD, Kind.YEARLY)

    @property
    def has_several(self) -> bool:
        """Whether one person may have several of its values at once."""
        return self in (Kind.CHANNEL, Kind.MARKS, Kind.SEGMENT)


class Family(StrEnum):
    """What fields are found under."""

    PROFILE = "profile"
    MONEY = "money"
    TIMES = "times"
    BOUGHT = "bought"
    POINTS = "points"
    CHATS = "chats"
    CAMPAIGNS = "campaigns"
    GROUPS = "groups"
    CUSTOM = "custom"


FAMILIES: dict[Family, Both] = {
    Family.PROFILE: Both("Khách là ai", "Who they are"),
    Family.MONEY: Both("Chi tiêu", "Spending"),
    Family.TIMES: Both("Khi nào mua", "When they buy"),
    Family.BOUGHT: Both("Mua những gì", "What they bought"),
    Family.POINTS: Both("Điểm và hạng", "Points and tier"),
    Family.CHATS: Both("Chat và đồng ý", "Chats and consent"),
    Family.CAMPAIGNS: Both("Chiến dịch đã gửi", "Campaigns they got"),
    Family.GROUPS: Both("Nhãn và nhóm", "Tags and groups"),
    Family.CUSTOM: Both("Ô riêng của cửa hàng", "The shop's own fields"),
}


@dataclass(frozen=True, slots=True)
class Which:
    """The key `of`: which ones are meant, any of up to 20. `choices`: those there are; None: any text.

    `joined` is the part of the sentence, `{}` for the names.
    """

    label: Both
    joined: Both
    example: str
    is_needed: bool = True
    choices: Callable[[Frame], Named] | None = None
    name_of: Callable[[Frame, str], str | None] | None = None  # of one that `choices` may leave out; None: unknown
    clean: Callable[[str], str] | None = None  # a typed text as it is kept


@dataclass(frozen=True, slots=True)
class Window:
    """The key `within_days`: how many shop days back, or ahead. `joined` is the part of the sentence."""

    joined: Both = LATELY
    is_needed: bool = False
    example: int = 90


@dataclass(frozen=True, slots=True)
class Field:
    """A field. `said` is its part of a sentence, `{}` for the comparison; a flag says `said` and `unsaid`.

    `label`, `unit`, `help` are for forms; `example` is a right value. `more` and `less` say what a person would have to
    do for a number to grow or to fall, `{}` for how much: None where nobody can do anything about it. `is_fixed`:
    nothing ever changes it. `choices`: what a word may be; None: any text.
    """

    name: str
    family: Family
    kind: Kind
    source: Source
    label: Both
    said: Both
    example: Any
    unit: Both = NOTHING
    help: Both = NOTHING
    unsaid: Both = NOTHING
    more: Both | None = None
    less: Both | None = None
    of: Which | None = None
    within: Window | None = None
    choices: Callable[[Frame], Named] | None = None
    name_of: Callable[[Frame, str], str | None] | None = None
    clean: Callable[[str], str] | None = None
    example_op: str = ""  # the comparison of the example, where `>=` or `=` would be a strange one
    is_money: bool = False
    is_fixed: bool = False

    @property
    def in_days(self) -> bool:
        """Whether its numbers are days."""
        return self.kind in (Kind.DAYS, Kind.AHEAD, Kind.YEARLY) or self.unit == DAYS

    def written(self, amount: int, locale: str) -> str:
        """A number of it, with what it counts where a sentence needs that."""
        if self.is_money:
            return format_money(amount, locale)
        if self.in_days:
            return f"{format_points(amount, locale)} {DAYS.in_(locale)}"
        return format_points(amount, locale) + (self.unit.vi if self.unit.vi == "%" else "")

    @property
    def takes(self) -> Sequence[str]:
        """The keys a condition on it may have beside `field`, `op` and `value`."""
        return [key for key, is_taken in (("of", self.of), ("within_days", self.within)) if is_taken]
