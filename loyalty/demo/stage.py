"""What must be there before the first guest: stores, the accounts one writes to, and the people who work here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty import upsert
from loyalty.channels import accounts as channels
from loyalty.demo import history
from loyalty.demo.ground import CHANNELS, STORE, STORE_CODE
from loyalty.demo.history import Calendar
from loyalty.demo.people import STAFF, Person
from loyalty.staff import accounts, stores
from loyalty.staff.audit import Author
from loyalty.staff.models import StaffIdentity, StaffMember, Store

DEMO = Author("demo", "demo")
STORE_NAME = "Mây Lê Lợi"
TAKEN = "{name} (mẫu)"  # what somebody is called whose name a real member of staff has
OPENED = 730  # days before the first fill


@dataclass(frozen=True, slots=True)
class Stage:
    """Ids that moments need: channel accounts by kind, both stores, staff by the keys of `people.py`."""

    channels: Mapping[str, int]
    main: int
    second: int
    staff: Mapping[str, int]


def build(session: Session, calendar: Calendar) -> Stage:
    """Make what is missing. Who was bound once is not bound again, whatever became of them."""
    since = calendar.at(OPENED, 8)
    ids = {
        kind: channels.ensure(session, kind, account, window=window, now=since).id
        for kind, (account, window) in CHANNELS.items()
    }
    main, second = stores.default(session).id, _second_store(session)
    staff = {person.key: _member(session, person, ids, since, calendar.now) for person in STAFF}
    return Stage(ids, main, second, staff)


def _second_store(session: Session) -> int:
    statement = upsert.insert(session, Store).values(public_id=STORE, code=STORE_CODE, name=STORE_NAME)
    session.execute(statement.on_conflict_do_nothing(index_elements=["code"]))
    return stores.get_by_code(session, STORE_CODE).id


def _member(session: Session, person: Person, ids: Mapping[str, int], since: datetime, now: datetime) -> int:
    [(channel, user_id)] = history.chats(person)
    account_id = ids[channel]
    if (known := _bound_once(session, account_id, user_id)) is not None:
        return known
    member = accounts.add(session, _free_name(session, person.name), person.role, by=DEMO, now=since)
    member.demo = True  # whoever the shop itself takes on stays when the demo goes
    seat = StaffIdentity(  # no code was sent and nobody is to be told, so this is no `accounts.bind`
        staff_id=member.id,
        channel_account_id=account_id,
        user_id=user_id,
        bound_at=since,
        last_interaction_at=now - history.RECENT,
    )
    session.add(seat)
    session.flush()
    return member.id


def _bound_once(session: Session, account_id: int, user_id: str) -> int | None:
    """The demo member of staff this chat is, or was, of."""
    query = (
        select(StaffMember.id)
        .join(StaffIdentity, StaffIdentity.staff_id == StaffMember.id)
        .where(StaffIdentity.channel_account_id == account_id, StaffIdentity.user_id == user_id, StaffMember.demo)
        .order_by(StaffIdentity.id)
        .limit(1)
    )
    return session.scalar(query)


def _free_name(session: Session, name: str) -> str:
    return name if accounts.find_by_name(session, name) is None else TAKEN.format(name=name)
