"""The demo shop as it stands when it was filled."""

from collections import Counter
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from loyalty import shop as shops
from loyalty.activity.models import Activity
from loyalty.campaigns.models import Campaign
from loyalty.channels import accounts as channels
from loyalty.customers import consents, identities, profiles
from loyalty.customers.models import ChannelIdentity, Customer, CustomerStats
from loyalty.db import Database
from loyalty.demo import choosing, crowd, history, offers
from loyalty.demo.ground import CHANNELS
from loyalty.demo.people import CUSTOMERS, STAFF, Person
from loyalty.insights import reports
from loyalty.insights.periods import Period
from loyalty.messaging.models import Conversation
from loyalty.points.models import LedgerEntry, TierChange, TierReason
from loyalty.points.tiers import holders, holding
from loyalty.programme import versions
from loyalty.purchases.models import Purchase, PurchaseLine, PurchaseReturn
from loyalty.referrals import bringing
from loyalty.referrals.models import State
from loyalty.segments import membership, saved
from loyalty.segments.models import Segment
from loyalty.segments.rules import Frame
from loyalty.staff import accounts, binding, stores
from tests.builders import NOON
from tests.loyalty.demo.conftest import problems

pytestmark = pytest.mark.xdist_group("demo")
BY_KEY = {person.key: person for person in CUSTOMERS}
DAY = timedelta(days=1)


def chats_of(session: Session, key: str) -> list[ChannelIdentity]:
    found = []
    for kind, user_id in history.chats(BY_KEY[key]):
        account = channels.find(session, kind, CHANNELS[kind][0])
        assert account is not None
        identity = identities.find(session, account.id, user_id)
        assert identity is not None
        found.append(identity)
    return found


def customer_of(session: Session, person: Person) -> Customer:
    found = profiles.find_by_phone(session, person.phone) if person.phone else None
    return found or profiles.get(session, chats_of(session, person.key)[0].customer_id)


def stats_of(session: Session, key: str) -> CustomerStats:
    return session.get_one(CustomerStats, customer_of(session, BY_KEY[key]).id)


def thread_of(session: Session, identity: ChannelIdentity) -> str:
    return session.get_one(Conversation, identity.id).public_id


def answers(session: Session, key: str) -> list[tuple[str, bool]]:
    given = consents.list_all(session, customer_of(session, BY_KEY[key]).id)
    return [(event.purpose, event.granted) for event in given]


def test_everything_adds_up(whole: Database) -> None:
    assert problems(whole) == []


@pytest.mark.parametrize("person", CUSTOMERS, ids=lambda person: person.key)
def test_everybody_is_who_they_are_said_to_be(shop: Session, person: Person) -> None:
    customer = customer_of(shop, person)
    stats = shop.get_one(CustomerStats, customer.id)

    assert customer.demo
    assert profiles.name_of(shop, customer) == person.name
    assert profiles.phone_of(shop, customer) == person.phone
    assert (stats.tier if customer.joined_at else None) == person.tier
    assert [chat.customer_id for chat in chats_of(shop, person.key)] == [customer.id] * len(chats_of(shop, person.key))
    assert stats.consent_promotion == (person.promotion is True and person.is_seeded_chat)
    assert shops.of(shop).demo


@pytest.mark.parametrize(("key", "points"), [("minh", 40), ("tuan", 64), ("emma", 12), ("binh", 90)])
def test_the_points_of_those_who_are_told_about_are_exact(shop: Session, key: str, points: int) -> None:
    assert stats_of(shop, key).points == points == BY_KEY[key].points


def test_lan_reached_gold_by_her_bills_and_agreed_on_both_channels(shop: Session) -> None:
    lan = stats_of(shop, "lan")

    assert (lan.tier, lan.channels) == ("gold", ",messenger,zalo,")
    assert lan.spent_12m >= 10_000_000
    assert [chat.promotion for chat in chats_of(shop, "lan")] == [True, True]
    risen = shop.scalars(
        select(Purchase.tier_after)
        .where(Purchase.customer_id == lan.customer_id, Purchase.tier_after != Purchase.tier_before)
        .order_by(Purchase.id)
    ).all()
    assert risen == ["silver", "gold"]


def test_hoa_agreed_and_withdrew(shop: Session) -> None:
    assert answers(shop, "hoa") == [("programme", True), ("promotion", True), ("promotion", False)]


def test_an_was_never_asked_and_emma_only_joined(shop: Session) -> None:
    assert answers(shop, "an") == []
    assert answers(shop, "emma") == [("programme", True)]
    assert customer_of(shop, BY_KEY["emma"]).locale == "en"
    assert [chat.follows for chat in chats_of(shop, "an")] == [True]


def test_vy_is_one_big_bill_away_from_gold_and_one_of_hers_was_undone(shop: Session) -> None:
    vy = stats_of(shop, "vy")
    today = shops.of(shop).day(NOON)

    step = holding.progress(shop, versions.at(shop, today), vy, today)
    assert step is not None
    assert step.tier.code == "gold"
    assert 500_000 < step.missing <= 5_000_000
    undone = shop.scalars(select(Purchase).where(Purchase.state == "undone")).one()
    assert (undone.customer_id, undone.total) == (vy.customer_id, 480_000)


def test_a_piece_of_one_bill_of_vys_came_back(shop: Session) -> None:
    [done] = shop.scalars(select(PurchaseReturn))
    purchase = shop.get_one(Purchase, done.purchase_id)

    assert purchase.customer_id == stats_of(shop, "vy").customer_id
    assert 0 < purchase.returned == done.amount < purchase.total
    assert done.points > 0


def test_windows_are_open_for_those_who_wrote_lately_and_shut_for_bình(shop: Session) -> None:
    for key, is_open in (("lan", True), ("minh", True), ("hoa", True), ("an", True), ("binh", False)):
        for chat in chats_of(shop, key):
            end = channels.window_end(channels.get(shop, chat.channel_account_id), chat.last_interaction_at)
            assert end is not None
            assert (end > NOON) is is_open


def test_who_wrote_last_when_is_what_their_timeline_says(shop: Session) -> None:
    for identity in shop.scalars(select(ChannelIdentity)):
        told = [
            row.at
            for row in shop.scalars(select(Activity).filter_by(customer_id=identity.customer_id, kind="message_in"))
            if row.data["chat"] == thread_of(shop, identity)
        ]
        assert identity.last_interaction_at == max(told)


def test_somebody_just_rose_somebody_is_about_to_fall_and_one_is_held_by_hand(shop: Session) -> None:
    today = shops.of(shop).day(NOON)
    risen = select(TierChange.at).where(TierChange.reason == TierReason.RISE).order_by(TierChange.at.desc())

    assert NOON - (shop.scalars(risen).first() or NOON - 99 * DAY) < 7 * DAY
    falling = holders.list_falling(shop, today)
    assert falling and all(today < each.outlook.falls_on <= today + 30 * DAY for each in falling)
    assert len(holders.list_rising(shop, today)) > 0
    [held] = holders.list_by_hand(shop)
    assert (held.tier, held.until) == ("silver", today + 90 * DAY)


def test_today_is_about_as_good_as_yesterday_at_this_hour(shop: Session) -> None:
    figures = reports.make(shop, Period.ending("today", shops.of(shop).day(NOON)), now=NOON).figures

    assert figures["sales"].value > 500_000 and figures["orders"].value == 4
    assert abs(figures["sales"].percent or 100) < 20


def test_the_bills_span_two_years_at_both_stores_and_end_this_morning(shop: Session) -> None:
    days = shop.scalars(select(Purchase.purchased_on).order_by(Purchase.purchased_on)).all()
    today = shops.of(shop).day(NOON)

    assert today - days[0] == crowd.OLDEST * DAY
    assert days[-1] == today
    assert shop.scalar(select(func.count()).where(Purchase.purchased_at >= NOON)) == 0
    assert {store.code for store in stores.list_all(shop)} == {"MAIN", "LELOI"}
    assert len(shop.scalars(select(Purchase.store_id).distinct()).all()) == 2
    assert shop.scalar(select(func.count()).select_from(Customer).where(Customer.erased_at.is_(None))) == 70


def test_every_bill_is_the_sum_of_its_lines(shop: Session) -> None:
    sums = select(
        PurchaseLine.purchase_id.label("id"), func.sum(PurchaseLine.quantity * PurchaseLine.unit_price).label("worth")
    ).group_by(PurchaseLine.purchase_id)
    worth = {row.id: row.worth for row in shop.execute(sums)}
    bills = shop.scalars(select(Purchase)).all()

    assert len(bills) > 1_000
    assert all(bill.total + bill.discount == worth[bill.id] for bill in bills)


def test_tiers_consents_and_habits_of_every_kind_are_there(shop: Session) -> None:
    everybody = shop.scalars(select(CustomerStats).where(CustomerStats.erased_at.is_(None))).all()

    assert set(Counter(stats.tier for stats in everybody)) == {"member", "silver", "gold"}
    assert {stats.consent_promotion for stats in everybody} == {True, False}
    assert any(stats.last_purchase_at and stats.last_purchase_at < NOON - 150 * DAY for stats in everybody)
    assert any(stats.joined_at and stats.orders == 0 for stats in everybody)
    assert any(stats.channels == "" and stats.orders for stats in everybody)
    by_guest = select(Purchase.customer_id).group_by(Purchase.customer_id).having(func.min(Purchase.discount) > 0)
    assert len(shop.scalars(by_guest).all()) == 4


def test_totals_are_true_for_the_day_of_the_fill(shop: Session) -> None:
    ago = NOON - 370 * DAY
    assert shop.scalars(select(CustomerStats).where(CustomerStats.last_purchase_at < ago)).all() == []
    idle = shop.scalars(
        select(CustomerStats).where(CustomerStats.last_purchase_at < NOON - 150 * DAY, CustomerStats.spent_12m > 0)
    ).all()
    counted = {
        stats.customer_id: shop.scalar(
            select(func.sum(Purchase.total)).where(
                Purchase.customer_id == stats.customer_id,
                Purchase.purchased_on > shops.of(shop).day(NOON).replace(year=2025),
            )
        )
        for stats in idle
    }
    assert idle
    assert {stats.customer_id: stats.spent_12m for stats in idle} == counted


def test_the_ledger_is_dated_as_it_happened(shop: Session) -> None:
    rows = shop.execute(select(LedgerEntry.posted_at).order_by(LedgerEntry.id)).scalars().all()
    assert rows == sorted(rows)


@pytest.mark.parametrize("person", STAFF, ids=lambda person: person.key)
def test_staff_write_from_their_chats(shop: Session, person: Person) -> None:
    account = channels.find(shop, "zalo", CHANNELS["zalo"][0])
    assert account is not None
    assert person.zalo is not None
    member = binding.bound_to(shop, account.id, person.zalo)
    assert member is not None
    assert (accounts.name_of(shop, member), member.role, member.demo) == (person.name, person.role, True)


@pytest.mark.parametrize("choice", offers.SEGMENTS, ids=lambda choice: choice.name)
def test_every_segment_has_members_and_leaves_others_out(shop: Session, choice: offers.Choice) -> None:
    segment = shop.scalars(select(Segment).filter_by(public_id=choice.id)).one()
    frame = Frame.at(shop, NOON)

    assert 0 < membership.count(shop, saved.tree(segment, frame), frame) < 60


def test_one_campaign_is_over_two_are_drafts_and_one_starts_tomorrow_at_ten(shop: Session) -> None:
    found = {row.public_id: row for row in shop.scalars(select(Campaign).filter_by(kind="campaign"))}
    states = {key: row.state for key, row in found.items()}
    tomorrow = datetime(2026, 11, 23, 10, tzinfo=shops.of(shop).timezone)

    begun = ("finished", "draft", "scheduled", "draft")
    assert states == {f"demo-campaign-{number:02}": state for number, state in enumerate(begun)}
    assert found["demo-campaign-03"].best_hour
    assert found["demo-campaign-02"].next_at == tomorrow
    assert "Đến hết 30/11" in found["demo-campaign-02"].text


def test_one_friend_is_paid_for_and_one_waits(shop: Session) -> None:
    """Both by Lan: 50 points for her, 30 for the first friend; the second one's bill has to stand until the 27th."""
    waiting, paid = bringing.list_newest(shop, referrer_id=customer_of(shop, BY_KEY["lan"]).id)

    assert (paid.state, paid.referrer_points, paid.friend_points) == (State.PAID, 50, 30)
    assert (waiting.state, waiting.referrer_points) == (State.WAITING, 0)
    assert waiting.due_on == NOON.date() + timedelta(days=5)


def test_the_five_and_a_list_are_there_with_people_in_them(shop: Session) -> None:
    found = {row.code or row.public_id: row for row in shop.scalars(select(Segment).where(Segment.kind != "rules"))}
    assert set(found) == {"vip", "prospect", "repeat", "promo", "inactive", choosing.LIST}
    assert {code: row.size for code, row in found.items() if not 0 < (row.size or 0) < 60} == {}
    assert {row.due for row in found.values()} == {None}
