"""Large bills of cashiers wait for a second person."""

import base64
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from bots.commands import STAFF, Chat, Reply, command, people, receipts
from bots.commands.faults import read_number
from bots.texts import formats, text
from loyalty import crypto, shop
from loyalty.customers import profiles
from loyalty.customers.models import Customer
from loyalty.db import keyring
from loyalty.messaging import notices
from loyalty.points import accrual
from loyalty.points.accrual import Bill
from loyalty.staff import accounts, approvals, audit, held
from loyalty.staff.models import Approval, Role
from loyalty.staff.permissions import Right
from loyalty.typed import phones
from loyalty.typed.award import AwardLine

KIND = "award"
DECIDERS = (Role.MANAGER, Role.OWNER)
AGAIN = timedelta(seconds=60)


def ask(session: Session, chat: Chat, line: AwardLine, customer: Customer | None) -> Reply:
    """Leave a bill for a manager or owner; nothing is awarded yet.

    The same receipt while it waits gets the first request; without a receipt the same bill within a minute is asked
    back.
    """
    payload = _payload(session, chat, line, customer)
    waiting = _waiting_alike(session, chat, payload)
    amount = formats.money(line.amount, chat.locale)
    if waiting is not None and line.receipt is not None:
        return Reply(text("approval.waiting", chat.locale, amount=amount, number=waiting.id))
    if waiting is not None and chat.now - waiting.asked_at < AGAIN and not _is_meant(session, chat):
        return Reply(text("approval.again", chat.locale, amount=amount, number=waiting.id))
    request = approvals.ask(session, KIND, payload, key=chat.event_key, asked_by=chat.member, now=chat.now)
    told = _tell_deciders(session, chat, request)
    audit.record_by(session, chat.author, "approval_asked", f"approval:{request.id}", now=chat.now)
    key = "approval.asked" if told else "approval.asked_nobody"
    return Reply(text(key, chat.locale, amount=amount, number=request.id))


@command("duyệt", "approve", for_=STAFF, right=Right.APPROVE, help="/duyet 88", reads=read_number)
def approve(session: Session, chat: Chat, number: int) -> Reply:
    """The waiting bill is awarded as its cashier asked; cashier and customer are told.

    Raises ApprovalNotFound, OwnRequest, AlreadyDecided, OwnAccount, ReceiptTaken.
    """
    request = approvals.decide(session, number, approve=True, by=chat.member, now=chat.now)
    maker = accounts.get(session, request.asked_by_id)
    who = _who(session, request)
    people.refuse_own(session, chat.member, _customer(session, who))
    done = accrual.record_purchase(
        session,
        who,
        _bill(request),
        actor=f"staff:{maker.public_id}",
        key=f"approval:{request.id}",
        now=chat.now,
    )
    if done.is_new:
        receipts.tell_customer(session, chat, done)
    audit.record_by(
        session, chat.author, "approve", f"approval:{request.id}", detail={"entry": done.entry.id}, now=chat.now
    )
    locale = shop.of(session).locale
    told = receipts.awarded(session, locale, done, now=chat.now)
    _tell_maker(session, chat, request, text("approval.approved", locale, number=request.id, award=told))
    if not done.is_new:
        return Reply(receipts.repeated(session, chat, done))
    return Reply(receipts.awarded(session, chat.locale, done, now=chat.now))


@command("từ chối", "reject", for_=STAFF, right=Right.APPROVE, help="/tuchoi 88", reads=read_number)
def reject(session: Session, chat: Chat, number: int) -> Reply:
    """The waiting bill is not awarded; its cashier is told. Raises ApprovalNotFound, OwnRequest, AlreadyDecided."""
    request = approvals.decide(session, number, approve=False, by=chat.member, now=chat.now)
    audit.record_by(session, chat.author, "reject", f"approval:{request.id}", now=chat.now)
    amount = formats.money(request.payload["amount"], shop.of(session).locale)
    _tell_maker(
        session, chat, request, text("approval.rejected_notice", shop.of(session).locale, number=number, amount=amount)
    )
    return Reply(text("approval.rejected", chat.locale, number=number))


def _payload(session: Session, chat: Chat, line: AwardLine, customer: Customer | None) -> dict[str, Any]:
    """What to award: the customer by id, or a phone nobody has, sealed and beside it what it is compared by."""
    payload: dict[str, Any] = {
        "amount": line.amount,
        "receipt": line.receipt,
        "store_id": chat.member.store_id,
        "customer_id": customer.id if customer is not None else None,
    }
    if customer is None:
        assert line.phone is not None, "a code names a customer"
        cell = keyring(session).seal(line.phone.encode(), _place(chat.event_key))
        payload["phone"] = base64.b64encode(cell).decode()
        payload["phone_key"] = profiles.phone_key(session, line.phone).hex()
    return payload


def _who(session: Session, request: Approval) -> int | str:
    """Whom to award: a customer's id, or the phone."""
    if (customer_id := request.payload["customer_id"]) is not None:
        return int(customer_id)
    cell = base64.b64decode(request.payload["phone"])
    return keyring(session).open(cell, _place(request.key)).decode()


def _customer(session: Session, who: int | str) -> Customer | None:
    return profiles.get(session, who) if isinstance(who, int) else profiles.find_by_phone(session, who)


def _bill(request: Approval) -> Bill:
    """Bought when it was asked for, by the one who asked."""
    payload = request.payload
    return Bill(
        payload["amount"],
        payload["store_id"],
        reference=payload["receipt"],
        staff_id=request.asked_by_id,
        purchased_at=request.asked_at,
    )


def _waiting_alike(session: Session, chat: Chat, payload: Mapping[str, Any]) -> Approval | None:
    """The newest waiting request of the same person for the same bill."""
    alike = [
        request
        for request in approvals.list_waiting(session, limit=200)
        if request.kind == KIND and request.asked_by_id == chat.member.id and _same(request.payload, payload)
    ]
    return alike[-1] if alike else None


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return all(one.get(name) == other.get(name) for name in ("amount", "receipt", "customer_id", "phone_key"))


def _is_meant(session: Session, chat: Chat) -> bool:
    return held.once_more(session, chat.member.id, chat.text, now=chat.now)


def _tell_deciders(session: Session, chat: Chat, request: Approval) -> bool:
    locale = shop.of(session).locale
    who = _who(session, request)
    customer = _customer(session, who)
    shown = people.label(session, customer, locale) if customer is not None else phones.mask(str(who))
    receipt = request.payload["receipt"]
    wanted = text(
        "approval.wanted",
        locale,
        number=request.id,
        amount=formats.money(request.payload["amount"], locale),
        who=f"{shown}, {receipt}" if receipt else shown,
        staff=accounts.name_of(session, chat.member),
    )
    chats = people.open_chats(session, DECIDERS, now=chat.now)
    for decider in chats:
        key = f"approval:{request.id}:wanted:{decider.account.id}:{decider.user_id}"
        notices.tell_chat(session, decider.account.id, decider.user_id, key, wanted, now=chat.now)
    return bool(chats)


def _tell_maker(session: Session, chat: Chat, request: Approval, told: str) -> None:
    for place in accounts.chats_of_member(session, request.asked_by_id)[:1]:
        key = f"approval:{request.id}:decided"
        notices.tell_chat(session, place.account.id, place.user_id, key, told, now=chat.now)


def _place(event_key: str) -> bytes:
    return crypto.aad("approval", "payload", event_key)
