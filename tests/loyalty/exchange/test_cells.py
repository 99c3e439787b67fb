"""What Excel does to cells is undone and said; what cannot be read is refused with its reason."""

import re
from datetime import date
from typing import Any

import pytest

from loyalty.customers.quality import Hint
from loyalty.exchange import candidates, cells, sentences
from loyalty.exchange.candidates import Candidate, Fault, Reading
from loyalty.exchange.cells import Unusable
from loyalty.exchange.columns import Field
from loyalty.exchange.models import Kind
from loyalty.exchange.packing import Line
from loyalty.typed.phones import PhoneUnclear

TODAY = date(2026, 11, 22)
COLUMNS = {field: index for index, field in enumerate(Field)}


def read(kind: Kind = Kind.CUSTOMERS, **values: Any) -> Candidate:
    """A row with these cells."""
    row = [values.get(field.value) for field in COLUMNS]
    return Reading(kind, COLUMNS, TODAY).read(Line(7, row))


@pytest.mark.parametrize(
    ("cell", "e164", "notices"),
    [
        ("0912345678", "+84912345678", ()),
        (" 0912 345 678 ", "+84912345678", ()),
        ("'0912345678", "+84912345678", ()),
        ("84912345678", "+84912345678", ()),
        (84912345678.0, "+84912345678", ()),
        ("+84 (0)912 345 678", "+84912345678", ()),
        (912345678.0, "+84912345678", ("zero_restored",)),
        (912345678, "+84912345678", ("zero_restored",)),
        ("912345678.0", "+84912345678", ("zero_restored",)),
        ("0168 234 5678", "+84382345678", ("renumbered",)),
        (1682345678.0, "+84382345678", ("zero_restored", "renumbered")),
        ("+841682345678", "+84382345678", ("renumbered",)),
    ],
)
def test_phones_are_read_as_spreadsheets_leave_them(cell: Any, e164: str, notices: tuple[str, ...]) -> None:
    assert cells.phone(cell) == (e164, notices)


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        (None, "phone_missing"),
        ("  ", "phone_missing"),
        ("9.12E+08", "phone_scientific"),
        ("9,12E+08", "phone_scientific"),
        ("8.49E+10", "phone_scientific"),
        ("024 3825 1234", "phone_landline"),
        ("091234567", "phone_too_short"),
        ("0912345678 / 0987654321", "phone_too_long"),
        ("không có", "phone_unclear"),
        ("0000000000", "phone_placeholder"),
        ("+1 212 555 0100", "phone_foreign"),
        (True, "phone_unclear"),
        (float("nan"), "phone_unclear"),
        (date(2024, 1, 1), "phone_too_short"),
    ],
)
def test_a_phone_that_is_none_says_why(cell: Any, reason: str) -> None:
    with pytest.raises(Unusable) as refused:
        cells.phone(cell)
    assert refused.value.reason == reason
    assert refused.value.reason in sentences.REASONS


@pytest.mark.parametrize(
    ("cell", "points"),
    [
        (None, 0), ("", 0), ("-", 0), (120.0, 120), (120, 120), ("1250", 1250), ("1.250", 1250), ("1,250", 1250),
        ("1 250", 1250), ("1.250.000", 1_250_000), ("120 điểm", 120), ("120 points", 120), ("120.0", 120),
    ],
)  # fmt: skip
def test_points_are_read_with_thousands_grouped_either_way(cell: Any, points: int) -> None:
    assert cells.points(cell) == points


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        (12.5, "points_fraction"), ("12,5", "points_fraction"), (-5, "points_negative"), ("nhiều", "points_unclear"),
        ("1.25.0", "points_unclear"), (1e12, "points_too_many"), (float("nan"), "points_too_many"),
        (float("inf"), "points_too_many"), ("9" * 30, "points_negative"), (True, "points_unclear"),
        (date(2024, 1, 1), "points_unclear"), ("nan", "points_too_many"),
    ],
)  # fmt: skip
def test_points_that_are_none_say_why(cell: Any, reason: str) -> None:
    with pytest.raises(Unusable) as refused:
        cells.points(cell)
    assert refused.value.reason == reason
    assert reason in sentences.REASONS


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        (date(2024, 11, 20), date(2024, 11, 20)), ("20/11/2024", date(2024, 11, 20)), ("1/2/2024", date(2024, 2, 1)),
        ("20-11-2024", date(2024, 11, 20)), ("20.11.2024", date(2024, 11, 20)), ("2024-11-20", date(2024, 11, 20)),
        ("20/11/24", date(2024, 11, 20)), ("20/11/2024 10:30", date(2024, 11, 20)), (45616.0, date(2024, 11, 20)),
        ("45616", date(2024, 11, 20)), (45616.75, date(2024, 11, 20)), (None, None), ("", None), ("-", None),
    ],
)  # fmt: skip
def test_days_are_read_day_first_or_as_a_serial(cell: Any, day: date | None) -> None:
    assert cells.day(cell, "joined_unclear") == day


@pytest.mark.parametrize("cell", ["31/02/2024", "11/25/2024", "hôm qua", "2024", 5.0, 1e9, True, float("nan")])
def test_a_day_that_is_none_is_refused(cell: Any) -> None:
    with pytest.raises(Unusable) as refused:
        cells.day(cell, "joined_unclear")
    assert refused.value.reason == "joined_unclear"


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("có", True), ("X", True), ("Yes", True), (True, True), (1.0, True), ("✓", True),
        ("không", False), ("", False), (None, False), (False, False), (0.0, False), ("chưa", False),
    ],
)  # fmt: skip
def test_yes_and_no_are_understood(cell: Any, said: bool) -> None:
    assert cells.flag(cell) is said


def test_a_row_is_read_whole() -> None:
    row = read(
        phone=912345678.0, name="  nguyễn   thị lan ", email="Lan@Example.com", joined_on="20/11/2024", points="1.250",
        expires_on="31/12/2027", note="không đường",
    )  # fmt: skip
    assert (row.number, row.phone, row.name, row.points) == (7, "+84912345678", "nguyễn thị lan", 1250)
    assert (row.joined_on, row.is_member, row.expires_on) == (date(2024, 11, 20), True, date(2027, 12, 31))
    assert row.email is not None and row.email.address == "Lan@example.com"
    assert (row.note, row.fault) == ("không đường", None)
    assert "zero_restored" in row.notices


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({}, Fault("phone_missing", Field.PHONE)),
        ({"phone": "9.12E+08"}, Fault("phone_scientific", Field.PHONE)),
        ({"phone": "0912345678", "points": -1}, Fault("points_negative", Field.POINTS)),
        ({"phone": "0912345678", "points": 5, "expires_on": "21/11/2026"}, Fault("expired", Field.EXPIRES_ON)),
        ({"phone": "0912345678", "points": 5, "expires_on": "1/1/2099"}, Fault("expires_unclear", Field.EXPIRES_ON)),
        ({"phone": "0912345678", "joined_on": "23/11/2026"}, Fault("joined_out_of_range", Field.JOINED_ON)),
        ({"phone": "0912345678", "joined_on": "31/2/2024"}, Fault("joined_unclear", Field.JOINED_ON)),
        ({"phone": "0912345678", "member": "có lẽ"}, Fault("member_unclear", Field.MEMBER)),
    ],
)  # fmt: skip
def test_a_refused_row_names_its_column(values: dict[str, Any], fault: Fault) -> None:
    assert read(**values).fault == fault
    assert fault.reason in sentences.REASONS


def test_points_that_end_today_are_taken() -> None:
    assert read(phone="0912345678", points=5, expires_on="22/11/2026").expires_on == TODAY


def test_a_balance_needs_its_points_and_may_be_none() -> None:
    assert read(Kind.BALANCES, phone="0912345678").fault == Fault("points_missing", Field.POINTS)
    assert read(Kind.BALANCES, phone="0912345678", points=0).fault is None


def test_a_wrong_address_costs_the_row_nothing_but_the_address() -> None:
    row = read(phone="0912345678", name="Nguyễn Thị Lan", email="lan(at)example")
    assert (row.fault, row.email, row.notices) == (None, None, ("email_unclear",))


def test_a_doubtful_name_is_taken_and_pointed_out() -> None:
    assert "name_abbreviation" in read(phone="0912345678", name="Ng. T. Lan").notices
    assert read(phone="0912345678", name="Nguyễn Thị Lan").notices == ()


def test_everybody_who_joined_some_day_is_a_member_and_nobody_else() -> None:
    assert not read(phone="0912345678", name="Lan", points=100).is_member
    assert read(phone="0912345678", joined_on="1/1/2020").is_member
    assert read(phone="0912345678", member="x").is_member


def test_every_reason_a_phone_is_refused_for_has_its_sentence() -> None:
    told = (PhoneUnclear.__doc__ or "").partition("`reason`: ")[2].partition(". `suggestion`")[0]
    reasons = {f"phone_{reason}" for reason in re.findall(r"[a-z_]+", told)} - {"phone_or"}
    assert len(reasons) > 8
    assert reasons <= set(sentences.REASONS)


def test_every_hint_about_a_name_has_its_sentence() -> None:
    assert {f"name_{hint}" for hint in Hint} <= set(sentences.NOTICES)


def test_no_cell_makes_a_row_fail() -> None:
    strange = [
        None,
        "",
        0,
        -1.5,
        float("inf"),
        float("nan"),
        True,
        date(1, 1, 1),
        "\ud800",
        "\0",
        "＝1",
        "9" * 400,
        "٣٤٥",
        "²",
    ]
    for value in strange:
        for field in Field:
            candidates.read_all(Reading(Kind.BALANCES, COLUMNS, TODAY), [Line(1, [value] * 8)])
            assert read(Kind.BALANCES, **{"phone": "0912345678", field.value: value}).number == 7
