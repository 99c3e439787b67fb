"""What a newcomer may try next: words that work in this chat at this moment, filled from the shop's data."""

from collections.abc import Iterator
from itertools import islice

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bots.commands import CUSTOMER, STAFF, Audience, registry
from bots.simulator.standing import Seat
from loyalty.customers import profiles, questions
from loyalty.demo.people import CUSTOMERS, Person
from loyalty.points.models import EntryKind, LedgerEntry
from loyalty.purchases.models import Purchase
from loyalty.staff import approvals, permissions
from loyalty.staff.permissions import Right
from loyalty.typed import phones

Json = dict[str, str]

MOST = 6
EXAMPLE = next(person for person in CUSTOMERS if person.phone)
BIG_BILL = "9tr"


def list_for(session: Session, seat: Seat, person: Person | None, phone: str | None) -> list[Json]:
    """`text` to send and `why`, the name of a short explanation. `phone` (E.164) is the person's own."""
    if seat.member is not None:
        return list(_for_staff(session, seat))
    if person is not None and person.role != "customer":
        return [_try("/nv ", "bind")] if _has(STAFF, "staff") else []
    return list(islice(_for_customer(session, seat, person, phone), MOST))


def _for_customer(session: Session, seat: Seat, person: Person | None, phone: str | None) -> Iterator[Json]:
    locale = "en" if person is not None and person.locale == "en" else "vi"
    if seat.identity is not None and questions.newest_open(session, seat.identity.id) is not None:
        yield from _words(locale, "yes", "no")
    if phone is not None and (seat.identity is None or seat.identity.proof == "none"):
        yield _try(_spaced(phone), "phone")
    if seat.identity is None or profiles.get(session, seat.identity.customer_id).joined_at is None:
        yield from _words(locale, "join", "points", "help")
    else:
        offers = "stop" if seat.identity.promotion else "resume"
        yield from _words(locale, "points", "rewards", "history", "code", offers, "agent", "help")


def _for_staff(session: Session, seat: Seat) -> Iterator[Json]:
    assert seat.member is not None
    allowed = permissions.rights_of(seat.member.role)
    phone = phones.national(EXAMPLE.phone or "")
    if Right.APPROVE in allowed:
        for approval in approvals.list_waiting(session, limit=2):
            yield _try(f"/duyet {approval.id}", "approve")
    if Right.AWARD in allowed:
        yield _try(f"/tich {phone} 250k #HD{_next_receipt(session)}", "award")
    if Right.PREVIEW in allowed and _has(STAFF, "try"):
        yield _try(f"/thu {phone} 350k", "preview")
    if Right.FIND in allowed:
        yield _try(f"/tra {phone}", "find")
    if Right.UNDO_OWN in allowed or Right.UNDO_ANY in allowed:
        yield from _undo(session, seat)
    if Right.AWARD in allowed and Right.AWARD_ANY_AMOUNT not in allowed:
        yield _try(f"/tich {phone} {BIG_BILL}", "big_bill")
    if Right.REPORT in allowed and _has(STAFF, "report"):
        yield _try("/baocao", "report")
    if _has(STAFF, "practice"):
        yield _try("/luyentap", "practice")
    yield _try("/trogiup", "help")


def _undo(session: Session, seat: Seat) -> Iterator[Json]:
    """The newest award of this person that stands."""
    undone = select(LedgerEntry.reverses_id).where(LedgerEntry.reverses_id.is_not(None))
    query = select(func.max(LedgerEntry.id)).where(
        LedgerEntry.actor == seat.actor, LedgerEntry.kind == EntryKind.EARN, LedgerEntry.id.not_in(undone)
    )
    if number := session.scalar(query):
        yield _try(f"/huy {number}", "undo")


def _next_receipt(session: Session) -> int:
    """A receipt number nobody used."""
    return 1001 + (session.scalar(select(func.max(Purchase.id))) or 0)


def _words(locale: str, *keys: str) -> Iterator[Json]:
    """Customers' commands by their English names; one that does not exist is left out."""
    for key in keys:
        if _has(CUSTOMER, key):
            yield _try(registry()[CUSTOMER, key].word(locale), key)


def _has(audience: Audience, key: str) -> bool:
    return (audience, key) in registry()


def _try(text: str, why: str) -> Json:
    return {"text": text, "why": why}


def _spaced(phone: str) -> str:
    """`0903 215 748`, as people write it."""
    digits = phones.national(phone)
    return f"{digits[:4]} {digits[4:7]} {digits[7:]}"
