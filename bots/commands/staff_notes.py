"""Notes of staff about a customer."""

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy.orm import Session

from bots.commands import STAFF, Chat, Reply, command, people
from bots.commands.faults import read_number
from bots.texts import formats, text
from loyalty import shop
from loyalty.customers import cases, notes, profiles
from loyalty.customers.models import Customer
from loyalty.errors import Unreadable
from loyalty.staff import audit
from loyalty.staff.permissions import Right
from loyalty.typed import award, fold
from loyalty.typed.award import Person

SHOWN = 3  # notes named
LONGEST = 80  # characters of each


class NoteLine(NamedTuple):
    """About whom, and what."""

    person: Person
    words: str


class NoteMissing(Unreadable):
    """A customer without a word about them."""

    code = "note_missing"


def read_note(args: str) -> NoteLine:
    """A phone or member code and the words beside it, the phone first or last. Raises PhoneUnclear, NoteMissing."""
    person, words = award.split_person(args, may_trail=True)
    if not fold.tokens(words):
        raise NoteMissing
    return NoteLine(person, words)


@command("ghi chú", "note", for_=STAFF, right=Right.NOTE, help="/ghichu 0912345678 không đường", reads=read_note)
def write_note(session: Session, chat: Chat, line: NoteLine) -> Reply:
    """`/ghichu 0912345678 không đường` keeps a note; `/tra` shows it. Raises NobodyThere, MemberCodeUnknown."""
    customer = people.get(session, line.person, now=chat.now)
    note = notes.add(session, customer.id, line.words, key=chat.event_key, by=chat.author, now=chat.now)
    audit.record_by(
        session, chat.author, "note", f"customer:{customer.public_id}", detail={"note": note.id}, now=chat.now
    )
    who = people.label(session, customer, chat.locale)
    return Reply(text("note.done", chat.locale, who=who, words=notes.words_of(session, note), number=note.id))


@command("bỏ ghi chú", "unnote", for_=STAFF, right=Right.NOTE, help="/boghichu 12", reads=read_number)
def take_back_note(session: Session, chat: Chat, number: int) -> Reply:
    """`/boghichu 12` takes a note back. Raises NoteNotFound, NoteNotYours, NoteTooOld."""
    note = notes.get(session, number)
    notes.take_back(session, note, by=chat.member, now=chat.now)
    customer = profiles.get(session, note.customer_id)
    subject = f"customer:{customer.public_id}"
    audit.record_by(session, chat.author, "note_taken_back", subject, detail={"note": number}, now=chat.now)
    return Reply(text("note.taken_back", chat.locale, number=number, who=people.label(session, customer, chat.locale)))


def about(session: Session, chat: Chat, customer: Customer) -> Iterator[str]:
    """What to know at the counter: the newest notes, and a complaint that is not settled."""
    newest = notes.list_newest(session, customer.id, limit=SHOWN)
    if newest:
        shown = (fold.quote(notes.words_of(session, note), LONGEST) for note in newest)
        yield text("find.notes", chat.locale, notes=" · ".join(shown))
    if (case := cases.open_complaint(session, customer.id)) is not None:
        by = formats.day(case.due_on, chat.locale, shop.of(session).day(chat.now))
        yield text("find.complaint", chat.locale, number=case.id, day=by)
