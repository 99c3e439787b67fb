"""Zalo before the contract suite."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bots.channel import Outbound, Template
from bots.zalo import ZaloChannel, signature
from tests.bots.contract import Adapter, Payload, Stage
from tests.bots.simulator.conftest import played
from tests.bots.simulator.stage import staged
from tests.bots.zalo import samples

SECRET = "example-oa-secret-A1b2"


def receiver() -> ZaloChannel:
    nowhere = "http://127.0.0.1:9"
    keys = (samples.APP, "app-secret", samples.OA, SECRET)
    return ZaloChannel(*keys, token=lambda: "token", api_url=nowhere, zns_url=nowhere)


def headers(body: bytes, secret: str) -> Mapping[str, str]:
    return {signature.HEADER: signature.sign(samples.APP, body, signature.timestamp(body), secret)}


def named() -> Mapping[str, Payload]:
    """Each sample by its event's name; of the same name by a number too."""
    return {f"{number} {body['event_name']}": body for number, body in enumerate(samples.ALL)}


@contextmanager
def stage(folder: Path) -> Iterator[Stage]:
    values = {"customer_name": "Lan", "points": "25", "balance": "320", "store": "Mây Lê Lợi"}
    with played(folder) as world:
        user = world.chat("lan", "zalo").user
        outbound = Outbound(world.zalo.account, user, "Bạn có 320 điểm.", reference="r1")
        yield staged(world, world.zalo, outbound, Template("250001", values))


ADAPTER = Adapter(
    receiver,
    sign=lambda body: headers(body, SECRET),
    forge=lambda body: headers(body, "another-key"),
    samples=named(),
    optional=frozenset({"user_id_by_app", "quote_msg_id", "thumbnail", "user_dob", "gender", "full_address", "reason"}),
    stage=stage,
    foreign=samples.TEXT | {"app_id": "999"},
    probe=b"{}",
)
