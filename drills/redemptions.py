"""Sixteen processes want the same few rewards: never one too many, never a point too few, nobody sees an error."""

import multiprocessing
import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from drills.shops import book_problems, open_shop, settings_for
from loyalty.customers import profiles
from loyalty.db import Database
from loyalty.errors import LoyaltyError
from loyalty.installation import opening
from loyalty.points import accrual
from loyalty.points.accrual import Bill
from loyalty.rewards import catalogue, redemptions
from loyalty.rewards.catalogue import Terms
from loyalty.rewards.models import Redemption, Reward, State
from loyalty.staff import stores

PROCESSES, ROUNDS, CUSTOMERS, STOCK, PRICE = 16, 40, 12, 30, 10
POINTS = 200  # of each customer: twenty rewards


def run(url: str, rng: random.Random) -> Iterator[str]:
    database = open_shop(url)
    people, rewards = _open(database)
    start = multiprocessing.get_context("spawn")
    results = start.Queue()
    seeds = [rng.randrange(10**9) for _ in range(PROCESSES)]
    workers = [start.Process(target=_work, args=(url, people, rewards, seed, results)) for seed in seeds]
    for worker in workers:
        worker.start()
    outcomes: Counter[str] = Counter()
    for _ in workers:
        outcomes += Counter(results.get(timeout=900))
    for worker in workers:
        worker.join()
    yield f"{PROCESSES} processes, {sum(outcomes.values())} operations: {dict(outcomes)}"
    assert not [outcome for outcome in outcomes if outcome.startswith("ERROR")], outcomes
    assert outcomes["redeemed"] >= STOCK and outcomes["refused out_of_stock"] > 0, "the race did not race"
    yield from _check(database)
    database.close()


def _open(database: Database) -> tuple[list[int], list[int]]:
    """People who can pay for twenty each, one reward that is scarce and one that is not."""
    now = datetime.now(UTC)
    with database.transaction() as session:
        people = [profiles.create(session, source="staff", now=now, joined=True).id for _ in range(CUSTOMERS)]
        for number, customer_id in enumerate(people):
            bill = Bill(total=POINTS * 10_000, store_id=stores.default(session).id)
            accrual.record_purchase(session, customer_id, bill, actor="drill", key=f"drill:{number}", now=now)
        terms = (Terms(name={"vi": "Ly"}, price=PRICE, stock=STOCK), Terms(name={"vi": "Bánh"}, price=PRICE))
        return people, [catalogue.make(session, each, now=now).id for each in terms]


def _work(
    url: str, people: list[int], rewards: list[int], seed: int, results: "multiprocessing.Queue[dict[str, int]]"
) -> None:
    """Redeem under keys others use too; hand over and give back what others hand over and give back too."""
    rng = random.Random(seed)
    database = opening.open_database(settings_for(url))
    outcomes: Counter[str] = Counter()
    for number in range(ROUNDS):
        try:
            with database.transaction() as session:
                outcome = _act(session, rng, people, rewards)
        except LoyaltyError as refusal:
            outcome = f"refused {refusal.code}"
        except Exception as error:
            outcome = f"ERROR {type(error).__name__}: {str(error)[:200]} in round {number}"
        outcomes[outcome] += 1
    database.close()
    results.put(dict(outcomes))


def _act(session: Session, rng: random.Random, people: list[int], rewards: list[int]) -> str:
    now, name = datetime.now(UTC), f"drill:{rng.randrange(400)}"
    held = session.scalars(sa.select(Redemption).filter_by(state=State.HELD).order_by(Redemption.id.desc()).limit(20))
    found = held.all()
    choice = rng.random()
    if found and choice < 0.25:
        key = f"fulfil:{rng.randrange(10**9)}"
        done = redemptions.fulfil(session, rng.choice(found), actor="drill", key=key, store=None, now=now)
        return "fulfilled" if done else "fulfilled before"
    if found and choice < 0.4:
        key = f"cancel:{rng.randrange(10**9)}"
        return (
            "cancelled" if redemptions.cancel(session, rng.choice(found), actor="drill", key=key, now=now) else "late"
        )
    fixed = random.Random(name)
    who, what = fixed.choice(people), fixed.choice(rewards)
    made = redemptions.redeem(session, who, what, key=name, actor=redemptions.CUSTOMER, now=now)
    return "redeemed" if made.is_new else "repeated"


def _check(database: Database) -> Iterator[str]:
    with database.read_only() as session:
        scarce = session.scalars(sa.select(Reward).where(Reward.stock.is_not(None))).one()
        standing = sa.select(sa.func.count()).where(
            Redemption.reward_id == scarce.id, Redemption.state.in_((State.HELD, State.FULFILLED))
        )
        count = session.scalar(standing) or 0
        assert scarce.stock is not None and count + scarce.stock == STOCK, (count, scarce.stock)
    problems = book_problems(database)
    assert problems == [], problems[:5]
    yield f"{count} of {STOCK} are out, {STOCK - count} are left; verify is clean"
