"""Moving campaigns on: starting, freezing, feeding, stopping what goes badly, and telling what came of them."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy.orm import Session

from bots import campaign_picture
from jobs.registry import Context, job, pump
from loyalty import shop
from loyalty.campaigns import certificates, lifecycle, pictures, report, results, steps
from loyalty.campaigns.approval import Seen
from loyalty.campaigns.models import Campaign, CampaignRun
from loyalty.messaging import outbox
from loyalty.messaging.outbox import Lane


@pump(rest=0.5)
def advance_campaigns(context: Context) -> int:
    """One step of every campaign that needs one, each its own short transaction; returns how many were done.

    Safe on many workers: a campaign's row is locked while it is moved on, and what another worker has is left to it.
    Killed at any point, the next round goes on from what was committed.
    """
    with context.read_only() as session:  # a look costs the writers nothing
        active = dict(_to_do(session, context.clock()))
        due = [run.id for run in certificates.list_due(session)]
    done = sum(_advance(context, *each) for each in active.items() if not context.stopping.is_set())
    return done + sum(_certify(context, run_id) for run_id in due if not context.stopping.is_set())


def _to_do(session: Session, now: datetime) -> Iterator[tuple[int, Seen | None]]:
    """Campaigns that need a step, each with what a start has to know."""
    for campaign_id in lifecycle.list_active(session, now=now):
        campaign = session.get_one(Campaign, campaign_id)
        if step := steps.next_step(session, campaign, now=now):
            yield campaign_id, steps.look(session, campaign, step, now=now)


def _advance(context: Context, campaign_id: int, seen: Seen | None) -> int:
    with context.transaction() as session:
        return steps.advance(session, campaign_id, seen=seen, now=context.clock()) is not None


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


@job(cron="50 3 * * *")
def keep_results(context: Context, due_at: datetime) -> None:
    """Keep what came of runs whose window has closed, and send the owners a picture of it.

    Counted without a writer's turn, kept in one short transaction each; a second time finds nothing left to do.
    """
    now = context.clock()
    with context.read_only() as session:
        found = {run.id: results.count(session, run) for run in results.list_closed(session, now=now)}
    for run_id, numbers in found.items():
        if context.stopping.is_set():
            return
        with context.transaction() as session:
            results.keep(session, run_id, numbers, now=now)
            campaign = session.get_one(Campaign, session.get_one(CampaignRun, run_id).campaign_id)
            if numbers["sent"]:
                pictures.ask(session, campaign, key=f"run:{run_id}", now=now)


@pump(rest=2.0)
def send_campaign_pictures(context: Context) -> int:
    """Put pictures of results into the chats they were asked for, once a chat is open; returns how many were done."""
    with context.read_only() as session:  # most rounds find nothing, and hold no writer up
        if not pictures.is_any_due(session):
            return 0
    now = context.clock()
    with context.transaction() as session:
        done = 0
        for picture in pictures.take_due(session):
            chats = pictures.open_chats(session, picture.staff_id, now=now)
            campaign, locale = session.get_one(Campaign, picture.campaign_id), shop.of(session).locale
            for chat in chats:
                outbox.enqueue(
                    session,
                    dedupe_key=f"campaign_picture:{picture.id}:{chat.account.id}:{chat.user_id}",
                    lane=Lane.NOTICE,
                    channel_account_id=chat.account.id,
                    user_id=chat.user_id,
                    customer_id=None,
                    text=campaign_picture.message(session, campaign, locale, now=now),
                    image_url=campaign_picture.address(session, campaign, locale, now=now),
                    now=now,
                )
            picture.done = bool(chats) or pictures.is_over(picture, now=now)
            done += picture.done
        return done
