"""Points somebody gave to the customer behind a chat they work from, now or once."""

from collections.abc import Iterator

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from loyalty.customers.models import ChannelIdentity
from loyalty.staff.models import StaffIdentity
from loyalty.watch.clues import Clue, Pattern, ids
from loyalty.watch.days import Day
from loyalty.words import Both

SCORE = 100  # awards to oneself are refused, so the chat was bound or linked around it


def find(session: Session, day: Day) -> Iterator[Clue]:
    """Also where the chat became theirs, or the customer's, after the award."""
    own = _own_customers(session)
    for staff_id in day.awards:
        for customer_id, acts in day.by_customer(staff_id).items():
            if (staff_id, customer_id) in own:
                yield Clue(staff_id, ids(acts), SCORE, {"count": len(acts)}, customer_id)


def _own_customers(session: Session) -> set[tuple[int, int]]:
    """Member of staff and customer, of every chat that ever was both: one row for each chat one works from."""
    same = and_(
        ChannelIdentity.channel_account_id == StaffIdentity.channel_account_id,
        ChannelIdentity.user_id == StaffIdentity.user_id,
    )
    query = select(StaffIdentity.staff_id, ChannelIdentity.customer_id).join(ChannelIdentity, same)
    return {(staff_id, customer_id) for staff_id, customer_id in session.execute(query)}


PATTERN = Pattern(
    "own_account",
    Both("Cộng cho chính mình", "Awards to themselves"),
    Both(
        "{staff} cộng {count} lần cho khách {who}, khách này dùng chung chat với {staff}: {times}",
        "{staff} awarded {who}, whose chat is {staff}'s own, {count} times: {times}",
    ),
    find,
)
