"""Owners are told once, together, while they can be written to, and nothing personal."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from jobs import alerts
from jobs.registry import PUMPS, Context
from loyalty.alerts import raising, sentences
from loyalty.alerts.models import Alert
from loyalty.channels import accounts as channels
from loyalty.db import Database
from loyalty.installation import opening
from loyalty.messaging import contents
from loyalty.messaging.models import OutboundMessage
from loyalty.messaging.outbox import Lane
from loyalty.settings import ROOT, Settings
from loyalty.staff import binding
from tests.builders import NOON
from tests.builders_staff import make_account, make_bound_staff

HOUR = timedelta(hours=1)


@pytest.fixture
def context(database: Database, settings: Settings) -> Context:
    return Context(database, settings, {}, lambda: NOON + HOUR)


@pytest.fixture
def owner(database: Database) -> None:
    """An owner who has just written, and knows so."""
    with database.transaction() as session:
        make_bound_staff(session, "owner", user_id="owner-1")
        forget(session)


def forget(session: Session) -> None:
    """Binding somebody raises an alert of its own."""
    for alert in raising.untold(session):
        raising.mark_told(session, alert.id, now=NOON)


def texts(database: Database) -> list[tuple[str, str]]:
    """Who gets what."""
    with database.transaction() as session:
        found = session.scalars(sa.select(OutboundMessage).order_by(OutboundMessage.id)).all()
        assert {message.lane for message in found} <= {Lane.NOTICE}
        return [(message.user_id, contents.read(session, message).text) for message in found]


def raise_some(database: Database, *kinds: str) -> None:
    with database.transaction() as session:
        for number, kind in enumerate(kinds):
            raising.raise_alert(session, kind, f"zalo:{number}", "-216", now=NOON)


def test_an_owner_is_told_once(database: Database, context: Context, owner: None) -> None:
    raise_some(database, "token_lost")

    assert alerts.tell_owners(context) == 1
    assert alerts.tell_owners(context) == 0

    ((user, text),) = texts(database)
    assert user == "owner-1"
    assert text == (
        "Cà phê Mây cần bạn xem qua:\n"
        "• Zalo không nhận token nữa nên chưa gửi được tin. Cấp quyền lại: "
        "mục Kênh ở bảng điều khiển, nút Kết nối (hoặc loyalty channel connect zalo)."
    )
    with database.read_only() as session:
        assert session.scalars(sa.select(Alert.told_at).filter_by(kind="token_lost")).one() == NOON + HOUR


def test_several_are_one_message_with_a_line_for_each_kind(database: Database, context: Context, owner: None) -> None:
    raise_some(database, "event_parked", "event_parked", "backup_failed", "event_parked")

    assert alerts.tell_owners(context) == 4

    ((_user, text),) = texts(database)
    assert len(text.splitlines()) == 3
    assert "3 tin đến chưa xử lý được" in text


def test_every_owner_with_an_open_window_is_told_and_nobody_else(database: Database, context: Context) -> None:
    with database.transaction() as session:
        page = make_account(session, "messenger", "1")
        make_bound_staff(session, "owner", user_id="owner-1")
        make_bound_staff(session, "owner", user_id="owner-2", account=page)
        make_bound_staff(session, "owner", user_id="away", now=NOON - 48 * HOUR)
        make_bound_staff(session, "manager", user_id="manager")
        forget(session)
    raise_some(database, "backup_failed")

    alerts.tell_owners(context)

    assert {user for user, _text in texts(database)} == {"owner-1", "owner-2"}


def test_nobody_can_be_written_to_so_it_is_told_later(database: Database, context: Context) -> None:
    with database.transaction() as session:
        make_bound_staff(session, "owner", user_id="owner-1", now=NOON - 72 * HOUR)
        forget(session)
    raise_some(database, "backup_failed")
    assert alerts.tell_owners(context) == 0

    with database.transaction() as session:
        binding.touch(session, make_account(session).id, "owner-1", now=NOON)

    assert alerts.tell_owners(context) == 1
    assert len(texts(database)) == 1


def test_a_stopped_channel_cannot_carry_the_news_of_itself(database: Database, context: Context, owner: None) -> None:
    with database.transaction() as session:
        channels.stop(session, make_account(session).id, "-216", now=NOON)
        page = make_account(session, "messenger", "1")
        make_bound_staff(session, "owner", user_id="owner-2", account=page)
        forget(session)
    raise_some(database, "channel_stopped")

    alerts.tell_owners(context)

    assert [user for user, _text in texts(database)] == ["owner-2"]


def test_a_moment_is_over_once_told_and_its_next_one_is_told_again(
    database: Database, context: Context, owner: None
) -> None:
    for _ in range(2):
        raise_some(database, "staff_bound")
        assert alerts.tell_owners(context) == 1
    with database.read_only() as session:
        assert raising.list_open(session) == []


def test_a_lasting_alert_is_not_told_again_while_it_lasts(database: Database, context: Context, owner: None) -> None:
    raise_some(database, "backup_failed")
    alerts.tell_owners(context)
    raise_some(database, "backup_failed")
    assert alerts.tell_owners(context) == 0


def test_two_workers_tell_once(database: Database, context: Context, owner: None) -> None:
    raise_some(database, "backup_failed", "token_lost")
    with database.transaction() as session:
        assert alerts.tell(session, now=NOON) == 2
        assert alerts.tell(session, now=NOON) == 0
    assert len(texts(database)) == 1


def test_it_speaks_the_shops_language(settings: Settings, database: Database, owner: None) -> None:
    english = replace(settings, locale="en")
    opened = opening.open_database(english)
    raise_some(database, "token_lost", "something_new")
    alerts.tell_owners(Context(opened, english, {}, lambda: NOON))
    opened.close()
    ((_user, text),) = texts(database)
    assert "Zalo refuses our token" in text
    assert "• something_new (1). Run loyalty doctor." in text


def test_every_kind_of_alert_has_its_text() -> None:
    raised = set()
    for package in ("loyalty", "bots", "jobs"):
        for path in Path(ROOT / package).rglob("*.py"):
            raised |= set(re.findall(r'raise_alert\(\s*session,\s*"(\w+)"', path.read_text(encoding="utf-8")))
    assert raised - set(sentences.TEXTS) == set()
    assert all(words.vi and words.en for told in sentences.TEXTS.values() for words in (told.happened, told.cure))


def test_it_looks_every_two_seconds() -> None:
    assert PUMPS["tell_owners"].rest == 2.0
