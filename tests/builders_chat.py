"""Talking to the bot: events made by hand, and what it answered."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bots import dispatch
from bots.channel import Inbound, InboundKind
from loyalty.channels import accounts as channel_accounts
from loyalty.channels.models import ChannelAccount
from loyalty.customers import identities, profiles
from loyalty.customers.models import ChannelIdentity, Customer, CustomerStats
from loyalty.db import Base
from loyalty.messaging import contents
from loyalty.messaging.models import OutboundMessage
from loyalty.points import ledger
from loyalty.staff import accounts as staff_accounts
from loyalty.staff import binding
from loyalty.staff.models import AuditEntry, Role, StaffMember
from tests.builders import NOON

WINDOWS = {"zalo": timedelta(hours=48), "messenger": timedelta(hours=24)}
IDS = {"zalo": "579745863508352884", "messenger": "104850291837465"}
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Said:
    """One message that was queued to somebody."""

    key: str
    user: str
    text: str
    payloads: tuple[str, ...]  # of its buttons
    asks_contact: bool
    image: str
    lane: int


@dataclass
class Person:
    """Somebody with one chat. `say` and its like hand one event to the bot and return the answer."""

    session: Session
    account: ChannelAccount
    user: str
    now: datetime = NOON
    last: Inbound | None = field(default=None)

    def say(self, text: str, **details: Any) -> str:
        return self.does(InboundKind.MESSAGE, text=text, **details).text

    def does(self, kind: InboundKind, **details: Any) -> Said:
        """Exactly one answer, its parts put together again."""
        answers = self.sends(kind, **details)
        assert answers, "no answer"
        return replace(answers[-1], text="\n".join(answer.text for answer in answers))

    def sends(self, kind: InboundKind, **details: Any) -> list[Said]:
        """The answers to one event, in their order."""
        values: dict[str, Any] = {"event_id": f"e{next(_numbers)}", "interaction": True} | details
        self.last = Inbound(
            account=self.account.external_id, user=self.user, kind=kind, at=self.now, name="test", **values
        )
        return self.again()

    def again(self) -> list[Said]:
        """The platform delivers the last event (once more); the messages it led to."""
        assert self.last is not None
        before = {message.key for message in said(self.session)}
        dispatch.handle(self.session, self.account, self.last, now=self.now)
        self.session.flush()
        new = [message for message in said(self.session) if message.key not in before]
        return [message for message in new if message.key.startswith("reply:")]

    def wait(self, **span: float) -> None:
        self.now += timedelta(**span)

    @property
    def identity(self) -> ChannelIdentity | None:
        return identities.find(self.session, self.account.id, self.user)

    @property
    def customer(self) -> Customer:
        assert self.identity is not None
        return profiles.get(self.session, self.identity.customer_id)

    @property
    def customer_may_get_offers(self) -> bool:
        """What the totals say: a consent on at least one channel."""
        return self.session.get_one(CustomerStats, self.customer.id, populate_existing=True).consent_promotion

    @property
    def identity_promotion(self) -> bool:
        assert self.identity is not None
        self.session.refresh(self.identity)
        return self.identity.promotion


def make_account(session: Session, kind: str) -> ChannelAccount:
    return channel_accounts.ensure(session, kind, IDS[kind], window=WINDOWS[kind], now=NOON)


def meet(session: Session, kind: str = "zalo", user: str | None = None) -> Person:
    """Somebody who has not written yet."""
    return Person(session, make_account(session, kind), user or f"user-{next(_numbers)}")


def hire(session: Session, role: Role | str, name: str, kind: str = "zalo") -> Person:
    """Somebody of the shop with a bound chat."""
    person = meet(session, kind)
    member = staff_accounts.add(session, name, role, now=NOON)
    code = binding.issue_code(session, member.id, now=NOON)
    binding.bind(session, code, channel_account_id=person.account.id, user_id=person.user, now=NOON)
    return person


def member_of(person: Person) -> StaffMember:
    found = binding.bound_to(person.session, person.account.id, person.user)
    assert found is not None
    return found


def said(session: Session) -> Sequence[Said]:
    """Every message queued so far, oldest first, but those of people erased since."""
    query = select(OutboundMessage).where(OutboundMessage.body.is_not(None)).order_by(OutboundMessage.id)
    rows = session.scalars(query).all()
    return [_said(session, row) for row in rows]


def told(person: Person) -> list[str]:
    """What a person was told without having asked, oldest first."""
    notices = (message for message in said(person.session) if not message.key.startswith("reply:"))
    return [message.text for message in notices if message.user == person.user]


def count(session: Session, model: type[Base]) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def actions(session: Session) -> list[str]:
    """What the audit says was done, oldest first."""
    return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def points_of(session: Session, e164: str) -> int | None:
    """The balance of whoever has a phone; None when nobody has."""
    customer = profiles.find_by_phone(session, e164)
    return None if customer is None else ledger.balance(session, customer.id)


def _said(session: Session, row: OutboundMessage) -> Said:
    content = contents.read(session, row)
    return Said(
        key=row.dedupe_key,
        user=row.user_id,
        text=content.text,
        payloads=tuple(button.payload for button in content.buttons),
        asks_contact=any(button.contact for button in content.buttons),
        image=content.image_url,
        lane=row.lane,
    )
