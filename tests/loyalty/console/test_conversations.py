"""/console/conversations: who waits, what was said, answering, giving back."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bots.channel import InboundKind
from loyalty.db import Database
from loyalty.messaging import conversations
from loyalty.messaging.models import Conversation, OutboundMessage
from loyalty.settings import Settings
from loyalty.staff.audit import Author
from tests.builders_chat import Person, actions, meet, said
from tests.builders_console import Browser, Console, make_console

HOME = "/console/conversations"


@pytest.fixture
def console(database: Database, settings: Settings) -> Console:
    return make_console(database, settings)


@pytest.fixture
def lan(database: Database) -> Person:
    """Lan wrote her phone, then asked for a person."""
    with database.transaction() as session:
        person = meet(session)
        person.say("0912345678", person_name="Lan")
        person.say("nhân viên")
    return person


def address(console: Console, person: Person) -> str:
    with console.database.transaction() as session:
        person.session = session
        return f"{HOME}/{thread_of(person).public_id}"


def thread_of(person: Person) -> Conversation:
    assert person.identity is not None
    return person.session.get_one(Conversation, person.identity.id, populate_existing=True)


def state_of(console: Console, person: Person) -> tuple[str, str | None]:
    with console.database.transaction() as session:
        person.session = session
        thread = thread_of(person)
        return thread.state, thread.taken_by


def writes(console: Console, person: Person, text: str) -> list[str]:
    with console.database.transaction() as session:
        person.session = session
        return [answer.text for answer in person.sends(InboundKind.MESSAGE, text=text)]


def poll_of(browser: Browser) -> str:
    """Where the open page looks for news."""
    found = re.search(r'hx-get="([^"]*newer[^"]*)"', browser.html)
    assert found is not None
    return found[1].replace("&amp;", "&")


def me(browser: Browser) -> str:
    assert browser.member is not None
    return f"staff:{browser.member.public_id}"


class TestReading:
    def test_the_list_shows_who_waits_and_what_they_wrote_last(self, console: Console, lan: Person) -> None:
        browser = console.sign_in("marketer")
        browser.get(f"{HOME}?view=waiting")

        assert "Lan" in browser.page and "Đang chờ · vừa xong" in browser.page and "1 chưa trả lời" in browser.page
        assert "nhân viên" in browser.page

    def test_views_filter_and_an_unknown_one_is_all(self, console: Console, lan: Person) -> None:
        browser = console.sign_in("owner")

        assert browser.get(f"{HOME}?view=mine").status_code == 200
        assert "Bạn chưa nhận cuộc trò chuyện nào." in browser.page
        browser.get(f"{HOME}?view=xyz&after_row=abc")
        assert "Lan" in browser.page

    def test_the_thread_has_both_sides_and_masks_phones_for_who_may_not_see_them(
        self, console: Console, lan: Person
    ) -> None:
        url = address(console, lan)
        marketer, owner = console.sign_in("marketer", "Mai"), console.sign_in("owner", "Hà")
        marketer.get(url)
        owner.get(url)

        assert "0912 ••• 678" in marketer.page and "0912345678" not in marketer.html
        assert "0912345678" in owner.page
        assert "Khách chờ người trả lời" in owner.page and "Bot" in owner.page

    def test_a_cashier_may_not_read_conversations(self, console: Console, lan: Person) -> None:
        cashier = console.sign_in("cashier")

        assert cashier.get(HOME).status_code == 403
        assert cashier.get(address(console, lan)).status_code == 403
        assert cashier.post(f"{address(console, lan)}/take").status_code == 403

    @pytest.mark.parametrize("name", ["x", "AAAAAAAAAAAAAAAA", "%00", "' OR 1=1"])
    def test_one_that_is_not_there_is_not_found(self, console: Console, name: str) -> None:
        assert console.sign_in("owner").get(f"{HOME}/{name}").status_code == 404

    def test_older_messages_are_a_page_of_their_own(self, console: Console, lan: Person) -> None:
        for number in range(25):
            writes(console, lan, f"câu hỏi số {number} của em")
        browser = console.sign_in("owner")
        browser.get(address(console, lan))
        assert "câu hỏi số 24 của em" in browser.page and "câu hỏi số 2 của em" not in browser.page

        older = re.search(r'href="([^"]*before=[^"]*)"', browser.html)
        assert older is not None
        browser.get(older[1])
        assert "câu hỏi số 2 của em" in browser.page and "Về tin mới nhất" in browser.page


class TestAnswering:
    def test_an_answer_goes_out_and_the_bot_keeps_quiet(self, console: Console, lan: Person) -> None:
        browser = console.sign_in("manager", "Quân")
        browser.get(address(console, lan))
        browser.post(f"{address(console, lan)}/messages", text="Dạ em đây ạ\nÁo vẫn ở quầy", form_key="k1")

        assert "Dạ em đây ạ" in browser.page and "Bạn đang trả lời" in browser.page and "Chờ gửi" in browser.page
        assert writes(console, lan, "hmm") == []
        with console.database.transaction() as session:
            assert actions(session)[-1] == "conversation_answered"
            assert said(session)[-1].text == "Dạ em đây ạ\nÁo vẫn ở quầy"

    def test_a_double_click_sends_once(self, console: Console, lan: Person) -> None:
        browser, url = console.sign_in("manager"), address(console, lan)
        for _ in range(2):
            browser.post(f"{url}/messages", text="Dạ em đây ạ", form_key="k1")
        browser.post(f"{url}/messages", text="Dạ em đây ạ", form_key="k2")

        with console.database.transaction() as session:
            assert [message.text for message in said(session)].count("Dạ em đây ạ") == 2

    @pytest.mark.parametrize(("text", "problem"), [("", "Còn thiếu"), (" \n ", "Còn thiếu"), ("a" * 1901, "1900")])
    def test_a_wrong_answer_stays_in_the_line_with_its_error(
        self, console: Console, lan: Person, text: str, problem: str
    ) -> None:
        browser = console.sign_in("manager")

        assert browser.post(f"{address(console, lan)}/messages", text=text).status_code == 422
        assert problem in browser.page
        assert state_of(console, lan)[0] == "waiting"

    def test_an_open_page_gets_its_line_back_empty_and_looks_for_news(self, console: Console, lan: Person) -> None:
        browser = console.sign_in("manager")
        browser.get(address(console, lan))
        poll = poll_of(browser)
        assert browser.client.get(poll).status_code == 204
        token = re.search(r'name="csrf_token" value="([^"]+)"', browser.html)
        assert token is not None
        form = {"csrf_token": token[1], "form_key": "k1", "text": "Dạ em đây ạ"}
        answer = browser.client.post(f"{address(console, lan)}/messages", data=form, headers={"HX-Request": "true"})

        assert (answer.status_code, answer.headers["HX-Trigger"]) == (200, "said")
        assert "<textarea" in answer.text and "Dạ em đây ạ" not in answer.text
        news = browser.client.get(poll).text
        assert "Dạ em đây ạ" in news and "Bạn đang trả lời" in news

    def test_after_the_window_there_is_no_line_but_the_reason(self, console: Console, lan: Person) -> None:
        console.clock.now += timedelta(days=3)
        browser = console.sign_in("manager")
        browser.get(address(console, lan))
        assert "Hạn trả lời miễn phí đã hết lúc 24/11 12:00" in browser.page and "<textarea" not in browser.html

        assert browser.post(f"{address(console, lan)}/messages", text="alo").status_code == 422
        with console.database.transaction() as session:
            assert "alo" not in [message.text for message in said(session)]

    def test_a_ready_sentence_stands_in_the_line_without_a_script(self, console: Console, lan: Person) -> None:
        browser = console.sign_in("manager", "Quân")
        browser.get(f"{address(console, lan)}?say=0")
        assert "Chào bạn, mình là Quân ở Cà phê Mây." in browser.page.split("Câu trả lời")[1]

        assert browser.get(f"{address(console, lan)}?say=99").status_code == 200


class TestTaking:
    def test_taking_and_giving_back(self, console: Console, lan: Person) -> None:
        browser, url = console.sign_in("manager"), address(console, lan)
        browser.get(url)
        browser.post(f"{url}/take")
        assert state_of(console, lan) == ("taken", me(browser))
        assert "Bạn đang trả lời khách này, bot im lặng." in browser.page

        browser.post(f"{url}/hand_back")
        assert state_of(console, lan) == ("bot", None)
        assert writes(console, lan, "điểm") != []

    def test_a_colleagues_conversation_is_taken_over_only_on_purpose(self, console: Console, lan: Person) -> None:
        first, second = console.sign_in("manager", "Quân"), console.sign_in("marketer", "Mai")
        url = address(console, lan)
        first.get(url)
        first.post(f"{url}/take")
        second.get(url)
        assert "Quân đang trả lời khách này." in second.page and "<textarea" not in second.html

        assert second.post(f"{url}/take").status_code == 409
        assert second.post(f"{url}/messages", text="alo").status_code == 422
        assert state_of(console, lan) == ("taken", me(first))
        second.post(f"{url}/take", over="1")
        assert state_of(console, lan) == ("taken", me(second))


class TestNews:
    def test_what_the_customer_writes_comes_by_itself_and_once(self, console: Console, lan: Person) -> None:
        browser = console.sign_in("manager")
        browser.get(address(console, lan))
        poll = poll_of(browser)
        writes(console, lan, "em để quên áo mưa")

        browser.get(poll)
        assert browser.html.count("em để quên áo mưa") == 1
        assert browser.client.get(poll_of(browser)).status_code == 204

    def test_a_mark_that_changed_comes_by_itself(self, console: Console, lan: Person) -> None:
        browser = console.sign_in("manager")
        browser.get(address(console, lan))
        poll = poll_of(browser)
        with console.database.transaction() as session:
            lan.session = session
            message = session.scalars(_replies()).first()
            assert message is not None
            message.state, message.seen_at = "sent", console.clock.now

        browser.get(poll)
        assert "Đã xem" in browser.page

    @pytest.mark.parametrize("query", ["", "?after=x&stamp=y", "?after=-1", f"?after={'9' * 30}", f"?after={'9' * 99}"])
    def test_any_question_for_news_is_answered(self, console: Console, lan: Person, query: str) -> None:
        assert console.sign_in("owner").get(f"{address(console, lan)}/newer{query}").status_code in (200, 204)


def test_hostile_names_and_words_stay_words(console: Console, database: Database) -> None:
    evil = "<script>alert(1)</script>\"'{{1337*1337}}"
    with database.transaction() as session:
        person = meet(session)
        person.say(evil, person_name=evil)
        person.say("nhân viên")
    browser = console.sign_in("owner")
    for url in (HOME, address(console, person), f"{address(console, person)}/newer"):
        assert browser.get(url).status_code == 200
        assert "<script>alert" not in browser.html and "1787569" not in browser.page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in browser.html


def test_a_leaver_is_still_called_by_name(console: Console, lan: Person) -> None:
    browser = console.sign_in("owner")
    with console.database.transaction() as session:
        lan.session = session
        conversations.take(session, thread_of(lan).public_id, by=Author("staff:gone", "console"), now=console.clock.now)
    browser.get(address(console, lan))

    assert "Nhân viên" in browser.page


def _replies() -> sa.Select[OutboundMessage]:
    return sa.select(OutboundMessage).order_by(OutboundMessage.id.desc())
