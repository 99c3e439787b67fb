"""What came of a campaign: every number can be counted on the fingers."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bots import campaign_picture
from jobs.campaigns import keep_results, send_campaign_pictures
from jobs.registry import Context
from loyalty.activity import timeline
from loyalty.campaigns import counting, lifecycle, queue, report, results, returning
from loyalty.campaigns.counting import Numbers
from loyalty.campaigns.letters import Draft
from loyalty.campaigns.models import Campaign, CampaignPicture, CampaignRecipient, CampaignResult, CampaignRun
from loyalty.campaigns.offers import Offer
from loyalty.campaigns.statistics import Share, difference
from loyalty.customers.models import Customer
from loyalty.db import Database, new_public_id
from loyalty.messaging.models import OutboundMessage
from loyalty.segments import membership, rules
from loyalty.segments.models import Segment
from loyalty.segments.rules import Frame
from loyalty.settings import Settings
from tests.builders import NOON
from tests.builders_campaigns import make_campaign, make_chat, make_person
from tests.builders_points import award

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def make_run(session: Session, campaign: Campaign, at: datetime = NOON) -> CampaignRun:
    run = CampaignRun(
        campaign_id=campaign.id, due_at=at, state="finished", cursor=9, top=9, started_at=at, finished_at=at
    )
    session.add(run)
    session.flush()
    return run


def receive(
    session: Session, run: CampaignRun, name: str, outcome: str = "sent", *, at: datetime = NOON, price: int = 0
) -> Customer:
    """Somebody frozen; whoever it was sent to got it at that instant."""
    customer = make_person(session, name)
    hold(session, run, customer, outcome, at=at, price=price)
    return customer


def hold(
    session: Session, run: CampaignRun, customer: Customer, outcome: str, *, at: datetime = NOON, price: int = 0
) -> OutboundMessage | None:
    chat = make_chat(session, customer)
    recipient = CampaignRecipient(
        run_id=run.id, customer_id=customer.id, identity_id=chat.id, queued=outcome == "sent", outcome=outcome
    )
    session.add(recipient)
    session.flush()
    if outcome != "sent":
        return None
    message = OutboundMessage(
        public_id=new_public_id(),
        dedupe_key=queue.dedupe_key(run.id, customer.id),
        lane=2,
        channel_account_id=chat.channel_account_id,
        user_id=chat.user_id,
        thread="x",
        customer_id=customer.id,
        recipient_id=recipient.id,
        state="sent",
        due_at=at,
        attempts=1,
        created_at=at,
        settled_at=at,
        price=price,
    )
    session.add(message)
    session.flush()
    return message


def story(session: Session) -> Campaign:
    """Ten got it, one was skipped, four were held out."""
    campaign, rival = make_campaign(session), make_campaign(session)
    run, other = make_run(session, campaign), make_run(session, rival, NOON + DAY)
    people = [receive(session, run, f"Lan {number}", price=200) for number in range(10)]
    receive(session, run, "Minh", "skipped")
    held = [receive(session, run, f"Hoa {number}", "held_out") for number in range(4)]
    session.execute(
        sa.update(OutboundMessage).where(OutboundMessage.customer_id == people[0].id).values(delivered_at=NOON + HOUR)
    )
    session.execute(
        sa.update(OutboundMessage).where(OutboundMessage.customer_id == people[1].id).values(seen_at=NOON + HOUR)
    )
    timeline.record(session, people[0].id, "message_in", at=NOON + 71 * HOUR)
    timeline.record(session, people[1].id, "message_in", at=NOON + 73 * HOUR)
    timeline.record(session, people[2].id, "message_in", at=NOON - HOUR)
    award(session, people[0], 100_000, now=NOON + HOUR)
    award(session, people[0], 50_000, now=NOON + 2 * DAY)
    award(session, people[1], 70_000, now=NOON + 6 * DAY)
    award(session, people[2], 10_000, now=NOON + 8 * DAY)  # the window has closed
    award(session, people[3], 10_000, now=NOON - HOUR)  # it was before
    hold(session, other, people[4], "sent", at=NOON + DAY)  # before most purchases of the others
    award(session, people[4], 30_000, now=NOON + 2 * DAY)  # the rival spoke last
    award(session, held[0], 20_000, now=NOON + DAY)
    return campaign


def test_what_came_of_it_is_counted_by_last_touch_and_against_those_held_out(session: Session) -> None:
    campaign, frame = story(session), Frame.at(session, NOON + 9 * DAY)
    found = results.of_campaign(session, campaign, now=NOON + 9 * DAY)

    rule = {"field": "campaign.bought", "op": ">", "value": 0, "of": campaign.public_id}
    assert membership.count(session, rules.parse(rule, frame), frame) == found.numbers.buyers
    assert found.numbers == Numbers(
        frozen=15, sent=10, delivered=2, seen=1, answered=1, buyers=2, orders=3, revenue=220_000,
        message_cost=2_000, meant=11, meant_buyers=3, meant_orders=4, held_out=4, held_buyers=1, held_orders=1,
    )  # fmt: skip
    assert list(found.by_day) == [1, 0, 1, 0, 0, 0, 1]
    assert sum(hour["buyers"] for hour in found.hours.values()) == 2
    assert (found.closes_at, found.cost_per_message, found.verdict) == (NOON + 7 * DAY, 200, "unsure")
    assert found.extra_orders is None and found.cost_per_extra_order is None


def test_each_text_people_are_split_between_is_counted_by_itself(session: Session) -> None:
    campaign = make_campaign(session)
    run = make_run(session, campaign)
    run.variants = [{"text": "A", "share": 50}, {"text": "B", "share": 50}]
    people = [receive(session, run, f"Lan {number}") for number in range(3)]
    split = sa.update(CampaignRecipient).where(CampaignRecipient.customer_id != people[0].id)
    session.execute(sa.update(CampaignRecipient).values(variant=0))
    session.execute(split.values(variant=1))
    award(session, people[2], 50_000, now=NOON + HOUR)
    nothing = {"seen": 0, "buyers": 0, "orders": 0, "revenue": 0}
    bought = {"sent": 2, "seen": 0, "buyers": 1, "orders": 1, "revenue": 50_000}
    assert results.of_campaign(session, campaign, now=NOON).variants == [{"sent": 1, **nothing}, bought]
    kept = results.count(session, run)
    results.keep(session, run.id, kept, now=NOON)
    assert results.of_campaign(session, campaign, now=NOON).variants == [{"sent": 1, **nothing}, bought]


@pytest.mark.parametrize(
    ("these", "those", "low", "high"),
    [  # Newcombe 1998, table II, method 10: (a) to (e)
        (Share(56, 70), Share(48, 80), 0.0524, 0.3339),
        (Share(9, 10), Share(3, 10), 0.1705, 0.8090),
        (Share(5, 56), Share(0, 29), -0.0381, 0.1926),
        (Share(0, 10), Share(0, 20), -0.1611, 0.2775),
        (Share(10, 10), Share(0, 10), 0.6075, 1.0),
    ],
)
def test_the_bounds_of_a_difference_are_newcombes(these: Share, those: Share, low: float, high: float) -> None:
    found = difference(these, those)
    assert found is not None and (round(found.low, 4), round(found.high, 4)) == (low, high)


def test_a_sure_difference_has_extra_orders_and_a_price() -> None:
    numbers = Numbers(
        sent=900, orders=150, meant=1000, meant_buyers=150, meant_orders=160, held_out=1000, held_buyers=90,
        held_orders=100, message_cost=180_000, voucher_cost=60_000,
    )  # fmt: skip
    found = results.Results(numbers, 7, None, [])
    assert (found.verdict, found.extra_orders, found.cost_per_extra_order) == ("more", 60, 4_000)


def test_results_are_kept_when_the_window_has_closed_and_cost_nothing_then(
    database: Database, settings: Settings
) -> None:
    with database.transaction() as session:
        campaign = story(session)
        lifecycle.furnish(session, campaign, Draft(window_days=3), now=NOON)
    for days, kept in ((2, 0), (4, 1), (5, 1), (9, 2)):  # the rival's window is seven days from the day after
        context = Context(database, settings, {}, clock=lambda: NOON + days * DAY)  # noqa: B023  # run at once
        keep_results(context, NOON)
        with database.read_only() as session:
            assert session.scalar(sa.select(sa.func.count()).select_from(CampaignResult)) == kept
    with database.transaction() as session:
        session.execute(sa.delete(OutboundMessage))
        found = results.of_campaign(session, session.get_one(Campaign, campaign.id), now=NOON + 9 * DAY)
        assert (found.numbers.sent, found.numbers.orders, len(found.by_day)) == (10, 2, 3)
        assert campaign_picture.chart(session, campaign, "vi", now=NOON).tiles[0].value == "150.000đ"
        assert session.scalar(sa.select(sa.func.count()).select_from(CampaignPicture)) == 2
    late = Context(database, settings, {}, clock=lambda: NOON + 20 * DAY)
    assert send_campaign_pictures(late) == 2  # no owner's chat was open for a week: given up


def test_the_campaigns_of_a_segment_over_time_and_all_of_them_together(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = story(session)
    lifecycle.furnish(session, campaign, Draft(offer=Offer("amount", 20_000)), now=NOON)
    segment = session.get_one(Segment, campaign.segment_id)
    rival = next(each for each in session.scalars(sa.select(Campaign)) if each.id != campaign.id)
    rival.segment_id = segment.id
    make_campaign(session).segment_id = segment.id  # never sent
    session.flush()

    newer, older = returning.of_segment(session, segment, limit=9, now=NOON + 9 * DAY)
    assert (newer.campaign, newer.offer, newer.first_at) == (rival, None, NOON + DAY)
    assert older.offer is not None and (older.campaign, older.offer.value) == (campaign, 20_000)
    assert (older.found.meant, older.found.held) == (Share(3, 11), Share(1, 4))
    assert returning.together([newer, older]).meant == Share(4, 12)  # who the rival wrote to bought, too
    assert returning.of_segment(session, segment, before=newer.campaign.id, limit=9, now=NOON)[0].campaign == campaign
    assert returning.list_segments(session, limit=9) == [segment]

    session.expire_all()
    [run] = report.list_runs(session, campaign)
    results.keep(session, run.id, results.count(session, run), now=NOON)
    monkeypatch.setattr(counting, "of_run", None)  # the page of many segments counts nobody
    session.refresh(segment)
    asked: list[str] = []
    sa.event.listen(session.connection(), "before_cursor_execute", lambda *about: asked.append(about[2]))
    waiting, closed = returning.closed_of_segment(session, segment, limit=9)
    assert len(asked) == 4  # however many campaigns there are
    assert (waiting.open_runs, waiting.found.numbers) == (1, Numbers())
    assert (closed.open_runs, closed.found.numbers) == (0, older.found.numbers)
