"""Codes that end, and rewards that are there again."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from jobs import rewards
from jobs.registry import Context
from loyalty.customers.models import CustomerStats
from loyalty.db import Database
from loyalty.points import ledger
from loyalty.rewards import catalogue, wishes
from loyalty.rewards.models import Redemption, Reward, RewardWish, State
from loyalty.settings import Settings
from tests.builders import NOON
from tests.builders_chat import said
from tests.builders_customers import make_identity
from tests.builders_rewards import make_reward, make_rich, redeem

DAY = timedelta(days=1)


def told(database: Database) -> list[str]:
    with database.read_only() as session:
        return [message.text for message in said(session)]


def only(session: Session) -> Redemption:
    return session.scalars(select(Redemption)).one()


def test_what_nobody_fetched_ends_and_its_customer_is_told(database: Database, settings: Settings) -> None:
    with database.transaction() as session:
        lan = make_rich(session, 500)
        make_identity(session, lan, last_interaction_at=NOON + DAY)
        cup = make_reward(session, 100, valid_days=0, stock=1)
        redeem(session, lan, cup)
    context = Context(database, settings, {}, clock=lambda: NOON + DAY)

    for _ in range(2):
        rewards.expire_redemptions(context, NOON + DAY)

    with database.read_only() as session:
        assert only(session).state == State.EXPIRED
        assert ledger.balance(session, lan.id) == 500
    assert told(database) == [
        "Mã đổi Bánh croissant đã hết hạn nên mình trả lại 100 điểm cho bạn.\nXem lại: nhắn «lịch sử»."
    ]


def test_what_still_holds_is_left_alone(database: Database, settings: Settings) -> None:
    with database.transaction() as session:
        redeem(session, make_rich(session, 500), make_reward(session, 100, valid_days=1))
    rewards.expire_redemptions(Context(database, settings, {}, clock=lambda: NOON + DAY), NOON + DAY)
    with database.read_only() as session:
        assert only(session).state == State.HELD


def test_who_asked_is_told_once_when_it_is_there_again(database: Database, settings: Settings) -> None:
    with database.transaction() as session:
        lan = make_rich(session, 500)
        make_identity(session, lan, last_interaction_at=NOON)
        cup = make_reward(session, 100, stock=0)
        stats = session.get_one(CustomerStats, lan.id)
        assert list(wishes.wanted(session, stats, cup.number, now=NOON)) == [cup]
        for _ in range(2):
            wishes.add(session, lan.id, cup, now=NOON)
    context = Context(database, settings, {}, clock=lambda: NOON)
    assert rewards.tell_wishes(context) == 0
    with database.transaction() as session:
        catalogue.add_stock(session, session.scalars(select(Reward)).one(), 3)

    assert (rewards.tell_wishes(context), rewards.tell_wishes(context)) == (1, 0)

    assert told(database)[0].startswith("Bánh croissant có lại rồi (100 điểm). Muốn đổi, nhắn: đổi 1")
    with database.read_only() as session:
        assert session.scalars(select(RewardWish)).all() == []
