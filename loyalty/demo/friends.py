"""Friends brought in the demo shop: the rules that reward it, and two of them, one paid and one that waits."""

from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from loyalty.customers import profiles
from loyalty.demo.history import WAIT_DAYS, Bringing, Calendar, Payment
from loyalty.demo.people import Person
from loyalty.errors import LoyaltyError
from loyalty.points.models import LedgerEntry
from loyalty.points.telling import Silent
from loyalty.programme import activation
from loyalty.programme.models import ProgrammeVersion
from loyalty.referrals import bringing, codes, paying
from loyalty.referrals.models import Referral, State

NOTE = "demo: giới thiệu bạn"
SINCE = timedelta(days=45)  # before the first fill
RULES = """
[[rules]]
code = "friend-thanks"
name = { vi = "Giới thiệu bạn", en = "For bringing a friend" }
kind = "bonus"
on = "referral"
to = "referrer"
points = 50
[rules.caps]
person_month = 200

[[rules]]
code = "friend-guest"
name = { vi = "Được bạn giới thiệu", en = "Brought by a friend" }
kind = "bonus"
on = "referral"
to = "friend"
points = 30

[referral]
wait_days = {days}
"""


def write_rules(session: Session, calendar: Calendar) -> None:
    """Put the rules in force beside those there are, unless the shop has activated others."""
    known = activation.list_all(session)
    if len(known) != 1:
        return
    row = ProgrammeVersion(
        version=known[0].version + 1,
        document=known[0].document.rstrip() + "\n" + RULES.replace("{days}", str(WAIT_DAYS)),
        effective_from=calendar.anchor - SINCE,
        created_at=calendar.now,
        author=None,
        note=NOTE,
    )
    session.add(row)
    session.flush()


def take_rules_away(session: Session) -> None:
    """Forget them, unless something real was judged by them or came after them."""
    newest = activation.list_all(session)[0]
    used = session.scalar(select(LedgerEntry.id).where(LedgerEntry.programme == newest.version).limit(1))
    if newest.note == NOTE and used is None:
        session.execute(delete(ProgrammeVersion).where(ProgrammeVersion.version == newest.version))


def done(session: Session) -> set[str]:
    """Keys of what has been."""
    rows = session.scalars(select(Referral).where(Referral.actor.like("demo:%"))).all()
    paid = (State.PAID, State.TAKEN_BACK)
    seen = (f"{row.actor}:seen" for row in rows if row.purchase_id is not None)
    return {*(row.actor for row in rows), *seen, *(f"{row.actor}:paid" for row in rows if row.state in paid)}


def bring(session: Session, moment: Bringing) -> None:
    """The friend is on the books from then on; somebody playing may have been faster."""
    referrer = _find(session, moment.referrer)
    with suppress(LoyaltyError), session.begin_nested():
        friend_id = _find(session, moment.friend) or _add(session, moment.friend, moment.at)
        if referrer is not None:
            code = codes.of(session, referrer, now=moment.at)
            bringing.bring(session, friend_id, code, how="link", actor=moment.key, now=moment.at)


def pay(session: Session, moment: Payment) -> None:
    """As the job does it."""
    referral = session.scalar(select(Referral).where(Referral.actor == moment.bringing))
    if referral is not None:
        paying.look(session, Silent(), referral.id, now=moment.at)


def _find(session: Session, person: Person) -> int | None:
    found = profiles.find_by_phone(session, person.phone) if person.phone else None
    return None if found is None else found.id


def _add(session: Session, person: Person, at: datetime) -> int:
    return profiles.create(session, source="demo", name=person.name, phone=person.phone, joined=True, now=at).id
