"""A sentence in the shop's own words: said at once here, within seconds elsewhere, undone, and only by its own shop."""

import threading
from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bots.channel import InboundKind
from bots.texts import catalogue, text
from loyalty import db
from loyalty.choices import chosen
from loyalty.db import Database
from loyalty.installation import opening, schema
from loyalty.messaging import contents
from loyalty.messaging.models import OutboundMessage
from loyalty.settings import Settings
from loyalty.wording import overrides
from loyalty.wording.checking import TitleTaken, UnknownPlace
from loyalty.wording.models import TextOverride
from loyalty.wording.overrides import RewordedSince, TextChangeNotFound
from tests.builders import NOON
from tests.builders_chat import meet

OURS = "Bạn có 25 điểm · hạng Bạc."
BEFORE = "0019"
OWN = "Nhà mình đang có {points} nha, hạng {tier}!"


def reword(database: Database, key: str, wording: str, locale: str = "vi") -> int | None:
    with database.transaction() as session:
        change = overrides.save(session, catalogue(), key, locale, wording, by="cli", now=NOON)
        return change.id if change else None


def said(database: Database, locale: str = "vi") -> str:
    with database.read_only():
        return text("points.balance", locale, points="25 điểm", tier="Bạc")


def test_a_sentence_is_said_in_the_shops_words_at_once_and_in_its_language_only(database: Database) -> None:
    assert said(database) == OURS
    reword(database, "points.balance", OWN)
    assert said(database) == "Nhà mình đang có 25 điểm nha, hạng Bạc!"
    assert said(database, "en") == "You have 25 điểm · Bạc."
    assert said(database, "fr") == "Nhà mình đang có 25 điểm nha, hạng Bạc!"
    with database.transaction():
        assert text("points.balance", "vi", points="25 điểm", tier="Bạc").startswith("Nhà mình")
    assert text("points.balance", "vi", points="25 điểm", tier="Bạc") == OURS  # no shop speaks


def test_who_asks_the_bot_reads_the_shops_words_on_every_channel(database: Database) -> None:
    reword(database, "button.rewards", "Xem quà nè")
    reword(database, "unknown.menu", "Câu này để bé Na trả lời nha.")
    for kind in ("zalo", "messenger"):
        with database.transaction() as session:
            person = meet(session, kind)
            person.does(InboundKind.FOLLOW)
            answer = person.does(InboundKind.MESSAGE, text="asdf qwer zxcv")
            assert "Câu này để bé Na trả lời nha." in answer.text
            [sent] = session.scalars(select(OutboundMessage).order_by(OutboundMessage.id.desc()).limit(1))
            buttons = {button.title: button.payload for button in contents.read(session, sent).buttons}
            assert buttons["Xem quà nè"] == "quà"  # what is understood stays as it is


def test_empty_or_our_own_words_are_ours_again(database: Database) -> None:
    for ours in ("", "  \n ", catalogue().sentences["points.balance"].wording["vi"]):
        reword(database, "points.balance", OWN)
        assert reword(database, "points.balance", ours) is not None
        assert said(database) == OURS and reword(database, "points.balance", ours) is None
    with database.read_only() as session:
        assert session.query(TextOverride).count() == 0 and len(overrides.list_changes(session)) == 6


def test_each_database_in_one_process_speaks_for_itself(
    database: Database, settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> None:
    reword(database, "points.balance", OWN)
    url = f"sqlite:///{tmp_path_factory.mktemp('other') / 'loyalty.db'}"
    other_settings = replace(settings, database_url=url)
    opening.migrate(other_settings)
    other = opening.open_database(other_settings)
    heard: dict[str, str] = {}
    meet = threading.Barrier(2)

    def listen(name: str, where: Database) -> None:
        with where.read_only():
            meet.wait()
            heard[name] = text("points.balance", "vi", points="25 điểm", tier="Bạc")

    threads = [threading.Thread(target=listen, args=pair) for pair in (("own", database), ("other", other))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert heard == {"own": "Nhà mình đang có 25 điểm nha, hạng Bạc!", "other": OURS}
    with database.read_only(), other.read_only():
        assert text("points.balance", "vi", points="25 điểm", tier="Bạc") == OURS
    other.close()


def test_another_process_says_it_within_seconds(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr("loyalty.db.time.monotonic", lambda: now)
    elsewhere = opening.open_database(settings)
    reword(database, "points.balance", OWN)
    assert said(elsewhere) == OURS
    now += db.FRESH_SECONDS
    assert said(elsewhere).startswith("Nhà mình")
    elsewhere.close()


def test_what_was_rolled_back_is_never_said(database: Database) -> None:
    with pytest.raises(RuntimeError), database.transaction() as session:
        overrides.save(session, catalogue(), "points.balance", "vi", OWN, by="cli", now=NOON)
        raise RuntimeError
    assert said(database) == OURS


def test_a_change_is_undone_and_brought_back(database: Database) -> None:
    first = reword(database, "points.balance", OWN)
    assert first is not None
    with database.transaction() as session:
        back = overrides.undo(session, catalogue(), first, by="cli", now=NOON)
        assert back is not None and back.after is None
    assert said(database) == OURS
    with database.transaction() as session:
        overrides.undo(session, catalogue(), back.id, by="cli", now=NOON)
    assert said(database).startswith("Nhà mình")
    reword(database, "points.balance", "Có {points}")
    with pytest.raises(RewordedSince), database.transaction() as session:
        overrides.undo(session, catalogue(), first, by="cli", now=NOON)
    with pytest.raises(TextChangeNotFound), database.transaction() as session:
        overrides.undo(session, catalogue(), 99, by="cli", now=NOON)


def test_a_refused_wording_changes_nothing(session: Session) -> None:
    with pytest.raises(UnknownPlace):
        overrides.save(session, catalogue(), "points.balance", "vi", "{diem}", by="cli", now=NOON)
    assert overrides.list_changes(session) == [] and overrides.of(session) == {"vi": {}, "en": {}}


def test_two_buttons_reworded_at_the_same_time_do_not_end_up_alike(database: Database) -> None:
    refused: list[TitleTaken] = []
    meet = threading.Barrier(2)

    def rename(key: str) -> None:
        meet.wait()
        try:
            reword(database, key, "Được nha")
        except TitleTaken as found:
            refused.append(found)

    threads = [threading.Thread(target=rename, args=(key,)) for key in ("button.yes", "button.no")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    with database.read_only() as session:
        assert list(overrides.of(session)["vi"].values()) == ["Được nha"]


def test_a_wording_for_a_place_a_newer_program_lacks_falls_back_to_ours(database: Database) -> None:
    with database.transaction() as session:
        session.add(TextOverride(key="points.balance", locale="vi", wording="{gone} {points}", by="cli", at=NOON))
        chosen.save(session, {"contact": "0901 234 567"}, by="cli", now=NOON)  # looks again
    assert said(database) == OURS


def test_the_form_of_address_holds_where_nothing_was_reworded(database: Database) -> None:
    reword(database, "why.none", "Bạn chưa có gì.")
    with database.transaction() as session:
        chosen.save(session, {"address": "anh_chi"}, by="cli", now=NOON)
    assert said(database) == "Anh/chị có 25 điểm · hạng Bạc."
    with database.read_only():
        assert text("why.none", "vi") == "Bạn chưa có gì."


def test_changes_are_listed_newest_first_by_sentence_and_in_pages(database: Database) -> None:
    for number in range(3):
        reword(database, "points.balance", f"{number} {{points}}")
    reword(database, "button.yes", "Dạ được")
    with database.read_only() as session:
        assert [change.key for change in overrides.list_changes(session, limit=2)] == ["button.yes", "points.balance"]
        page = overrides.list_changes(session, key="points.balance", limit=2)
        assert [change.after for change in page] == ["2 {points}", "1 {points}"]
        rest = overrides.list_changes(session, key="points.balance", before=page[-1].id)
        assert [change.after for change in rest] == ["0 {points}"]


def test_the_schema_of_before_knows_no_wording_and_comes_back_without_it(database: Database) -> None:
    reword(database, "points.balance", OWN)
    with database.transaction() as session:
        chosen.save(session, {"address": "anh_chi", "name": "Mây Xanh"}, by="cli", now=NOON)
    schema.downgrade(database, BEFORE)
    schema.upgrade(database)
    database.look_again()
    assert said(database) == OURS
    with database.read_only() as session:
        assert (chosen.of(session).name, chosen.of(session).address) == ("Mây Xanh", "ban")
