"""What people are interested in: counted from bills, told, taken away for good, moved and forgotten with them."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bots.commands.tastes import read_wish
from loyalty.activity import timeline
from loyalty.customers import profiles
from loyalty.customers.traits import interests
from loyalty.customers.traits.interests import BadInterest
from loyalty.customers.traits.models import Interest
from loyalty.privacy import erasing
from loyalty.purchases import tastes
from loyalty.purchases.bills import Line
from loyalty.staff.audit import Author
from tests.builders import NOON
from tests.builders_campaigns import make_person, stats_of
from tests.builders_chat import meet
from tests.builders_points import award, undo

THEM, STAFF = Author("customer", "zalo"), Author("staff:x", "console")
LATTE = Line(name="Latte đá", category="Cà phê", quantity=2, unit_price=40_000)
CAKE = Line(name="Croissant", category="Bánh", quantity=1, unit_price=30_000)


def shown(session: Session, customer_id: int) -> list[tuple[str, str, int]]:
    return [(each.shown, each.kind, each.times) for each in interests.list_of(session, customer_id)]


def test_bills_are_counted_told_comes_first_and_what_is_refused_stays_away(session: Session) -> None:
    lan = make_person(session, "Lan")
    first = award(session, lan, 110_000, now=NOON, lines=[LATTE, CAKE])
    award(session, lan, 110_000, now=NOON, lines=[LATTE, CAKE])
    assert tastes.list_unknown(session) == [lan.id]
    tastes.keep(session, [lan.id])
    assert shown(session, lan.id) == [
        *(("Bánh", "category", 2), ("Croissant", "product", 2)),
        *(("Cà phê", "category", 2), ("Latte đá", "product", 2)),
    ]
    interests.tell(session, lan.id, " Trà Sữa ", by=THEM, now=NOON)
    assert interests.refuse(session, lan.id, "cà phê", by=THEM, now=NOON)
    assert not interests.refuse(session, lan.id, "Ca phe", by=THEM, now=NOON)  # refused already
    tastes.keep(session, [lan.id])
    assert [word for word, _, _ in shown(session, lan.id)] == ["Trà Sữa", "Bánh", "Croissant", "Latte đá"]
    undo(session, first)
    tastes.keep(session, [lan.id])
    assert shown(session, lan.id) == [("Trà Sữa", "told", 0)]
    interests.tell(session, lan.id, "Cà phê", by=STAFF, now=NOON)
    assert shown(session, lan.id)[0] == ("Cà phê", "category", 1)
    assert tastes.list_unknown(session) == []
    with pytest.raises(BadInterest):
        interests.tell(session, lan.id, "x" * 41, by=THEM, now=NOON)


def test_what_is_refused_before_the_first_bill_stays_away_and_only_the_newest_are_remembered(session: Session) -> None:
    lan = make_person(session, "Lan")
    assert interests.refuse(session, lan.id, "Cà phê", by=THEM, now=NOON)
    assert not interests.refuse(session, lan.id, "cà phê", by=THEM, now=NOON)
    for _ in range(2):
        award(session, lan, 80_000, now=NOON, lines=[LATTE])
    tastes.keep(session, [lan.id])
    assert [word for word, _, _ in shown(session, lan.id)] == ["Latte đá"]
    for number in range(interests.MOST + 3):
        interests.refuse(session, lan.id, f"x{number:02}", by=THEM, now=NOON + timedelta(minutes=number))
    kept = session.scalars(sa.select(Interest.word).where(Interest.refused_at.is_not(None))).all()
    assert sorted(kept) == ["cà phê", *(f"x{number:02}" for number in range(3, interests.MOST + 3))]


def test_what_is_told_is_sealed_in_the_timeline(session: Session) -> None:
    lan = make_person(session, "Lan")
    interests.tell(session, lan.id, "Đồ ăn kiêng", by=THEM, now=NOON)
    interests.refuse(session, lan.id, "đồ ăn kiêng", by=THEM, now=NOON)
    rows = [row for row in timeline.list_newest(session, lan.id) if row.kind.startswith("interest_")]
    assert [(row.kind, row.data, timeline.words(session, row)) for row in rows] == [
        ("interest_refused", {}, "Đồ ăn kiêng"),
        ("interest_told", {}, "Đồ ăn kiêng"),
    ]


def test_one_word_is_one_interest_with_its_accents_or_without(session: Session) -> None:
    lan = make_person(session, "Lan")
    assert interests.refuse(session, lan.id, "trà sữa", by=THEM, now=NOON)
    assert interests.tell(session, lan.id, "tra sua", by=THEM, now=NOON) == "trà sữa"
    interests.tell(session, lan.id, "bơ", by=THEM, now=NOON)
    assert interests.refuse(session, lan.id, "bò", by=THEM, now=NOON)  # another word
    assert {word for word, _, _ in shown(session, lan.id)} == {"trà sữa", "bơ"}


def test_what_was_told_and_refused_follows_over_what_is_only_bought(session: Session) -> None:
    bare, owner = make_person(session), make_person(session)
    for _ in range(2):
        award(session, owner, 110_000, now=NOON, lines=[LATTE, CAKE])
    tastes.keep(session, [owner.id])
    interests.refuse(session, owner.id, "croissant", by=STAFF, now=NOON)
    interests.tell(session, bare.id, "croissant", by=THEM, now=NOON)  # the owner's own word stands
    interests.refuse(session, bare.id, "ca phe", by=THEM, now=NOON)
    interests.tell(session, bare.id, "Bánh", by=THEM, now=NOON)
    interests.follow(session, bare.id, owner.id)
    assert shown(session, owner.id) == [("Bánh", "category", 2), ("Latte đá", "product", 2)]
    kept = session.get_one(Interest, (owner.id, "bánh"), populate_existing=True)
    assert (kept.told_at, kept.source, kept.author) == (NOON, "zalo", "customer")


def test_nothing_is_kept_of_who_was_erased_since_their_bills_were_read(session: Session) -> None:
    lan, minh = make_person(session, "Lan"), make_person(session, "Minh")
    for person in (lan, minh):
        award(session, person, 80_000, now=NOON, lines=[LATTE])
    found = tastes.work_out(session, [lan.id, minh.id])
    erasing.erase(session, lan.id, by="staff:x", now=NOON)
    tastes.write(session, found)
    assert shown(session, lan.id) == []
    assert [row.word for row in session.scalars(sa.select(Interest).order_by(Interest.word))] == ["cà phê", "latte đá"]


def test_what_was_told_follows_its_person_and_goes_with_their_data(session: Session) -> None:
    bare, owner = make_person(session), make_person(session)
    interests.tell(session, bare.id, "trà sữa", by=THEM, now=NOON)
    interests.follow(session, bare.id, owner.id)
    assert (shown(session, bare.id), shown(session, owner.id)) == ([], [("trà sữa", "told", 0)])
    profiles.forget(session, owner, stats_of(session, owner), now=NOON)
    owner.moved_to_id = bare.id
    assert shown(session, owner.id) == []


@pytest.mark.parametrize(
    ("typed", "act", "word"),
    [
        ("", "list", ""),
        ("thêm trà sữa", "add", "trà sữa"),
        ("là bánh ngọt", "add", "bánh ngọt"),
        ("bỏ trà sữa", "drop", "trà sữa"),
        ("không thích cà phê", "drop", "cà phê"),
        ("remove milk tea", "drop", "milk tea"),
        ("của người ta thì liên quan gì đến quán vậy", "list", ""),
        ("của em là gì?", "list", ""),
        ("thêm", "list", ""),
    ],
)
def test_the_words_after_the_name_say_what_to_do(typed: str, act: str, word: str) -> None:
    assert read_wish(typed) == (act, word)


def test_a_customer_sees_and_corrects_them_in_chat(session: Session) -> None:
    lan = meet(session)
    lan.say("điểm")
    assert "sở thích thêm" in lan.say("sở thích")
    assert "trà sữa" in lan.say("sở thích thêm trà sữa")
    assert "trà sữa" in lan.say("so thich")
    lan.say("sở thích bỏ trà sữa")
    assert "Mình bỏ bánh ngọt rồi" in lan.say("sở thích bỏ bánh ngọt")  # nothing was known of it
    assert "Mình chưa biết bạn thích gì" in lan.say("sở thích")
