"""Any file is read into rows, or refused with the reason; none takes the memory or the time of the others."""

import io
import struct
import zipfile
from datetime import date

import pytest
import xlsxwriter

from loyalty.exchange import encodings, packing, sheets
from loyalty.exchange.packing import Line
from loyalty.exchange.sheets import BadFile
from tests.builders_exchange import in_cp1258, in_tcvn3, make_csv, make_xlsx

LIST = "Họ tên,SĐT\nNguyễn Thị Hoà,0912345678\nTrần Văn Đức,0987654321\nLê Thuý Quỳnh,0903111222\n"
OLD = bytes.fromhex("d0cf11e0a1b11ae1")


def lines(data: bytes) -> list[Line]:
    return [line for chunk in sheets.read(data).chunks for line in packing.unpack(chunk)]


def reason(data: bytes) -> str:
    with pytest.raises(BadFile) as refused:
        sheets.read(data)
    return refused.value.reason


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (LIST.encode(), "utf-8"),
        (LIST.encode("utf-8-sig"), "utf-8"),
        (LIST.encode("utf-16"), "utf-16"),
        (LIST.encode("utf-16-le"), "utf-16"),
        (LIST.encode("utf-16-be"), "utf-16"),
        (in_cp1258(LIST), "cp1258"),
        (in_tcvn3(LIST), "tcvn3"),
    ],
    ids=["utf-8", "bom", "utf-16", "utf-16-le", "utf-16-be", "cp1258", "tcvn3"],
)
def test_vietnamese_is_read_in_every_encoding_it_was_saved_in(data: bytes, encoding: str) -> None:
    assert encodings.decode(data) == (LIST, encoding)
    assert lines(data)[1] == Line(2, ["Nguyễn Thị Hoà", "0912345678"])


def test_text_typed_in_an_abc_font_is_read_as_it_looks() -> None:
    assert encodings.mend("NguyÔn V¨n Hoµ") == "Nguyễn Văn Hoà"


@pytest.mark.parametrize("name", ["Nguyễn Văn Hoà", "Hà", "Lý", "Vũ", "Phú", "José", "Trân", "An", "Đỗ Bích Ngọc"])
def test_a_name_that_is_right_stays_as_it_is(name: str) -> None:
    assert encodings.mend(name) == name


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter: str) -> None:
    data = make_csv(("Lan, A", "0912345678"), ("Minh; B", "0987654321"), heads=("Tên", "SĐT"), delimiter=delimiter)
    assert lines(data)[1:] == [Line(2, ["Lan, A", "0912345678"]), Line(3, ["Minh; B", "0987654321"])]


def test_the_delimiter_a_file_names_is_taken_and_its_line_counts() -> None:
    assert lines("sep=;\nTên;SĐT\nLan;0912345678\n".encode()) == [
        Line(2, ["Tên", "SĐT"]),
        Line(3, ["Lan", "0912345678"]),
    ]


def test_a_quoted_cell_may_hold_lines_and_a_vertical_tab() -> None:
    assert lines(b'Ten,Ghi chu\n"Lan","hai\ndong\x0bba"\n')[1].cells == ["Lan", "hai\ndong\x0bba"]


def test_rows_keep_the_numbers_the_spreadsheet_shows() -> None:
    data = make_xlsx(("Lan", "0912345678"), (None, None), ("Minh", "0987654321"), heads=("Tên", "SĐT"), top=3)
    assert [line.number for line in lines(data)] == [4, 5, 7]


def test_numbers_days_and_text_come_as_what_they_are() -> None:
    data = make_xlsx(("Lan", 912345678, None, date(2024, 11, 20), 12.5))
    assert lines(data)[1].cells == ["Lan", 912345678.0, "", date(2024, 11, 20), 12.5]


def test_the_first_sheet_that_is_a_list_is_read() -> None:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        book.add_worksheet("Bìa").write(0, 0, "Danh sách khách hàng")
        hidden = book.add_worksheet("Ẩn")
        hidden.write_row(0, 0, ["Tên", "SĐT"])
        hidden.write_row(1, 0, ["Ẩn", "0900000001"])
        hidden.hide()
        shown = book.add_worksheet("Khách")
        shown.write_row(0, 0, ["Tên", "SĐT"])
        shown.write_row(1, 0, ["Lan", "0912345678"])
    assert lines(buffer.getvalue())[1].cells == ["Lan", "0912345678"]


def test_a_workbook_whose_two_cells_lie_a_billion_apart_is_refused() -> None:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "SĐT")
        sheet.write(1_048_575, 16_383, "x")
    assert reason(buffer.getvalue()) == "too_heavy"


def test_a_stray_cell_at_the_very_bottom_is_no_harm() -> None:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Tên", "SĐT"])
        sheet.write_row(1, 0, ["Lan", "0912345678"])
        sheet.write(1_048_575, 1, "x")
    assert [line.number for line in lines(buffer.getvalue())] == [1, 2, 1_048_576]


def bomb(size: int, name: str = "xl/workbook.xml") -> bytearray:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, b"0" * size)
    return bytearray(buffer.getvalue())


def test_an_archive_that_swells_is_refused_by_what_it_declares() -> None:
    assert reason(bytes(bomb(sheets.MOST_INFLATED + 1))) == "too_heavy"


def test_an_archive_that_lies_about_its_size_is_refused_by_what_it_holds() -> None:
    data = bomb(1_000_000)
    central = data.rfind(b"PK\x01\x02")
    data[central + 24 : central + 28] = data[22:26] = struct.pack("<I", 1_000)
    assert reason(bytes(data)) == "too_heavy"


def test_an_archive_of_too_many_members_is_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number in range(sheets.MOST_MEMBERS + 1):
            archive.writestr(f"xl/{number}", b"")
    assert reason(buffer.getvalue()) == "too_heavy"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "empty"),
        (b" \r\n\0", "empty"),
        (b"%PDF-1.7 anything", "unknown_kind"),
        (b"\x89PNG\r\n\x1a\n\0\0", "unknown_kind"),
        (bytes(range(256)), "unknown_kind"),
        (bytes(bomb(10, "word/document.xml")), "unknown_kind"),
        (b"PK\x03\x04" + b"x" * 100, "corrupt"),
        (OLD + b"x" * 1000, "corrupt"),
        (b'"' + b"a,b\n" * 100_000, "corrupt"),
        (make_xlsx(heads=()), "empty"),
        (b"x" * (sheets.MOST_BYTES + 1), "too_large"),
        (b"0912345678\n" * (packing.MOST_ROWS + packing.SPARE + 1), "too_many_rows"),
    ],
    ids=["nothing", "blank", "pdf", "png", "noise", "docx", "zip", "xls", "quote", "no cells", "large", "long"],
)
def test_a_file_nothing_can_be_taken_from_says_why(data: bytes, why: str) -> None:
    assert reason(data) == why


def test_a_workbook_cut_anywhere_never_raises_anything_else() -> None:
    whole = make_xlsx(("Lan", "0912345678"))
    for cut in range(4, len(whole), 97):
        assert reason(whole[:cut]) in {"corrupt", "empty", "unknown_kind", "too_heavy"}
