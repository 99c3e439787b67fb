"""Whatever Meta (or somebody with its key) sends is read as something."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bots import strict_json
from bots.channel import Inbound
from bots.messenger.parse import LISTS, READERS, parse
from loyalty.typed.strict_json import MAX_DEPTH
from tests.bots.messenger.samples import SAMPLES, page_event

WORDS = [
    *LISTS,
    *READERS,
    *("object", "entry", "id", "time", "sender", "recipient", "timestamp", "mid", "text", "page"),
]
WORDS += [
    "quick_reply",
    "payload",
    "referral",
    "ref",
    "is_echo",
    "app_id",
    "metadata",
    "mids",
    "watermark",
    "is_deleted",
]
NAMES = st.sampled_from(WORDS) | st.text(max_size=8)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | NAMES
JSON = st.recursive(
    SCALARS, lambda part: st.lists(part, max_size=4) | st.dictionaries(NAMES, part, max_size=5), max_leaves=25
)
OBJECTS = st.dictionaries(NAMES, JSON, max_size=6)


def check(payload: dict[str, Any]) -> list[Inbound]:
    """Every promise of `Inbound`, for every event of a payload."""
    events = parse(payload)
    assert events
    for event in events:
        assert 0 < len(event.event_id) <= 200
        assert event.at.utcoffset() is not None
        assert len(event.text) <= 4000
        for text in (event.event_id, event.account, event.user, event.name, event.text, event.ref, event.phone):
            assert strict_json.clean(text) == text
        stored = strict_json.loads(json.dumps(event.raw).encode())
        assert parse(stored) == [event]
    return events


@given(OBJECTS)
def test_any_object_is_read(payload: dict[str, Any]) -> None:
    check(payload)


@given(st.lists(JSON, max_size=4), st.sampled_from(LISTS), JSON)
def test_any_elements_of_a_page_are_read_one_by_one(elements: list[Any], key: str, page: Any) -> None:
    assert len(check(page_event(*elements, key=key, page=page))) == max(1, len(elements))


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, child in children for found in paths(child, (*path, key)))]


@given(st.sampled_from(sorted(SAMPLES)), st.data())
def test_a_sample_with_any_part_replaced_is_read(name: str, data: st.DataObject) -> None:
    payload = json.loads(json.dumps(page_event(SAMPLES[name][0])))
    *above, key = data.draw(st.sampled_from(paths(payload)[1:]))
    parent = payload
    for step in above:
        parent = parent[step]
    parent[key] = data.draw(JSON)

    check(payload)


@given(st.sampled_from(sorted(SAMPLES)), st.data())
def test_a_sample_with_any_part_missing_is_read(name: str, data: st.DataObject) -> None:
    payload = json.loads(json.dumps(page_event(SAMPLES[name][0])))
    *above, key = data.draw(st.sampled_from(paths(payload)[1:]))
    parent = payload
    for step in above:
        parent = parent[step]
    del parent[key]

    check(payload)


def test_fifty_levels_are_read() -> None:
    deep: Any = "x"
    for _ in range(MAX_DEPTH - 6):
        deep = {"x": deep}

    check(page_event({"message": {"mid": deep}}))
    check({"object": "page", "entry": [{"standby": {"standby": {"standby": deep}}}]})
