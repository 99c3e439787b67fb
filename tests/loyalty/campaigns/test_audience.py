"""Of several chats a promotion goes by the best one; whoever has one chat goes by that."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from loyalty.campaigns import audience
from loyalty.segments import rules
from loyalty.segments.rules import Frame
from tests.builders import NOON
from tests.builders_campaigns import make_account, make_chat, make_person


def hours_ago(hours: float) -> datetime:
    return NOON - timedelta(hours=hours)


AGREED, NOT = {"promotion": True}, {"promotion": False}
CASES: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [  # of the Zalo chat (48 hours), of Messenger's (24)
    ("who agreed there", {**NOT, "last": hours_ago(1)}, {**AGREED, "last": hours_ago(99)}, "messenger"),
    ("the window that stays open longest", {"last": hours_ago(3)}, {"last": hours_ago(1)}, "zalo"),
    ("the later one of two closed", {"last": hours_ago(60)}, {"last": hours_ago(50)}, "messenger"),
    ("closed windows are alike", {"last": hours_ago(49)}, {"last": hours_ago(48)}, "messenger"),
    ("somebody who wrote at all", {"last": hours_ago(1000)}, {"last": None}, "zalo"),
    ("the newer of equals", {"last": None}, {"last": None}, "messenger"),
]


@pytest.mark.parametrize(("zalo", "messenger", "wanted"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_the_best_chat_is(session: Session, zalo: dict[str, Any], messenger: dict[str, Any], wanted: str) -> None:
    both, one, _nobody = (make_person(session) for _ in range(3))
    chats = {kind: make_chat(session, both, kind, **more) for kind, more in (("zalo", zalo), ("messenger", messenger))}
    only = make_chat(session, one, "messenger", promotion=False, last=None)
    assert chosen(session) == {both.id: chats[wanted].id, one.id: only.id}


def test_a_chat_that_cannot_be_used_stands_back(session: Session) -> None:
    person = make_person(session)
    zalo, messenger = (make_chat(session, person, kind) for kind in ("zalo", "messenger"))
    zalo.unreachable_at = NOON
    session.flush()
    assert chosen(session) == {person.id: messenger.id}
    zalo.unreachable_at, make_account(session, "messenger").stopped_at = None, NOON
    session.flush()
    assert chosen(session) == {person.id: zalo.id}


def chosen(session: Session) -> dict[int, int]:
    """The chat of each customer; nobody twice."""
    frame = Frame.at(session, NOON)
    rows = session.execute(audience.chats(rules.parse({"all": []}, frame), frame, NOON)).all()
    assert len({row.customer_id for row in rows}) == len(rows)
    return {row.customer_id: row.identity_id for row in rows}
