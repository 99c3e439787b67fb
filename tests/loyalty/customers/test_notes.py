"""Notes on a profile."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty.customers import notes, profiles
from loyalty.customers.models import Note
from loyalty.customers.notes import NoteEmpty, NoteNotFound, NoteNotYours, NoteTooOld
from loyalty.points.returns import reversal
from loyalty.staff.audit import Author
from loyalty.staff.permissions import NotAllowed
from loyalty.vault.people import Erased
from tests.builders import NOON
from tests.builders_customers import LAN, kinds, make_customer
from tests.builders_points import award
from tests.builders_staff import make_staff

DAY = timedelta(hours=24)


def write(session: Session, customer_id: int, words: str, *, by: Author | None = None, key: str = "k1") -> Note:
    return notes.add(session, customer_id, words, key=key, by=by or Author("cli", "cli"), now=NOON)


def texts(session: Session, customer_id: int) -> list[str]:
    return [notes.words_of(session, note) for note in notes.list_newest(session, customer_id)]


def test_a_note_is_kept_sealed_and_read_newest_first(session: Session) -> None:
    customer = make_customer(session, name="Lan")
    first = write(session, customer.id, "  Không  đường\nnhé ")
    write(session, customer.id, "Ngồi bàn cửa sổ", key="k2")

    assert texts(session, customer.id) == ["Ngồi bàn cửa sổ", "Không đường nhé"]
    stored = session.scalars(sa.select(Note.words).filter_by(id=first.id)).one()
    assert "đường".encode() not in stored
    assert kinds(session, customer.id)[-2:] == ["note", "note"]


def test_the_same_key_writes_one_note(session: Session) -> None:
    customer = make_customer(session)
    first = write(session, customer.id, "Dị ứng sữa")

    assert write(session, customer.id, "Dị ứng sữa") is first
    assert texts(session, customer.id) == ["Dị ứng sữa"]
    assert kinds(session, customer.id).count("note") == 1


@pytest.mark.parametrize("words", ["", "   ", "\u200b\u202e", "\n"])
def test_a_note_without_words_is_refused(session: Session, words: str) -> None:
    with pytest.raises(NoteEmpty):
        write(session, make_customer(session).id, words)


def test_a_long_note_ends_where_it_must(session: Session) -> None:
    customer = make_customer(session)
    write(session, customer.id, "a" * 5000)
    assert texts(session, customer.id) == ["a" * 999 + "…"]


def test_pages_of_notes_have_no_gaps(session: Session) -> None:
    customer = make_customer(session)
    made = [write(session, customer.id, f"ghi chú {number}", key=f"k{number}") for number in range(5)]
    first = notes.list_newest(session, customer.id, limit=3)
    rest = notes.list_newest(session, customer.id, before=first[-1].id, limit=3)
    assert [*first, *rest] == made[::-1]


class TestTakingBack:
    def test_its_author_may_for_24_hours(self, session: Session) -> None:
        cashier, customer = make_staff(session, "cashier"), make_customer(session)
        note = write(session, customer.id, "nhầm khách", by=Author.of(cashier, "zalo"))

        with pytest.raises(NoteTooOld):
            notes.take_back(session, note, by=cashier, now=NOON + DAY + timedelta(seconds=1))
        assert notes.take_back(session, note, by=cashier, now=NOON + DAY)
        assert not notes.take_back(session, note, by=cashier, now=NOON + DAY)
        assert texts(session, customer.id) == []
        assert kinds(session, customer.id).count("note_taken_back") == 1

    def test_another_cashier_may_not_and_a_manager_may_at_any_time(self, session: Session) -> None:
        note = write(session, make_customer(session).id, "x", by=Author.of(make_staff(session), "zalo"))

        with pytest.raises(NoteNotYours):
            notes.take_back(session, note, by=make_staff(session), now=NOON)
        with pytest.raises(NotAllowed):
            notes.take_back(session, note, by=make_staff(session, "marketer"), now=NOON)
        assert notes.take_back(session, note, by=make_staff(session, "manager"), now=NOON + 30 * DAY)

    def test_it_can_be_put_back_with_its_words(self, session: Session) -> None:
        owner, customer = make_staff(session, "owner"), make_customer(session)
        note = write(session, customer.id, "Khách quen của chị Mai")
        notes.take_back(session, note, by=owner, now=NOON)

        with pytest.raises(NoteNotFound):
            notes.get(session, note.id)
        with pytest.raises(NoteNotFound):
            notes.get_public(session, note.public_id)
        assert notes.put_back(session, note.public_id, by=owner, now=NOON).id == note.id
        assert texts(session, customer.id) == ["Khách quen của chị Mai"]

    @pytest.mark.parametrize("number", [0, -1, 99, 2**63, 10**30])
    def test_any_number_may_be_asked_for(self, session: Session, number: int) -> None:
        with pytest.raises(NoteNotFound):
            notes.get(session, number)


def test_a_newcomer_with_a_note_is_not_forgotten_with_their_bill(session: Session) -> None:
    made = award(session, LAN, 250_000)
    write(session, made.purchase.customer_id, "Khách của anh Hùng")

    undone = reversal.undo(session, made.entry.id, actor="cli", key="u", now=NOON)

    assert not undone.customer_undone
    assert texts(session, made.purchase.customer_id) == ["Khách của anh Hùng"]


def test_nothing_is_written_about_who_was_erased(session: Session) -> None:
    made = award(session, LAN, 250_000)
    assert reversal.undo(session, made.entry.id, actor="cli", key="u", now=NOON).customer_undone
    with pytest.raises(Erased):
        write(session, made.purchase.customer_id, "còn đây")
    with pytest.raises(profiles.CustomerNotFound):
        write(session, 999, "ai")
