"""Sixteen processes ask thirty times each for what ten can be paid from; forty people want five: ten, and five."""

import multiprocessing
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from multiprocessing.synchronize import Barrier

from drills.shops import book_problems, open_shop, settings_for
from loyalty.customers import profiles
from loyalty.db import Database
from loyalty.errors import LoyaltyError
from loyalty.installation import opening
from loyalty.points import accrual, ledger
from loyalty.points.accrual import Bill
from loyalty.rewards import catalogue, redemptions
from loyalty.rewards.catalogue import Terms
from loyalty.staff import stores

PROCESSES, TRIES, PAID_FOR = 16, 30, 10
WANTING, STOCK = 40, 5
PRICE = 10

Wish = tuple[int, int]  # a customer and a reward


def run(url: str, rng: random.Random) -> Iterator[str]:
    database = open_shop(url)
    now = datetime.now(UTC)
    with database.transaction() as session:
        cup, cake = (catalogue.make(session, terms, now=now).id for terms in _terms())
    rich, *others = (_customer(database, PRICE * (1 if number else PAID_FOR)) for number in range(WANTING + 1))

    outcomes = _race(url, [[(rich, cup)] * TRIES for _ in range(PROCESSES)])
    yield f"{PROCESSES} × {TRIES} redemptions on a balance for {PAID_FOR}: {dict(outcomes)}"
    assert outcomes == {"redeemed": PAID_FOR, "insufficient_points": PROCESSES * TRIES - PAID_FOR}

    wishes = [(person, cake) for person in others]
    rng.shuffle(wishes)
    outcomes = _race(url, [wishes[start::PROCESSES] for start in range(PROCESSES)])
    yield f"a stock of {STOCK} wanted by {WANTING}: {dict(outcomes)}"
    assert outcomes == {"redeemed": STOCK, "out_of_stock": WANTING - STOCK}

    with database.read_only() as session:
        left = [ledger.balance(session, person) for person in (rich, *others)]
    assert sorted(left) == [0] * (1 + STOCK) + [PRICE] * (WANTING - STOCK), left
    problems = book_problems(database)
    assert problems == [], problems[:5]
    database.close()
    yield "nobody paid for what they did not get; verify is clean"


def _terms() -> tuple[Terms, Terms]:
    return Terms(name={"vi": "Ly"}, price=PRICE), Terms(name={"vi": "Bánh"}, price=PRICE, stock=STOCK)


def _customer(database: Database, points: int) -> int:
    now = datetime.now(UTC)
    with database.transaction() as session:
        person = profiles.create(session, source="staff", now=now, joined=True).id
        bill = Bill(total=points * 10_000, store_id=stores.default(session).id)
        accrual.record_purchase(session, person, bill, actor="drill", key=f"drill:{person}", now=now)
        return person


def _race(url: str, wishes: Sequence[Sequence[Wish]]) -> Counter[str]:
    """What became of every process' wishes; all begin together."""
    start = multiprocessing.get_context("spawn")
    results, barrier = start.Queue(), start.Barrier(len(wishes))
    workers = [start.Process(target=_work, args=(url, mine, barrier, results)) for mine in wishes]
    for worker in workers:
        worker.start()
    outcomes: Counter[str] = Counter()
    for _ in workers:
        outcomes += Counter(results.get(timeout=900))
    for worker in workers:
        worker.join()
    return outcomes


def _work(
    url: str,
    wishes: Sequence[Wish],
    barrier: Barrier,
    results: "multiprocessing.Queue[dict[str, int]]",
) -> None:
    database = opening.open_database(settings_for(url))
    barrier.wait(timeout=600)
    outcomes = Counter(_redeem(database, *wish) for wish in wishes)
    database.close()
    results.put(dict(outcomes))


def _redeem(database: Database, customer_id: int, reward_id: int) -> str:
    now = datetime.now(UTC)
    key = f"drill:{random.SystemRandom().randrange(10**12)}"
    try:
        with database.transaction() as session:
            redemptions.redeem(session, customer_id, reward_id, key=key, actor=redemptions.CUSTOMER, now=now)
    except LoyaltyError as refusal:
        return refusal.code
    except Exception as error:
        return f"ERROR {type(error).__name__}: {str(error)[:200]}"
    return "redeemed"
