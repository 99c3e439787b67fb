"""The confirmed batch, written: customers made, empty fields filled, opening points given. Each row once."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session

from loyalty import many, shop
from loyalty.customers import bulk, notes, profiles
from loyalty.customers.bulk import Newcomer, Sealed
from loyalty.customers.emails import NotAnEmail
from loyalty.customers.models import Customer
from loyalty.customers.profiles import EmailTaken
from loyalty.db import keyring
from loyalty.exchange import batches, candidates, checking, matching, own
from loyalty.exchange.batches import Reader
from loyalty.exchange.candidates import Candidate
from loyalty.exchange.checking import Foreseen
from loyalty.exchange.columns import Field
from loyalty.exchange.matching import Seen, Verdict
from loyalty.exchange.models import Fate, ImportBatch, ImportRow, Outcome, State
from loyalty.points import accounts, opening
from loyalty.points.accounts import Account
from loyalty.points.opening import Opening
from loyalty.shop import Shop
from loyalty.staff.audit import Author

SOURCE = "import"
ROWS = ImportRow.metadata.tables[ImportRow.__tablename__]
Filled = dict[str, Any]  # field → what tells later whether it still is as we left it


@dataclass(frozen=True, slots=True)
class Ready:
    """A chunk's rows to be written, with new people sealed beforehand, and the cursor after it."""

    verdicts: Sequence[Verdict]
    sealed: Mapping[int, Sealed]  # by row
    foreseen: Mapping[int, Foreseen]  # by row
    cursor: int


@dataclass(frozen=True, slots=True)
class Written:
    """What became of one row."""

    verdict: Verdict
    customer_id: int | None
    filled: Filled


@dataclass
class Writing:
    """The phase from `writing` to `done`."""

    reader: Reader = field(default_factory=Reader)

    def prepare(self, session: Session, batch: ImportBatch, limit: int) -> Ready | None:
        """Judge the next rows by the customers as they are now, and seal who is new; None when there are none left."""
        found = self.reader.lines(session, batch, batch.cursor, limit)
        if not found:
            return None
        foreseen = checking.planned(session, batch, [line.number for line in found])
        day = batches.day_of(session, batch)
        rules = candidates.reading(batch.kind, batch.options, day, doubts_names=False, own=own.of_batch(session, batch))
        good = [_as_foreseen(rules.read(line), foreseen[line.number]) for line in found if line.number in foreseen]
        verdicts = _judge(session, batch, good)
        sealed = {each.candidate.number: _seal(session, batch, each) for each in verdicts if _is_new(each)}
        return Ready(verdicts, sealed, foreseen, batch.cursor + len(found))

    def write(self, session: Session, batch: ImportBatch, ready: Ready, *, now: datetime) -> None:
        known = sorted({each.person.id for each in ready.verdicts if each.person is not None})
        accounts.lock_many(session, known)
        ids = bulk.create_many(session, list(ready.sealed.values()))
        made = {number: ids[each.public_id] for number, each in ready.sealed.items() if each.public_id in ids}
        verdicts = _settled(session, batch, ready, made)
        written = _write(session, batch, verdicts, made, now)
        newborn = {
            made[number]: accounts.first(made[number], each.public_id, each.stats)
            for number, each in ready.sealed.items()
            if number in made
        }
        entries = _give(session, batch, written, newborn, now)
        _mark(session, batch, written, entries, ready.foreseen)
        batches.move(session, batch, ready.cursor, "write", _tally(written, entries))

    def end(self, session: Session, batch: ImportBatch, *, now: datetime) -> None:
        batches.finish(session, batch, State.DONE, now=now)


def _as_foreseen(candidate: Candidate, foreseen: Foreseen) -> Candidate:
    """With what the check had to say; an e-mail it found taken by an earlier row, of whichever chunk, stays out."""
    notices = tuple(foreseen.detail.get("notices", ()))
    return replace(candidate, notices=notices, email=None if "email_taken" in notices else candidate.email)


def _judge(session: Session, batch: ImportBatch, good: Sequence[Candidate]) -> list[Verdict]:
    known, seen = matching.look(session, batch, good), Seen()
    return [matching.judge(batch, each, known, seen) for each in good]


def _is_new(verdict: Verdict) -> bool:
    return verdict.outcome == Outcome.NEW


def _seal(session: Session, batch: ImportBatch, verdict: Verdict) -> Sealed:
    candidate, place = verdict.candidate, shop.of(session)
    joined_at = None
    if candidate.is_member:
        joined_at = batch.created_at if candidate.joined_on is None else _midnight(place, candidate.joined_on)
    newcomer = Newcomer(candidate.phone, candidate.name, candidate.email, joined_at)
    assert batch.confirmed_at is not None
    return bulk.seal(newcomer, keyring(session), place, source=SOURCE, now=batch.confirmed_at)


def _midnight(place: Shop, day: date) -> datetime:
    return place.midnight(day).astimezone(UTC)


def _settled(session: Session, batch: ImportBatch, ready: Ready, made: Mapping[int, int]) -> Sequence[Verdict]:
    """The verdicts, looked at once more when somebody became a customer between judging and writing."""
    if len(made) == len(ready.sealed):
        return ready.verdicts
    again = _judge(session, batch, [each.candidate for each in ready.verdicts if each.candidate.number not in made])
    anew = {each.candidate.number: each for each in again}
    return [anew.get(each.candidate.number, each) for each in ready.verdicts]


def _write(
    session: Session, batch: ImportBatch, verdicts: Sequence[Verdict], made: Mapping[int, int], now: datetime
) -> list[Written]:
    by_phone = {each.candidate.phone: made[each.candidate.number] for each in verdicts if each.candidate.number in made}
    written = []
    for verdict in verdicts:
        candidate = verdict.candidate
        if candidate.number in made:
            filled = _note(session, batch, candidate, made[candidate.number], now)
            filled |= own.fill(session, batch, candidate.own, made[candidate.number], now)
            written.append(Written(verdict, made[candidate.number], filled))
        elif verdict.person is not None and verdict.is_good:
            written.append(Written(verdict, verdict.person.id, _fill(session, batch, verdict, now)))
        elif candidate.phone in by_phone:  # an earlier row of this chunk made them
            written.append(Written(verdict, by_phone[candidate.phone], {}))
        else:
            written.append(Written(verdict, None, {}))
    return written


def _fill(session: Session, batch: ImportBatch, verdict: Verdict, now: datetime) -> Filled:
    """What is empty is filled; whatever stands stays, also what was written since the row was judged."""
    if not verdict.adds:
        return {}
    assert verdict.person is not None
    candidate, customer = verdict.candidate, profiles.get(session, verdict.person.id)
    profiles.hold(session, customer)
    filled: Filled = {}
    if candidate.name and customer.name is None:
        profiles.set_name(session, customer, candidate.name, now=now)
        filled[Field.NAME.value] = fingerprint(customer.name)
    if candidate.email and customer.email is None and _set_email(session, customer, candidate):
        filled[Field.EMAIL.value] = fingerprint(customer.email)
    if candidate.is_member and customer.joined_at is None:
        joined_at = now if candidate.joined_on is None else _midnight(shop.of(session), candidate.joined_on)
        profiles.join(session, customer, now=joined_at)
        filled[Field.MEMBER.value] = joined_at.isoformat()
    filled |= own.fill(session, batch, candidate.own, customer.id, now)
    return filled | _note(session, batch, candidate, customer.id, now)


def _set_email(session: Session, customer: Customer, candidate: Candidate) -> bool:
    assert candidate.email is not None
    try:
        profiles.set_email(session, customer, candidate.email.address)
    except (EmailTaken, NotAnEmail):
        return False
    return True


def _note(session: Session, batch: ImportBatch, candidate: Candidate, customer_id: int, now: datetime) -> Filled:
    if not candidate.note:
        return {}
    key, author = f"import:{batch.public_id}:{candidate.number}", Author(batch.actor, batch.source)
    return {Field.NOTE.value: notes.add(session, customer_id, candidate.note, key=key, by=author, now=now).public_id}


def _give(
    session: Session, batch: ImportBatch, written: Sequence[Written], newborn: Mapping[int, Account], now: datetime
) -> dict[int, int]:
    """Opening points, by row: the entries that gave them."""
    keys = {
        f"import:{batch.public_id}:{each.verdict.candidate.number}": each
        for each in written
        if each.customer_id is not None and each.verdict.candidate.points
    }
    openings = [
        Opening(each.customer_id, each.verdict.candidate.points, key, each.verdict.candidate.expires_on)
        for key, each in keys.items()
        if each.customer_id is not None
    ]
    given = opening.give_many(session, openings, actor=batch.actor, now=now, newborn=newborn) if openings else {}
    return {each.verdict.candidate.number: given[key] for key, each in keys.items() if key in given}


def _mark(
    session: Session,
    batch: ImportBatch,
    written: Sequence[Written],
    entries: Mapping[int, int],
    foreseen: Mapping[int, Foreseen],
) -> None:
    """What each row came to. Most came to what the check had foreseen, and need only say what they made."""
    usual, changed = [], []
    for each in written:
        row, came_to = _made(batch, each, entries), _came_to(each)
        if came_to == {"reason": None, **foreseen[each.verdict.candidate.number]._asdict()}:
            usual.append(row)
        else:
            changed.append(row | came_to)
    many.execute(session.connection(), _MARK, usual)
    many.execute(session.connection(), _MARK_WHOLLY, changed)


def _made(batch: ImportBatch, each: Written, entries: Mapping[int, int]) -> dict[str, Any]:
    number = each.verdict.candidate.number
    return {
        "of_batch": batch.id,
        "of_row": number,
        "fate": Fate.WRITTEN if each.customer_id else Fate.PLANNED,
        "customer_id": each.customer_id,
        "entry_id": entries.get(number),
    }


def _came_to(each: Written) -> dict[str, Any]:
    verdict = each.verdict
    is_lost = verdict.is_good and each.customer_id is None  # somebody took and left the phone while we looked
    return {
        "outcome": Outcome.REFUSED if is_lost else verdict.outcome,
        "reason": "phone_busy" if is_lost else verdict.reason,
        "detail": verdict.detail() | ({"filled": each.filled} if each.filled else {}),
    }


def _tally(written: Sequence[Written], entries: Mapping[int, int]) -> Counter[str]:
    """Rows written, by whether they made their customer, and what they gave."""
    done = [each for each in written if each.customer_id is not None]
    counts: Counter[str] = Counter(each.verdict.outcome.value for each in done)
    counts["written"] = len(done)
    counts["refused"] = len(written) - len(done)
    counts["filled"] = sum(bool(each.filled) and each.verdict.outcome == Outcome.KNOWN for each in done)
    counts["openings"] = len(entries)
    counts["points"] = sum(each.verdict.candidate.points for each in done if each.verdict.candidate.number in entries)
    return +counts


def fingerprint(cell: bytes | None) -> str:
    """Tells whether a cell is still the one that was written; says nothing of what is in it."""
    return hashlib.sha256(cell or b"").hexdigest()[:16]


_MADE = ("fate", "customer_id", "entry_id")
_ROW = update(ROWS).where(ROWS.c.batch_id == bindparam("of_batch"), ROWS.c.number == bindparam("of_row"))
_MARK = _ROW.values({name: bindparam(name) for name in _MADE})
_MARK_WHOLLY = _ROW.values({name: bindparam(name) for name in (*_MADE, "outcome", "reason", "detail")})
