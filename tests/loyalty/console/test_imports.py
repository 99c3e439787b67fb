"""The pages of imports: upload, look, confirm, undo; nothing a file says runs, and nothing is written unasked."""

import io
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from jobs.imports import advance_imports
from jobs.registry import Context
from loyalty.customers import profiles
from loyalty.customers.models import Customer
from loyalty.customers.traits import fields
from loyalty.customers.traits.fields import Definition
from loyalty.db import Database
from loyalty.exchange import batches
from loyalty.exchange.models import ImportBatch, State
from loyalty.settings import Settings
from loyalty.staff.audit import Author
from loyalty.staff.models import Role
from tests.builders import NOON
from tests.builders_console import Browser, Console, make_console
from tests.builders_customers import LAN, make_customer, make_identity
from tests.builders_exchange import make_csv, make_xlsx

LIST = make_xlsx(
    ("Nguyễn Thị Lan", 912345678, "lan@example.com", "20/11/2024", 1250),
    ("Hoa", "9.12E+08", "", "", 5),
    ("Lan lần hai", "0912345678", "", "", 10),
)


@pytest.fixture
def console(database: Database, settings: Settings) -> Console:
    return make_console(database, settings)


def upload(browser: Browser, data: bytes, name: str = "khách cũ.xlsx", kind: str = "customers", **fields: Any) -> Any:
    """Send a file, whole in memory as it is there: the test client would put a large one into a temporary file."""
    page = browser.get("/console/imports").text
    token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    file = FileStorage(io.BytesIO(data), filename=name, content_type="application/octet-stream")
    parts = {"csrf_token": token, "kind": kind, "file": file, **fields}
    boundary, body = encode_multipart(parts)
    kind_of_body = f"multipart/form-data; boundary={boundary}"
    answer = browser.client.post("/console/imports", data=body, content_type=kind_of_body, follow_redirects=True)
    browser.html = answer.text
    return answer


def work(console: Console, settings: Settings) -> None:
    advance_imports(Context(console.database, settings, {}, clock=console.clock, owner="worker"))


def newest(database: Database) -> ImportBatch:
    with database.read_only() as session:
        return batches.list_newest(session)[0]


def people(database: Database) -> int:
    with database.read_only() as session:
        return session.scalar(select(func.count()).select_from(Customer).where(Customer.erased_at.is_(None))) or 0


def test_a_list_is_looked_at_confirmed_and_undone(console: Console, database: Database, settings: Settings) -> None:
    manager = console.sign_in(Role.MANAGER, "Thu")

    assert upload(manager, LIST).status_code == 200
    place = f"/console/imports/{newest(database).public_id}"
    assert "Đã xem 0 / 3 dòng, còn 3" in manager.page
    assert f'hx-get="{place}/progress?state=checking"' in manager.html
    work(console, settings)

    manager.get(place)
    assert "Nếu ghi thì Khách mới" in manager.page
    assert "0912 ••• 678" in manager.page
    assert "912345678" not in manager.html.replace("0912345678", "")  # but for the example of a right one
    assert "Excel đã rút gọn số thành dạng 9,12E+08" in manager.page
    assert "Trùng với dòng 2; giữ dòng 2" in manager.page
    assert people(database) == 0

    manager.post(f"{place}/confirm")
    assert "Đang ghi" in manager.page
    work(console, settings)
    manager.get(place)
    assert "Hoàn tác 1 dòng của «khách cũ.xlsx»?" in manager.page
    assert people(database) == 1

    manager.post(f"{place}/undo")
    work(console, settings)
    manager.get(place)
    assert "Dòng đã hoàn tác" in manager.page
    assert people(database) == 0
    manager.get("/console/imports")
    assert "khách cũ.xlsx" in manager.page
    assert "đã hoàn tác" in manager.page


def test_what_could_not_be_undone_is_listed_with_its_reason(
    console: Console, database: Database, settings: Settings
) -> None:
    owner = console.sign_in("owner")
    upload(owner, LIST)
    work(console, settings)
    place = f"/console/imports/{newest(database).public_id}"
    owner.post(f"{place}/confirm")
    work(console, settings)
    with database.transaction() as session:
        lan = profiles.find_by_phone(session, LAN)
        assert lan is not None
        make_identity(session, lan)
    owner.post(f"{place}/undo")
    work(console, settings)

    owner.get(f"{place}?which=kept")
    assert "Khách đã nhắn tin, mua hàng hoặc có ghi chú từ đó đến nay" in owner.page


def test_columns_are_asked_about_with_samples_and_kept_apart(
    console: Console, database: Database, settings: Settings
) -> None:
    owner = console.sign_in("owner")
    with database.transaction() as session:
        size = Definition("size", "Cỡ giày", "Shoe size", "number", "care", 12)
        fields.define(session, size, by=Author("demo", "demo"), now=NOON)
    upload(owner, make_csv(("Lan", "0912345678", "0987654321"), heads=("Tên", "SĐT", "Điện thoại")), "a.csv")
    place = f"/console/imports/{newest(database).public_id}"
    assert "Cột nào là gì?" in owner.page
    assert "0987 ••• 321" in owner.page
    assert "0987654321" not in owner.html
    assert owner.html.count('<option value="phone" selected>') == 1

    assert owner.post(f"{place}/columns", c0="name", c1="phone", c2="phone").status_code == 422
    assert "Có hai cột cùng là số điện thoại" in owner.page
    assert owner.post(f"{place}/columns", c0="own:size", c1="own:size", c2="phone").status_code == 422
    assert "Có hai cột cùng là Cỡ giày" in owner.page
    assert owner.post(f"{place}/columns", c0="name").status_code == 422
    assert "Chưa có cột nào là số điện thoại" in owner.page
    assert owner.post(f"{place}/columns", c0="name", c2="phone", c99999="email", cx="note").status_code == 200
    work(console, settings)
    assert newest(database).state == State.CHECKED


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "Tệp không có dòng nào"),
        ("Họ tên,SĐT\n".encode(), "Tệp chỉ có dòng tiêu đề"),
        (b"%PDF-1.7", "Tệp này không phải bảng tính, hoặc đã hỏng"),
        (b"PK\x03\x04broken", "Tệp bị hỏng"),
        (b"x" * (10 * 1024 * 1024 + 1), "lớn hơn 10 MB"),
    ],
    ids=["empty", "heads", "pdf", "broken", "large"],
)
def test_a_wrong_file_gets_a_sentence_beside_its_field(console: Console, data: bytes, told: str) -> None:
    owner = console.sign_in("owner")
    assert upload(owner, data).status_code == 422
    assert told in owner.page
    assert "is-wrong" in owner.html


def test_no_file_at_all_is_said(console: Console) -> None:
    owner = console.sign_in("owner")
    owner.get("/console/imports")
    assert owner.post("/console/imports", kind="customers").status_code == 422
    assert "Còn thiếu ô này" in owner.page


def test_a_body_beyond_every_limit_is_cut_off(console: Console) -> None:
    owner = console.sign_in("owner")
    assert upload(owner, b"x" * (13 * 1024 * 1024)).status_code == 413


def test_the_same_file_leads_to_its_import(console: Console, database: Database) -> None:
    owner = console.sign_in("owner")
    upload(owner, LIST)
    first = newest(database)
    upload(owner, LIST)
    assert "Tệp này đã có ở đây" in owner.page
    assert newest(database).id == first.id


def test_a_file_may_be_forgotten_before_anything_is_written(
    console: Console, database: Database, settings: Settings
) -> None:
    owner = console.sign_in("owner")
    upload(owner, LIST)
    work(console, settings)
    place = f"/console/imports/{newest(database).public_id}"
    owner.post(f"{place}/cancel")
    assert "không có gì được ghi" in owner.page
    assert owner.post(f"{place}/confirm").status_code == 409
    owner.get(place)
    assert "Tệp này đã được bỏ" in owner.page


def test_the_bar_is_asked_for_alone_until_the_phase_is_over(
    console: Console, database: Database, settings: Settings
) -> None:
    owner = console.sign_in("owner")
    upload(owner, LIST)
    place = f"/console/imports/{newest(database).public_id}"
    asked = {"HX-Request": "true"}
    assert "<progress" in owner.get(f"{place}/progress?state=checking", headers=asked).text
    console.clock.now += timedelta(minutes=1)
    assert "Chưa có worker" in owner.get(f"{place}/progress?state=checking", headers=asked).text
    work(console, settings)
    assert owner.get(f"{place}/progress?state=checking", headers=asked).headers["HX-Refresh"] == "true"
    assert owner.get(f"{place}/progress?state=checking").status_code == 303


def test_rows_are_paged_and_filtered(console: Console, database: Database, settings: Settings) -> None:
    owner = console.sign_in("owner")
    good = [(f"Nguyễn Văn {number}", f"0903{number:06}", "", "", "") for number in range(60)]
    upload(owner, make_csv(*good, ("Hỏng", "abc", "", "", "")), "dai.csv")
    work(console, settings)
    place = f"/console/imports/{newest(database).public_id}"
    owner.get(place)
    assert "after=51" in owner.html
    assert "Cột Số điện thoại" not in owner.page
    owner.get(f"{place}?after=51")
    assert "Cột Số điện thoại: Chưa đọc được" in owner.page
    owner.get(f"{place}?which=refused")
    assert owner.html.count('scope="row"') == 1
    for strange in ("?which='--", "?after=x", "?after=" + "9" * 40, "?after=-1", "?which=%00"):
        assert owner.get(place + strange).status_code == 200


def test_reports_and_samples_are_files(console: Console, database: Database, settings: Settings) -> None:
    owner = console.sign_in("owner")
    upload(owner, LIST)
    work(console, settings)
    place = f"/console/imports/{newest(database).public_id}"
    report = owner.get(f"{place}/report.csv")
    assert "attachment" in report.headers["Content-Disposition"]
    assert "Không nhận" in report.data.decode("utf-8-sig")
    assert owner.get(f"{place}/report.xlsx").data.startswith(b"PK")
    assert owner.get(f"{place}/report.exe").status_code == 404
    assert owner.get("/console/imports/samples/xlsx").data.startswith(b"PK")
    assert owner.get("/console/imports/samples/none").status_code == 404


def test_the_sample_shows_the_usual_faults(console: Console, database: Database, settings: Settings) -> None:
    owner = console.sign_in("owner")
    upload(owner, owner.get("/console/imports/samples/xlsx").data)
    work(console, settings)
    counts = newest(database).counts["check"]
    assert {name: counts[name] for name in ("new", "duplicate", "refused")} == {"new": 4, "duplicate": 1, "refused": 2}


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "=HYPERLINK(1)", '"><img src=x onerror=1>', "{{1337*1337}}"]
)
def test_nothing_a_file_says_runs(console: Console, database: Database, settings: Settings, name: str) -> None:
    owner = console.sign_in("owner")
    data = make_csv((name, "0912345678", name, name, name), heads=("Tên", "SĐT", name, "Ghi chú", "Điểm danh"))
    upload(owner, data, f"{name.replace(chr(34), '')}.csv")
    place = f"/console/imports/{newest(database).public_id}"
    if newest(database).state == State.COLUMNS:
        owner.post(f"{place}/columns", c0="name", c1="phone", c3="note")
    work(console, settings)
    for url in ("/console/imports", place):
        owner.get(url)
        assert "<script>alert" not in owner.html
        assert "<img src=x" not in owner.html
        assert "1787569" not in owner.page or "{{1337*1337}}" in owner.page


@pytest.mark.parametrize("role", [Role.CASHIER, Role.MARKETER])
def test_other_roles_see_no_import(console: Console, role: Role) -> None:
    browser = console.sign_in(role)
    for url in ("/console/imports", "/console/imports/x", "/console/imports/samples/csv"):
        assert browser.get(url).status_code == 403
    assert browser.post("/console/imports/x/confirm").status_code == 403


def test_an_import_nobody_made_is_not_found(console: Console) -> None:
    owner = console.sign_in("owner")
    for url in ("/console/imports/none", "/console/imports/none/progress", "/console/imports/none/report.csv"):
        assert owner.get(url).status_code == 404
    for act in ("columns", "confirm", "cancel", "undo"):
        assert owner.post(f"/console/imports/none/{act}").status_code == 404


def test_the_pages_speak_english_too(console: Console, database: Database, settings: Settings) -> None:
    owner = console.sign_in("owner")
    owner.client.set_cookie("kq_lang", "en", path="/")
    upload(owner, LIST)
    work(console, settings)
    owner.get(f"/console/imports/{newest(database).public_id}")
    assert "If it is written" in owner.page
    assert "The same as row 2, which is kept" in owner.page
    for word in ("Đã có", "Không nhận", "dòng"):
        assert word not in owner.page


def test_balances_may_make_the_customers_that_are_missing(
    console: Console, database: Database, settings: Settings
) -> None:
    owner = console.sign_in("owner")
    with database.transaction() as session:
        make_customer(session, phone="+84987654321")
    data = make_csv(("0912345678", 10), ("0987654321", 5), heads=("SĐT", "Điểm"))
    upload(owner, data, "diem.csv", kind="balances", create_missing="1")
    work(console, settings)
    assert newest(database).counts["check"] == {"new": 1, "known": 1, "points": 15}
