"""A second person's yes, money of its own, stops by itself, and the certificate at the end."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bots.channel import Action, Outbound, SendError
from jobs.campaigns import advance_campaigns, watch_campaigns
from jobs.outbox import send_outbox
from loyalty.alerts import raising
from loyalty.campaigns import approval, certificates, lifecycle, preview, report, split, stopping, terms, verify
from loyalty.campaigns.approval import ApprovalNeeded, OwnCampaign
from loyalty.campaigns.lifecycle import WrongState
from loyalty.campaigns.models import Campaign, CampaignRecipient, CampaignRun
from loyalty.campaigns.steps import advance
from loyalty.choices import chosen
from loyalty.customers import cases
from loyalty.customers.models import Customer
from loyalty.db import Database
from loyalty.messaging.models import OutboundMessage, PromotionSlot, Purse
from loyalty.segments.models import Segment
from loyalty.settings import Settings
from loyalty.staff import approvals
from loyalty.staff.models import AuditEntry
from tests.builders import NOON
from tests.builders_campaigns import FakeChannel, make_campaign, make_chat, make_person, run_until_idle
from tests.builders_staff import make_staff
from tests.loyalty.campaigns.test_sending import context_of, small_steps, work
from tests.loyalty.messaging.test_routes import configure

__all__ = ["small_steps"]
HOUR = timedelta(hours=1)


class Fussy(FakeChannel):
    """Refuses every so-many-th message in one way."""

    def __init__(self, every: int, action: Action) -> None:
        super().__init__()
        self.every, self.action, self.asked = every, action, 0

    def send(self, message: Outbound) -> str:
        self.asked += 1
        if self.asked % self.every == 0:
            raise SendError(self.action, "-1")
        return super().send(message)


def people(session: Session, number: int, **chat: Any) -> None:
    for each in range(number):
        make_chat(session, make_person(session, f"Lan {each}"), **chat)


def alerts(database: Database) -> dict[str, str]:
    with database.read_only() as session:
        return {alert.kind: alert.detail for alert in raising.list_open(session)}


def waiting(database: Database) -> int:
    with database.read_only() as session:
        return len(approvals.list_waiting(session))


def test_above_the_limit_somebody_else_must_say_yes(database: Database) -> None:
    with database.transaction() as session:
        people(session, 4)
        campaign = make_campaign(session)
        lifecycle.schedule(session, campaign, by="staff:an", now=NOON)
        assert campaign.state == "scheduled"  # no limit by default
        chosen.save(session, {"approval_people": 3}, by="cli", now=NOON)
        lifecycle.schedule(session, campaign, by="staff:an", now=NOON)
        assert campaign.state == "waiting_approval"
        assert (campaign.approval or {})["people"] == 4
    assert waiting(database) == 1
    assert run_until_idle(database, campaign.id) == []  # nothing starts
    with database.transaction() as session:
        found = session.get_one(Campaign, campaign.id)
        with pytest.raises(OwnCampaign):
            lifecycle.approve(session, found, by="staff:an", now=NOON)
        with pytest.raises(OwnCampaign):
            lifecycle.refuse(session, found, by="staff:an", reason="", now=NOON)
        lifecycle.refuse(session, found, by="staff:thu", reason="Chữ chưa ổn", now=NOON)
        assert (found.state, (found.approval or {})["reason"]) == ("draft", "Chữ chưa ổn")
        lifecycle.schedule(session, found, by="staff:an", now=NOON)
        lifecycle.approve(session, found, by="staff:thu", now=NOON)
        assert found.state == "scheduled"
        with pytest.raises(WrongState):
            lifecycle.approve(session, found, by="staff:thu", now=NOON)
        lifecycle.unschedule(session, found, now=NOON)
        lifecycle.edit(session, found, text="Chữ khác.")
        lifecycle.schedule(session, found, by="staff:thu", now=NOON)  # an edit asks anew
        assert found.state == "waiting_approval"
        lifecycle.approve(session, found, by="staff:an", now=NOON)
        session.get_one(Segment, found.segment_id).rules = {"not": {"any": []}}  # other people than were approved
    run_until_idle(database, campaign.id)
    with database.transaction() as session:
        found = session.get_one(Campaign, campaign.id)
        assert found.state == "waiting_approval"
        lifecycle.approve(session, found, by="staff:an", now=NOON)
    run_until_idle(database, campaign.id)
    with database.read_only() as session:
        assert session.get_one(Campaign, campaign.id).state == "running"
        actions = session.scalars(sa.select(AuditEntry.action)).all()
        assert actions.count("campaign_approval_asked") == 4
        assert actions.count("campaign_approved") == 3 and actions.count("campaign_refused") == 1
    assert waiting(database) == 0


def test_the_yes_is_for_the_hour_too(session: Session) -> None:
    campaign = make_campaign(session)
    at_once = approval.of_campaign(session, campaign).digest
    lifecycle.edit(session, campaign, stated={"best_hour": True})
    assert approval.of_campaign(session, campaign).digest != at_once


def test_above_a_cost_too_and_one_person_raises_no_budget_beyond_it(session: Session) -> None:
    configure(session, 10_000)
    people(session, 3, last=NOON - 100 * HOUR)
    campaign = make_campaign(session)
    chosen.save(session, {"approval_cost": 1_200}, by="cli", now=NOON)
    assert preview.count(session, campaign, now=NOON).cost == 1_800
    lifecycle.schedule(session, campaign, by="staff:an", now=NOON)
    assert campaign.state == "waiting_approval"
    lifecycle.unschedule(session, campaign, now=NOON)
    lifecycle.set_budget(session, campaign, 1_200)
    lifecycle.schedule(session, campaign, by="staff:an", now=NOON)
    assert campaign.state == "scheduled"  # it cannot cost more
    lifecycle.pause(session, campaign)
    for more in (1_201, None):
        with pytest.raises(ApprovalNeeded):
            lifecycle.set_budget(session, campaign, more)
    lifecycle.set_budget(session, campaign, 600)  # less is nobody's to ask


def test_who_scheduled_below_the_limit_does_not_approve_what_grew_above_it(database: Database) -> None:
    with database.transaction() as session:
        people(session, 3)
        asker = make_staff(session, "manager")
        campaign = make_campaign(session)
        chosen.save(session, {"approval_people": 3}, by="cli", now=NOON)
        lifecycle.schedule(session, campaign, at=NOON + HOUR, by=f"staff:{asker.public_id}", now=NOON)
        assert (campaign.state, approval.request_of(campaign)) == ("scheduled", None)
        people(session, 1)
        advance(session, campaign.id, now=NOON + HOUR)
        [request] = approvals.list_waiting(session)
        assert (campaign.state, request.asked_by_id) == ("waiting_approval", asker.id)
        with pytest.raises(OwnCampaign):
            lifecycle.approve(session, campaign, by=f"staff:{asker.public_id}", now=NOON + HOUR)


@pytest.mark.parametrize("leave", [lifecycle.unschedule, lifecycle.cancel])
def test_who_asked_is_told_when_somebody_else_takes_it_away(session: Session, leave: Callable[..., None]) -> None:
    people(session, 1)
    chosen.save(session, {"approval_people": 0}, by="cli", now=NOON)
    asker, other = make_staff(session, "manager"), make_staff(session, "owner")
    for member, untold in ((asker, 0), (other, 1)):
        campaign = make_campaign(session)
        lifecycle.schedule(session, campaign, by=f"staff:{asker.public_id}", now=NOON)
        leave(session, campaign, by=f"staff:{member.public_id}", now=NOON)
        [request] = approvals.list_decided(session, limit=1)
        assert request.decided_by_id == member.id
        assert len(approvals.list_untold(session, ["campaign"], since=NOON)) == untold


def test_its_own_money_is_never_overspent_and_more_lets_it_go_on(database: Database, settings: Settings) -> None:
    with database.transaction() as session:
        configure(session, 100_000)
        people(session, 9, last=NOON - 100 * HOUR)
        campaign = make_campaign(session)
        lifecycle.edit(session, campaign, stated={"budget": 2_000})  # three at 600
        lifecycle.schedule(session, campaign, now=NOON)
    channel = FakeChannel()
    work(context_of(database, settings, channel))
    assert len(channel.sent) == 3
    with database.transaction() as session:
        found = session.get_one(Campaign, campaign.id)
        assert found.state == "paused"
        assert (found.stopped or {})["cause"] == "budget"
        assert session.scalar(sa.select(Purse.spent)) == 1_800
        assert session.scalar(sa.select(sa.func.count()).select_from(PromotionSlot)) == 3  # who waits lost no day
        lifecycle.resume(session, found, now=NOON)
    assert stopping.ALERT not in alerts(database)
    work(context_of(database, settings, channel))
    with database.transaction() as session:
        found = session.get_one(Campaign, campaign.id)
        assert (found.state, len(channel.sent)) == ("paused", 3)  # no more money, no more messages
        lifecycle.set_budget(session, found, 100_000)
        lifecycle.resume(session, found, now=NOON)
    work(context_of(database, settings, channel))
    assert len(channel.sent) == 9
    with database.read_only() as session:
        whole, _runs = report.of_campaign(session, session.get_one(Campaign, campaign.id))
        assert (whole.state, whole.outcomes["sent"]) == ("finished", 9)
        assert terms.budget_of(session, session.get_one(Campaign, campaign.id)) == 100_000


@pytest.mark.parametrize(
    ("every", "action", "cause"),
    [(2, Action.PERSON, "blocked"), (1, Action.CONTENT, "content"), (50, Action.PERSON, None)],
)
def test_what_goes_badly_stops_by_itself(
    database: Database, settings: Settings, every: int, action: Action, cause: str | None
) -> None:
    with database.transaction() as session:
        people(session, 60)
        campaign = make_campaign(session)
        lifecycle.edit(session, campaign, stated={"stops": {"least": 10}})
        lifecycle.schedule(session, campaign, now=NOON)
    channel = Fussy(every, action)
    work(context_of(database, settings, channel))
    with database.transaction() as session:
        found = session.get_one(Campaign, campaign.id)
        assert (found.stopped or {}).get("cause") == cause
        assert (found.state, alerts(database).get(stopping.ALERT)) == ("paused" if cause else "finished", cause)
        if cause is None:
            return
        assert channel.asked < 40
        lifecycle.resume(session, found, now=NOON)
        assert found.stopped is None
    fine = FakeChannel()
    work(context_of(database, settings, fine))  # what was counted before does not count again
    with database.read_only() as session:
        whole, _runs = report.of_campaign(session, session.get_one(Campaign, campaign.id))
        assert whole.state == "finished"
        assert whole.outcomes["sent"] + whole.outcomes["failed"] == 60


def test_people_who_object_stop_it(database: Database, settings: Settings) -> None:
    with database.transaction() as session:
        people(session, 20)
        campaign = make_campaign(session)
        lifecycle.edit(session, campaign, stated={"stops": {"least": 10}})
        lifecycle.schedule(session, campaign, now=NOON)
    context = context_of(database, settings, FakeChannel())
    for _ in range(8):
        advance_campaigns(context)
    send_outbox(context)
    for _ in range(3):
        advance_campaigns(context)
    send_outbox(context)
    with database.transaction() as session:
        sent = session.scalars(sa.select(OutboundMessage.customer_id).where(OutboundMessage.state == "sent"))
        reached = [customer_id for customer_id in sent if customer_id is not None]
        assert len(reached) >= 10
        for number, customer_id in enumerate(reached[:2]):
            said = cases.Opening(cases.CaseKind.COMPLAINT, "Phiền quá", "test")
            cases.open_case(session, customer_id, said, key=f"case:{number}", now=NOON)
    watch_campaigns(context, NOON)
    with database.transaction() as session:
        assert session.get_one(Campaign, campaign.id).stopped is None  # two people are no sign yet
        said = cases.Opening(cases.CaseKind.COMPLAINT, "Phiền quá", "test")
        cases.open_case(session, reached[2], said, key="case:3", now=NOON)
    watch_campaigns(context, NOON)
    with database.read_only() as session:
        found = session.get_one(Campaign, campaign.id)
        assert (found.state, (found.stopped or {})["cause"]) == ("paused", "objections")


def test_a_run_ends_with_a_certificate_that_verify_checks(database: Database, settings: Settings) -> None:
    with database.transaction() as session:
        people(session, 12)
        people(session, 2, promotion=False)
        campaign = make_campaign(session)
        lifecycle.edit(session, campaign, stated={"holdout": 20})
        parts, somebody = split.of_campaign(session, campaign), session.scalars(sa.select(Customer)).all()[0]
        somebody.bucket = next(bucket for bucket in range(1000) if parts.held(bucket))
        lifecycle.schedule(session, campaign, now=NOON)
    work(context_of(database, settings, FakeChannel()))
    with database.transaction() as session:
        found = session.get_one(Campaign, campaign.id)
        run = session.scalars(sa.select(CampaignRun)).one()
        stated = certificates.get(session, found, run.public_id or "")
        assert stated["frozen"] == 14 == sum(stated[name] for name in report.OUTCOMES)
        assert (stated["waiting"], stated["crashed"], stated["run"]) == (0, 0, run.public_id)
        assert list(verify.problems(session)) == []
        with pytest.raises(certificates.NoCertificate):
            certificates.get(session, found, "nowhere")
        run.certificate = {**stated, "sent": stated["sent"] + 1}
        session.flush()
        assert [line.rpartition(" ")[2] for line in verify.problems(session)] == ["digest", "sum"]
        run.certificate = dict(stated)
        first = session.scalars(sa.select(CampaignRecipient).where(CampaignRecipient.outcome == "held_out")).first()
        assert first is not None
        session.delete(first)
        session.flush()
        told = " ".join(verify.problems(session))
        assert "number of people" in told and "audience" in told and "held out" in told
