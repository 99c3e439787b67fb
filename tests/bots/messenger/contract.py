"""Messenger before the contract suite."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bots.channel import Outbound, Template
from bots.messenger import MessengerChannel, signature
from tests.bots.contract import Adapter, Payload, Stage
from tests.bots.messenger import samples
from tests.bots.simulator.conftest import played
from tests.bots.simulator.stage import staged

SECRET, VERIFY = "meta-secret", "verify me"


def receiver() -> MessengerChannel:
    return MessengerChannel(samples.PAGE, "page-token", SECRET, VERIFY, api_url="http://127.0.0.1:9")


def named() -> Mapping[str, Payload]:
    return {
        name: element if "object" in element else samples.page_event(element)
        for name, (element, *_) in samples.SAMPLES.items()
    }


@contextmanager
def stage(folder: Path) -> Iterator[Stage]:
    with played(folder) as world:
        user = world.chat("minh", "messenger").user
        outbound = Outbound(world.messenger.account, user, "Bạn có 40 điểm.", reference="r1")
        template = Template("points_update_vi", {"1": "Minh", "2": "40"})
        yield staged(world, world.messenger, outbound, template)


ADAPTER = Adapter(
    receiver,
    sign=lambda body: {signature.HEADER: signature.sign(SECRET, body)},
    forge=lambda body: {signature.HEADER: signature.sign("another", body)},
    samples=named(),
    optional=frozenset({"reply_to", "sticker_id", "commands", "num_edit", "ads_context_data"}),
    stage=stage,
    handshake=({"hub.mode": "subscribe", "hub.verify_token": VERIFY, "hub.challenge": "1158"}, "1158"),
)
