from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from loyalty.customers import chains

ROW: chains.Content = {
    "a": 1,
    "b": "x",
    "c": None,
    "d": b"\x00\xff",
    "e": datetime(2026, 11, 22, 5, tzinfo=UTC),
    "f": date(2026, 11, 22),
    "g": True,
}


def test_the_same_content_gives_the_same_hash_in_any_order_and_zone() -> None:
    hanoi = datetime(2026, 11, 22, 12, tzinfo=timezone(timedelta(hours=7)))
    turned = dict(reversed({**ROW, "e": hanoi}.items()))
    assert chains.link(b"before", turned) == chains.link(b"before", ROW)


@pytest.mark.parametrize(
    ("field", "value"), [("a", 2), ("b", "y"), ("c", ""), ("d", b""), ("e", date(2026, 11, 22)), ("g", 1)]
)
def test_any_other_content_gives_another_hash(field: str, value: str | int | bytes | date) -> None:
    assert chains.link(b"before", {**ROW, field: value}) != chains.link(b"before", ROW)


def test_the_hash_covers_what_came_before_and_whose_chain_it_is() -> None:
    assert chains.link(b"x", ROW) != chains.link(b"y", ROW)
    starts = {chains.start(chain, who) for chain in ("ledger", "consent") for who in ("A", "B")}
    assert len(starts) == 4


def test_a_value_of_no_fixed_form_is_refused() -> None:
    with pytest.raises(TypeError):
        chains.link(b"", {"a": 1.5j})  # type: ignore[dict-item]  # the point of the test
