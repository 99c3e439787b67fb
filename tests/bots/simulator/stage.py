"""The simulator as the played platform of the contract suite."""

from typing import Any

from bots.channel import Channel, Outbound, Template
from bots.simulator.kept import Chat
from tests.bots.contract import Stage
from tests.bots.simulator.conftest import World


def staged(world: World, channel: Channel, outbound: Outbound, template: Template) -> Stage:
    chat = world.board.store.find_chat(channel.kind, outbound.user)
    assert chat is not None

    def refuse(what: str) -> None:
        world.board.moods.put(channel.kind, {"kind": "refusing", "what": what} if what else {"kind": "working"})

    return Stage(channel, outbound, lambda: shown(world, chat), refuse, template)


def shown(world: World, chat: Chat) -> list[str]:
    return [_words(bubble) for bubble in world.shown(chat)]


def _words(bubble: dict[str, Any]) -> str:
    """Everything one can read of a bubble."""
    cards = [f"{card['title']} {card['subtitle']}" for card in bubble.get("cards", [])]
    rows = [" ".join(row) for row in bubble.get("rows", [])]
    taps = [f"[{button['title']}|{button['payload']}]" for button in bubble.get("buttons", [])]
    parts = [bubble.get("title", ""), bubble.get("text", ""), bubble.get("image", ""), *cards, *rows, *taps]
    return "\n".join(filter(None, parts))
