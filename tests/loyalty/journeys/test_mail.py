"""What a step sends has what campaigns have: a voucher each, texts to compare, wordings, money of its own, approval."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from jobs.campaigns import advance_campaigns
from jobs.journeys import advance_journeys
from loyalty.campaigns import approval, split, stopping
from loyalty.campaigns import lifecycle as campaigns
from loyalty.campaigns.approval import OwnCampaign
from loyalty.campaigns.models import Campaign, CampaignGift, CampaignRecipient
from loyalty.choices import chosen
from loyalty.customers.models import Customer
from loyalty.db import Database
from loyalty.journeys import lifecycle, money, plans
from loyalty.journeys.faults import BadPlan, WrongJourneyState
from loyalty.journeys.lifecycle import Written
from loyalty.journeys.models import Journey, JourneySend
from loyalty.messaging import budget, purses
from loyalty.messaging.models import OutboundMessage, Purse
from loyalty.rewards.models import Redemption
from loyalty.settings import Settings
from tests.builders import NOON
from tests.builders_campaigns import FakeChannel
from tests.builders_journeys import BIRTHDAY, SEND, context_of, make_fan, make_journey, plan, work, write_again
from tests.loyalty.messaging.test_routes import configure

VOUCHER = {"kind": "amount", "value": 20_000, "valid_days": 7}
TODAY = 1122
AB = [{"text": "A {{ voucher }}", "share": 50}, {"text": "B {{ voucher }}", "share": 50}]


@pytest.mark.parametrize(
    ("step", "path"),
    [
        ({"text": "Mã {{ voucher }}"}, "steps.0.text"),  # no offer
        ({"texts": {"fr": "Bonjour"}}, "steps.0.texts"),
        ({"texts": {"zalo": "Chào {"}}, "steps.0.text"),
        ({"variants": [{"text": "A", "share": 60}, {"text": "B", "share": 60}]}, "steps.0.variants"),
        ({"variants": AB, "texts": {"en": "x"}, "offer": VOUCHER}, "steps.0.text"),  # either or
        ({"offer": {"kind": "percent", "value": 101}}, "steps.0.offer.value"),
        ({"offer": {"kind": "car"}}, "steps.0.offer.kind"),
        ({"offer": {"kind": "reward"}}, "steps.0.offer.reward"),
    ],
)
def test_a_step_is_checked_as_a_campaign_is(step: dict[str, Any], path: str) -> None:
    with pytest.raises(BadPlan) as refused:
        plans.parse(plan(BIRTHDAY, {**SEND, **step}))
    assert refused.value.path == path


def test_each_gets_a_voucher_and_a_text_by_bucket_and_who_was_not_written_to_gives_it_back(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = FakeChannel()
    monkeypatch.setattr(split, "new_salt", lambda: 0)  # a place is the bucket: the first half gets A
    with database.transaction() as session:
        fans = [make_fan(session, f"Lan {number}", birthday=TODAY) for number in range(8)]
        for number, fan in enumerate(fans):
            session.get_one(Customer, fan.id).bucket = number * 8_000
        late = fans[0]
        write_again(session, late, NOON - timedelta(days=30))  # the window is shut: skipped
        journey = make_journey(session, plan(BIRTHDAY, {"do": "send", "variants": AB, "offer": VOUCHER}))
        assert money.set_budget(session, journey, 50_000, now=NOON)
        journey_id = journey.id
    work(context_of(database, settings, channel))
    with database.transaction() as session:
        recipient, gift, given = CampaignRecipient, CampaignGift, Redemption
        rows = session.execute(
            sa.select(recipient.customer_id, recipient.outcome, recipient.variant, given.state)
            .join(gift, gift.recipient_id == recipient.id)
            .join(given, given.id == gift.redemption_id)
        ).all()
        assert {(row.outcome, row.state) for row in rows if row.customer_id != late.id} == {("sent", "held")}
        assert [(row.outcome, row.state) for row in rows if row.customer_id == late.id] == [("skipped", "cancelled")]
        assert sorted(row.variant for row in rows) == [0] * 5 + [1] * 3
        campaign = session.scalars(sa.select(Campaign).join(JourneySend, JourneySend.campaign_id == Campaign.id)).one()
        found = session.get_one(Journey, journey_id)
        assert (campaign.purse_id, money.budget_of(session, found)) == (found.purse_id, 50_000)
    texts = {message.text for message in channel.sent}
    assert {text[:1] for text in texts} == {"A", "B"} and len(texts) == 7  # a code of their own each


def test_above_the_limit_a_second_person_is_asked_before_it_runs_and_when_it_becomes_another(session: Session) -> None:
    make_fan(session, birthday=1110)
    chosen.save(session, {"approval_people": 0}, by="cli", now=NOON)
    journey = make_journey(session, plan(BIRTHDAY), active=False)
    seen = lifecycle.look(session, journey.public_id, now=NOON)
    assert seen is not None and (seen.people, seen.cost) == (1, 0)
    lifecycle.activate(session, journey, by="staff:an", seen=seen, now=NOON)
    assert (journey.state, journey.looked_on) == ("waiting_approval", None)
    with pytest.raises(WrongJourneyState):
        lifecycle.edit(session, journey, Written("Khác", plan(BIRTHDAY)), now=NOON)
    with pytest.raises(OwnCampaign):
        lifecycle.approve(session, journey, by="staff:an", now=NOON)
    lifecycle.approve(session, journey, by="staff:thu", now=NOON)
    assert (journey.state, lifecycle.look(session, journey.public_id, now=NOON)) == ("active", None)
    lifecycle.edit(
        session, journey, Written("Tên khác", plan(BIRTHDAY)), by="staff:an", now=NOON
    )  # the name is no matter
    assert journey.state == "active"
    dearer = plan(BIRTHDAY, {**SEND, "offer": VOUCHER})
    lifecycle.edit(session, journey, Written("Tên khác", dearer), by="staff:an", now=NOON)
    assert journey.state == "waiting_approval"
    lifecycle.take_back(session, journey, by="staff:an", now=NOON)
    assert journey.state == "active"  # as it was
    lifecycle.pause(session, journey)
    lifecycle.edit(session, journey, Written("Tên khác", dearer), by="staff:an", now=NOON)
    lifecycle.resume(session, journey, by="staff:thu", now=NOON)
    assert journey.state == "waiting_approval"
    lifecycle.refuse(session, journey, by="staff:an", reason="Đắt quá", now=NOON)
    assert journey.state == "paused"  # as it was when it was asked for
    lifecycle.resume(session, journey, by="staff:thu", now=NOON)
    lifecycle.take_back(session, journey, by="staff:thu", now=NOON)
    chosen.save(session, {"approval_people": None}, by="cli", now=NOON)
    lifecycle.resume(session, journey, now=NOON)
    assert journey.state == "active"


@pytest.mark.parametrize("is_refused", [True, False])
def test_a_change_refused_or_taken_back_leaves_what_ran_running_with_its_money_and_its_yes(
    session: Session, is_refused: bool
) -> None:
    make_fan(session, birthday=1110)
    chosen.save(session, {"approval_people": 0}, by="cli", now=NOON)
    journey = make_journey(session, plan(BIRTHDAY), active=False)
    money.set_budget(session, journey, 50_000, now=NOON)
    lifecycle.activate(session, journey, by="staff:an", now=NOON)
    lifecycle.approve(session, journey, by="staff:thu", now=NOON)
    purse = session.get_one(Purse, journey.purse_id)
    purse.spent, name, cursor = 600, journey.name, journey.cursor
    other = Written("Khác", plan({**BIRTHDAY, "days_before": 3}, {**SEND, "offer": VOUCHER}), budget=None)
    make_fan(session, "Minh", birthday=1110)  # the timeline goes on: what a change reads from is another row

    lifecycle.edit(session, journey, other, by="staff:an", now=NOON)
    assert (journey.state, journey.number, journey.purse_id) == ("waiting_approval", 2, None)
    if is_refused:
        lifecycle.refuse(session, journey, by="staff:thu", reason="Đắt quá", now=NOON)
    else:
        lifecycle.take_back(session, journey, by="staff:an", now=NOON)

    assert (journey.state, journey.number, journey.cursor, journey.name) == ("active", 1, cursor, name)
    assert (journey.purse_id, money.budget_of(session, journey), money.spent(session, journey)) == (
        purse.id,
        50_000,
        600,
    )
    lifecycle.pause(session, journey)
    lifecycle.resume(session, journey, by="staff:an", now=NOON)
    assert journey.state == "active"  # the yes to it holds
    assert (approval.request_of(journey) or {}).get("reason") == ("Đắt quá" if is_refused else None)
    lifecycle.edit(session, journey, other, by="staff:an", now=NOON)
    assert [each.number for each in lifecycle.list_editions(session, journey)] == [3, 2, 1]


def test_what_stopped_by_itself_is_let_go_by_nobody_but_who_says_so(database: Database, settings: Settings) -> None:
    with database.transaction() as session:
        make_fan(session, birthday=TODAY)
        journey = make_journey(session)
        public_id = journey.public_id
    work(context_of(database, settings, FakeChannel()))
    with database.transaction() as session:
        chosen.save(session, {"approval_people": 0}, by="cli", now=NOON)
        campaign = session.scalars(sa.select(Campaign)).one()
        campaigns.pause(session, campaign)
        stopping.note(session, campaign, {"cause": "content", "number": 3, "of": 9}, now=NOON)
        journey = lifecycle.get_public(session, public_id)
        lifecycle.edit(
            session, journey, Written("Tên", plan(BIRTHDAY, {"do": "send", "text": "Khác"})), by="a", now=NOON
        )
        lifecycle.refuse(session, journey, by="b", reason="", now=NOON)
        assert (journey.state, campaign.state) == ("active", "paused") and campaign.stopped is not None
        lifecycle.let_go(session, journey, now=NOON)
        session.refresh(campaign)
        assert campaign.state == "running" and not campaign.stopped


def test_raising_the_money_while_messages_leave_makes_nobody_wait_for_each_other(
    database: Database, settings: Settings
) -> None:
    """A sender holds the month and a message, then wants the purse; a change wants the purse, then the messages."""
    if database.is_sqlite:
        pytest.skip("there only one writes at a time")
    with database.transaction() as session:
        make_fan(session, birthday=TODAY)
        journey = make_journey(session)
        money.set_budget(session, journey, 50_000, now=NOON)
        journey_id, purse_id = journey.id, journey.purse_id
    context = context_of(database, settings, FakeChannel())
    while advance_journeys(context) + advance_campaigns(context):
        pass
    with database.transaction() as session:
        chosen.save(session, {"approval_people": 0}, by="cli", now=NOON)

    def edit() -> str:
        with database.transaction() as session:
            found = session.get_one(Journey, journey_id)
            lifecycle.edit(session, found, Written("Tên", plan(BIRTHDAY), budget=90_000), by="an", now=NOON)
            return found.state

    with ThreadPoolExecutor(1) as other:
        with database.transaction() as session:
            budget.lock(session, now=NOON)
            message = session.scalars(sa.select(OutboundMessage).with_for_update()).one()
            change = other.submit(edit)
            blocked = sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")
            while not session.scalar(blocked) and not change.done():
                pass
            assert message.purse_id == purse_id and purses.holds(session, message)
        assert change.result() == "waiting_approval"


def test_without_money_of_its_own_one_that_is_billed_is_above_any_cost(session: Session) -> None:
    configure(session, 100_000)
    chosen.save(session, {"approval_cost": 10_000_000}, by="cli", now=NOON)
    make_fan(session, birthday=1110)
    journey = make_journey(session, plan(BIRTHDAY), active=False)
    money.set_budget(session, journey, 50_000, now=NOON)
    lifecycle.activate(session, journey, by="staff:an", now=NOON)
    assert (journey.state, (journey.approval or {})["asked_by"]) == ("active", "staff:an")
    lifecycle.edit(session, journey, Written("Tên", plan(BIRTHDAY), budget=60_000), by="staff:an", now=NOON)
    assert journey.state == "active"
    lifecycle.edit(session, journey, Written("Tên", plan(BIRTHDAY), budget=None), by="staff:an", now=NOON)
    assert journey.state == "waiting_approval"
