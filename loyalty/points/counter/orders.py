"""What is asked for at the counter: whose bill it is, and who serves."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, bindparam, select
from sqlalchemy.orm import Session

from loyalty import prepared
from loyalty.customers import codes, profiles
from loyalty.customers.models import ChannelIdentity, Customer
from loyalty.errors import Forbidden, NotFound
from loyalty.points.paying import Wanted
from loyalty.points.telling import Voice
from loyalty.staff import held
from loyalty.staff.audit import Author
from loyalty.staff.models import StaffIdentity, StaffMember
from loyalty.typed.award import Person
from loyalty.typed.codes import normalise_code

AGAIN = timedelta(seconds=60)  # the same bill within this time is asked back


class MemberCodeUnknown(NotFound):
    """No living member code is this one; `member_code` as normalised."""

    code = "member_code_unknown"

    def __init__(self, typed: str) -> None:
        super().__init__(member_code=normalise_code(typed))


class OwnAccount(Forbidden):
    """Staff serve others: what they would do here is done to a chat or customer of their own."""

    code = "own_account"
    noted = "own_account_refused"


@dataclass(frozen=True, slots=True)
class Hand:
    """Who serves, where, when, and what this act is called: the same `key` again is the same act.

    Without `staff` a program acts, by the right of its key.
    """

    staff: StaffMember | None
    author: Author
    key: str
    now: datetime
    voice: Voice

    @property
    def member(self) -> StaffMember:
        """Who of the shop serves, for what only people do."""
        assert self.staff is not None
        return self.staff


@dataclass(frozen=True, slots=True)
class Order:
    """A bill of whole ₫ at the counter, of a customer or of a `phone` (E.164) nobody has.

    `line` is what it was asked in: the same line within a minute is the yes to «once more?», where it `may_answer`.
    """

    amount: int
    receipt: str | None
    line: str
    customer: Customer | None = None
    phone: str | None = None
    may_answer: bool = True
    pay_points: Wanted = None  # whole points that pay of it; as many as may

    @property
    def who(self) -> int | str:
        """Whom to award: a customer's id, or the phone."""
        who = self.customer.id if self.customer is not None else self.phone
        assert who is not None, "an order is somebody's"
        return who


def find(session: Session, person: Person, *, now: datetime) -> Customer | None:
    """Who is meant; None for a phone nobody has. Raises MemberCodeUnknown."""
    if person.phone is not None:
        return profiles.find_by_phone(session, person.phone)
    code = codes.find_by_code(session, person.code or "", now=now)
    if code is None:
        raise MemberCodeUnknown(person.code or "")
    return profiles.get(session, code.customer_id)


def refuse_own(session: Session, member: StaffMember | None, customer: Customer | None) -> None:
    """Nobody of the shop gives points to themselves: not to the customer behind a chat they work from.

    Raises OwnAccount.
    """
    if member is not None and customer is not None and customer.id in own_customers(session, member):
        raise OwnAccount


def is_meant(session: Session, order: Order, hand: Hand) -> bool:
    """Whether this order is the yes to an earlier «once more?»; if not, it is the question from now on."""
    if order.may_answer:
        return held.once_more(session, hand.member.id, order.line, now=hand.now, within=AGAIN)
    held.hold(session, hand.member.id, order.line, now=hand.now)
    return False


def own_customers(session: Session, member: StaffMember) -> set[int]:
    """The customers behind the chats somebody works from."""
    session.flush()
    return {row.customer_id for row in prepared.rows(session.connection(), _OWN, {"staff": member.id})}


_SAME_CHAT = and_(
    ChannelIdentity.channel_account_id == StaffIdentity.channel_account_id,
    ChannelIdentity.user_id == StaffIdentity.user_id,
)
_OWN = (
    select(ChannelIdentity.customer_id)
    .join(StaffIdentity, _SAME_CHAT)
    .where(StaffIdentity.staff_id == bindparam("staff"), StaffIdentity.unbound_at.is_(None))
)
