"""What a chunk's rows mean to the customers there are: new, known with something to add, doubled, refused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from loyalty.customers import profiles
from loyalty.customers.models import Customer
from loyalty.customers.traits.typing import Value
from loyalty.db import keyring
from loyalty.exchange import own
from loyalty.exchange.candidates import Candidate, Fault
from loyalty.exchange.columns import Field
from loyalty.exchange.models import Fate, ImportBatch, ImportRow, Kind, Outcome
from loyalty.vault import people as vault

STANDING = (Fate.WRITTEN, Fate.KEPT)


class Person(NamedTuple):
    """A customer the sheet names, as they are now."""

    id: int
    name: str | None
    email: str | None  # as it is looked up
    is_member: bool
    has_opening: bool  # another import gave them points that stand
    own: Mapping[str, Value] = {}  # what stands in the shop's own fields


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a row comes to. `adds` and `differs` name fields; what differs stays as it is."""

    candidate: Candidate
    outcome: Outcome
    reason: str | None = None
    column: Field | None = None
    of: int = 0  # the earlier row it repeats
    person: Person | None = None
    adds: tuple[Field, ...] = ()
    differs: tuple[Field, ...] = ()
    notices: tuple[str, ...] = ()

    @property
    def is_good(self) -> bool:
        return self.outcome in (Outcome.NEW, Outcome.KNOWN)

    def detail(self) -> dict[str, Any]:
        """What is stored of it: nothing the row said but its points."""
        told: dict[str, Any] = {
            "column": self.column,
            "of": self.of,
            "adds": list(self.adds),
            "differs": list(self.differs),
            "notices": list(self.notices),
            "points": self.candidate.points if self.is_good else 0,
        }
        return {name: value for name, value in told.items() if value}


@dataclass
class Seen:
    """Phones, e-mails and openings of the good rows before, with the row that had them."""

    phones: dict[str, int] = field(default_factory=dict)
    openings: dict[tuple[str, date | None], int] = field(default_factory=dict)
    emails: dict[str, int] = field(default_factory=dict)

    def remember(self, candidate: Candidate) -> None:
        self.phones.setdefault(candidate.phone, candidate.number)
        self.openings.setdefault((candidate.phone, candidate.expires_on), candidate.number)
        if candidate.email is not None:
            self.emails.setdefault(candidate.email.key, candidate.number)


@dataclass(frozen=True, slots=True)
class Known:
    """The customers a chunk's phones belong to, by phone, and whose e-mails are taken, by the e-mail's key."""

    people: Mapping[str, Person]
    emails: Mapping[str, int]


def look(session: Session, batch: ImportBatch, candidates: Sequence[Candidate]) -> Known:
    """Find everybody a chunk is about; nobody is locked."""
    keys = keyring(session)
    by_key = {keys.look_up("phone", each.phone): each.phone for each in candidates if each.phone and not each.fault}
    mails = {keys.look_up("email", each.email.key): each.email.key for each in candidates if each.email}
    found = session.scalars(_WITH_PHONE, {"keys": list(by_key)}, execution_options=_FRESH).all()
    vault.open_many(session, [each.id for each in found])
    opened = _opened(session, batch, [each.id for each in found]) if any(each.points for each in candidates) else set()
    theirs = own.of_people(session, found, any(each.own for each in candidates))
    people = {
        by_key[each.phone_key]: Person(
            each.id,
            profiles.name_of(session, each),
            profiles.email_of(session, each),
            each.joined_at is not None,
            each.id in opened,
            theirs.get(each.id, {}),
        )
        for each in found
        if each.phone_key is not None
    }
    owners = session.execute(_WITH_EMAIL, {"keys": list(mails)}) if mails else ()
    return Known(people, {mails[row.email_key]: row.id for row in owners})


def judge(batch: ImportBatch, candidate: Candidate, known: Known, seen: Seen) -> Verdict:
    """What a row comes to, and remember it for the rows after it."""
    if candidate.fault is not None:
        return _refused(candidate, candidate.fault)
    if (earlier := _earlier(batch, candidate, seen)) is not None:
        return Verdict(candidate, Outcome.DUPLICATE, "same_phone", Field.PHONE, earlier, notices=candidate.notices)
    person = known.people.get(candidate.phone)
    if (fault := _objection(batch, candidate, person, seen)) is not None:
        return _refused(candidate, fault)
    checked = _without_taken_email(candidate, person, known, seen)
    is_new = person is None and candidate.phone not in seen.phones
    seen.remember(checked)
    if person is None:
        return Verdict(checked, Outcome.NEW if is_new else Outcome.KNOWN, notices=checked.notices)
    adds, differs = compare(checked, person)
    return Verdict(checked, Outcome.KNOWN, None, None, 0, person, adds, differs, checked.notices)


def compare(candidate: Candidate, person: Person) -> tuple[tuple[Field, ...], tuple[Field, ...]]:
    """The fields that are empty and would be filled, and those that say something else and stay."""
    pairs = (
        (Field.NAME, candidate.name, person.name),
        (Field.EMAIL, candidate.email.address if candidate.email else None, person.email),
    )
    adds = [name for name, ours, theirs in pairs if ours and not theirs]
    differs = [name for name, ours, theirs in pairs if ours and theirs and ours != theirs]
    if candidate.is_member and not person.is_member:
        adds.append(Field.MEMBER)
    if candidate.note:
        adds.append(Field.NOTE)
    if candidate.own.keys() - person.own.keys():
        adds.append(Field.OWN)
    if any(person.own.get(key, value) != value for key, value in candidate.own.items()):
        differs.append(Field.OWN)
    return tuple(adds), tuple(differs)


def _refused(candidate: Candidate, fault: Fault) -> Verdict:
    return Verdict(candidate, Outcome.REFUSED, fault.reason, fault.column, notices=candidate.notices)


def _earlier(batch: ImportBatch, candidate: Candidate, seen: Seen) -> int | None:
    """The row this one repeats: the same person, or, in a list of balances, the same person and last day."""
    if batch.kind == Kind.BALANCES:
        return seen.openings.get((candidate.phone, candidate.expires_on))
    return seen.phones.get(candidate.phone)


def _objection(batch: ImportBatch, candidate: Candidate, person: Person | None, seen: Seen) -> Fault | None:
    is_balance = batch.kind == Kind.BALANCES
    unknown = person is None and candidate.phone not in seen.phones
    if is_balance and unknown and not batch.options.get("create_missing"):
        return Fault("unknown_customer", Field.PHONE)
    if candidate.points and person is not None and person.has_opening:
        return Fault("already_opened", Field.POINTS)
    return None


def _without_taken_email(candidate: Candidate, person: Person | None, known: Known, seen: Seen) -> Candidate:
    """The row without an e-mail that is somebody else's, here or in an earlier row: it is no reason to refuse it."""
    email = candidate.email
    if email is None:
        return candidate
    owner = known.emails.get(email.key)
    if email.key not in seen.emails and owner in (None, person and person.id):
        return candidate
    return replace(candidate, email=None, notices=(*candidate.notices, "email_taken"))


def _opened(session: Session, batch: ImportBatch, customer_ids: Sequence[int]) -> set[int]:
    """Who of them got opening points from another import that still stand."""
    query = select(ImportRow.customer_id).where(
        ImportRow.customer_id.in_(customer_ids),
        ImportRow.entry_id.is_not(None),
        ImportRow.fate.in_(STANDING),
        ImportRow.batch_id != batch.id,
    )
    return {found for found in session.scalars(query) if found is not None}


_KEYS: Any = bindparam("keys", expanding=True)
_WITH_PHONE = select(Customer).where(Customer.phone_key.in_(_KEYS))
_WITH_EMAIL = select(Customer.email_key, Customer.id).where(Customer.email_key.in_(_KEYS))
_FRESH = {"populate_existing": True}
