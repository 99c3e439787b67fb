"""/customers/{id}/notes and /notes: what is written down about a customer."""

from collections.abc import Sequence
from typing import Any

from marshmallow import fields

from loyalty.api import blueprints, pages, work
from loyalty.api.auth import requires_scope
from loyalty.api.fields import Body, Instant, Text
from loyalty.api.pages import PageQuery, page_of
from loyalty.customers import notes, profiles
from loyalty.customers.models import Customer, Note
from loyalty.staff.audit import Author
from loyalty.vault.people import Erased

blueprint = blueprints.resource("notes", "What staff and systems wrote down about a customer.", order=15)


class NewNote(Body):
    text = Text(1, notes.LONGEST, lines=True, required=True, example="Thích ít đường, hay ngồi gần cửa sổ")


class NoteSchema(Body):
    """`text` only with the scope customers:reveal, and to who wrote it."""

    id = fields.String(required=True)
    number = fields.Integer(required=True)  # what staff type to take it back
    text = fields.String(required=True, allow_none=True)
    author = fields.String(required=True)
    source = fields.String(required=True)
    at = Instant(required=True)


@blueprint.get("/customers/<public_id:customer>/notes")
@requires_scope("customers:read")
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, page_of(NoteSchema))
def list_notes(wanted: dict[str, Any], customer: str) -> dict[str, Any]:
    """The notes about a customer."""
    session, place = work.here().session, f"notes {customer}"
    found = profiles.get_public(session, customer)
    before = pages.start(session, wanted, place)
    rows = notes.list_newest(session, found.id, before=before, limit=wanted["limit"] + 1)
    return pages.page(session, rows, wanted, place, lambda note: note.id, lambda shown: _show_all(found, shown))


@blueprint.post("/customers/<public_id:customer>/notes")
@requires_scope("customers:write")
@blueprint.arguments(NewNote)
@blueprint.response(201, NoteSchema)
def add_note(asked: dict[str, Any], customer: str) -> dict[str, Any]:
    """Write something down about a customer."""
    here = work.here()
    found = profiles.get_public(here.session, customer)
    by = Author(here.caller.actor, "api")
    note = notes.add(here.session, found.id, asked["text"], key=work.new_key(), by=by, now=work.now())
    shown = _show(note, notes.words_of(here.session, note))
    work.note("note", f"customer:{found.public_id}", note=note.id)
    return shown


@blueprint.delete("/notes/<public_id:note>")
@requires_scope("customers:write")
@blueprint.response(204)
def take_back_note(note: str) -> None:
    """Take a note back; nobody reads it any more."""
    session = work.here().session
    found = notes.get_public(session, note)
    notes.take_back(session, found, by=None, now=work.now())
    customer = profiles.get(session, found.customer_id)
    work.note("note_taken_back", f"customer:{customer.public_id}", note=found.id)


def _show_all(customer: Customer, rows: Sequence[Note]) -> list[dict[str, Any]]:
    here = work.here()
    words = [_words(note) if here.caller.reveals else None for note in rows]
    if any(words):
        here.revealed.add(customer.public_id)
    return [_show(note, text) for note, text in zip(rows, words, strict=True)]


def _show(note: Note, text: str | None) -> dict[str, Any]:
    return {
        "id": note.public_id,
        "number": note.id,
        "text": text,
        "author": note.author,
        "source": note.source,
        "at": note.at,
    }


def _words(note: Note) -> str | None:
    try:
        return notes.words_of(work.here().session, note)
    except Erased:
        return None
