"""What a channel's tests tell of it, so that the one contract suite can try it: `tests/bots/<kind>/contract.py`."""

import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bots.channel import Action, Channel, Outbound, PlatformTemplate, Template

Payload = dict[str, Any]


@dataclass(frozen=True)
class Stage:
    """A channel whose platform is played; `outbound` is addressed to somebody who can be reached."""

    channel: Channel
    outbound: Outbound
    shown: Callable[[], Sequence[str]]  # everything that person sees, a text for each bubble
    refuse: Callable[[str], None]  # by a class of bots.simulator.moods, "" for working again
    template: Template


@dataclass(frozen=True)
class Adapter:
    """One channel folder. `samples` hold a webhook body of every documented event, by a name."""

    receiver: Callable[[], Channel]  # serves the account of the samples; calls nobody
    sign: Callable[[bytes], Mapping[str, str]]  # the headers the platform sends with a body
    forge: Callable[[bytes], Mapping[str, str]]  # the same with a key that is not ours
    samples: Mapping[str, Payload]
    optional: frozenset[str]  # keys the platform may leave out without the event meaning anything else
    stage: Callable[[Path], AbstractContextManager[Stage]]
    foreign: Payload | None = None  # well signed, but for another app; None where the signature names the app
    probe: bytes | None = None  # what the platform posts unsigned to see whether anybody is there
    handshake: tuple[Mapping[str, str], str] | None = None  # the platform's question by GET, and the answer


REFUSALS = {  # what every platform may say of a message
    "window": Action.WINDOW,
    "person": Action.PERSON,
    "content": Action.CONTENT,
    "rate": Action.RETRY,
}


def reorderings(payload: Payload, seed: int) -> Iterator[bytes]:
    """The same JSON with its keys in other orders, at every level, escaped to ASCII and not, tight and loose."""
    chance = random.Random(seed)
    for is_escaped in (True, False):
        for separators in ((",", ":"), (", ", " : ")):
            yield json.dumps(shuffled(payload, chance), ensure_ascii=is_escaped, separators=separators).encode()


def shuffled(value: Any, chance: random.Random) -> Any:
    if isinstance(value, dict):
        items = [(key, shuffled(part, chance)) for key, part in value.items()]
        chance.shuffle(items)
        return dict(items)
    return [shuffled(part, chance) for part in value] if isinstance(value, list) else value


def without(value: Any, dropped: frozenset[str]) -> Any:
    """The same without these keys, at every level."""
    if isinstance(value, dict):
        return {key: without(part, dropped) for key, part in value.items() if key not in dropped}
    return [without(part, dropped) for part in value] if isinstance(value, list) else value


def approved(told: Sequence[PlatformTemplate]) -> PlatformTemplate:
    return next(each for each in told if each.status == "enabled" and each.parameters)
