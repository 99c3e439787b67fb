"""The five and lists at the console: what they mean here, the shop's numbers, why; people looked at before moved."""

import re
from io import BytesIO

import pytest
from sqlalchemy import select

from loyalty.customers.models import Customer
from loyalty.db import Database
from loyalty.segments import log, thresholds
from loyalty.segments.models import ListChange, Segment
from loyalty.settings import Settings
from tests.builders import NOON
from tests.builders_campaigns import make_person
from tests.builders_console import Browser, Console, make_console


@pytest.fixture
def console(database: Database, settings: Settings) -> Console:
    with database.transaction() as session:
        for number in range(3):
            make_person(session, f"Lan {number}", orders=4 + number, spent_12m=6_000_000, phone=f"+8491234567{number}")
        log.ensure(session, now=NOON)
        thresholds.learn_all(session, now=NOON)
    return make_console(database, settings)


@pytest.fixture
def owner(console: Console) -> Browser:
    return console.sign_in("owner")


def five(console: Console, code: str) -> Segment:
    with console.database.read_only() as session:
        return session.scalars(select(Segment).filter_by(code=code)).one()


def test_the_five_stand_first_with_what_they_mean_and_what_to_do(console: Console, owner: Browser) -> None:
    owner.get("/console/segments")
    for words in ("Khách VIP", "Khách không hoạt động", "Đã mua từ 4 lần trở lên.", "Soạn tin", "Hỏi thăm"):
        assert words in owner.page
    vip = five(console, "vip").public_id
    owner.get(f"/console/campaigns/new?segment={vip}&starter=vip")
    assert "đã luôn chọn" in owner.html
    owner.get(f"/console/segments/{five(console, 'repeat').public_id}")
    assert "Lan 2" in owner.page and "3 người lúc này" in re.sub(r"\s+", " ", owner.page)


def test_the_owner_sets_a_number_and_takes_it_back(console: Console, owner: Browser) -> None:
    owner.get("/console/segments/ready")
    assert "Đã học: 4 lần" in owner.page
    owner.post("/console/segments/ready", repeat_orders="5", inactive_times="2,5")
    assert five(console, "repeat").size == 2
    with console.database.read_only() as session:
        numbers, change = thresholds.of(session), thresholds.list_changes(session)[0]
    assert (numbers["repeat_orders"], numbers["inactive_times"]) == (5, 250)
    owner.get("/console/segments/ready")
    assert 'value="2,5"' in owner.html
    owner.post(f"/console/segments/ready/undo/{change.public_id}")
    assert five(console, "repeat").size == 3
    for wrong in ({"repeat_orders": "1"}, {"inactive_times": "nan"}, {"inactive_times": "x"}, {"vip_spent": "abc"}):
        assert owner.post("/console/segments/ready", **wrong).status_code == 422
        assert "field-error" in owner.html
    assert console.sign_in("marketer").post("/console/segments/ready", repeat_orders="5").status_code == 403


def test_why_names_each_part_with_what_the_person_has(console: Console, owner: Browser) -> None:
    owner.get(f"/console/segments/{five(console, 'repeat').public_id}/why?who=0912345670")
    for words in ("Đang ở trong nhóm.", "Số lần mua từ 4 lần", "4 lần", "đúng"):
        assert words in owner.page
    owner.get(f"/console/segments/{five(console, 'inactive').public_id}/why?who=0912345670")
    assert "Không ở trong nhóm." in owner.page and "Số ngày chưa quay lại" in owner.page


def test_a_list_is_filled_from_a_file_after_a_look_and_undone(console: Console, owner: Browser) -> None:
    made = owner.post("/console/segments/lists/new", follow=False, name="Khách mời")
    fill = made.headers["Location"]
    looked = owner.post(
        fill, follow=False, file=(BytesIO("Tên,SĐT\nLan,0912345670\nAi,0987654321\nB,912345671\n".encode()), "a.csv")
    )
    preview = looked.headers["Location"]
    owner.get(preview)
    for words in ("Lan 0", "Lan 1", "dòng 3: chưa có khách nào như vậy", "Thêm 2 người"):
        assert words in re.sub(r"\s+", " ", owner.page)
    assert "0987654321" not in owner.html and "987 654" not in owner.page
    owner.post(f"{preview}/apply")
    owner.get(fill.removesuffix("/people"))
    assert "2 người lúc này" in re.sub(r"\s+", " ", owner.page) and "Lan 1" in owner.page
    owner.post(f"{preview}/undo")
    owner.get(fill.removesuffix("/people"))
    assert "0 người lúc này" in re.sub(r"\s+", " ", owner.page)
    assert owner.post(fill, people="").status_code == 422
    with console.database.read_only() as session:
        assert b"0987654321" not in repr([row.__dict__ for row in session.scalars(select(ListChange))]).encode()


def test_one_person_is_put_on_a_list_from_the_profile(console: Console, owner: Browser) -> None:
    made = owner.post("/console/segments/lists/new", follow=False, name="Khách mời").headers["Location"]
    with console.database.read_only() as session:
        lan = session.scalars(select(Customer.public_id).order_by(Customer.id)).first()
    owner.get(f"/console/customers/{lan}")
    assert "Khách mời" in owner.page
    owner.post(f"{made}/one", customer=lan, adds="yes")
    owner.get(f"/console/customers/{lan}")
    assert "Bỏ ra" in owner.page and "sửa danh sách" in owner.page


def test_segments_are_ranked_by_value_and_english_is_spoken(console: Console, owner: Browser) -> None:
    owner.post(f"/console/segments/{five(console, 'repeat').public_id}/recount")
    owner.get("/console/segments/value")
    assert "6.000.000" in owner.page
    owner.post("/console/language", language="en")
    owner.get("/console/segments")
    assert "Bought 4 times or more." in owner.page and "Remind them of their points" in owner.page
