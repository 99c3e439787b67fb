"""Words customers are marked with."""

import pytest
from sqlalchemy.orm import Session

from loyalty.activity import timeline
from loyalty.customers import profiles, tags
from loyalty.customers.tags import BadTag, TooManyTags
from loyalty.staff.audit import Author
from loyalty.vault.people import Erased
from tests.builders import NOON
from tests.builders_campaigns import make_person, stats_of

BY = Author("demo", "demo")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("Khách SỈ", "khách sỉ"), ("  #vip ", "vip"), ("a\n b", "a b"), ("VIP;", "vip"), ("ĐẠI LÝ", "đại lý")],
)
def test_a_tag_is_kept_in_small_letters(typed: str, kept: str) -> None:
    assert tags.written(typed) == kept


@pytest.mark.parametrize("typed", ["", " # ", "\u200b", "a, b", "a;b", "x" * 41])
def test_what_is_no_short_word_is_refused(typed: str) -> None:
    with pytest.raises(BadTag):
        tags.written(typed)


def test_a_tag_is_given_once_taken_once_and_told_in_the_timeline(session: Session) -> None:
    lan = make_person(session, "Lan")
    assert tags.give(session, lan.id, "VIP", by=BY, now=NOON)
    assert not tags.give(session, lan.id, "vip", by=BY, now=NOON)
    assert tags.list_of(session, lan.id) == ["vip"] == tags.list_known(session)
    assert tags.take(session, lan.id, "#Vip", now=NOON)
    assert not tags.take(session, lan.id, "vip", now=NOON)
    rows = [row for row in timeline.list_newest(session, lan.id) if "tagged" in row.kind]
    assert [(row.kind, row.data, timeline.words(session, row)) for row in rows] == [
        ("untagged", {}, "vip"),
        ("tagged", {}, "vip"),  # sealed: it goes with their key
    ]


def test_twenty_are_enough_for_anybody(session: Session) -> None:
    lan = make_person(session)
    for number in range(tags.MOST):
        tags.give(session, lan.id, f"tag {number}", by=BY, now=NOON)
    with pytest.raises(TooManyTags), session.begin_nested():
        tags.give(session, lan.id, "one more", by=BY, now=NOON)
    assert len(tags.list_of(session, lan.id)) == tags.MOST


def test_tags_follow_their_person_and_go_with_their_data(session: Session) -> None:
    bare, owner = make_person(session), make_person(session)
    for customer, tag in ((bare, "vip"), (bare, "sỉ"), (owner, "vip")):
        tags.give(session, customer.id, tag, by=BY, now=NOON)
    tags.follow(session, bare.id, owner.id)
    assert (tags.list_of(session, bare.id), sorted(tags.list_of(session, owner.id))) == ([], ["sỉ", "vip"])
    profiles.forget(session, owner, stats_of(session, owner), now=NOON)
    owner.moved_to_id = bare.id  # as linking does: the key stays
    assert tags.list_of(session, owner.id) == []
    with pytest.raises(Erased):
        tags.give(session, owner.id, "vip", by=BY, now=NOON)
