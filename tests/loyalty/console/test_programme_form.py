"""The programme as a form: answers change single values of the one draft; faults stand beside fields, in words."""

from typing import Any

import pytest

from jobs import programme as pump
from jobs.registry import Context
from loyalty.console.programme.form.pages import PARTS
from loyalty.db import Database
from loyalty.programme import drafts, reading
from loyalty.programme.document import Programme
from loyalty.settings import Settings
from tests.builders_console import Browser, Console, make_console
from tests.builders_customers import make_customer
from tests.builders_points import DEMO, award

Typed = dict[str, Any]
FORM = "/console/programme/form"
DEMO_TEXT = DEMO.read_text(encoding="utf-8")
RULE: Typed = {"name": "Giờ vàng", "kind": "multiply-bill", "times": "2"}


@pytest.fixture
def console(database: Database, settings: Settings) -> Console:
    return make_console(database, settings)


@pytest.fixture
def owner(console: Console) -> Browser:
    return console.sign_in("owner", "Chị Sáu")


def text(console: Console) -> str:
    with console.database.read_only() as session:
        kept = drafts.find(session)
        return "" if kept is None else kept.document


def rules(console: Console) -> Programme:
    return reading.read(0, text(console)).must()


def expiry(policy: str, **more: str) -> Typed:
    return {"policy": policy, "length": "12", "unit": "months", "round_up": "quarter", "dates": "", "grace": "", **more}


def test_one_answer_changes_one_value_and_every_comment_stays(console: Console, owner: Browser) -> None:
    owner.post(f"{FORM}/earning/0", way="amount", amount="20.000", share="", worth="", left="carry")

    assert text(console) == DEMO_TEXT.replace("per_amount = 10000", "per_amount = 20000")
    assert "Cứ 20.000đ được 1 điểm" in owner.page and "Thử trên đơn cũ" in owner.page
    owner.get("/console/programme/draft")
    assert "per_amount = 20000 # ₫ for one point" in owner.page


@pytest.mark.parametrize("code", PARTS)
def test_answers_sent_as_they_stand_change_no_letter(console: Console, owner: Browser, code: str) -> None:
    owner.post(f"{FORM}/rule/0", **RULE, hours="14:00-17:00", weekdays=["mon", "sun"], named="tet", person_day="100")
    before, part = text(console), PARTS[code]

    made: Typed = {name: value for name, value in part.before(rules(console), 0).items() if value not in ("", [])}
    owner.post(f"{FORM}/{code}/0", **made)

    assert "Đã ghi vào bản nháp" in owner.page and text(console) == before


def test_a_tier_is_added_changed_and_taken_out(console: Console, owner: Browser) -> None:
    owner.post(f"{FORM}/tier/3", name="Kim cương", least="30tr", times="2", benefits="Quà Tết\nBàn riêng")
    added = rules(console).tiers[3]
    assert (added.code, added.spend, added.multiplier_text) == ("kim-cuong", 30_000_000, "2")
    owner.post(f"{FORM}/tier/3", name="Kim cương", least="30tr", times="1,75", benefits="Quà Tết\nBàn riêng")
    assert rules(console).tiers[3].multiplier_text == "1.75"
    assert rules(console).tiers[3].benefits["vi"] == ("Quà Tết", "Bàn riêng")

    owner.post(f"{FORM}/tier/3/remove")

    assert [tier.code for tier in rules(console).tiers] == ["member", "silver", "gold"]
    owner.post(f"{FORM}/tier/0/remove")
    assert "Chưa bỏ được." in owner.page and len(rules(console).tiers) == 3


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        (expiry("length"), "Điểm dùng được 12 tháng kể từ ngày tích"),
        (expiry("period", round_up="year"), "12 tháng kể từ ngày tích, đến hết năm"),
        (expiry("dates", dates="30/6, 31/12"), "Điểm hết hạn vào 30/6, 31/12 hằng năm"),
        (expiry("earning", length="30", unit="days"), "Điểm hết hạn sau 30 ngày không tích điểm"),
        (expiry("purchase", length="6"), "Điểm hết hạn sau 6 tháng không mua hàng"),
        (expiry("year_unless_bought"), "Điểm hết hạn ngày 31/12 nếu cả năm không mua"),
        (expiry("tier_window"), "Điểm hết hạn cùng hạng"),
        (expiry("never", grace="7"), "Điểm không hết hạn"),
    ],
)
def test_all_eight_ways_points_end_are_chosen_by_words(
    console: Console, owner: Browser, answers: Typed, sentence: str
) -> None:
    owner.post(f"{FORM}/expiry/0/look", **answers)
    assert sentence in owner.page and "Hôm nay" in owner.page and text(console) == ""

    owner.post(f"{FORM}/expiry/0", **answers)

    assert sentence in owner.page
    owner.post(f"{FORM}/earning/0", way="amount", amount="5000", left="carry")
    owner.post(f"{FORM}/expiry/0", **expiry("length"))
    assert rules(console).expiry == reading.read(0, DEMO_TEXT).must().expiry
    assert "# a point lives so many months" in text(console)


def test_a_rule_is_written_from_its_answers_and_read_back(console: Console, owner: Browser) -> None:
    asked = RULE | {"hours": "14:00-17:00", "categories": "Cà phê, Bánh", "days": "âm lịch 15/8, 24/12/2026"}
    owner.post(
        f"{FORM}/rule/0", **asked, weekdays=["sat", "sun"], named="tet", tiers="gold", person_day="100", points="5"
    )

    rule = rules(console).rules[0]
    assert (rule.code, rule.kind, rule.points) == ("gio-vang", "multiply", 0)
    assert [each.text for each in rule.when.days] == ["tet", "lunar 15/8", "2026-12-24"]
    assert "Giờ vàng: nhân 2 cả đơn; nhóm hàng Cà phê, Bánh, hạng Vàng, vào thứ Bảy, Chủ Nhật" in owner.page
    owner.get(f"{FORM}/rule/0")
    assert 'value="âm lịch 15/8, 2026-12-24"' in owner.html and 'value="tet" checked' in owner.html
    owner.post(f"{FORM}/rule/0/remove")
    assert rules(console).rules == ()


@pytest.mark.parametrize(
    ("address", "answers", "field", "said"),
    [
        ("rule/0", RULE | {"hours": "25:00"}, "hours", "«25:00» không phải khung giờ. Ví dụ đúng: 14:00-17:00"),
        ("rule/0", RULE | {"days": "30/2"}, "days", "«30/2» không phải ngày nào cả. Ví dụ đúng: 24/12 - 2/1"),
        ("rule/0", RULE | {"times": "1000"}, "times", "nhiều nhất 100. Ví dụ đúng: 1,5"),
        ("rule/0", RULE | {"times": ""}, "times", "Còn thiếu ô này. Ví dụ đúng: 2"),
        ("rule/0", RULE | {"first": "2027-02-01", "last": "2027-01-01"}, "last", "Ngày kết thúc phải sau ngày bắt đầu"),
        ("rule/0", {"kind": "bonus-event", "name": "Theo dõi", "points": "5"}, "event", "Ví dụ đúng: follow"),
        ("tier/1", {"name": "Bạc", "least": "0", "times": "1"}, "least", "Phải nhiều hơn hạng trước nó"),
        ("tier/1", {"name": "", "least": "1tr", "times": "1"}, "name", "Còn thiếu ô này."),
        ("expiry/0", expiry("length", length=""), "length", "Còn thiếu ô này. Ví dụ đúng: 12"),
        ("expiry/0", expiry("dates", dates="hôm nào"), "dates", "«hôm nào» không phải ngày nào cả."),
        (
            "earning/0",
            {"way": "share", "share": "7", "worth": "1000", "left": "carry"},
            "share",
            "Không ra số tiền chẵn",
        ),
        ("spending/0", {"worth": "1000", "share": "120"}, "share", "Phải từ 1 đến 100."),
    ],
)
def test_a_fault_stands_beside_its_field_and_nothing_is_kept(
    console: Console, owner: Browser, address: str, answers: Typed, field: str, said: str
) -> None:
    answer = owner.post(f"{FORM}/{address}", **answers)

    assert answer.status_code == 422 and text(console) == ""
    beside = owner.html.split(f'id="e-{field}"')[1].split("</p>")[0]
    assert said in beside
    assert "TOML" not in owner.page and "ngoặc kép" not in owner.page


@pytest.mark.parametrize("words", ['"]\n[evil]\nx = "', "<script>alert(1)</script>", "${7*7} # x", "a\\", "'''"])
def test_hostile_words_stay_words(console: Console, owner: Browser, words: str) -> None:
    owner.post(f"{FORM}/rule/0", **RULE | {"name": words})

    assert rules(console).rules[0].names["vi"] == words if "\n" not in words else text(console) == ""
    assert "<script>alert" not in owner.html


def test_a_manager_reads_the_parts_and_changes_none(console: Console) -> None:
    manager = console.sign_in("manager")

    assert manager.get(FORM).status_code == 200 and "Thêm quy tắc" not in manager.page
    assert manager.get(f"{FORM}/tier/1").status_code == 403
    for act in ("tier/1", "tier/1/look", "tier/1/remove"):
        assert manager.post(f"{FORM}/{act}", follow=False).status_code == 403
    assert console.sign_in("cashier").get(FORM).status_code == 403


def test_what_is_not_there_has_no_page(owner: Browser) -> None:
    for address in ("tier/9", "earning/1", "nothing/0", "rule/1"):
        assert owner.get(f"{FORM}/{address}").status_code == 404


def test_a_draft_that_cannot_be_read_leads_to_its_text(owner: Browser) -> None:
    owner.post("/console/programme/draft", document=DEMO_TEXT.replace("[expiry]", "[expire]"))

    assert owner.get(FORM, follow_redirects=True).status_code == 200 and "Cần sửa" in owner.page
    assert owner.post(f"{FORM}/earning/0", way="amount", amount="1").status_code == 200 and "Cần sửa" in owner.page


def test_what_the_form_cannot_change_alone_is_refused_in_words(console: Console, owner: Browser) -> None:
    start = DEMO_TEXT.index("[[tiers]]")
    listed = "tiers = [\n" + '{ code = "m", name = { vi = "M" }, spend = 0, multiplier = "1" },\n]\n'
    document = listed + DEMO_TEXT[:start] + DEMO_TEXT[DEMO_TEXT.index("[receipts]") :]
    owner.post("/console/programme/draft", document=document)

    assert owner.post(f"{FORM}/tier/0", name="Bạn", least="0", times="1").status_code == 422
    assert "sửa ở «Dạng chữ»" in owner.page and text(console) == document


def test_english_reads_english(owner: Browser) -> None:
    owner.client.set_cookie("kq_lang", "en")

    owner.post(f"{FORM}/tier/1", name="Silver", least="0", times="1")

    assert "It must be more than the tier before. Right: 2,000,000" in owner.page


def test_what_a_draft_would_do_is_seen_and_activated_beside_its_form(
    console: Console, owner: Browser, settings: Settings
) -> None:
    with console.database.transaction() as session:
        award(session, make_customer(session), 2_000_000)
    owner.post(f"{FORM}/earning/0", way="amount", amount="20000", left="carry")
    assert "Thử 3 tháng qua" in owner.page and "Cứ 20.000đ được 1 điểm" in owner.page
    owner.post("/console/programme/draft/simulate", back="form")
    context = Context(console.database, settings, {}, console.clock)
    while pump.simulate_programme(context):
        """Until nothing is left to do."""

    owner.get(FORM)
    assert "Ai đổi hạng" in owner.page and "200 điểm" in owner.page and "100 điểm" in owner.page
    owner.post("/console/programme/activate", day="2026-11-23", note="giá mới")
    assert "Bản 2 có hiệu lực từ 0 giờ ngày 23/11/2026." in owner.page and "Hoàn tác" in owner.page
