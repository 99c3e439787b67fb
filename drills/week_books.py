"""What the shop wrote down in that week against the dictionaries and against what the platforms heard."""

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from drills.shops import book_problems
from drills.week_people import Week
from drills.week_platforms import WeekPlatforms
from drills.week_post import Message
from loyalty.customers import profiles
from loyalty.customers.models import Case, Customer, CustomerStats, Note
from loyalty.db import Database
from loyalty.messaging.models import InboundEvent, OutboundMessage
from loyalty.points.models import EntryKind, LedgerEntry
from loyalty.purchases.models import Purchase
from loyalty.rewards.models import Redemption

DROPPED = {"person", "content", "unreachable", "retries", "unknown"}  # why an answer may end unheard, each by a refusal
WINDOWS = {"zalo": (60.0, 4_000), "messenger": (1.0, 300)}  # calls in so many seconds that the platforms allow


def check(database: Database, week: Week, platforms: WeekPlatforms) -> Iterator[str]:
    week.replay_rewards()
    with database.read_only() as session:
        yield _inbox(session, week)
        yield from _answers(session, week, platforms)
        yield _order(session, platforms)
        yield _bills(session, week)
        yield _rewards(session, week, platforms)
        yield _people(session, week)
    yield from _windows(platforms)
    problems = book_problems(database)
    assert problems == [], problems[:5]
    yield "verify is clean"


def latencies(database: Database, messages: Sequence[Message], platforms: WeekPlatforms) -> list[float]:
    """Seconds from the webhook's first byte to the platform's call, of each question that was answered."""
    arrived = {call.name: call.at for call in platforms.delivered()}
    with database.read_only() as session:
        names = _replies(session)
    return sorted(
        arrived[row[1]] - message.posted_at for message in messages if (row := names[message.key])[1] in arrived
    )


def _inbox(session: Session, week: Week) -> str:
    states = Counter(session.scalars(sa.select(InboundEvent.state)).all())
    assert states == {"processed": len(week.messages)}, (states, len(week.messages))
    return f"inbox: {len(week.messages)} events, each kept once and processed; none parked"


def _replies(session: Session) -> dict[str, tuple[str, str, str]]:
    """State, the platform's name and reason of each answer, by the event it answers."""
    query = sa.select(OutboundMessage).where(OutboundMessage.dedupe_key.startswith("reply:"))
    rows = session.scalars(query).all()
    return {row.dedupe_key.removeprefix("reply:"): (row.state, row.provider_id or "", row.reason or "") for row in rows}


def _answers(session: Session, week: Week, platforms: WeekPlatforms) -> Iterator[str]:
    replies = _replies(session)
    missing = [message.text for message in week.messages if message.key not in replies]
    assert not missing, f"{len(missing)} questions without an answer, such as {missing[:5]}"
    dropped = Counter(
        reason or state
        for message in week.messages
        for state, _name, reason in [replies[message.key]]
        if state != "sent"
    )
    assert set(dropped) <= DROPPED, dropped
    yield f"answers: {len(week.messages)} questions, {len(replies)} answers; dropped {dict(dropped)}"
    sent = session.scalars(sa.select(OutboundMessage.provider_id).where(OutboundMessage.state == "sent")).all()
    settled = [call.name for call in platforms.calls if call.outcome == "sent"]
    assert Counter(sent) == Counter(settled), "what was sent is not what the platforms took"
    lost = sum(call.outcome == "lost" for call in platforms.calls)
    states = dict(
        session.execute(sa.select(OutboundMessage.state, sa.func.count()).group_by(OutboundMessage.state)).all()
    )
    taken = f"{len(settled)} taken, each noted once; {lost} taken without an answer"
    yield f"platforms: {len(platforms.calls)} sends, {taken}"
    yield f"outbox: {states}; refused {dict(platforms.refusals())}"
    assert set(states) <= {"sent", "failed", "skipped", "unknown"}, states


def _order(session: Session, platforms: WeekPlatforms) -> str:
    """Each person heard everything in the order in which it was written."""
    number = dict(session.execute(sa.select(OutboundMessage.provider_id, OutboundMessage.id)).all())
    wrong = 0
    for calls in platforms.by_user().values():
        heard = [number[call.name] for call in calls if call.name in number]
        wrong += sum(later < earlier for earlier, later in itertools.pairwise(heard))
    assert wrong == 0, f"{wrong} messages overtook an earlier one"
    return f"order: {len(platforms.by_user())} people heard everything in its order"


def _bills(session: Session, week: Week) -> str:
    rows = session.execute(sa.select(Purchase.reference, Purchase.total, Purchase.returned, Purchase.state)).all()
    kept = {name: (total, back, state == "undone") for name, total, back, state in rows}
    expected = {name: (bill.amount, bill.returned, bill.undone) for name, bill in week.bills.items()}
    wrong = {name: (expected.get(name), kept.get(name)) for name in expected if expected[name] != kept.get(name)}
    assert not wrong and len(rows) == len(kept) == len(expected), (len(wrong), list(wrong.items())[:5], len(rows))
    kinds = Counter(session.scalars(sa.select(LedgerEntry.kind)).all())
    undone, back = sum(bill.undone for bill in week.bills.values()), sum(bool(b.returned) for b in week.bills.values())
    assert kinds[EntryKind.EARN] == len(expected) and kinds[EntryKind.RETURN] == back, kinds
    return (
        f"bills: {len(expected)} receipts earned once, {undone} undone once, {back} brought back; ledger {dict(kinds)}"
    )


def _rewards(session: Session, week: Week, platforms: WeekPlatforms) -> str:
    states = Counter(session.scalars(sa.select(Redemption.state)).all())
    expected = Counter(state for mine in week.taken.values() for state in mine)
    expected["fulfilled"], expected["held"] = len(week.handed), expected["held"] - len(week.handed)
    assert states == +expected, (states, expected, _not_handed(session, week, platforms))
    return f"rewards: {dict(states)}"


def _not_handed(session: Session, week: Week, platforms: WeekPlatforms) -> list[str]:
    """What the clerk was answered where a code brought to the counter was not handed over, for whoever looks for it."""
    texts, replies = {call.name: call.text for call in platforms.delivered()}, _replies(session)
    said = [(each.text, texts.get(replies[each.key][1], "")) for each in week.messages if each.text.startswith("/doi")]
    return [f"{line}: {answer}" for line, answer in said if "giao" not in answer][:5]


def _people(session: Session, week: Week) -> str:
    """Balance, consent, notes and complaints of everybody."""
    notes = Counter(session.scalars(sa.select(Note.customer_id)).all())
    cases = set(session.scalars(sa.select(Case.customer_id)).all())
    said: defaultdict[str, set[str]] = defaultdict(set)
    for message in week.messages:
        said[message.user].add(message.text)
    wrong = []
    for person in week.people:
        customer = profiles.find_by_phone(session, f"+84{person.phone[1:]}")
        assert customer is not None, "somebody who joined is not there"
        stats, words = session.get_one(CustomerStats, customer.id), said[person.user]
        is_agreed = "đồng ý" in words and "dừng" not in words
        found = (stats.points, notes[customer.id], customer.id in cases, stats.consent_promotion)
        expected = (week.balance(person), week.notes[person.phone], "góp ý nước hơi ngọt" in words, is_agreed)
        if found != expected:
            wrong.append((person.user, found, expected))
    assert not wrong, (len(wrong), wrong[:5])
    assert session.scalar(sa.select(sa.func.count()).select_from(Customer)) == len(week.people), (
        "somebody else is there"
    )
    return f"people: {len(week.people)} balances, consents, notes and cases as they must be"


def _windows(platforms: WeekPlatforms) -> Iterator[str]:
    for channel, (seconds, limit) in WINDOWS.items():
        most = platforms.most_in(channel, seconds)
        assert most <= limit, f"{most} calls to {channel} within {seconds:.0f} s"
        yield f"limits: at most {most} calls to {channel} within {seconds:.0f} s ({limit} allowed)"
