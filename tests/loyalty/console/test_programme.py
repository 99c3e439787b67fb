"""The rules of points at the console: read, drafted, tried, put in force, gone back from."""

from datetime import timedelta

import pytest

from jobs import programme as pump
from jobs.registry import Context
from loyalty.db import Database
from loyalty.programme import activation, drafts
from loyalty.settings import Settings
from tests.builders import NOON
from tests.builders_console import Browser, Console, make_console
from tests.builders_customers import make_customer
from tests.builders_points import DEMO, award

DEMO_TEXT = DEMO.read_text(encoding="utf-8")
DEARER = DEMO_TEXT.replace("per_amount = 10000", "per_amount = 20000")


@pytest.fixture
def console(database: Database, settings: Settings) -> Console:
    return make_console(database, settings)


@pytest.fixture
def owner(console: Console) -> Browser:
    return console.sign_in("owner", "Chị Sáu")


def numbers(console: Console) -> list[int]:
    with console.database.read_only() as session:
        return [row.version for row in activation.list_all(session)]


def work(console: Console, settings: Settings) -> None:
    context = Context(console.database, settings, {}, console.clock)
    while pump.simulate_programme(context):
        """Until nothing is left to do."""


def test_the_rules_in_force_are_read_in_sentences(console: Console) -> None:
    manager = console.sign_in("manager")

    manager.get("/console/programme")

    assert "Cứ 10.000đ được 1 điểm; phần lẻ để dành cho đơn sau." in manager.page
    assert "Hạng Bạc: chi tiêu từ 2.000.000đ trong 12 tháng, tích điểm ×1,25." in manager.page
    assert "Hôm nay 22/11/2027" in manager.page and "Sửa" not in manager.page
    manager.get("/console/programme/versions/1")
    assert "per_amount = 10000 # ₫ for one point" in manager.page
    assert manager.get("/console/programme/versions/9").status_code == 404


def test_a_manager_reads_the_draft_and_changes_nothing(console: Console, owner: Browser) -> None:
    owner.post("/console/programme/draft", document=DEARER)
    manager = console.sign_in("manager")

    manager.get("/console/programme/draft")
    assert "per_amount = 20000" in manager.page and "Lưu và kiểm tra" not in manager.page
    for address in ("draft", "draft/drop", "draft/simulate", "activate", "rollback"):
        assert manager.post(f"/console/programme/{address}", follow=False).status_code == 403
    assert console.sign_in("cashier").get("/console/programme").status_code == 403


def test_faults_stand_beside_their_lines(console: Console, owner: Browser) -> None:
    owner.post("/console/programme/draft", document=DEARER.replace('"1.25"', '"1000"').replace("[expiry]", "[expire]"))

    line = 1 + DEARER.splitlines().index('multiplier = "1.25"')
    assert f'<li value="{line}" class="is-wrong"><code>multiplier = &#34;1000&#34;</code>' in owner.html
    assert "tiers[1].multiplier: phải là số thập phân" in owner.page and "expire: không có mục này" in owner.page
    assert "Áp dụng từ 0 giờ" not in owner.page
    owner.post("/console/programme/activate", day="2026-11-23")
    assert "Bản nháp còn lỗi, chưa áp dụng gì." in owner.page and numbers(console) == [1]


def test_a_draft_is_tried_in_the_background_then_activated_and_taken_back(
    console: Console, owner: Browser, settings: Settings
) -> None:
    with console.database.transaction() as session:
        award(session, make_customer(session), 2_000_000)
    owner.post("/console/programme/draft", document=DEARER.replace("spend = 2000000", "spend = 3000000"))
    assert (
        "Bỏ Cứ 10.000đ được 1 điểm" in owner.page.replace("Bỏ bản nháp", "") or "Cứ 20.000đ được 1 điểm" in owner.page
    )

    owner.post("/console/programme/draft/simulate")
    assert "Đã thử 0 / 1 khách" in owner.page
    work(console, settings)
    owner.get("/console/programme/draft")
    assert "200 điểm" in owner.page and "100 điểm" in owner.page
    assert "Bạc → Thành viên 1 khách" in owner.page

    owner.post("/console/programme/activate", day="2026-11-22", note="")
    assert "sớm nhất là 23/11/2026" in owner.page and numbers(console) == [1]
    owner.post("/console/programme/activate", day="2026-12-01", note="giá mới")
    assert "Bản 2 có hiệu lực từ 0 giờ ngày 01/12/2026." in owner.page
    assert "Sắp áp dụng từ 01/12/2026" in owner.page and "giá mới" in owner.page
    with console.database.read_only() as session:
        assert drafts.find(session) is None

    owner.post("/console/programme/rollback")
    assert "Đã rút bản 2" in owner.page and numbers(console) == [1]


def test_rules_in_force_are_gone_back_from_tomorrow(console: Console, owner: Browser) -> None:
    owner.post("/console/programme/draft", document=DEARER)
    owner.post("/console/programme/activate", day="2026-11-23")
    console.clock.now = NOON + timedelta(days=2)
    owner = console.sign_in("owner", "Chị Bảy")  # the seat of before has ended
    owner.get("/console/programme")
    assert "Quay về bản trước" in owner.page

    owner.post("/console/programme/rollback")

    assert "Từ 0 giờ ngày 25/11/2026 lại theo quy tắc trước (bản 3)." in owner.page
    assert numbers(console) == [3, 2, 1]
    assert "áp dụng quy tắc điểm mới" in _audit(owner)


def test_a_saved_draft_forgets_what_was_tried_of_the_one_before(
    console: Console, owner: Browser, settings: Settings
) -> None:
    owner.post("/console/programme/draft", document=DEARER)
    owner.post("/console/programme/draft/simulate")
    owner.post("/console/programme/draft", document=DEMO_TEXT)

    work(console, settings)

    owner.get("/console/programme/draft")
    assert "Chưa khác gì." in owner.page and "Theo bản nháp" not in owner.page
    owner.post("/console/programme/draft/drop")
    assert "Đã bỏ bản nháp." in owner.page


def _audit(owner: Browser) -> str:
    owner.get("/console/audit")
    return owner.page
