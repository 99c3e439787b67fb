"""Segments kept under a name: changed with a way back, counted, removed and brought back."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from loyalty.campaigns import lifecycle, usage
from loyalty.campaigns.usage import SegmentInUse
from loyalty.programme import versions
from loyalty.segments import membership, rules, saved, starters
from loyalty.segments.rules import BadRules, Frame
from loyalty.segments.saved import EditionNotFound, SegmentNotFound
from tests.builders import NOON
from tests.builders_campaigns import make_campaign, make_person
from tests.builders_customers import later

GOLD = {"all": [{"field": "tier", "op": "=", "value": "gold"}]}
SOME = {"all": [{"field": "points", "op": ">=", "value": 50}]}


def two_gold_and_three_with_points(session: Session) -> None:
    for _ in range(2):
        make_person(session, tier="gold")
    for _ in range(3):
        make_person(session, points=50)


def test_a_segment_remembers_how_many_belonged_and_when(session: Session) -> None:
    two_gold_and_three_with_points(session)
    segment = saved.create(session, "Vàng", GOLD, now=NOON)
    assert (segment.size, segment.counted_at) == (2, NOON)
    make_person(session, tier="gold")
    assert segment.size == 2
    saved.recount(session, segment, now=later(5))
    assert (segment.size, segment.counted_at) == (3, later(5))


def test_the_same_key_makes_one_segment(session: Session) -> None:
    first = saved.create(session, "Vàng", GOLD, key="console:a:1", now=NOON)
    assert saved.create(session, "Vàng", GOLD, key="console:a:1", now=NOON) is first
    assert saved.create(session, "Vàng", GOLD, key="console:a:2", now=NOON) is not first
    assert len(saved.list_newest(session)) == 2


def test_a_change_keeps_what_was_and_leads_back(session: Session) -> None:
    two_gold_and_three_with_points(session)
    segment = saved.create(session, "Vàng", GOLD, now=NOON)
    former = saved.change(session, segment, name="Có điểm", wanted=SOME, now=NOON)
    assert former is not None
    assert (segment.name, segment.rules, segment.size) == ("Có điểm", SOME, 3)
    assert (former.name, former.rules, former.size) == ("Vàng", GOLD, 2)
    saved.change_back(session, segment, former.public_id, now=NOON)
    assert (segment.name, segment.rules, segment.size) == ("Vàng", GOLD, 2)
    assert [edition.name for edition in saved.list_editions(session, segment)] == ["Có điểm", "Vàng"]


def test_a_change_to_the_same_is_none(session: Session) -> None:
    segment = saved.create(session, "Vàng", GOLD, now=NOON)
    assert saved.change(session, segment, name="Vàng", wanted=GOLD, now=NOON) is None
    assert saved.list_editions(session, segment) == []


def test_bad_rules_change_nothing(session: Session) -> None:
    segment = saved.create(session, "Vàng", GOLD, now=NOON)
    bad: list[Any] = [{}, {"all": [{}]}, [], {"field": "points", "op": "=", "value": True}]
    for wanted in bad:
        with pytest.raises(BadRules):
            saved.change(session, segment, wanted=wanted, now=NOON)
    assert (segment.rules, saved.list_editions(session, segment)) == (GOLD, [])


def test_an_edition_of_another_segment_leads_nowhere(session: Session) -> None:
    segment, other = (saved.create(session, "Vàng", GOLD, now=NOON) for _ in range(2))
    former = saved.change(session, segment, name="Khác", now=NOON)
    assert former is not None
    with pytest.raises(EditionNotFound):
        saved.change_back(session, other, former.public_id, now=NOON)


def test_a_removed_segment_is_nowhere_until_it_is_brought_back(session: Session) -> None:
    segment = saved.create(session, "Vàng", GOLD, now=NOON)
    usage.remove_segment(session, segment, now=NOON)
    assert saved.list_newest(session) == []
    with pytest.raises(SegmentNotFound):
        saved.get_public(session, segment.public_id)
    saved.bring_back(session, saved.get_public(session, segment.public_id, removed=True))
    assert saved.list_newest(session) == [segment]


def test_a_segment_a_campaign_still_needs_is_not_removed(session: Session) -> None:
    campaign = make_campaign(session)
    segment = saved.list_newest(session)[0]
    assert usage.newest_of(session, [segment.id]) == {segment.id: campaign}
    with pytest.raises(SegmentInUse) as refused:
        usage.remove_segment(session, segment, now=NOON)
    assert refused.value.facts["names"] == ["Tháng 11"]
    lifecycle.cancel(session, campaign, now=NOON)
    usage.remove_segment(session, segment, now=NOON)
    assert usage.newest_of(session, [segment.id]) == {segment.id: campaign}


def test_every_starter_is_rules_that_hold(session: Session) -> None:
    frame = Frame.at(session, NOON)
    offered = starters.list_all(frame.programme)
    assert len({starter.code for starter in offered}) == len(offered) >= 5
    for starter in offered:
        membership.count(session, rules.parse(starter.rules, frame), frame)


def test_close_to_the_next_tier_means_a_fifth_missing_at_most(session: Session) -> None:
    near, far = (make_person(session, spent_12m=spent) for spent in (1_600_000, 1_599_999))
    silver = make_person(session, tier="silver", spent_12m=8_000_000)
    make_person(session, tier="gold", spent_12m=9_900_000)
    frame = Frame.at(session, NOON)
    starter = next(one for one in starters.list_all(versions.at(session, frame.today)) if one.code == "near")
    found = membership.list_members(session, rules.parse(starter.rules, frame), frame)
    assert {customer.id for customer in found} == {near.id, silver.id}
    assert far.id not in {customer.id for customer in found}
