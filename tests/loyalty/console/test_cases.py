"""Complaints and feedback at the console: listed, answered, told, closed, handed over."""

import re
from datetime import timedelta
from html import unescape

import pytest

from loyalty.customers import cases
from loyalty.customers.cases import CaseKind, Opening
from loyalty.customers.models import Case
from loyalty.db import Database
from loyalty.settings import Settings
from loyalty.staff import leaving
from tests.builders import NOON
from tests.builders_chat import Person, meet, told
from tests.builders_console import Console, make_console
from tests.builders_customers import make_customer


@pytest.fixture
def console(database: Database, settings: Settings) -> Console:
    return make_console(database, settings)


def opened(database: Database, words: str = "Nước nguội", **said: object) -> str:
    """The id of a new case of somebody new."""
    with database.transaction() as session:
        customer = make_customer(session, name="Lan")
        opening = Opening(**({"kind": CaseKind.COMPLAINT, "words": words, "source": "test"} | said))  # type: ignore[arg-type]  # any field may be given
        return cases.open_case(session, customer.id, opening, key=f"k{customer.id}", now=NOON).public_id


def state(database: Database, public_id: str) -> Case:
    with database.read_only() as session:
        return cases.get_public(session, public_id)


def url(public_id: str, *rest: str) -> str:
    return "/".join(("/console/cases", public_id, *rest))


@pytest.fixture
def complaining(database: Database) -> Person:
    """Somebody who has just complained in chat."""
    with database.transaction() as session:
        person = meet(session)
        person.say("khiếu nại tính nhầm tiền")
    return person


def case_of(person: Person) -> str:
    case = cases.of_customer(person.session, person.customer.id)[0]
    return case.public_id


class TestList:
    def test_what_is_due_first_comes_first_and_late_ones_say_so(self, console: Console, database: Database) -> None:
        day = NOON.date()
        for number, due in enumerate((5, 1, 3)):
            opened(database, f"việc {number}", due_on=day + timedelta(days=due))
        console.clock.now = NOON + timedelta(days=2)
        marketer = console.sign_in("marketer")
        marketer.get("/console/cases")
        assert re.findall(r"việc \d", marketer.page) == ["việc 1", "việc 2", "việc 0"]
        assert "trễ 1 ngày" in marketer.page
        marketer.get("/console/cases?state=closed")
        assert "Không có việc nào" in marketer.page
        assert marketer.get("/console/cases?state=%00&whose=%00").status_code == 200
        assert marketer.get("/console/cases?after=%00").status_code == 404

    def test_pages_join(self, console: Console, database: Database) -> None:
        for number in range(31):
            opened(database, f"việc {number:02}")
        browser = console.sign_in("owner")
        browser.get("/console/cases")
        first = re.findall(r"việc \d\d", browser.page)
        [more] = re.findall(r'href="([^"]+after=[^"]+)"', browser.html)
        browser.get(unescape(more))
        assert first + re.findall(r"việc \d\d", browser.page) == [f"việc {number:02}" for number in range(31)]

    def test_a_cashier_sees_their_own_only(self, console: Console, database: Database) -> None:
        cashier = console.sign_in("cashier")
        other = opened(database, "của người khác")
        mine = opened(database, "của tôi", owner=cashier.member)
        for query in ("", "?whose=nobody", "?whose=left"):
            cashier.get(f"/console/cases{query}")
            assert "của tôi" in cashier.page and "của người khác" not in cashier.page
        assert cashier.get(url(mine)).status_code == 200
        for path in (url(other), url("x"), url("%00"), url("A" * 16)):
            assert cashier.get(path).status_code == 404
        for act in ("change", "answer", "close", "reopen"):
            assert cashier.post(url(other, act), words="x").status_code == 404

    def test_a_leavers_cases_are_handed_over(self, console: Console, database: Database) -> None:
        leaver, taker = console.sign_in("manager", "Hùng").member, console.sign_in("cashier", "Nga").member
        assert leaver is not None and taker is not None
        case = opened(database, "dở dang", owner=leaver)
        with database.transaction() as session:
            leaving.remove(session, leaver.id, now=NOON)
        owner = console.sign_in("owner")
        owner.get("/console/cases?whose=left")
        assert "dở dang" in owner.page and "Hùng" in owner.page
        owner.post("/console/cases/hand_over", leaver=leaver.public_id, owner=taker.public_id)
        assert "Đã bàn giao 1 việc." in owner.page
        assert state(database, case).owner_id == taker.id
        owner.post("/console/cases/hand_over", leaver="x", owner=leaver.public_id)
        assert "không còn làm ở đây" in owner.page
        assert console.sign_in("cashier").post("/console/cases/hand_over").status_code == 403


class TestOne:
    def test_it_is_given_to_somebody_with_another_day_and_kind(self, console: Console, database: Database) -> None:
        case, hung = opened(database), console.sign_in("manager", "Hùng").member
        assert hung is not None
        browser = console.sign_in("marketer", "Vy")
        browser.get(url(case))
        browser.post(url(case, "change"), owner=hung.public_id, due_on="2026-12-01", kind="feedback")
        found = state(database, case)
        assert (found.owner_id, found.due_on.isoformat(), found.kind) == (hung.id, "2026-12-01", "feedback")
        for part in ("giao cho Hùng", "dời hạn sang 01/12/2026", "đổi thành góp ý", "Vy"):
            assert part in browser.page, part
        browser.post(url(case, "change"), owner="-")
        assert state(database, case).owner_id is None
        for wrong in ("2026-11-21", "hôm qua"):
            assert browser.post(url(case, "change"), due_on=wrong).status_code == 422
        for nobody in ("x", "A" * 16, "\u0000"):
            assert browser.post(url(case, "change"), owner=nobody).status_code == 422

    def test_a_change_is_taken_back_whole(self, console: Console, database: Database) -> None:
        case, hung = opened(database, due_on=NOON.date() + timedelta(days=1)), console.sign_in("manager", "Hùng").member
        assert hung is not None
        owner = console.sign_in("owner")
        owner.get(url(case))
        owner.post(url(case, "change"), owner=hung.public_id, due_on="2026-12-01", kind="feedback")
        back = unescape(re.findall(r'action="([^"]+change_back[^"]+)"', owner.html)[0])
        owner.post(back)
        assert "Đã trở lại như trước." in owner.page
        found = state(database, case)
        assert (found.owner_id, found.due_on.isoformat(), found.kind) == (None, "2026-11-23", "complaint")

        owner.post(url(case, "change"), kind="complaint")
        assert "Không có gì khác nên không đổi." in owner.page and "change_back" not in owner.html
        owner.post(url(case, "change"), due_on="2026-12-01")
        console.clock.now += timedelta(days=2)
        later = console.sign_in("owner")
        assert later.post(back).status_code == 422 and "Hạn phải từ hôm nay trở đi." in later.page

    def test_what_a_customer_wrote_they_said(self, console: Console, database: Database) -> None:
        with database.transaction() as session:
            person = meet(session)
            person.say("khiếu nại tính nhầm tiền")
            case = case_of(person)
        owner = console.sign_in("owner")
        owner.get(url(case))
        assert "Khách nói tính nhầm tiền" in owner.page

    def test_an_answer_is_kept_sent_and_closes(self, console: Console, database: Database, complaining: Person) -> None:
        with database.transaction() as session:
            complaining.session = session
            case = case_of(complaining)
        owner = console.sign_in("owner")
        owner.get(url(case))
        assert "tính nhầm tiền" in owner.page and "Nhắn câu này cho khách" in owner.page
        for _ in range(2):
            owner.post(
                url(case, "answer"), words="Dạ em xin lỗi,\nem cộng lại rồi ạ", tell="1", close="1", form_key="one"
            )
        assert state(database, case).state == "closed"
        with database.transaction() as session:
            complaining.session = session
            assert told(complaining) == ["Dạ em xin lỗi,\nem cộng lại rồi ạ"]
        owner.get(url(case))
        assert owner.page.count("em cộng lại rồi ạ") == 1 and "Đã đóng" in owner.page

        owner.post(url(case, "reopen"))
        assert state(database, case).state == "open"

    def test_without_an_open_chat_it_is_only_kept(self, console: Console, database: Database) -> None:
        case, owner = opened(database), console.sign_in("owner")
        owner.get(url(case))
        assert "chưa nhắn được cho khách" in owner.page
        owner.post(url(case, "answer"), words="Đã gọi điện xin lỗi", tell="1")
        assert "Đã ghi câu trả lời." in owner.page
        assert state(database, case).state == "answered"

    def test_closing_has_its_way_back_and_a_closed_case_is_left_alone(
        self, console: Console, database: Database
    ) -> None:
        case, owner = opened(database), console.sign_in("owner")
        owner.get(url(case))
        assert "không nhận ưu đãi" in owner.page
        owner.post(url(case, "close"))
        assert "Mở lại" in owner.page and state(database, case).state == "closed"
        assert owner.post(url(case, "answer"), words="x").status_code == 422
        assert "đã đóng" in owner.page
        owner.post(url(case, "close"))
        owner.post(url(case, "reopen"))
        owner.post(url(case, "reopen"))
        with database.read_only() as session:
            kinds = [step.kind for step in cases.steps_of(session, cases.get_public(session, case))]
        assert kinds == ["opened", "closed", "reopened"]

    @pytest.mark.parametrize("words", ["", "  ", "\u200b", "x" * 1001])
    def test_an_answer_needs_words_and_not_too_many(self, console: Console, database: Database, words: str) -> None:
        case, owner = opened(database), console.sign_in("owner")
        owner.get(url(case))
        assert owner.post(url(case, "answer"), words=words).status_code == 422
        assert state(database, case).state == "open"

    def test_who_left_is_shown_as_gone(self, console: Console, database: Database) -> None:
        leaver = console.sign_in("manager", "Hùng").member
        assert leaver is not None
        case = opened(database, owner=leaver)
        with database.transaction() as session:
            leaving.remove(session, leaver.id, now=NOON)
        owner = console.sign_in("owner")
        owner.get(url(case))
        assert "Hùng (đã nghỉ)" in owner.page
