"""A campaign before it is sent: what it would do (preview), and its audience frozen (plan).

Preview: everybody of the segment judged, grouped by what they would get or why not, against the statement somebody
would write for the same numbers, with the count of the segment. Plan: freezing everybody with two variants and a
holdout, in resumable chunks, against one hand-written INSERT … SELECT of as many rows.
"""

from collections.abc import Callable, Iterator
from functools import partial

import sqlalchemy as sa
from sqlalchemy.orm import Session

from benchmarks import counting, harness
from benchmarks.counting import Case
from benchmarks.filling import NOON
from benchmarks.harness import Rounds
from loyalty.campaigns import lifecycle, preview, steps
from loyalty.campaigns.models import Campaign, CampaignRecipient, CampaignRun
from loyalty.campaigns.steps import Step
from loyalty.customers.models import ChannelIdentity
from loyalty.db import Database
from loyalty.segments import saved

REACH_PLAN, REACH_PREVIEW = 0.5, 1.5  # of the limit's speed; times its time
VARIANTS = [{"text": "Chào bạn, bánh mới.", "share": 50}, {"text": "Bánh mới ra lò.", "share": 50}]
HOLDOUT = 10  # per cent
PLAN = """
INSERT INTO campaign_recipient (run_id, customer_id, identity_id, queued, variant)
SELECT :run, identity.customer_id, MAX(identity.id), :no, MAX(customer.bucket) % 2
FROM channel_identity AS identity
JOIN customer ON customer.id = identity.customer_id
JOIN customer_stats ON customer_stats.customer_id = identity.customer_id
WHERE customer_stats.erased_at IS NULL GROUP BY identity.customer_id ORDER BY identity.customer_id
"""
PREVIEW = """
SELECT CASE WHEN c.bucket * 7919 % 65537 < 6553 THEN 'holdout' WHEN NOT i.promotion THEN 'consent'
            WHEN EXISTS (SELECT 1 FROM customer_case k WHERE k.customer_id = i.customer_id) THEN 'complaint'
            WHEN i.last_interaction_at < :opened THEN 'window' END AS why, a.kind, count(*)
FROM (SELECT customer_id, MAX(id) AS id FROM channel_identity GROUP BY customer_id) AS best
JOIN channel_identity i ON i.id = best.id
JOIN channel_account a ON a.id = i.channel_account_id
JOIN customer c ON c.id = best.customer_id
JOIN customer_stats s ON s.customer_id = best.customer_id
WHERE s.erased_at IS NULL AND {limit} GROUP BY 1, 2
"""


def measure(database: Database, customers: int, *, rounds: int = 5) -> Iterator[str]:
    yield from _preview(database, rounds)
    with database.transaction() as session:
        saved.create(session, "Tất cả", {"all": []}, now=NOON)
    yield plan(database, rounds).line("  plan", per_round=customers, reach=REACH_PLAN)


def _preview(database: Database, rounds: int) -> Iterator[str]:
    for case in counting.TOTALS[:2]:
        with database.transaction() as session:
            campaign = _campaign(session, saved.create(session, case.name, case.rules, now=NOON).id)
        with database.read_only() as session:
            limit = partial(_preview_by_hand, session, case)
            project = partial(preview.of_campaign, session, session.get_one(Campaign, campaign), now=NOON)
            assert limit() == project().count
            measured = harness.interleave(limit, project, rounds=rounds, warm_up=1)
        yield measured.times_line(f"preview: {case.name}", reach=REACH_PREVIEW)


def _preview_by_hand(session: Session, case: Case) -> int:
    facts = {"opened": NOON, **case.facts}
    text = sa.text(PREVIEW.format(limit=case.limit))
    text = text.bindparams(*(sa.bindparam(key, type_=counting.type_of(value)) for key, value in facts.items()))
    session.execute(counting.statement(case, session), case.facts).all()
    return sum(row[2] for row in session.execute(text, facts))


def plan(database: Database, rounds: int) -> Rounds:
    """Each round into an empty table: what the round before froze is deleted first, and not counted."""
    times: tuple[list[float], list[float]] = ([], [])
    ways: tuple[Callable[[Database, int], None], ...] = (_by_hand, _ours)
    for number in range(rounds + 1):
        for place, work in sorted(enumerate(ways), reverse=number % 2 == 0):
            taken = harness.seconds(partial(work, database, _empty_run(database)))
            if number:  # the first is the warm-up
                times[place].append(taken)
            _clear(database)
    return Rounds(*times)


def _campaign(session: Session, segment_id: int) -> int:
    campaign = lifecycle.create(session, "Tháng 11", segment_id, "Chào", now=NOON)
    lifecycle.edit(session, campaign, stated={"variants": VARIANTS, "holdout": HOLDOUT})
    return campaign.id


def _empty_run(database: Database) -> int:
    with database.transaction() as session:
        campaign = session.get_one(Campaign, _campaign(session, saved.list_newest(session, limit=1)[0].id))
        lifecycle.schedule(session, campaign, now=NOON)
        assert steps.advance(session, campaign.id, now=NOON) is Step.START
        return session.scalars(sa.select(CampaignRun.id).filter_by(campaign_id=campaign.id)).one()


def _by_hand(database: Database, run_id: int) -> None:
    with database.writing(), database.engine.begin() as connection:
        connection.execute(sa.text(PLAN), {"run": run_id, "no": False})


def _ours(database: Database, run_id: int) -> None:
    """Until all are frozen; what comes after belongs to the sending."""
    state = "freezing"
    while state == "freezing":
        with database.transaction() as session:
            run = session.get_one(CampaignRun, run_id)
            assert steps.advance(session, run.campaign_id, now=NOON) is Step.FREEZE
            state = run.state


def _clear(database: Database) -> None:
    with database.transaction() as session:
        found = session.scalar(sa.select(sa.func.count()).select_from(CampaignRecipient))
        people = session.scalar(sa.select(sa.func.count(ChannelIdentity.customer_id.distinct())))
        assert found == people, f"{found} of {people} were frozen"
    with database.engine.begin() as connection:
        _empty(connection)


def _empty(connection: sa.Connection) -> None:
    """No recipients, and nothing left of them that the next round would have to step over."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("TRUNCATE campaign_recipient CASCADE"))
    else:
        connection.execute(sa.delete(CampaignRecipient))
    connection.execute(sa.update(CampaignRun).values(state="cancelled", finished_at=NOON))
