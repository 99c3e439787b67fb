"""What the program asks of every channel folder. A new one adds `tests/bots/<kind>/contract.py`, nothing here."""

import importlib
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots import registry, strict_json
from bots.channel import Action, BadSignature, Button, Card, Channel, Inbound, InboundKind, Malformed, Route, SendError
from bots.texts import splitting
from loyalty.messaging.platforms import RULES
from tests.bots.contract import REFUSALS, Adapter, Stage, approved, reorderings, without
from tests.builders import NOON

KINDS = registry.kinds()
ADAPTERS: dict[str, Adapter] = {kind: importlib.import_module(f"tests.bots.{kind}.contract").ADAPTER for kind in KINDS}
SAMPLES = [(kind, name) for kind in KINDS for name in ADAPTERS[kind].samples]
PICTURE = "https://shop.example/media/qr.png"


@pytest.fixture(params=KINDS)
def adapter(request: pytest.FixtureRequest) -> Adapter:
    return ADAPTERS[request.param]


@pytest.fixture
def channel(adapter: Adapter) -> Channel:
    return adapter.receiver()


@pytest.fixture
def stage(adapter: Adapter, tmp_path: Path) -> Iterator[Stage]:
    with adapter.stage(tmp_path) as opened:
        yield opened


def a_body(adapter: Adapter) -> bytes:
    return json.dumps(next(iter(adapter.samples.values()))).encode()


def meaning(event: Inbound) -> tuple[object, ...]:
    """What an event says, apart from its name and bytes."""
    return event.kind, event.account, event.user, event.text, event.phone, event.ref, event.interaction, event.at


# -- what is said of it


def test_it_says_who_it_is_and_what_fits(adapter: Adapter, channel: Channel) -> None:
    assert channel.kind in KINDS
    assert channel.account
    assert 0 < channel.text_limit <= 2000
    assert 0 <= channel.carousel <= 10
    assert 64 * 1024 <= channel.body_limit <= 16 * 2**20
    assert timedelta(hours=1) <= channel.window <= timedelta(days=7)
    assert channel.limit.calls > 0
    assert channel.limit.per > timedelta(0)


def test_its_window_is_the_one_the_reviewed_rules_state(channel: Channel) -> None:
    assert RULES.span(channel.kind, "free_hours", NOON) == channel.window


# -- the signature


def test_what_the_platform_signed_is_let_in(adapter: Adapter, channel: Channel) -> None:
    body = a_body(adapter)

    channel.verify(adapter.sign(body), body)
    channel.verify({name.lower(): value for name, value in adapter.sign(body).items()}, body)
    channel.admit(strict_json.loads(body))
    assert not channel.is_probe(adapter.sign(body), body)


def test_what_it_did_not_sign_is_refused(adapter: Adapter, channel: Channel) -> None:
    body = a_body(adapter)
    with pytest.raises(BadSignature):
        channel.verify(adapter.forge(body), body)
    with pytest.raises(BadSignature):
        channel.verify({}, body)
    for change in (body + b" ", body.replace(b'"', b' "', 1), body[:-1] + b',"x":1}'):
        with pytest.raises((BadSignature, Malformed)):
            channel.verify(adapter.sign(body), change)


@pytest.mark.parametrize("odd", ["", "é", "mac=", "sha256=", "0" * 64, "mac=" + "0" * 64, "sha256=" + "0" * 64])
def test_a_strange_signature_is_a_bad_one(adapter: Adapter, channel: Channel, odd: str) -> None:
    body = a_body(adapter)
    with pytest.raises(BadSignature):
        channel.verify(dict.fromkeys(adapter.sign(body), odd), body)


def test_another_apps_event_is_refused(adapter: Adapter, channel: Channel) -> None:
    if adapter.foreign is None:  # there the key names the app
        body = a_body(adapter)
        with pytest.raises(BadSignature):
            channel.verify(adapter.forge(body), body)
        return
    with pytest.raises(BadSignature):
        channel.admit(adapter.foreign)


def test_only_its_own_probe_and_handshake_are_answered(adapter: Adapter, channel: Channel) -> None:
    assert channel.is_probe({}, b'{"a":1}') is False
    assert channel.is_probe({}, b"{}") is (adapter.probe is not None)
    assert channel.handshake({}) is None
    if adapter.handshake is not None:
        question, answer = adapter.handshake
        assert channel.handshake(question) == answer
        for name in question:
            assert channel.handshake({**question, name: ""}) is None


# -- reading


@pytest.mark.parametrize(("kind", "name"), SAMPLES)
def test_an_event_is_the_same_in_every_order_of_keys_and_escaping(kind: str, name: str) -> None:
    adapter = ADAPTERS[kind]
    channel = adapter.receiver()
    expected = channel.parse(adapter.samples[name])
    assert len({event.event_id for event in expected}) == len(expected) > 0

    for seed in range(5):
        for body in reorderings(adapter.samples[name], seed):
            channel.verify(adapter.sign(body), body)
            assert channel.parse(strict_json.loads(body)) == expected


@pytest.mark.parametrize(("kind", "name"), SAMPLES)
def test_an_event_means_the_same_without_its_optional_fields(kind: str, name: str) -> None:
    adapter = ADAPTERS[kind]
    channel = adapter.receiver()
    [*expected] = map(meaning, channel.parse(adapter.samples[name]))

    for dropped in (adapter.optional, *(frozenset({key}) for key in sorted(adapter.optional))):
        assert [*map(meaning, channel.parse(without(adapter.samples[name], dropped)))] == expected


@pytest.mark.parametrize("kind", KINDS)
def test_every_documented_event_has_an_id_of_its_own(kind: str) -> None:
    """Within the account; the samples may tell of one message twice."""
    channel = ADAPTERS[kind].receiver()
    told: dict[str, set[str]] = {}
    for payload in ADAPTERS[kind].samples.values():
        for event in channel.parse(payload):
            assert 0 < len(event.event_id) <= 200
            assert event.at.tzinfo is UTC
            told.setdefault(event.event_id, set()).add(event.name)
    assert all(len(names) == 1 for names in told.values()), told


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda part: st.lists(part, max_size=3) | st.dictionaries(st.text(max_size=6), part, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_reading_never_fails_whatever_is_broken(kind: str, data: st.DataObject) -> None:
    samples = ADAPTERS[kind].samples
    payload: Any = json.loads(json.dumps(samples[data.draw(st.sampled_from(sorted(samples)))]))
    part = payload
    while isinstance(part, (dict, list)) and part:
        key = data.draw(st.sampled_from(sorted(part) if isinstance(part, dict) else list(range(len(part)))))
        if not isinstance(part[key], (dict, list)) or data.draw(st.booleans()):
            part[key] = data.draw(JSON)
            break
        part = part[key]

    events = ADAPTERS[kind].receiver().parse(payload)

    assert events
    for event in events:
        assert 0 < len(event.event_id) <= 200
        assert ADAPTERS[kind].receiver().parse(strict_json.loads(json.dumps(event.raw).encode())) == [event]


# -- sending


def test_a_text_arrives_as_it_is(stage: Stage) -> None:
    text = "Chào Lan 🎁 «điểm» <b>\nĐổi quà & nhận 20%"

    assert stage.channel.send(replace(stage.outbound, text=text))
    assert stage.shown() == [text]


def test_the_longest_text_is_taken_and_a_longer_one_arrives_whole_in_parts(stage: Stage) -> None:
    limit = stage.channel.text_limit
    stage.channel.send(replace(stage.outbound, text="ệ" * limit))
    words = " ".join(f"chữ{number}" for number in range(700))
    parts = splitting.split(words, limit)
    for part in parts:
        stage.channel.send(replace(stage.outbound, text=part))

    assert len(parts) > 1
    assert stage.shown() == ["ệ" * limit, *parts]
    assert " ".join(" ".join(parts).split()) == words


def test_buttons_arrive_with_what_they_say(stage: Stage) -> None:
    buttons = (Button("Điểm", "điểm"), Button("Đổi quà số 3", "đổi 3"))
    stage.channel.send(replace(stage.outbound, buttons=buttons))

    [*_, last] = stage.shown()
    assert stage.outbound.text in last
    for button in buttons:
        assert f"[{button.title}|{button.payload}]" in last


def test_a_picture_arrives_with_its_words(stage: Stage) -> None:
    stage.channel.send(replace(stage.outbound, image_url=PICTURE))

    whole = "\n".join(stage.shown())
    assert PICTURE in whole
    assert stage.outbound.text in whole


@pytest.mark.parametrize("image", ["", PICTURE])
def test_cards_arrive_each_with_its_tap(stage: Stage, image: str) -> None:
    cards = [Card(f"Quà {n}", f"{n}00 điểm", image, [Button("Đổi", f"đổi {n}")]) for n in (1, 2, 3)]
    stage.channel.send(replace(stage.outbound, cards=cards))

    whole = "\n".join(stage.shown())
    for number in (1, 2, 3):
        assert f"Quà {number}" in whole
        assert f"đổi {number}" in whole
    assert stage.outbound.text in whole


def test_a_template_arrives_filled_in(stage: Stage) -> None:
    told = approved(stage.channel.templates())
    assert told.name == stage.template.name
    assert {each.name for each in told.parameters} == set(stage.template.values)
    filled = replace(stage.outbound, route=Route.TEMPLATE_USER, template=stage.template)

    assert stage.channel.send(filled)
    for value in stage.template.values.values():
        assert value in stage.shown()[-1]


def test_a_template_that_does_not_fit_is_never_sent(stage: Stage) -> None:
    first, *_ = stage.template.values
    poor = replace(stage.template, values={first: stage.template.values[first]})
    absent = replace(stage.template, name="999999")
    for template in (poor, absent):
        with pytest.raises(SendError) as refused:
            stage.channel.send(replace(stage.outbound, route=Route.TEMPLATE_USER, template=template))
        assert refused.value.action is Action.CONTENT
    assert stage.shown() == []


def test_a_message_of_another_account_is_not_sent(stage: Stage) -> None:
    with pytest.raises(SendError) as refused:
        stage.channel.send(replace(stage.outbound, account="another"))

    assert refused.value.action is Action.CONTENT
    assert stage.shown() == []


@pytest.mark.parametrize("what", REFUSALS)
def test_a_refusal_is_classed(stage: Stage, what: str) -> None:
    stage.refuse(what)
    with pytest.raises(SendError) as refused:
        stage.channel.send(stage.outbound)

    assert refused.value.action is REFUSALS[what]
    assert refused.value.code
    assert not refused.value.is_outage
    assert stage.shown() == []


def test_a_wrong_token_asks_for_another_or_stops(stage: Stage) -> None:
    stage.refuse("token")
    with pytest.raises(SendError) as refused:
        stage.channel.send(stage.outbound)

    assert refused.value.action in (Action.REFRESH, Action.STOP)


def test_a_person_has_a_name_and_a_stranger_none(stage: Stage) -> None:
    profile = stage.channel.profile(stage.outbound.user)

    assert profile is not None
    assert profile.name
    assert stage.channel.profile("9" * 17) is None


def test_its_messages_are_of_a_kind_the_program_answers() -> None:
    for kind in KINDS:
        events = [event for body in ADAPTERS[kind].samples.values() for event in ADAPTERS[kind].receiver().parse(body)]
        assert {InboundKind.MESSAGE, InboundKind.MEDIA, InboundKind.FOLLOW} <= {event.kind for event in events}
        assert all(event.user for event in events if event.kind is InboundKind.MESSAGE)
