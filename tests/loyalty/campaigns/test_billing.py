"""A preview counts those a template would reach, as far as the month's money lasts."""

import pytest
from sqlalchemy.orm import Session

from loyalty.campaigns import preview
from loyalty.campaigns.judging import Mailing
from loyalty.choices import chosen
from loyalty.messaging import templates
from loyalty.segments.models import Segment
from tests.builders import NOON
from tests.builders_campaigns import make_chat, make_person, make_segment
from tests.loyalty.messaging.test_routes import BY, HOUR, LONG_AGO, configure, template

TEXT = "Giảm 20% hôm nay."


@pytest.fixture
def segment(session: Session) -> Segment:
    """One in the window, three long after it, one of them reached by phone only, and one who did not agree."""
    make_chat(session, make_person(session, "Lan"))
    for name in ("Minh", "Hoa"):
        make_chat(session, make_person(session, name), last=LONG_AGO)
    quyen = make_person(session, "Quyên", phone="+84912345678")
    quyen.joined_at = NOON
    make_chat(session, quyen, last=LONG_AGO, unreachable=True)
    make_chat(session, make_person(session, "Thu"), last=LONG_AGO, promotion=False)
    return make_segment(session)


def reasons(session: Session, segment: Segment) -> tuple[int, dict[str, int]]:
    seen = preview.of_text(session, segment, TEXT, now=NOON)
    return seen.would_receive, dict(seen.reasons)


def test_without_a_template_only_the_window_counts(session: Session, segment: Segment) -> None:
    assert reasons(session, segment) == (1, {"consent": 1, "person": 1, "window": 2})


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        (0, (1, {"budget": 3, "consent": 1})),
        (600, (2, {"budget": 2, "consent": 1})),  # one by chat; the phone's 900 are more than there is
        (1_200, (3, {"budget": 1, "consent": 1})),
        (2_099, (3, {"budget": 1, "consent": 1})),
        (2_100, (4, {"consent": 1})),
    ],
)
def test_with_one_it_counts_as_far_as_the_money_lasts(
    session: Session, segment: Segment, amount: int, expected: tuple[int, dict[str, int]]
) -> None:
    configure(session, amount)
    assert reasons(session, segment) == expected


def test_a_template_that_is_no_longer_approved_reaches_nobody(session: Session, segment: Segment) -> None:
    configure(session)
    template(session, "250002").status = "disabled"
    assert reasons(session, segment) == (1, {"consent": 1, "person": 1, "window": 2})


def test_those_who_would_get_it_are_listed_with_the_billed_ones(session: Session, segment: Segment) -> None:
    configure(session)
    people = preview.list_people(session, segment, Mailing.plain(session, TEXT), None, now=NOON)
    assert len(people) == 4
    templates.release(session, "promotion", template(session, "250002").public_id, by=BY, now=NOON)
    assert len(preview.list_people(session, segment, Mailing.plain(session, TEXT), None, now=NOON)) == 1


def test_a_free_chat_costs_nothing_although_a_template_is_chosen(session: Session) -> None:
    configure(session, 0)
    make_chat(session, make_person(session, "Lan"), last=NOON - HOUR)
    chosen.save(session, {"monthly_budget": 0}, by="cli", now=NOON)
    assert reasons(session, make_segment(session)) == (1, {})
