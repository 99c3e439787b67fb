"""The question when a message has two readings; a button of each sends the words that have one."""

from bots.commands import CUSTOMER, Reply, get
from bots.commands.taken import Understood
from bots.texts import text
from loyalty.messaging.outbox import MessageButton


def may(understood: Understood) -> bool:
    """Whether a message is understood but for which of two things it asks."""
    return understood.command is None and (len(understood.topics) > 1 or understood.number is not None)


def which(understood: Understood, locale: str) -> Reply | None:
    """«Bạn muốn xem điểm hay xem quà?»; of a number alone, to see that reward or to redeem it."""
    if not may(understood):
        return None
    if understood.number is not None:
        return _number(understood.number, locale)
    first, second = (text(f"topic.{name}", locale) for name in understood.topics[:2])
    buttons = tuple(MessageButton(words[0].upper() + words[1:], words) for words in (first, second))
    return Reply(text("ask.which", locale, first=first, second=second), buttons)


def _number(number: int, locale: str) -> Reply:
    buttons = tuple(
        MessageButton(text(f"ask.{name}.label", locale, number=number), f"{get(CUSTOMER, key).word(locale)} {number}")
        for name, key in (("look", "rewards"), ("redeem", "redeem"))
    )
    return Reply(text("ask.number", locale, number=number), buttons)
