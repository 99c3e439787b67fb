"""/console/help: a chapter per task, and exercises that count only when they were really done."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bots.commands.understanding import understand
from loyalty import console as pages
from loyalty.console import deeds
from loyalty.console.help import handbook
from loyalty.console.help.handbook import Chapter
from loyalty.db import Database
from loyalty.demo.people import PEOPLE
from loyalty.settings import Settings
from loyalty.staff import audit, training
from loyalty.staff.audit import Author
from loyalty.staff.models import Role, StaffMember
from tests import builders_chat as chats
from tests.builders import NOON
from tests.builders_chat import hire
from tests.builders_console import Console, make_console

CHAPTERS = handbook.chapters()
PRACTISED = [chapter for chapter in CHAPTERS if chapter.exercise is not None]
ICONS = Path(pages.__file__).parent / "icons"


@pytest.fixture
def console(database: Database, settings: Settings) -> Console:
    """A demo shop with a cashier at its chat, as the simulator plays them."""
    assert database.shop is not None
    database.shop = replace(database.shop, demo=True)
    return make_console(database, settings)


def award(console: Console, line: str = "/tich 0912345678 65k", *, after: float = 0) -> None:
    """Thu of the demo shop sends a line in her chat."""
    console.clock.now += timedelta(seconds=after)
    with console.database.transaction() as session:
        thu = hire(session, "cashier", f"Thu {console.clock.now:%H%M%S}")
        chats.member_of(thu).demo = True
        thu.now = console.clock.now
        thu.say(line)


class TestChapters:
    def test_every_role_has_chapters_and_the_four_skills_are_taught(self) -> None:
        for role in Role:
            assert [chapter for chapter in CHAPTERS if role in chapter.roles]
        assert {"award", "find", "history", "segment"} <= {chapter.name for chapter in CHAPTERS}

    @pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.name)
    def test_a_chapter_is_whole_in_both_languages(self, chapter: Chapter) -> None:
        words = [chapter.title, chapter.lead, *chapter.steps, *chapter.notes]
        if chapter.exercise is not None:
            words.append(chapter.exercise.task)

        assert all(text.vi and text.en and text.vi != text.en for text in words)
        assert all(text.vi.count("`") % 2 == text.en.count("`") % 2 == 0 for text in words)
        assert (ICONS / f"{chapter.icon}.svg").exists()
        assert not chapter.page or chapter.page in {section.name for section in pages.sections()}

    def test_what_the_shop_can_do_has_a_chapter(self) -> None:
        taught = {"reward", "tier", "return", "referral", "wording", "template", "privacy", "connect", "practice"}
        assert taught <= {chapter.name for chapter in CHAPTERS}
        assert len({chapter.order for chapter in CHAPTERS}) == len(CHAPTERS)

    @pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.name)
    def test_every_line_of_staff_in_a_chapter_is_read_by_the_bot(self, chapter: Chapter) -> None:
        texts = [chapter.lead, *chapter.steps, *chapter.notes]
        words = {word for text in texts for word in re.findall(r"`(/[^`]+)`", f"{text.vi} {text.en}")}

        for word in words:
            assert understand(word, staff=True).command is not None, word

    @pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.name)
    def test_a_chapter_opens_for_everybody(self, console: Console, chapter: Chapter) -> None:
        browser = console.sign_in("cashier")
        assert browser.get(f"/console/help/{chapter.name}").status_code == 200
        assert chapter.title.vi in browser.page

    @pytest.mark.parametrize("chapter", PRACTISED, ids=lambda chapter: chapter.name)
    def test_an_exercise_can_be_done_and_proven(self, chapter: Chapter) -> None:
        exercise = chapter.exercise
        assert exercise is not None
        people = {person.key: person for person in PEOPLE}
        key, _, channel = exercise.persona.partition("/")

        assert bool(exercise.deeds) != (exercise.question is not None)
        assert exercise.deeds <= set(deeds.known())
        if exercise.persona:
            assert (people[key].zalo if channel == "zalo" else people[key].psid) and exercise.say
            command = understand(exercise.say, staff=people[key].role != "customer")
            assert command.command is not None and command.refusal is None
        for phone in [*re.findall(r"09[\d ]{8,11}\d", exercise.task.vi), *re.findall(r"09\d{8}", exercise.say)]:
            assert "+84" + phone.replace(" ", "")[1:] in {person.phone for person in PEOPLE}

    def test_one_that_is_not_there_is_not_found(self, console: Console) -> None:
        for name in ("x", "%00", "../award", "award.toml"):
            assert console.sign_in("owner").get(f"/console/help/{name}").status_code == 404


class TestExercises:
    def test_it_counts_when_the_demo_cashier_did_it_since_the_beginning(self, console: Console) -> None:
        award(console)
        console.clock.now += timedelta(seconds=1)
        browser = console.sign_in("owner")
        browser.get("/console/help/award")
        browser.post("/console/help/award/begin")
        assert "Đang làm" in browser.page and "/tich 0938462507 65k" in browser.page
        browser.post("/console/help/award/check")
        assert "Làm được rồi!" not in browser.page  # done before it began

        award(console, after=38)
        browser.post("/console/help/award/check")
        assert "Làm được rồi! Bạn làm trong 38 giây." in browser.page
        browser.get("/console/help")
        assert f"Bạn đã làm được 1 trong {len(PRACTISED)} bài tập." in browser.page and "38 giây" in browser.page

    @pytest.mark.parametrize("line", ["/tich", "/tich 0912345678 200", "/tra 0987654321"])
    def test_what_was_refused_or_something_else_does_not_count(self, console: Console, line: str) -> None:
        browser = console.sign_in("cashier")
        browser.get("/console/help/award")
        browser.post("/console/help/award/begin")
        award(console, line, after=5)
        browser.post("/console/help/award/check")

        assert "Làm được rồi!" not in browser.page

    def test_an_open_page_notices_by_itself(self, console: Console) -> None:
        browser = console.sign_in("owner")
        browser.get("/console/help/award")
        browser.post("/console/help/award/begin")
        assert 'hx-post="/console/help/award/check"' in browser.html
        token = re.search(r'name="csrf_token" value="([^"]+)"', browser.html)
        assert token is not None
        award(console, after=5)
        options = {"data": {"csrf_token": token[1]}, "headers": {"HX-Request": "true"}}
        answer = browser.client.post("/console/help/award/check", **options)

        assert "Làm được rồi!" in answer.text and "<html" not in answer.text

    def test_ones_own_deed_at_the_console_counts_too(self, console: Console) -> None:
        browser = console.sign_in("marketer")
        browser.get("/console/help/segment")
        browser.post("/console/help/segment/begin")
        with console.database.transaction() as session:
            assert browser.member is not None
            author = Author.of(browser.member, "console")
            audit.record_by(session, author, "segment_created", "segment:x", now=console.clock.now)
        browser.post("/console/help/segment/check")

        assert "Làm được rồi!" in browser.page

    def test_a_colleagues_deed_does_not_count(self, console: Console) -> None:
        browser = console.sign_in("marketer")
        browser.get("/console/help/segment")
        browser.post("/console/help/segment/begin")
        with console.database.transaction() as session:
            audit.record(
                session, "staff:other", "segment_created", "segment:x", source="console", now=console.clock.now
            )
        browser.post("/console/help/segment/check")

        assert "Làm được rồi!" not in browser.page

    @pytest.mark.parametrize(("typed", "right"), [("57", True), ("58", False), ("", False), ("abc", False)])
    def test_what_is_read_on_a_page_is_compared_with_the_ledger(
        self, console: Console, typed: str, right: bool
    ) -> None:
        award(console, "/tich 0977340186 570k")  # 57 points
        browser = console.sign_in("cashier")
        browser.get("/console/help/history")
        browser.post("/console/help/history/begin")
        answer = browser.post("/console/help/history/check", number=typed)

        assert (answer.status_code == 200) is right
        assert ("Làm được rồi!" in browser.page) is right

    def test_a_real_shop_has_the_handbook_without_exercises(self, database: Database, settings: Settings) -> None:
        browser = make_console(database, settings).sign_in("owner")
        browser.get("/console/help")
        assert "loyalty serve --demo" in browser.page
        browser.get("/console/help/award")
        assert "Bài này làm ở cửa hàng mẫu." in browser.page

        assert browser.post("/console/help/award/begin").status_code == 404
        assert browser.post("/console/help/award/check").status_code == 404

    def test_only_the_owner_sees_how_far_everybody_is(self, console: Console) -> None:
        cashier, owner = console.sign_in("cashier", "Thu"), console.sign_in("owner", "Mai")
        cashier.get("/console/help")
        owner.get("/console/help")

        assert "Mọi người học tới đâu" not in cashier.page
        assert "Thu Thu ngân 0/" in owner.page

    def test_english_is_spoken_to_who_asks_for_it(self, console: Console) -> None:
        browser = console.sign_in("owner")
        browser.client.set_cookie("kq_lang", "en")
        browser.get("/console/help/answer")

        assert "Answer a customer" in browser.page and "The bot answers most questions." in browser.page


class TestTraining:
    def test_doing_it_again_keeps_that_it_was_done_and_measures_anew(self, session: Session) -> None:
        member = hire(session, "cashier", "Thu")
        staff_id = session.scalars(sa.select(StaffMember.id)).one()
        assert member.user
        for seconds in (50, 12):
            training.begin(session, staff_id, "award", now=NOON)
            training.finish(session, staff_id, "award", now=NOON + timedelta(seconds=seconds))
        row = training.of_member(session, staff_id)["award"]

        assert (row.began_at, row.done_at, row.seconds) == (None, NOON + timedelta(seconds=50), 12)

    def test_what_never_began_is_never_done(self, session: Session) -> None:
        hire(session, "cashier", "Thu")
        staff_id = session.scalars(sa.select(StaffMember.id)).one()
        training.finish(session, staff_id, "award", now=NOON)

        assert training.of_member(session, staff_id) == {}
