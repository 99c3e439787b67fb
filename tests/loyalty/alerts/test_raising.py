"""One open alert per kind and subject, told once."""

from datetime import timedelta

import structlog
from sqlalchemy.orm import Session

from loyalty.alerts import raising
from tests.builders import NOON

LATER = NOON + timedelta(hours=1)


def test_raising_an_open_alert_again_only_counts(session: Session) -> None:
    first = raising.raise_alert(session, "token_lost", "zalo:1", "refused", now=NOON)
    again = raising.raise_alert(session, "token_lost", "zalo:1", "expired", now=LATER)

    assert again is first
    assert (again.times, again.detail, again.opened_at, again.last_at) == (2, "expired", NOON, LATER)


def test_another_subject_is_another_alert_and_the_newest_comes_first(session: Session) -> None:
    one = raising.raise_alert(session, "token_lost", "zalo:1", "", now=NOON)
    two = raising.raise_alert(session, "token_lost", "zalo:2", "", now=NOON)
    assert raising.list_open(session) == [two, one]
    assert raising.untold(session) == [one, two]


def test_a_closed_alert_opens_anew(session: Session) -> None:
    first = raising.raise_alert(session, "token_lost", "zalo:1", "", now=NOON)

    assert raising.close(session, "token_lost", "zalo:1", now=LATER)
    assert not raising.close(session, "token_lost", "zalo:1", now=LATER)
    again = raising.raise_alert(session, "token_lost", "zalo:1", "", now=LATER)

    assert again.id != first.id
    assert again.times == 1
    assert raising.list_open(session) == [again]


def test_what_lasts_is_told_once_however_often_it_is_raised(session: Session) -> None:
    alert = raising.raise_alert(session, "token_lost", "zalo:1", "", now=NOON)
    assert raising.mark_told(session, alert.id, now=NOON)
    raising.raise_alert(session, "token_lost", "zalo:1", "", now=LATER)

    assert raising.untold(session) == []
    assert raising.list_open(session) == [alert]
    assert not raising.mark_told(session, alert.id, now=LATER)


def test_what_only_happened_is_over_once_told_and_told_again_next_time(session: Session) -> None:
    first = raising.raise_alert(session, "staff_bound", "staff:1", "", now=NOON)
    raising.mark_told(session, first.id, now=NOON)
    assert raising.list_open(session) == []

    second = raising.raise_alert(session, "staff_bound", "staff:1", "", now=LATER)
    assert raising.untold(session) == [second]


def test_an_alert_writes_a_log_line_when_it_opens(session: Session) -> None:
    with structlog.testing.capture_logs() as lines:
        for _ in range(3):
            raising.raise_alert(session, "token_lost", "zalo:1", "", now=NOON)
    assert lines == [{"event": "alert_raised", "log_level": "warning", "alert": "token_lost", "subject": "zalo:1"}]
