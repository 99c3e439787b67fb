"""Whom no message reaches and who must be told something is rung up, once, by whoever sees the list."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from jobs import outbox as pump
from jobs.registry import Context
from loyalty.channels import accounts
from loyalty.customers import consents, identities, profiles
from loyalty.db import Database
from loyalty.messaging import forgetting, notices, outbox, phoning
from loyalty.messaging.models import PhoneCall
from loyalty.messaging.outbox import Lane
from loyalty.settings import Settings
from loyalty.staff.models import AuditEntry
from tests.builders import NOON
from tests.builders_console import make_console
from tests.builders_customers import LAN, make_customer
from tests.fakes import FakeChannel

DAY = timedelta(days=1)
WORDS = "40 điểm của bạn hết hạn ngày 29/11."


def tell(session: Session, customer_id: int, *, key: str = "k", words: str = WORDS, kind: str = "expiring") -> bool:
    return notices.tell_customer(session, customer_id, key, lambda _locale: (words, ()), kind=kind, now=NOON)


def listed(session: Session) -> list[tuple[str, str, str]]:
    found = phoning.list_open(session, now=NOON, limit=10)
    return [(call.kind, call.reason, phoning.words_of(session, call)) for call, _customer in found]


def test_somebody_with_a_phone_and_no_chat_is_rung_up_and_the_newer_words_stand(session: Session) -> None:
    lan = make_customer(session, phone=LAN)
    assert not tell(session, lan.id)
    assert not tell(session, lan.id, key="later", words="20 điểm")
    assert listed(session) == [("expiring", "no_way", "20 điểm")]
    assert phoning.list_open(session, now=NOON + phoning.PATIENCE, limit=10) == []


def test_whoever_was_rung_up_is_left_alone_for_a_week(session: Session) -> None:
    lan = make_customer(session, phone=LAN)
    tell(session, lan.id)
    [(call, _lan)] = phoning.list_open(session, now=NOON, limit=10)
    assert phoning.done(session, call, by="staff:x", now=NOON) and not phoning.done(session, call, by="y", now=NOON)
    for later, wanted in ((DAY, False), (8 * DAY, True)):
        assert phoning.want(session, lan.id, "expiring", "no_way", WORDS, now=NOON + later) is wanted
    with pytest.raises(phoning.CallReplaced):
        phoning.reopen(session, call)


@pytest.mark.parametrize("why", ["no phone", "refused", "of points just given", "a chat is open"])
def test_nobody_is_rung_up_without_need_or_against_their_will(session: Session, why: str) -> None:
    lan = make_customer(session, phone=None if why == "no phone" else LAN)
    if why == "a chat is open":
        account = accounts.ensure(session, "zalo", "oa1", window=2 * DAY, now=NOON)
        chat, _new = identities.arrive(session, account, "lan", source="zalo", now=NOON)
        identities.touch(session, chat, now=NOON)
        lan = profiles.get(session, chat.customer_id)
        profiles.set_phone(session, lan, LAN.replace("1", "3", 1), "staff", now=NOON)
    if why == "refused":
        session.execute(sa.text("UPDATE customer_stats SET refused = ',care,'"))
        assert not consents.allows(session, lan.id, consents.Purpose.CARE)
    tell(session, lan.id, kind="awarded" if why == "of points just given" else "expiring")
    assert listed(session) == []


def test_erasing_somebody_takes_them_off(session: Session) -> None:
    lan = make_customer(session, phone=LAN)
    tell(session, lan.id)
    forgetting.forget(session, [lan.id], now=NOON)
    assert session.scalar(sa.select(sa.func.count()).select_from(PhoneCall)) == 0


@pytest.mark.parametrize(("purpose", "lane", "calls"), [("service", Lane.NOTICE, 1), ("awarded", Lane.NOTICE, 0)])
def test_a_promised_answer_whose_window_closed_meanwhile_is_rung_up(
    database: Database, settings: Settings, purpose: str, lane: Lane, calls: int
) -> None:
    with database.transaction() as session:
        account = accounts.ensure(session, "zalo", "oa1", window=2 * DAY, now=NOON - 3 * DAY)
        chat, _new = identities.arrive(session, account, "lan", source="zalo", now=NOON - 3 * DAY)
        identities.touch(session, chat, now=NOON - 3 * DAY)
        lan = profiles.get(session, chat.customer_id)
        profiles.set_phone(session, lan, LAN, "staff", now=NOON)
        profiles.join(session, lan, now=NOON)
        outbox.enqueue(
            session,
            dedupe_key="answer",
            lane=lane,
            channel_account_id=account.id,
            user_id="lan",
            customer_id=chat.customer_id,
            text="Mời bạn ghé đổi ly mới",
            purpose=purpose,
            now=NOON,
        )
    context = Context(database, settings, {"zalo": FakeChannel()}, lambda: NOON)
    while pump.send_outbox(context):
        pass
    with database.read_only() as session:
        assert listed(session) == [("service", "window", "Mời bạn ghé đổi ly mới")] * calls


def test_the_page_shows_whom_and_why_and_takes_a_call_back(database: Database, settings: Settings) -> None:
    console = make_console(database, settings)
    with console.database.transaction() as session:
        tell(session, make_customer(session, name="Lan", phone=LAN).id)
        [(call, _lan)] = phoning.list_open(session, now=NOON, limit=1)
    manager = console.sign_in("manager")
    manager.get("/console/calls")
    assert "Điểm sắp hết hạn" in manager.page and WORDS in manager.page and "•••" in manager.page
    assert LAN not in manager.html

    manager.post(f"/console/calls/{call.public_id}/done")
    assert "Không phải gọi cho ai." in manager.page
    manager.post(f"/console/calls/{call.public_id}/reopen")
    assert WORDS in manager.page
    with console.database.read_only() as session:
        deeds = list(session.scalars(sa.select(AuditEntry.action).where(AuditEntry.action.startswith("call_"))))
    assert deeds == ["call_done", "call_reopened"]
    assert console.sign_in("cashier").get("/console/calls").status_code == 403
