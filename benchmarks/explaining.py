"""One person explained costs what it costs in a small shop: against the same in one of a thousand customers."""

from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial

from sqlalchemy.orm import Session

from benchmarks import filling, harness
from benchmarks.counting import EVERYTHING
from benchmarks.filling import NOON
from benchmarks.harness import Place
from loyalty.db import Database
from loyalty.segments import membership, rules
from loyalty.segments.rules import Frame

SMALL = 1_000
REACH = 0.8  # of the small shop's speed


def measure(place: Place, database: Database, customers: int, *, rounds: int = 9) -> Iterator[str]:
    small = place.open("small")
    filling.fill(small, SMALL)
    with ExitStack() as stack:
        near, whole = (stack.enter_context(each.read_only()) for each in (small, database))
        found = harness.interleave(
            partial(_explain_some, near, SMALL), partial(_explain_some, whole, customers), rounds=rounds
        )
    yield found.line("  explain", per_round=len(_people(customers)), reach=REACH)


def _explain_some(session: Session, customers: int) -> None:
    frame = Frame.at(session, NOON)
    node = rules.parse(EVERYTHING, frame)
    for customer_id in _people(customers):
        session.expunge_all()
        membership.explain(session, node, frame, customer_id)


def _people(customers: int) -> range:
    """Ten from all over the shop."""
    return range(1, customers + 1, customers // 10)
