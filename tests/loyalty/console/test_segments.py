"""Segments at the console: made without code, counted while one composes, changed with a way back."""

import re
from typing import Any

import pytest
import sqlalchemy as sa

from loyalty.campaigns import lifecycle
from loyalty.console.segments import stating, tree, vocabulary
from loyalty.customers import tags
from loyalty.customers.models import Customer
from loyalty.db import Database
from loyalty.segments import fields, saved
from loyalty.segments.models import Segment
from loyalty.segments.rules import Frame, Kind
from loyalty.settings import Settings
from loyalty.staff.models import AuditEntry
from tests.builders import NOON
from tests.builders_campaigns import make_campaign, make_person
from tests.builders_console import Browser, Console, make_console

POINTS: dict[str, Any] = {"n.word": "all", "n.0.field": "points", "n.0.op": ">=", "n.0.value": "50"}
WITH_POINTS: dict[str, Any] = {"all": [{"field": "points", "op": ">=", "value": 50}]}


@pytest.fixture
def console(database: Database, settings: Settings) -> Console:
    with database.transaction() as session:
        for number in range(3):
            make_person(session, f"Lan {number}", points=50 + number, phone=f"+8491234567{number}")
        make_person(session, "Minh", tier="gold", points=10)
    return make_console(database, settings)


@pytest.fixture
def owner(console: Console) -> Browser:
    return console.sign_in("owner")


def keep(console: Console, wanted: Any = None, name: str = "Có điểm") -> str:
    with console.database.transaction() as session:
        return saved.create(session, name, wanted or WITH_POINTS, now=NOON).public_id


def kept(console: Console, public_id: str) -> Segment:
    with console.database.read_only() as session:
        return saved.get_public(session, public_id, removed=True)


def rows(html: str) -> list[str]:
    """The fields of the conditions in a form, by their paths."""
    return re.findall(r'<select id="(n[\d.]*)\.field"', html)


def test_the_list_says_each_rule_its_size_and_who_used_it(console: Console, owner: Browser) -> None:
    keep(console)
    with console.database.transaction() as session:
        make_campaign(session, segment=saved.list_newest(session)[0])
    owner.get("/console/segments")
    for words in ("Có điểm", "Khách hàng: số điểm từ 50 trở lên", "3", "Tháng 11", "nháp"):
        assert words in owner.page


def test_without_segments_the_page_offers_ways_to_begin(owner: Browser) -> None:
    owner.get("/console/segments")
    assert "Khách lâu không quay lại" in owner.page
    owner.get("/console/segments/new?starter=near")
    assert "Sắp lên hạng" in owner.html
    assert "Đúng ít nhất một điều sau" in owner.page
    assert rows(owner.html) == ["n.0.0", "n.0.1", "n.1.0", "n.1.1"]


def test_conditions_and_groups_come_and_go_without_a_script(owner: Browser) -> None:
    form = POINTS | {"name": "X"}
    owner.post("/console/segments/look", **form, do="add n")
    assert rows(owner.html) == ["n.0", "n.1"]
    owner.post("/console/segments/look", **form, do="group n")
    assert rows(owner.html) == ["n.0", "n.1.0"]
    nested = form | {"n.1.word": "any", "n.1.0.field": "tier", "n.1.0.op": "=", "n.1.0.value": "gold"}
    owner.post("/console/segments/look", **nested, do="add n.1")
    assert rows(owner.html) == ["n.0", "n.1.0", "n.1.1"]
    owner.post("/console/segments/look", **nested, do="drop n.0")
    assert rows(owner.html) == ["n.0.0"]
    assert 'value="X"' in owner.html


def test_what_it_means_is_counted_and_shown_while_one_composes(owner: Browser) -> None:
    owner.post("/console/segments/look", **POINTS, do="look")
    for words in ("3 người", "Khách hàng: số điểm từ 50 trở lên", "Lan 2", "0912 ••• 672"):
        assert words in owner.page
    assert "Minh" not in owner.page


def test_only_the_part_that_changes_is_sent_to_a_script(owner: Browser) -> None:
    form = {"csrf_token": owner._token(), **POINTS}
    answer = owner.client.post("/console/segments/look", data=form, headers={"HX-Request": "true"})
    assert answer.text.lstrip().startswith('<div id="composer"')


def test_a_row_that_is_not_filled_in_is_left_out_until_one_keeps_it(owner: Browser) -> None:
    form = POINTS | {"n.1.field": "orders", "n.1.op": ">=", "n.1.value": "", "name": "Có điểm"}
    owner.post("/console/segments/look", **form, do="look")
    assert "3 người" in owner.page
    assert "Còn thiếu giá trị." not in owner.page
    assert owner.post("/console/segments/new", **form).status_code == 422
    assert "Còn thiếu giá trị." in owner.page


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (("points", ">=", "nhiều", ""), "Cần một số nguyên, ví dụ 50."),
        (("points", ">=", "2.5", ""), "Cần một số nguyên, ví dụ 50."),
        (("spent", ">=", "250", ""), "Chưa đọc được số tiền. Ví dụ đúng: 500k hoặc 5.000.000"),
        (("joined_days", "between", "30", "10"), "Cần hai giá trị, số nhỏ đứng trước."),
        (("tier", "=", "kim cương", ""), "Chọn trong các mục có sẵn."),
        (("orders", "in", "1; hai", ""), "Các số cách nhau bằng dấu chấm phẩy: 1; 2; 3"),
    ],
)
def test_a_value_that_cannot_be_read_is_told_with_a_right_one(
    owner: Browser, row: tuple[str, str, str, str], sentence: str
) -> None:
    field, op, value, high = row
    form: dict[str, Any] = {"n.word": "all", "n.0.field": field, "n.0.op": op, "n.0.value": value, "n.0.high": high}
    assert owner.post("/console/segments/new", **form, name="X").status_code == 422
    assert sentence in owner.page


def test_amounts_are_typed_as_people_write_them(console: Console, owner: Browser) -> None:
    row: dict[str, Any] = {"n.word": "all", "n.0.field": "spent_12m", "n.0.op": ">=", "n.0.value": "2tr"}
    owner.post("/console/segments/new", **row, name="X")
    with console.database.read_only() as session:
        assert saved.list_newest(session)[0].rules == {"all": [{"field": "spent_12m", "op": ">=", "value": 2_000_000}]}


def test_the_same_form_twice_keeps_one_segment(console: Console, owner: Browser) -> None:
    for _ in range(2):
        owner.post("/console/segments/new", **POINTS, name="Có điểm", form_key="abc")
    with console.database.read_only() as session:
        assert [(one.name, one.size) for one in saved.list_newest(session)] == [("Có điểm", 3)]


def test_everybody_is_kept_only_when_that_is_meant(console: Console, owner: Browser) -> None:
    form: dict[str, Any] = {"n.word": "all", "name": "Tất cả"}
    assert owner.post("/console/segments/new", **form).status_code == 422
    assert "nhóm này là TẤT CẢ khách hàng" in owner.page
    assert "Đánh dấu vào đây" in owner.page
    assert owner.post("/console/segments/new", **form, sure="1").status_code == 200
    with console.database.read_only() as session:
        assert saved.list_newest(session)[0].size == 4


def test_an_empty_group_within_is_no_rule(owner: Browser) -> None:
    assert owner.post("/console/segments/new", **(POINTS | {"n.1.word": "any"}), name="X").status_code == 422
    assert "Nhóm này còn trống" in owner.page


def test_a_change_tells_before_and_after_and_is_undone(console: Console, owner: Browser) -> None:
    segment = keep(console)
    owner.get(f"/console/segments/{segment}/edit")
    assert 'value="50"' in owner.html
    owner.post(f"/console/segments/{segment}/edit", **(POINTS | {"n.0.value": "52"}), name="Nhiều điểm")
    assert "Nhóm từ 3 thành 1 người" in owner.page
    assert (kept(console, segment).name, kept(console, segment).size) == ("Nhiều điểm", 1)
    undo = re.search(r'action="(/console/segments/[^"]+/back/[^"]+)"', owner.html)
    assert undo is not None
    owner.post(undo.group(1))
    assert (kept(console, segment).name, kept(console, segment).rules) == ("Có điểm", WITH_POINTS)


def test_a_segment_is_removed_unless_a_campaign_needs_it(console: Console, owner: Browser) -> None:
    segment = keep(console)
    with console.database.transaction() as session:
        campaign = make_campaign(session, segment=saved.get_public(session, segment))
    owner.get(f"/console/segments/{segment}")
    assert owner.post(f"/console/segments/{segment}/remove").status_code == 409
    assert "còn chiến dịch cần nhóm này (Tháng 11)" in owner.page
    with console.database.transaction() as session:
        lifecycle.cancel(session, lifecycle.get_public(session, campaign.public_id), now=NOON)
    assert owner.post(f"/console/segments/{segment}/remove").status_code == 200
    assert "Đã xóa nhóm «Có điểm»" in owner.page
    assert owner.get(f"/console/segments/{segment}").status_code == 404
    owner.post(f"/console/segments/{segment}/restore")
    assert kept(console, segment).removed_at is None


def test_a_copy_has_the_same_rules(console: Console, owner: Browser) -> None:
    owner.post(f"/console/segments/{keep(console)}/duplicate")
    with console.database.read_only() as session:
        copy, first = saved.list_newest(session)
        assert (copy.name, copy.rules) == ("Có điểm (bản sao)", first.rules)


def test_members_come_page_by_page(console: Console, owner: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    from loyalty.console.segments import browsing

    monkeypatch.setattr(browsing, "MEMBERS", 2)
    owner.get(f"/console/segments/{keep(console)}")
    assert [name in owner.page for name in ("Lan 2", "Lan 1", "Lan 0", "Minh")] == [True, True, False, False]
    more = re.search(r'href="(/console/segments/[^"]+after=[^"]+)"', owner.html)
    assert more is not None
    owner.get(more.group(1))
    assert [name in owner.page for name in ("Lan 2", "Lan 0", "Minh")] == [False, True, False]


def test_why_somebody_belongs_is_told_condition_by_condition(console: Console, owner: Browser) -> None:
    segment = keep(console, {"all": [*WITH_POINTS["all"], {"not": {"field": "tier", "op": "=", "value": "gold"}}]})
    owner.get(f"/console/segments/{segment}/why?who=0912345671")
    for words in ("Đang ở trong nhóm", "51 điểm", "Không đúng điều nào sau đây", "Thành viên"):
        assert words in owner.page
    owner.get(f"/console/segments/{segment}/why?who=minh")
    for words in ("Không ở trong nhóm", "10 điểm", "Vàng"):
        assert words in owner.page
    owner.get(f"/console/segments/{segment}/why?who=lan")
    assert "Người nào?" in owner.page
    owner.get(f"/console/segments/{segment}/why?who=nobody")
    assert "Không tìm thấy ai" in owner.page


def test_rules_that_hold_no_more_are_said_and_can_be_mended(console: Console, owner: Browser) -> None:
    segment = keep(console)
    with console.database.transaction() as session:
        saved.get_public(session, segment).rules = {"field": "tier", "op": "=", "value": "platinum"}
    for address in ("", f"/{segment}", f"/{segment}/edit"):
        assert owner.get(f"/console/segments{address}").status_code == 200
    owner.post(f"/console/segments/{segment}/recount")
    owner.post(f"/console/segments/{segment}/edit", **POINTS, name="Có điểm")
    assert kept(console, segment).size == 3


@pytest.mark.parametrize("role", ["cashier"])
def test_a_cashier_may_not_choose_customers(console: Console, role: str) -> None:
    browser, segment = console.sign_in(role), keep(console)
    for address in ("", "/new", f"/{segment}", f"/{segment}/edit", f"/{segment}/why"):
        assert browser.get(f"/console/segments{address}").status_code == 403
    assert browser.post(f"/console/segments/{segment}/remove").status_code == 403


STRANGE: list[dict[str, Any]] = [
    {},
    {"n.word": "xor", "n.0.field": "password"},
    {"n.0.field": "points"},
    {"n.field": "points", "n.op": "=", "n.value": "1"},
    {"n.word": "all", "do": "drop n.99"},
    {"n.word": "all", "do": "add n.x.y"},
    {"n.word": "all", "do": "drop n"},
    {"n.word": "all", "do": "add " + "n.0" * 500},
    {"n.word": "all", "n.0.field": "points", "n.0.op": "in", "n.0.value": ";" * 500},
    {"n.word": "all", "n.0.field": "points", "n.0.op": "=", "n.0.value": "9" * 400},
    {"n.word": "all", "n.0.field": "channel", "n.0.op": "=", "n.0.value": "<script>"},
    {"n.word": "all", "n.0.field": "tier", "n.0.op": "between", "n.0.value": "gold", "n.0.high": "\x00"},
    {".".join(["n", *["0"] * depth]) + ".word": "none" for depth in range(40)},
    {"n.word": "all"} | {f"n.{place}.field": "points" for place in range(300)},
    {"segment": "unknown", "n.word": "all"},
]


@pytest.mark.parametrize("form", STRANGE, ids=range(len(STRANGE)))
def test_no_form_whatever_it_holds_is_a_fault_of_ours(owner: Browser, form: dict[str, Any]) -> None:
    for address in ("look", "new"):
        assert owner.post(f"/console/segments/{address}", **form).status_code in (200, 404, 422)
        assert "<script>" not in owner.html


FRAMED = [
    {"all": []},
    {"any": [{"field": "orders", "op": "between", "value": [1, 1250]}]},
    {"all": [{"field": "orders", "op": "in", "value": [1, 20, 1250]}, {"field": "spent", "op": "<", "value": 250_000}]},
    {"all": [{"field": "tier", "op": "not_in", "value": ["silver", "gold"]}]},
    {"all": [{"field": "tier", "op": "between", "value": ["silver", "gold"]}]},
    {"all": [{"field": "channel", "op": "in", "value": ["messenger", "zalo"]}]},
    {"not": {"any": [{"field": "points", "op": "=", "value": 0}, {"field": "points", "op": ">", "value": 9}]}},
    {"all": [{"not": {"field": "has_phone", "op": "=", "value": False}}, {"any": [WITH_POINTS, WITH_POINTS]}]},
    {"all": [{"field": "bought.category", "op": ">=", "value": 2, "of": "Cà phê", "within_days": 90}]},
    {"all": [{"field": "bought.product", "op": "=", "value": 0, "of": ["Bánh mì", "CF1"]}]},
    {"all": [{"field": "bought.store", "op": ">", "value": 0, "of": "MAIN"}]},
    {"all": [{"field": "bought.times", "op": "<", "value": 3, "within_days": 30}]},
    {"all": [{"field": "tag", "op": "in", "value": ["khách sỉ", "vip"]}]},
    {"all": [{"field": "source", "op": "not_in", "value": ["import", "staff"]}]},
    {"all": [{"field": "average_bill", "op": "between", "value": [50_000, 250_000]}]},
]


def test_a_row_asks_for_what_its_field_needs(owner: Browser) -> None:
    """Which ones and how long ago stand beside the value; what is missing is said where it is missing."""
    row: dict[str, Any] = {"n.word": "all", "n.0.field": "bought.category", "n.0.op": ">=", "n.0.value": "2"}
    row["n.0.was"] = "points"
    owner.post("/console/segments/look", **row)
    for control in ("n.0.of", "n.0.within"):
        assert f'name="{control}"' in owner.html
    assert '<optgroup label="Mua những gì">' in owner.html
    assert owner.post("/console/segments/new", name="Cà phê", **row, do="").status_code == 422
    assert "Ghi rõ món" in owner.page
    filled = row | {"n.0.was": "bought.category", "n.0.of": "Cà phê; Trà", "n.0.within": "90"}
    owner.post("/console/segments/look", **filled)
    assert "số lần mua có nhóm hàng Cà phê hoặc Trà trong 90 ngày qua từ 2 trở lên" in owner.page
    owner.post("/console/segments/new", name="Cà phê", **filled | {"n.0.within": "ba tháng"})
    assert "Cần một số ngày" in owner.page


def test_a_customer_is_tagged_and_found_by_it(console: Console, owner: Browser) -> None:
    with console.database.read_only() as session:
        lan = session.scalars(sa.select(Customer).order_by(Customer.id)).first()
    assert lan is not None
    address = f"/console/customers/{lan.public_id}"
    owner.post(f"{address}/tags", tag="  #Khách   SỈ ")
    owner.post(f"{address}/tags", tag="khách sỉ")
    owner.post(f"{address}/tags", tag="x" * 50)
    assert owner.get(address).status_code == 200
    assert owner.page.count("Gắn nhãn khách sỉ") == 1
    wholesale = keep(console, {"field": "tag", "op": "=", "value": "KHÁCH SỈ"}, "Sỉ")
    assert kept(console, wholesale).size == 1
    owner.post(f"{address}/tags/remove?tag=khách sỉ")
    with console.database.read_only() as session:
        assert tags.list_of(session, lan.id) == []
        done = session.scalars(sa.select(AuditEntry.action).where(AuditEntry.action.in_(("tagged", "untagged")))).all()
    assert sorted(done) == ["tagged", "untagged"]


@pytest.mark.parametrize("locale", ["vi", "en"])
@pytest.mark.parametrize("wanted", FRAMED, ids=str)
def test_rules_come_back_from_the_form_as_they_were(database: Database, wanted: Any, locale: str) -> None:
    with database.read_only() as session:
        reading = stating.state(tree.of_rules(wanted, locale), Frame.at(session, NOON))
    assert (reading.rules, dict(reading.problems)) == (wanted, {})


def test_every_field_and_comparison_has_words() -> None:
    offered = [field.name for _family, found in vocabulary.families() for field in found]
    assert sorted(offered) == sorted(fields.ALL)
    for kind in Kind:
        missing = set(kind.ops) - set(vocabulary.ops(kind))
        assert missing == ({"!="} if kind is Kind.FLAG else set())
