"""Journeys at the console: composed without a script, foretold, let go, followed step by step."""

import re
from typing import Any

import pytest
import sqlalchemy as sa

from loyalty.console.journeys import mails, sheets
from loyalty.console.journeys.sheets import Sheet
from loyalty.db import Database
from loyalty.journeys import plans, starters
from loyalty.journeys.models import Journey, JourneyEdition
from loyalty.settings import Settings
from tests.builders_campaigns import FakeChannel
from tests.builders_console import Browser, Console, make_console
from tests.builders_journeys import context_of, make_fan, work

HOSTILE = '<script>alert("x")</script>' + "W" * 60


@pytest.fixture
def console(database: Database, settings: Settings) -> Console:
    with database.transaction() as session:
        make_fan(session, "Nguyễn Lan", birthday=1122)
        make_fan(session, "Minh", birthday=1122, promotion=False)
        make_fan(session, "Hoa", birthday=1120)
    return make_console(database, settings)


@pytest.fixture
def owner(console: Console) -> Browser:
    return console.sign_in("owner")


def form(**changed: Any) -> dict[str, Any]:
    """A birthday: a word, two days, another one for who has not bought."""
    return {
        "name": "Quà sinh nhật",
        "kind": "birthday",
        "t.birthday.days_before": "0",
        "s.0.do": "send",
        "s.0.text": 'Chúc mừng {{ name | "bạn" }}!',
        "s.1.do": "wait",
        "s.1.days": "2",
        "s.1.at": "10:00",
        "s.2.do": "branch",
        "s.2.if": "bought",
        "s.2.then": "stop",
        "s.2.else": "4",
        "s.3.do": "send",
        "s.3.text": "Quà vẫn chờ bạn.",
        "again": "yearly",
        **changed,
    }


def only(database: Database) -> tuple[Journey, JourneyEdition]:
    with database.read_only() as session:
        journey = session.scalars(sa.select(Journey)).one()
        newest = sa.select(JourneyEdition).order_by(JourneyEdition.number.desc())
        edition = session.scalars(newest).first()
        assert edition is not None
        return journey, edition


def test_a_journey_is_composed_let_go_and_followed(
    console: Console, owner: Browser, database: Database, settings: Settings
) -> None:
    owner.get("/console/journeys/new?starter=birthday")
    assert "Quà sinh nhật" in owner.html
    seen = owner.post("/console/journeys/look", **form(do="look"))
    assert seen.status_code == 200
    assert re.search(r"<strong>1</strong>\s*<span>người vào hôm nay", owner.html)  # Lan; Minh did not agree
    assert owner.post("/console/journeys/new", **form(do="save")).status_code == 200
    journey, edition = only(database)
    assert (journey.state, edition.plan["again"]) == ("draft", "yearly")
    assert edition.plan["steps"][2] == {"do": "branch", "if": "bought", "then": "stop", "else": 4}
    at = f"/console/journeys/{journey.public_id}"
    owner.post(f"{at}/activate")
    work(context_of(database, settings, FakeChannel()))
    owner.get(at)
    assert "1 đã tới" in owner.page
    assert "Đã gửi 1" in owner.page
    assert "1 đang đợi để tới bước này" in owner.page
    owner.get(f"{at}/people?state=waiting&step=3")
    assert "Nguyễn Lan" in owner.page
    assert "3. Rẽ nhánh" in owner.page
    with database.read_only() as session:
        lan = session.execute(sa.text("SELECT public_id FROM customer ORDER BY id LIMIT 1")).scalar_one()
    owner.get(f"/console/customers/{lan}")
    assert "Đang ở trong hành trình" in owner.page
    owner.get("/console/campaigns")
    assert "Quà sinh nhật" not in owner.page  # what a step sends by is in no list
    owner.post(f"{at}/pause")
    owner.post(f"{at}/resume")
    owner.post(f"{at}/edit", **form(do="save", **{"s.3.text": "Còn quà nhé."}))
    assert only(database)[1].number == 2
    owner.get(f"{at}?edition=1")
    assert "Quà vẫn chờ bạn." in owner.page
    owner.post(f"{at}/end")
    assert only(database)[0].state == "ended"
    assert console.sign_in("cashier").get(at).status_code == 403


GIFT = {
    "s.0.text": "Mã {{ voucher }} của bạn",
    "s.0.offer": "amount",
    "s.0.offer_value": "20.000",
    "s.0.offer_minimum": "100.000",
    "s.0.offer_days": "7",
}
GIVEN = {"kind": "amount", "value": 20_000, "minimum_bill": 100_000, "valid_days": 7}


@pytest.mark.parametrize(
    ("others", "part", "kept"),
    [
        (
            {"s.0.text_b": "{{ voucher }} dành riêng cho bạn", "s.0.share_b": "40"},
            "variants",
            [{"text": GIFT["s.0.text"], "share": 60}, {"text": "{{ voucher }} dành riêng cho bạn", "share": 40}],
        ),
        ({"s.0.texts.zalo.en": "{{ voucher }} is yours"}, "texts", {"zalo.en": "{{ voucher }} is yours"}),
    ],
)
def test_a_steps_voucher_and_its_wordings_are_posted_kept_and_stand_in_the_form_again(
    others: dict[str, str], part: str, kept: Any, owner: Browser, database: Database
) -> None:
    wrong = owner.post("/console/journeys/new", **form(do="save", **{**GIFT, "s.0.offer_value": "nhiều"}))
    assert wrong.status_code == 422 and 'value="nhiều"' in owner.html
    owner.post("/console/journeys/new", **form(do="save", **GIFT, **others))
    journey, edition = only(database)
    assert (edition.plan["steps"][0]["offer"], edition.plan["steps"][0][part]) == (GIVEN, kept)
    owner.get(f"/console/journeys/{journey.public_id}/edit")
    shown = {**others, "s.0.offer_value": "20000", "s.0.offer_minimum": "100000", "s.0.offer_days": "7"}
    for name, value in shown.items():
        field = rf'name="{re.escape(name)}"[^>]*(value="{value}"|>{re.escape(value)}</textarea>)'
        assert re.search(field, owner.html), name
    owner.post(f"/console/journeys/{journey.public_id}/edit", **form(do="save", **{"s.0.text": "Chào bạn"}))
    assert only(database)[1].plan["steps"][0] == {"do": "send", "text": "Chào bạn"}


def test_what_a_step_gives_besides_its_words_is_asked_only_when_wanted(owner: Browser) -> None:
    owner.post("/console/journeys/look", **form(do="look"))
    assert 'name="s.0.offer"' not in owner.html and 'value="more:3"' in owner.html

    owner.post("/console/journeys/look", **form(do="more:3"))
    assert 'name="s.0.offer"' not in owner.html and 'name="s.3.offer"' in owner.html
    owner.post("/console/journeys/look", **form(do="up:3", **{"s.3.more": "1"}))
    assert 'name="s.2.offer"' in owner.html


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"name": ""}, "Còn thiếu ô này."),
        ({"s.0.text": "Chào {ten}"}, "Dấu ngoặc nhọn chỉ dùng cho ô điền tên"),
        ({"s.1.days": "rất lâu"}, "Cần một số nguyên từ 0 đến 365."),
        ({"s.2.else": "1"}, "Chỉ nhảy tới được một bước phía sau."),
        ({"t.birthday.days_before": "99"}, "Cần một số nguyên từ 0 đến 30."),
        ({"kind": "segment", "t.segment.segment": "gone"}, "Nhóm này không còn nữa"),
        ({"s.0.offer": "percent", "s.0.offer_percent": "7,5"}, "Ví dụ: giảm 20.000đ, hoặc 10%."),
        ({"again": "days", "again_days": "0"}, "Cần một số nguyên từ 1 đến 730."),
    ],
)
def test_what_is_wrong_stands_beside_its_part_and_keeps_nothing(
    changed: dict[str, Any], said: str, owner: Browser, database: Database
) -> None:
    answer = owner.post("/console/journeys/new", **form(do="save", **changed))
    assert answer.status_code == 422
    assert said in owner.page
    assert 'value="Quà sinh nhật"' in owner.html or changed == {"name": ""}  # what was typed stays
    with database.read_only() as session:
        assert session.scalars(sa.select(Journey)).all() == []


def test_hostile_words_are_only_words(owner: Browser) -> None:
    owner.post("/console/journeys/new", **form(do="save", name=HOSTILE, **{"s.0.text": HOSTILE}))
    assert "<script>alert" not in owner.html
    owner.get("/console/journeys")
    assert "<script>alert" not in owner.html


def test_every_starter_is_a_plan_that_the_form_keeps_as_it_is() -> None:
    for starter in starters.STARTERS:
        for locale in ("vi", "en"):
            plan = starter.plan(locale)
            assert plans.parse(sheets.plan_of(sheets.of_plan("", "", plan))) == plans.parse(plan)


def test_a_branch_leads_to_the_same_step_after_steps_moved() -> None:
    branch = {"do": "branch", "if": "bought", "then": "4", "else": "stop"}
    sheet = Sheet(steps=[branch, {"do": "wait"}, {"do": "hours"}, {"do": "send"}])
    assert [step["do"] for step in sheets.change(sheet, "up:3").steps] == ["branch", "wait", "send", "hours"]
    assert sheets.change(sheet, "up:3").steps[0]["then"] == "3"
    assert sheets.change(sheet, "remove:1").steps[0]["then"] == "3"
    assert sheets.change(sheet, "remove:3").steps[0]["then"] == "on"  # where it led to is gone
    assert sheets.change(sheet, "down:0").steps[1]["then"] == "4"
    assert sheets.change(sheet, "up:0") == sheets.change(sheet, "remove:77") == sheets.change(sheet, "") == sheet
    assert len(sheets.change(sheet, "add:send").steps) == 5


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("0", 0),
        ("20000", 20_000),
        ("20.000đ", 20_000),
        ("250k", 250_000),
        ("1tr2", 1_200_000),
        ("ba", "ba"),
        ("7.5", "7.5"),
        ("1,5", "1,5"),
    ],
)
def test_money_of_a_journey_is_read_as_people_write_it(typed: str, amount: int | str) -> None:
    assert mails.amount(typed) == amount
