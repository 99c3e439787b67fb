"""The notes and remarks of the demo shop brought about, by the same functions that do it in a real one."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.customers import cases, casework, identities, notes, profiles, tags
from loyalty.customers.cases import Opening
from loyalty.customers.casework import Worker
from loyalty.customers.models import CaseStep, Customer, Note
from loyalty.demo.care import Jotting, Remark
from loyalty.demo.ground import KEYS
from loyalty.demo.stage import Stage
from loyalty.staff import accounts
from loyalty.staff.audit import Author

ANSWERED_AFTER = timedelta(hours=20)


def done(session: Session) -> set[str]:
    """Keys of the moments that have been."""
    return {
        *session.scalars(select(Note.key).where(Note.key.like(KEYS))),
        *session.scalars(select(CaseStep.key).where(CaseStep.key.like(KEYS), CaseStep.kind == "opened")),
    }


def perform(session: Session, moment: Jotting | Remark, stage: Stage) -> None:
    """Let it happen, if its person is still there."""
    customer = profiles.find_by_phone(session, moment.person.phone) if moment.person.phone else None
    if customer is None:
        return
    if isinstance(moment, Jotting):
        by = Author.of(accounts.get(session, stage.staff[moment.by]), "zalo")
        notes.add(session, customer.id, moment.words, key=moment.key, by=by, now=moment.at)
        tags.give(session, customer.id, moment.tag, by=by, now=moment.at)
    else:
        _remark(session, moment, customer, stage)


def _remark(session: Session, remark: Remark, customer: Customer, stage: Stage) -> None:
    taker = accounts.get(session, stage.staff[remark.to]) if remark.to else None
    chats = identities.of_customer(session, customer.id)
    account_id = stage.channels[remark.channel] if remark.channel else None
    said = Opening(
        remark.kind,
        remark.words,
        remark.channel or "console",
        by=f"staff:{taker.public_id}" if taker else cases.CUSTOMER,
        owner=taker,
        chat=next((chat for chat in chats if chat.channel_account_id == account_id), None),
    )
    case = cases.open_case(session, customer.id, said, key=remark.key, now=remark.at)
    if remark.answer:
        hung = accounts.get(session, stage.staff["hung"])
        worker = Worker(f"staff:{hung.public_id}", f"{remark.key}:answer", remark.at + ANSWERED_AFTER)
        casework.answer(session, case, remark.answer, worker)
        casework.close(session, case, worker)
