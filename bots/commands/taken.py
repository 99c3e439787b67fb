"""What a message was taken for."""

from dataclasses import dataclass
from typing import Any

from bots.commands import Command
from loyalty.errors import LoyaltyError

PLAINLY = "plainly"  # what the command of a yes reads of an «ok»
Answer = tuple[str, dict[str, Any]]  # the intent of an answer and its slots


@dataclass(frozen=True, slots=True)
class Understood:
    """What a message says. `value` is what the command reads of `args`; `refusal` why it cannot be read."""

    command: Command | None = None
    args: str = ""
    value: Any = None
    refusal: LoyaltyError | None = None
    locale: str | None = None  # the language of the command's name
    is_loan: bool = False  # a foreign word everybody uses: it tells little of the language
    is_marked: bool = False  # written with a slash: for staff, whether there is such a command or not
    is_code: bool = False  # nothing but a code
    is_greeting: bool = False
    meant: Command | None = None  # staff only: the command this would be with a slash, or spelt rightly
    number: int | None = None  # nothing but a number: of a reward to look at, or to redeem
    choice: tuple[int, ...] | None = None  # a reward is wanted, but which: the numbers said
    topics: tuple[str, ...] = ()  # asked about in people's own words: one, or two to choose from

    @property
    def is_plain(self) -> bool:
        """«ok», «vâng» after a question: a yes to what was asked last, and else a courtesy."""
        return self.command is not None and self.value == PLAINLY
