"""The question when a message has two readings, or one that is not certain; a button of each sends clear words."""

from collections.abc import Sequence

from bots.commands import CUSTOMER, STAFF, Chat, Reply, buttons, get, unslashed
from bots.commands.taken import Understood
from bots.texts import text
from loyalty.messaging.contents import MessageButton
from loyalty.typed import fold

MOST_CHOICES = 3  # buttons of one question


def may(understood: Understood) -> bool:
    """Whether a message is understood but for which of two things it asks."""
    is_open = understood.topics or understood.number is not None or understood.choice is not None
    return understood.command is None and bool(is_open)


def which(understood: Understood, locale: str) -> Reply | None:
    """«Bạn muốn xem điểm hay xem quà?»; of a number alone, to see that reward or to redeem it."""
    if not may(understood):
        return None
    if understood.choice is not None:
        return _choice(understood.choice, locale)
    if understood.number is not None:
        return _number(understood.number, locale)
    said = [text(f"topic.{name}", locale) for name in understood.topics[:2]]
    offered = tuple(MessageButton(words[0].upper() + words[1:], words) for words in said)
    if len(said) == 1:
        return Reply(text("ask.whether", locale, first=said[0]), offered)
    return Reply(text("ask.which", locale, first=said[0], second=said[1]), offered)


def half(chat: Chat) -> Reply | None:
    """Staff who wrote an amount, or a customer and an amount, are asked for the rest; None for anything else."""
    if (line := unslashed.half(chat.text)) is not None:
        award, trial = (f"{get(STAFF, key).name} {line}" for key in ("award", "try"))
        return Reply(text("ask.half", chat.locale, award=award, trial=trial))
    if not unslashed.is_half(chat.text):
        return None
    return Reply(text("ask.whose", chat.locale, typed=fold.quote(chat.text, 20), example=get(STAFF, "award").help))


def _choice(numbers: Sequence[int], locale: str) -> Reply:
    """Which one of several; of one alone, whether it is meant; with none named, how to name it."""
    if len(numbers) == 1:
        return _number(numbers[0], locale)
    word = get(CUSTOMER, "redeem").word(locale)
    if not numbers:
        return Reply(text("ask.no_number", locale, example=f"{word} 3"), buttons(locale, "rewards"))
    offered = tuple(
        MessageButton(text("ask.redeem.label", locale, number=number), f"{word} {number}")
        for number in numbers[:MOST_CHOICES]
    )
    return Reply(text("ask.one_at_a_time", locale, example=f"{word} {numbers[0]}"), offered)


def _number(number: int, locale: str) -> Reply:
    offered = tuple(
        MessageButton(text(f"ask.{name}.label", locale, number=number), f"{get(CUSTOMER, key).word(locale)} {number}")
        for name, key in (("look", "rewards"), ("redeem", "redeem"))
    )
    return Reply(text("ask.number", locale, number=number), offered)
