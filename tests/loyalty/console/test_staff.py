"""Staff, stores and roles, as the owner works with them."""

import re
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from sqlalchemy import select

from loyalty.db import Database
from loyalty.settings import Settings
from loyalty.staff import accounts, binding, invitations, practice, second_factor, sessions, stores
from loyalty.staff.models import AuditEntry, Role, StaffMember, Store
from tests.builders import NOON
from tests.builders_console import Browser, Console, make_console
from tests.builders_customers import make_customer
from tests.builders_staff import make_account, make_bound_staff, make_staff
from tests.hostile import MARK, PAYLOADS
from tests.loyalty.customers.test_cases import complain
from tests.loyalty.staff.test_second_factor import switched_on

LINK = re.compile(r"http://127\.0\.0\.1:8000/console/welcome/([A-Za-z0-9_-]{32})")
CODE = re.compile(r"/nv ([2-9A-HJ-NP-Z]{8})")


@pytest.fixture
def console(database: Database, settings: Settings) -> Console:
    return make_console(database, settings)


@pytest.fixture
def owner(console: Console) -> Browser:
    return console.sign_in("owner", "Mai")


def member(console: Console, name: str) -> StaffMember:
    with console.database.read_only() as session:
        return accounts.get_by_name(session, name)


def actions(console: Console, browser: Browser) -> list[tuple[str, dict[str, object]]]:
    assert browser.member is not None
    query = select(AuditEntry).where(AuditEntry.actor == f"staff:{browser.member.public_id}").order_by(AuditEntry.id)
    with console.database.read_only() as session:
        return [(row.action, row.detail) for row in session.scalars(query)]


def test_whoever_is_added_gets_a_code_and_a_link_shown_once(console: Console, owner: Browser) -> None:
    owner.get("/console/staff/new")
    owner.post("/console/staff/new", name="Nguyễn Thu", role="cashier", store="MAIN")

    [code] = CODE.findall(owner.page)
    token = LINK.findall(owner.page)[0]
    with console.database.transaction() as session:
        found = invitations.find(session, token, now=NOON)
        assert found is not None
        account_id = make_account(session).id
        bound = binding.bind(session, code, channel_account_id=account_id, user_id="7", now=NOON)
        assert accounts.name_of(session, bound) == accounts.name_of(session, found.member) == "Nguyễn Thu"
    owner.get(f"/console/staff/{found.member.public_id}")
    assert code not in owner.html
    assert token not in owner.html
    assert "đang chờ, đến" in owner.page


@pytest.mark.parametrize(
    ("name", "role", "store", "told"),
    [
        ("", "cashier", "MAIN", "Còn thiếu ô này."),
        ("mai", "cashier", "MAIN", "Đã có người tên «mai»"),
        ("—", "cashier", "MAIN", "Tên phải có chữ"),
        ("Thu", "boss", "MAIN", "Chọn một trong các mục có sẵn."),
        ("Thu", "cashier", "Q9", "Không có cửa hàng này."),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(
    console: Console, owner: Browser, name: str, role: str, store: str, told: str
) -> None:
    owner.get("/console/staff/new")
    assert owner.post("/console/staff/new", name=name, role=role, store=store).status_code == 422
    assert told in owner.page
    with console.database.read_only() as session:
        assert len(accounts.list_all(session)) == 1


def test_role_and_store_are_changed_and_put_back(console: Console, owner: Browser) -> None:
    with console.database.transaction() as session:
        make_staff(session, "cashier", "Thu")
        stores.add(session, "LELOI", "Mây Lê Lợi", now=NOON)
    thu = member(console, "Thu")
    owner.get(f"/console/staff/{thu.public_id}")
    owner.post(f"/console/staff/{thu.public_id}", role="manager", store="LELOI")
    assert "Đã lưu vai trò và cửa hàng của Thu." in owner.page
    assert member(console, "Thu").role == "manager"

    undo = re.search(r'action="(/console/staff/[^"]+/put-back[^"]*)"', owner.html)
    assert undo is not None
    owner.post(undo.group(1).replace("&amp;", "&"))

    again = member(console, "Thu")
    assert (again.role, again.store_id) == ("cashier", thu.store_id)
    assert actions(console, owner) == [
        ("staff_role_changed", {"before": "cashier", "after": "manager"}),
        ("staff_moved", {"before": "MAIN", "after": "LELOI"}),
        ("staff_role_changed", {"before": "manager", "after": "cashier"}),
        ("staff_moved", {"before": "LELOI", "after": "MAIN"}),
    ]


def test_the_only_owner_can_be_neither_demoted_nor_removed_and_is_told_why(console: Console, owner: Browser) -> None:
    assert owner.member is not None
    place = f"/console/staff/{owner.member.public_id}"
    owner.get(place)
    assert owner.post(place, role="manager", store="MAIN").status_code == 422
    assert "Đây là chủ cửa hàng duy nhất." in owner.page
    assert owner.post(f"{place}/remove").status_code == 422
    assert "Đây là chủ cửa hàng duy nhất." in owner.page
    assert member(console, "Mai").role == "owner"


def test_removing_names_what_ends_ends_it_and_can_be_taken_back(console: Console, owner: Browser) -> None:
    with console.database.transaction() as session:
        thu = make_bound_staff(session, "cashier", "Thu")
    till = console.seat(thu)
    owner.get(f"/console/staff/{thu.public_id}")
    assert "1 chat bị gỡ" in owner.page
    assert "1 máy bị đăng xuất" in owner.page

    owner.post(f"/console/staff/{thu.public_id}/remove")
    assert "Thu đã nghỉ." in owner.page
    assert till.get("/console/me").status_code == 303
    assert owner.get(f"/console/staff/{thu.public_id}").status_code == 404

    owner.post(f"/console/staff/{thu.public_id}/take-back")
    assert "Thu làm việc lại." in owner.page
    with console.database.read_only() as session:
        assert binding.chats_of_member(session, thu.id) == []


def test_a_new_link_ends_the_earlier_one(console: Console, owner: Browser) -> None:
    with console.database.transaction() as session:
        thu = make_staff(session, "cashier", "Thu")
    tokens = []
    for _ in range(2):
        owner.get(f"/console/staff/{thu.public_id}")
        owner.post(f"/console/staff/{thu.public_id}/link")
        tokens.append(LINK.findall(owner.page)[0])
    with console.database.read_only() as session:
        assert [invitations.find(session, token, now=NOON) is not None for token in tokens] == [False, True]


def test_a_lost_phone_is_taken_off_for_others_and_for_owners_on_the_server_only(
    console: Console, owner: Browser
) -> None:
    with console.database.transaction() as session:
        nga, lan = make_staff(session, "manager", "Nga"), make_staff(session, "owner", "Lan")
        for each in (nga, lan):
            switched_on(session, each)
    owner.get(f"/console/staff/{nga.public_id}")
    assert "Gỡ và tạo đường dẫn" in owner.page
    owner.post(f"/console/staff/{nga.public_id}/lost-phone")
    assert LINK.findall(owner.page)
    with console.database.read_only() as session:
        assert not second_factor.is_on(session, accounts.get(session, nga.id))

    owner.get(f"/console/staff/{lan.public_id}")
    assert "--lost-phone" in owner.page
    assert owner.post(f"/console/staff/{lan.public_id}/lost-phone").status_code == 403
    assert "chỉ gỡ được trên máy chủ" in owner.page
    with console.database.read_only() as session:
        assert second_factor.is_on(session, accounts.get(session, lan.id))


def test_links_for_others_ask_for_the_password_once_more(console: Console, owner: Browser) -> None:
    with console.database.transaction() as session:
        thu = make_staff(session, "cashier", "Thu")
    console.clock.now += sessions.FRESH + timedelta(seconds=1)
    owner.get("/console/me")
    for act in ("link", "lost-phone"):
        answer = owner.post(f"/console/staff/{thu.public_id}/{act}", follow=False)
        assert answer.location == f"/console/me/confirm?next=/console/staff/{thu.public_id}"


def test_who_leaves_says_how_many_cases_wait_for_somebody(console: Console, owner: Browser) -> None:
    with console.database.transaction() as session:
        thu = make_staff(session, "cashier", "Thu")
        complain(session, make_customer(session), owner=thu)
    owner.get(f"/console/staff/{thu.public_id}")
    owner.post(f"/console/staff/{thu.public_id}/remove")
    assert "1 góp ý của họ đang chờ người nhận." in owner.page


def test_the_owner_signs_somebody_out_everywhere(console: Console, owner: Browser) -> None:
    with console.database.transaction() as session:
        thu = make_staff(session, "cashier", "Thu")
    console.seat(thu)
    owner.get(f"/console/staff/{thu.public_id}")
    owner.post(f"/console/staff/{thu.public_id}/sign-out")
    with console.database.read_only() as session:
        assert sessions.list_open(session, thu.id, now=NOON) == []
    assert actions(console, owner) == [("signed_out_everywhere", {"sessions": 1})]


def test_roles_are_told_in_words_to_everybody(console: Console) -> None:
    browser = console.sign_in("cashier")
    browser.get("/console/staff/roles")
    assert "trên 5.000.000đ thì chờ quản lý duyệt" in browser.page
    assert "Tích điểm cho hóa đơn" in browser.page
    assert "Làm được mọi việc của Thu ngân và Tiếp thị , thêm:" in browser.page


def test_a_store_is_added_renamed_and_named_back(console: Console, owner: Browser) -> None:
    owner.get("/console/stores")
    owner.post("/console/stores", code="le-loi", name="Mây Lê Lợi")
    assert "Đã thêm cửa hàng Mây Lê Lợi." in owner.page
    with console.database.read_only() as session:
        store = stores.get_by_code(session, "LE-LOI")
    owner.get(f"/console/stores/{store.public_id}")
    owner.post(f"/console/stores/{store.public_id}", name="Mây Lê Lai")
    assert "«Mây Lê Lợi» giờ tên là «Mây Lê Lai»." in owner.page

    undo = re.search(r'action="(/console/stores/[^"]+/name-back[^"]*)"', owner.html)
    assert undo is not None
    owner.post(undo.group(1).replace("&amp;", "&"))
    with console.database.read_only() as session:
        assert session.get_one(Store, store.id).name == "Mây Lê Lợi"
    assert [action for action, _ in actions(console, owner)] == ["store_added", "store_renamed", "store_renamed"]


@pytest.mark.parametrize("code", ["main", "Lê Lợi", "A B", "-A", "A-", "A" * 17, "①", "💥"])
def test_a_code_that_cannot_be_is_refused(console: Console, owner: Browser, code: str) -> None:
    owner.get("/console/stores")
    assert owner.post("/console/stores", code=code, name="Mây").status_code == 422
    with console.database.read_only() as session:
        assert len(stores.list_all(session)) == 1


def marked(page: str) -> list[str]:
    """The elements a payload became."""
    found: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            if MARK in dict(attrs):
                found.append(tag)

    Reader().feed(page)
    return found


def test_hostile_names_are_only_words_on_every_page(console: Console, owner: Browser) -> None:
    people = []
    with console.database.transaction() as session:
        for number, payload in enumerate(PAYLOADS):
            people.append(make_staff(session, "cashier", f"{payload[:70]} {number}").public_id)
            stores.add(session, f"S{number}", f"{payload[:70]} {number}", now=NOON)
        places = [store.public_id for store in stores.list_all(session)]
    pages = ["/console/staff", "/console/stores", "/console/staff/new", "/console/audit", "/console/me"]
    pages += [f"/console/staff/{each}" for each in people] + [f"/console/stores/{each}" for each in places]
    for page in pages:
        assert owner.get(page).status_code == 200
        assert marked(owner.html) == []


def test_owners_and_managers_see_how_far_everybody_practised(console: Console, owner: Browser) -> None:
    with console.database.transaction() as session:
        thu = make_staff(session, Role.CASHIER, "Thu")
        for name in ("find", "visits"):
            practice.begin(session, thu.id, name, now=NOON)
            practice.finish(session, thu.id, name, now=NOON)

    owner.get("/console/staff/practice")
    assert "Thu" in owner.page and "2/10" in owner.page and "22/11" in owner.page
    owner.get("/console/staff")
    assert "/console/staff/practice" in owner.html
    manager = console.sign_in("manager", "Quân")
    assert manager.get("/console/staff/practice").status_code == 200
    assert console.sign_in("cashier", "Hoa").get("/console/staff/practice").status_code == 403
