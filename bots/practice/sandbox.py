"""The customer of the exercises: made for one line, and rolled back with whatever the line did."""

import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from bots import voice
from bots.commands import Chat
from loyalty.customers import profiles
from loyalty.customers.models import Customer
from loyalty.points import accrual
from loyalty.points.accrual import Bill
from loyalty.points.counter.orders import Hand, Order
from loyalty.points.counter.requests import award as requests
from loyalty.rewards import catalogue, codes, redemptions
from loyalty.rewards.catalogue import Terms
from loyalty.staff import accounts
from loyalty.staff.audit import Author
from loyalty.staff.models import Role
from loyalty.typed import fold, phones
from loyalty.vault import people as vault

PHONES = tuple(f"+8455000{last:04}" for last in range(101, 111))  # nobody is given numbers of 0550 00…
NAME = "Bảo Luyện Tập"
RECEIPT, NEW_RECEIPT, LARGE_RECEIPT = "LUYENTAP1", "LUYENTAP2", "LUYENTAP3"
CODE = "LUYEN-TAP"  # of a reward
AWARD, REQUEST = "999000001", "999000002"  # more movements than a shop ever has
DAYS = (21, 14, 7)  # ago, of the visits before today's
BILL, TODAY, LARGE = 1_200_000, 250_000, 9_000_000  # whole ₫
_SANDBOX = re.compile(r"luyen-tap\b|(?<!/)luyentap\d|\b99900000[12]\b")
_UNDO, _DECIDE = re.compile(r"(/huy|/modiem|/boghichu) \d+"), re.compile(r"(/duyet|/tuchoi|/rutlai) \d+")


@dataclass(frozen=True, slots=True)
class World:
    """What there is while one line is worked through. `real`: what each name of the sandbox stands for."""

    customer: Customer
    award_id: int
    purchase_id: int
    redemption_id: int
    request_id: int
    real: Mapping[str, str]

    def read(self, text: str) -> str:
        """A line as typed, with what its names stand for."""
        line = text
        for shown, meant in self.real.items():
            line = re.sub(rf"\b{re.escape(shown)}\b", meant, line, flags=re.IGNORECASE)
        return line

    def write(self, text: str) -> str:
        """An answer with the names of the sandbox: the numbers in its lines to send are gone in a moment."""
        text = _DECIDE.sub(rf"\1 {REQUEST}", _UNDO.sub(rf"\1 {AWARD}", text))
        return text.replace(self.real[CODE], CODE)


def phone(session: Session) -> str | None:
    """The phone of the exercises (E.164), which nobody has; None where somebody has each of them."""
    return next((each for each in PHONES if profiles.find_by_phone(session, each) is None), None)


def is_meant(session: Session, text: str) -> bool:
    """Whether a line names the sandbox."""
    dial = phone(session)
    digits = re.sub(r"[\s.+-]", "", text)
    is_phone = dial is not None and (phones.national(dial)[1:] in digits)
    return is_phone or _SANDBOX.search(fold.fold(text)) is not None


@contextmanager
def opened(session: Session, chat: Chat) -> Iterator[World]:
    """The world of the exercises; everything that happens in it is taken back in the end."""
    session.flush()
    known = set(session)
    nested = session.begin_nested()
    try:
        yield _build(session, chat)
    finally:
        nested.rollback()
        _forget(session, known)


def _forget(session: Session, known: Collection[Any]) -> None:
    """Nothing read in the sandbox is taken for true afterwards: SQLite gives its ids to others."""
    for row in list(session):
        if row not in known:
            session.expunge(row)
    session.expire_all()
    vault.forget_keys(session)


def _build(session: Session, chat: Chat) -> World:
    dial = phone(session)
    assert dial is not None, "whoever asks has looked"
    begun = chat.now - timedelta(days=max(DAYS) + 1)
    customer = profiles.create(session, source="staff", name=NAME, phone=dial, joined=True, now=begun)
    for days in DAYS:
        _buy(session, chat, customer, BILL, None, chat.now - timedelta(days=days))
    today = _buy(session, chat, customer, TODAY, RECEIPT, chat.now - timedelta(minutes=10))
    reward = catalogue.make(session, Terms(name={"vi": "Bánh luyện tập", "en": "Practice cake"}, price=1), now=chat.now)
    held = redemptions.redeem(
        session, customer.id, reward.id, key=f"practice:{chat.event_key}", actor=chat.author.actor, now=chat.now
    )
    request_id = _ask(session, chat, customer)
    code = redemptions.code_of(session, held.redemption)
    return World(
        customer,
        today.entry.id,
        today.purchase.id,
        held.redemption.id,
        request_id,
        {AWARD: str(today.entry.id), REQUEST: str(request_id), CODE: codes.write(code)},
    )


def _buy(
    session: Session, chat: Chat, customer: Customer, total: int, receipt: str | None, at: datetime
) -> accrual.Award:
    bill = Bill(total, chat.member.store_id, reference=receipt, staff_id=chat.member.id, purchased_at=at)
    key = f"practice:{chat.event_key}:{at.isoformat()}"
    return accrual.record_purchase(session, customer.id, bill, actor=chat.author.actor, key=key, now=at)


def _ask(session: Session, chat: Chat, customer: Customer) -> int:
    """A colleague's bill that waits for a second person; its number."""
    colleague = accounts.add(session, f"Luyện Tập {chat.member.public_id[:6]}", Role.CASHIER, now=chat.now)
    author = Author.of(colleague, chat.account.kind)
    hand = Hand(colleague, author, f"practice:{chat.event_key}:large", chat.now, voice)
    order = Order(LARGE, LARGE_RECEIPT, "practice", customer)
    waiting = requests.ask(session, order, hand)
    return waiting.request.id
