"""Who serves when staff write from a chat."""

from bots import voice
from bots.commands import Chat
from loyalty.points.counter.orders import Hand


def hand(chat: Chat) -> Hand:
    """The writer, in whose name this event is done; others are told in the words of `bots.voice`."""
    return Hand(chat.member, chat.author, chat.event_key, chat.now, voice)
