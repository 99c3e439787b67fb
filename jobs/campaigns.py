"""Moving campaigns on: starting what is due, freezing, feeding the outbox, stopping what goes badly, finishing."""

from datetime import datetime

from jobs.registry import Context, job, pump
from loyalty.campaigns import certificates, lifecycle, report, steps
from loyalty.campaigns.models import Campaign, CampaignRun


@pump(rest=0.2)
def advance_campaigns(context: Context) -> int:
    """One step of every campaign that needs one, each its own short transaction; returns how many were done.

    Safe on many workers: a campaign's row is locked while it is moved on, and what another worker has is left to it.
    Killed at any point, the next round goes on from what was committed.
    """
    with context.read_only() as session:  # a look costs the writers nothing
        active = [
            campaign_id
            for campaign_id in lifecycle.list_active(session, now=context.clock())
            if steps.next_step(session, session.get_one(Campaign, campaign_id), now=context.clock())
        ]
        due = [run.id for run in certificates.list_due(session)]
    done = sum(_advance(context, campaign_id) for campaign_id in active if not context.stopping.is_set())
    return done + sum(_certify(context, run_id) for run_id in due if not context.stopping.is_set())


def _advance(context: Context, campaign_id: int) -> int:
    with context.transaction() as session:
        return steps.advance(session, campaign_id, now=context.clock()) is not None


def _certify(context: Context, run_id: int) -> int:
    """Counted without a writer's turn; whoever is second to keep it changes nothing."""
    with context.read_only() as session:
        document = certificates.issue(session, session.get_one(CampaignRun, run_id), now=context.clock())
    with context.transaction() as session:
        certificates.keep(session, run_id, document)
    return 1


@job(cron="* * * * *")
def watch_campaigns(context: Context, due_at: datetime) -> None:
    """Pause those that too many of their people answer with «dừng» or a complaint. A second run finds them paused."""
    with context.read_only() as session:
        active = lifecycle.list_active(session, now=context.clock())
    for campaign_id in active:
        with context.transaction() as session:
            steps.object_to(session, campaign_id, now=context.clock())


@job(cron="40 3 * * *")
def keep_reports(context: Context, due_at: datetime) -> None:
    """Keep the numbers of runs that are over, so that a campaign with years behind it opens as fast as a new one.

    Counted without a writer's turn, kept in one short transaction each; a second time finds nothing left to do.
    """
    with context.read_only() as session:
        found = {run.id: report.tally(session, run) for run in report.list_unkept(session)}
    for run_id, numbers in found.items():
        if numbers is not None and not context.stopping.is_set():
            with context.transaction() as session:
                session.get_one(CampaignRun, run_id).tally = numbers
