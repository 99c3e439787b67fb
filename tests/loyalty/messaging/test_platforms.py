"""The file of the platforms' rules: every row says from where and when, and no day has two."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bots.messenger import MessengerChannel
from bots.zalo import ZaloChannel
from loyalty.demo.ground import CHANNELS
from loyalty.messaging import platforms
from loyalty.messaging.platforms import RULES, BadRow, Rule
from loyalty.settings import Hours

ROW: dict[str, Any] = {
    "platform": '"zalo"',
    "name": '"free_hours"',
    "value": "48",
    "valid_from": "2026-01-01",
    "source": '"a page"',
    "as_of": "2026-11-22",
    "confidence": '"one"',
}


def written(*rows: dict[str, Any]) -> str:
    lines = ['timezone = "Asia/Ho_Chi_Minh"']
    for row in rows:
        lines += ["[[rule]]", *(f"{name} = {value}" for name, value in row.items())]
    return "\n".join(lines)


def at(hour: int, minute: int = 0, second: int = 0) -> datetime:
    """A time of 22 November 2026 in Vietnam."""
    return datetime(2026, 11, 22, hour, minute, second, tzinfo=RULES.timezone)


def test_every_row_says_where_it_is_from_and_when_it_was_read() -> None:
    assert len(RULES.rows) >= 15
    for rule in RULES.rows:
        assert len(rule.source) > 10 and rule.as_of >= date(2026, 1, 1), rule
        assert rule.confidence in platforms.CONFIDENCES


def test_the_document_shows_every_row_as_it_is() -> None:
    page = (Path(__file__).parents[3] / "docs" / "sending.md").read_text(encoding="utf-8")
    told = [line for line in page.splitlines() if line.startswith(("| zalo | `", "| messenger | `"))]
    assert told == [_line(rule) for rule in RULES.rows]


def _line(rule: Rule) -> str:
    match rule.value:
        case Hours(start, end):
            value = f"{start:%H:%M}–{end:%H:%M}"
        case frozenset() as purposes:
            value = ", ".join(sorted(purposes))
        case number:
            value = f"{number:,}"
    facts = (rule.platform, f"`{rule.name}`", value, rule.valid_from, rule.valid_to or "")
    return f"| {' | '.join(map(str, facts))} | {rule.confidence}, {rule.as_of} |"


def test_the_channels_state_the_window_of_the_file() -> None:
    now = at(12)
    for channel in (ZaloChannel, MessengerChannel):
        assert channel.window == RULES.span(channel.kind, "free_hours", now)
    for kind, (_account, window) in CHANNELS.items():
        assert window == RULES.span(kind, "free_hours", now)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"source": '" "'}, "source"),
        ({"source": None}, "missing"),
        ({"as_of": None}, "missing"),
        ({"as_of": '"yesterday"'}, "as_of"),
        ({"confidence": '"sure"'}, "confidence"),
        ({"value": '"48"'}, "whole number"),
        ({"value": "-1"}, "whole number"),
        ({"value": "true"}, "whole number"),
        ({"name": '"free_days"'}, "no rule"),
        ({"name": '"template_hours"', "value": '"6-22"'}, "span"),
        ({"name": '"purposes_of_care"', "value": '"notice"'}, "list"),
        ({"valid_to": "2025-12-31"}, "ends before"),
        ({"colour": '"red"'}, "unknown"),
    ],
)
def test_a_row_that_cannot_be_believed_stops_the_start(change: dict[str, Any], said: str) -> None:
    row = {name: value for name, value in (ROW | change).items() if value is not None}
    with pytest.raises(BadRow, match=said):
        platforms.read(written(row))


def test_two_rows_of_one_name_may_follow_each_other_and_never_overlap() -> None:
    first, second = ROW | {"valid_to": "2026-06-30"}, ROW | {"valid_from": "2026-07-01", "value": "24"}
    rules = platforms.read(written(first, second))
    assert rules.number("zalo", "free_hours", datetime(2026, 6, 30, 16, 59, tzinfo=UTC)) == 48
    assert rules.number("zalo", "free_hours", datetime(2026, 6, 30, 17, 0, tzinfo=UTC)) == 24  # midnight in Vietnam
    assert rules.number("zalo", "free_hours", datetime(2025, 12, 31, 16, 0, tzinfo=UTC)) is None
    with pytest.raises(BadRow, match="two rows"):
        platforms.read(written(first, second | {"valid_from": "2026-06-30"}))
    with pytest.raises(BadRow, match="two rows"):
        platforms.read(written(ROW, second))


def test_the_hours_of_templates_end_at_ten_at_night_and_begin_at_six() -> None:
    assert RULES.opens("zalo", "template_hours", at(21, 59, 59)) is None
    assert RULES.opens("zalo", "template_hours", at(22)) == at(6) + timedelta(days=1)
    assert RULES.opens("zalo", "template_hours", at(5, 59, 59)) == at(6)
    assert RULES.opens("zalo", "template_hours", at(6)) is None
    assert RULES.closes("zalo", "template_hours", at(12)) == at(22)
    assert RULES.opens("messenger", "template_hours", at(23)) is None


def test_a_tag_carries_only_its_purposes() -> None:
    now = at(12)
    assert RULES.carries("zalo", "promotion", "promotion", now)
    assert not RULES.carries("zalo", "transaction", "promotion", now)
    assert not RULES.carries("messenger", "utility", "promotion", now)
    assert not RULES.carries("zalo", "unheard_of", "notice", now)


def test_a_file_without_rows_knows_nothing() -> None:
    empty = replace(RULES, rows=[])
    assert empty.number("zalo", "free_hours", at(12)) is None
