"""Heads are recognised in both languages, with or without tones, wherever they stand; what is not certain is asked."""

from collections.abc import Sequence

import pytest

from loyalty.exchange import columns
from loyalty.exchange.columns import ColumnsUnclear, Field
from loyalty.exchange.models import Kind
from loyalty.exchange.packing import Cell

LAN: Sequence[Cell] = ["Nguyễn Thị Lan", "0912345678", "lan@example.com", "20/11/2024", 120]
MINH: Sequence[Cell] = ["Trần Minh", "0987654321", "", "", 40]


@pytest.mark.parametrize(
    "heads",
    [
        ["Họ tên", "SĐT", "Email", "Ngày tham gia", "Điểm"],
        ["HỌ VÀ TÊN", "Số điện thoại", "E-mail", "Ngày đăng ký", "Điểm tích lũy"],
        ["ho ten", "dien thoai (*)", "thu dien tu", "ngay gia nhap", "tong diem"],
        ["Tên khách hàng", "Số ĐT", "Địa chỉ email", "Tham gia từ", "Số điểm [hiện có]"],
        ["Full name", "Mobile", "Email address", "Member since", "Points balance"],
        ["Name", "Phone number", "E-mail", "Joined on", "Balance"],
    ],
    ids=lambda heads: heads[0],
)
def test_the_usual_heads_are_recognised_for_certain(heads: list[str]) -> None:
    layout = columns.recognise([heads, LAN, MINH], Kind.BALANCES)
    assert layout.chosen == {
        Field.NAME: 0,
        Field.PHONE: 1,
        Field.EMAIL: 2,
        Field.JOINED_ON: 3,
        Field.POINTS: 4,
    }
    assert layout.is_certain
    assert layout.header == 1


def test_titles_above_the_heads_are_passed_over() -> None:
    layout = columns.recognise([["DANH SÁCH KHÁCH HÀNG"], ["Cập nhật 11/2026"], ["Tên", "SĐT"], LAN], Kind.CUSTOMERS)
    assert (layout.header, layout.chosen) == (3, {Field.NAME: 0, Field.PHONE: 1})


def test_heads_merged_over_two_rows_are_read_together() -> None:
    upper = ["Họ tên", "Liên hệ", "", "", "Điểm"]
    lower = ["", "SĐT", "Email", "Ngày tham gia", ""]
    layout = columns.recognise([upper, lower, LAN, MINH], Kind.BALANCES)
    assert layout.header == 2
    assert layout.is_certain
    assert layout.chosen == {Field.NAME: 0, Field.PHONE: 1, Field.EMAIL: 2, Field.JOINED_ON: 3, Field.POINTS: 4}


def test_two_columns_of_one_kind_are_asked_about() -> None:
    layout = columns.recognise([["Tên", "SĐT", "Điện thoại"], ["Lan", "0912345678", "0987654321"]], Kind.CUSTOMERS)
    assert not layout.is_certain
    assert columns.doubt(layout, Kind.CUSTOMERS).facts["doubled"] == ["phone"]


def test_a_head_that_only_mentions_a_field_is_proposed_and_asked_about() -> None:
    layout = columns.recognise([["Tên", "SĐT liên hệ của khách"], ["Lan", "0912345678"]], Kind.CUSTOMERS)
    assert (layout.is_certain, layout.chosen[Field.PHONE]) == (False, 1)


def test_without_heads_the_phones_are_found_by_their_looks_and_asked_about() -> None:
    layout = columns.recognise([["Lan", "0912345678"], ["Minh", 987654321.0], ["Hoa", "0903 111 222"]], Kind.CUSTOMERS)
    assert (layout.header, layout.is_certain, layout.chosen) == (0, False, {Field.PHONE: 1})


def test_points_are_needed_for_balances_only() -> None:
    rows: Sequence[Sequence[Cell]] = [["Tên", "SĐT"], LAN]
    assert columns.recognise(rows, Kind.CUSTOMERS).is_certain
    assert not columns.recognise(rows, Kind.BALANCES).is_certain


def test_what_is_not_kept_is_named() -> None:
    layout = columns.recognise(
        [["Tên", "SĐT", "Địa chỉ", "Số CCCD"], ["Lan", "0912345678", "Huế", "1"]], Kind.CUSTOMERS
    )
    assert layout.unused == ("Địa chỉ", "Số CCCD")


def test_a_column_may_be_named_by_its_letter_or_its_head() -> None:
    given = {Field.PHONE: "c", Field.NAME: "ai", Field.POINTS: "gọi (lần)"}
    layout = columns.recognise([["Ai", "Gọi", "Gọi thêm"], ["Lan", "3", "0987654321"]], Kind.CUSTOMERS, given)
    assert layout.header == 1
    assert columns.choose(layout, given) == {Field.PHONE: 2, Field.NAME: 0, Field.POINTS: 1}
    with pytest.raises(ColumnsUnclear):
        columns.choose(layout, {Field.PHONE: "Z"})


def test_columns_beyond_z_have_two_letters() -> None:
    assert [columns.letter(index) for index in (0, 25, 26, 51, 52, 701, 702)] == [
        "A",
        "Z",
        "AA",
        "AZ",
        "BA",
        "ZZ",
        "AAA",
    ]


def test_no_sheet_makes_the_recognition_fail() -> None:
    strange: Sequence[Sequence[Sequence[Cell]]] = (
        *([], [[]], [["", None]]),
        *([[True, 1.5, None, "x" * 5000]], [["=1+1"] * 100] * 50),
    )
    for rows in strange:
        assert columns.recognise(rows, Kind.CUSTOMERS).chosen.get(Field.NAME) is None
