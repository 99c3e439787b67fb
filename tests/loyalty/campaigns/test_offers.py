"""Vouchers of campaigns: one each, used like any other, there for others when the message did not go."""

from datetime import timedelta
from typing import cast

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bots.channel import Channel
from jobs.campaigns import advance_campaigns
from jobs.outbox import send_outbox
from jobs.registry import Context
from loyalty.campaigns import letters, lifecycle, offers, preview, report
from loyalty.campaigns.content import BadText
from loyalty.campaigns.letters import Draft
from loyalty.campaigns.models import Campaign, CampaignGift
from loyalty.campaigns.offers import BadOffer, Offer
from loyalty.db import Database
from loyalty.rewards import redemptions, vouchers
from loyalty.rewards.models import Kind, Redemption, Reward, VoucherCode
from loyalty.settings import Settings
from tests.builders import NOON
from tests.builders_campaigns import FakeChannel, make_campaign, make_chat, make_person
from tests.builders_rewards import faults, make_reward

TEXT = 'Chào {{ name | "bạn" }}, tặng bạn mã {{ voucher }} dùng đến {{ voucher_until }}.'
LATER = NOON + timedelta(days=1)


def work(database: Database, settings: Settings, channel: FakeChannel) -> None:
    context = Context(database, settings, {channel.kind: cast(Channel, channel)}, clock=lambda: NOON)
    while advance_campaigns(context) + send_outbox(context):
        pass


def offered(session: Session, offer: Offer, text: str = TEXT) -> Campaign:
    campaign = make_campaign(session, text)
    lifecycle.furnish(session, campaign, Draft(offer=offer), now=NOON)
    return campaign


def test_each_gets_a_voucher_of_their_own_to_use_once_and_again_when_that_was_a_mistake(
    database: Database, settings: Settings
) -> None:
    with database.transaction() as session:
        for name in ("Lan", "Hoa", "Minh"):
            make_chat(session, make_person(session, name))
        make_chat(session, make_person(session, "An"), promotion=False)
        campaign = offered(session, Offer("amount", 20_000, 100_000, 10))
        lifecycle.schedule(session, campaign, now=NOON)
    channel = FakeChannel()
    work(database, settings, channel)
    with database.transaction() as session:
        given = session.scalars(sa.select(Redemption).filter_by(state="held")).all()
        shown = {redemptions.code_of(session, each): each for each in given}
        assert len(shown) == len(channel.sent) == 3
        for message in channel.sent:
            code = message.text.split("mã ")[1].split(" ")[0]
            held = shown.pop(code.replace("-", ""))
            assert f"dùng đến {held.valid_on:%d/%m}" in message.text
            assert [each.id for each in redemptions.list_open(session, held.customer_id, now=NOON)] == [held.id]
        assert session.scalars(sa.select(Redemption.state).where(Redemption.state != "held")).all() == ["cancelled"]
        reward = session.get_one(Reward, given[0].reward_id)
        assert reward.name["vi"] == "Giảm 20.000đ (đơn từ 100.000đ)"
        used = given[0]
        assert redemptions.fulfil(session, used, actor="staff:x", key="a", store=None, bill=100_000, now=LATER)
        with pytest.raises(redemptions.AlreadyFulfilled):
            redemptions.fulfil(session, used, actor="staff:x", key="b", store=None, now=LATER)
        assert redemptions.undo_use(session, used, actor="staff:x", key="c", now=LATER)
        assert not redemptions.undo_use(session, used, actor="staff:x", key="d", now=LATER)
        assert redemptions.fulfil(session, used, actor="staff:x", key="e", store=None, bill=100_000, now=LATER)
        with pytest.raises(redemptions.NothingToCancel):
            redemptions.give_up(session, given[1].customer_id, code=None, key="f", now=NOON)
        assert redemptions.expire(session, given[1], now=NOON + timedelta(days=11))
        assert (reward.held, reward.spent) == (1, 40_000)
        assert faults(session) == []


def test_uploaded_codes_run_out_before_the_people_do(database: Database, settings: Settings) -> None:
    with database.transaction() as session:
        for number in range(5):
            make_chat(session, make_person(session, f"Lan {number}"))
        reward = make_reward(session, kind=Kind.CODE)
        vouchers.add(session, reward, ["GOT-IT-1", "GOT-IT-2", "GOT-IT-3"], now=NOON)
        campaign = offered(session, Offer("reward", reward=reward.public_id))
        seen = preview.of_campaign(session, campaign, now=NOON)
        assert (seen.would_receive, seen.reasons, offers.left(session, campaign.id)) == (3, {"vouchers": 2}, 3)
        lifecycle.schedule(session, campaign, now=NOON)
    channel = FakeChannel()
    work(database, settings, channel)
    assert sorted(m.text.split("mã ")[1].split(" ")[0] for m in channel.sent) == ["GOT-IT-1", "GOT-IT-2", "GOT-IT-3"]
    with database.read_only() as session:
        whole, _ = report.of_campaign(session, session.get_one(Campaign, campaign.id))
        assert whole.reasons["skipped"] == {"vouchers": 2}
        assert faults(session) == []


def test_what_a_cancelled_campaign_drew_is_there_for_the_next(database: Database, settings: Settings) -> None:
    with database.transaction() as session:
        for number in range(2):
            make_chat(session, make_person(session, f"Lan {number}"))
        reward = make_reward(session, kind=Kind.CODE)
        vouchers.add(session, reward, ["GOT-IT-1", "GOT-IT-2"], now=NOON)
        campaign = offered(session, Offer("reward", reward=reward.public_id))
        lifecycle.schedule(session, campaign, now=NOON)
    context = Context(database, settings, {}, clock=lambda: NOON)
    while advance_campaigns(context):
        pass
    with database.transaction() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(CampaignGift)) == 2
        assert vouchers.count_free(session, reward.id) == 0
        lifecycle.cancel(session, session.get_one(Campaign, campaign.id), now=NOON)
    while advance_campaigns(context):
        pass
    with database.read_only() as session:
        assert vouchers.count_free(session, reward.id) == 2
        assert session.scalars(sa.select(VoucherCode.redemption_id)).all() == [None, None]
        assert faults(session) == []


@pytest.mark.parametrize(
    ("offer", "field"),
    [
        (Offer("amount", 0), "value"),
        (Offer("percent", 101), "value"),
        (Offer("amount", 5, -1), "minimum_bill"),
        (Offer("amount", 5, 0, 0), "valid_days"),
        (Offer("cash", 5), "kind"),
    ],
)
def test_an_offer_that_cannot_be_is_refused(session: Session, offer: Offer, field: str) -> None:
    with pytest.raises(BadOffer) as refused:
        offered(session, offer)
    assert refused.value.facts["field"] == field


def test_words_that_name_a_voucher_need_an_offer(session: Session) -> None:
    campaign = make_campaign(session, TEXT)
    with pytest.raises(BadText):
        lifecycle.schedule(session, campaign, now=NOON)
    lifecycle.furnish(session, campaign, Draft(offer=Offer("percent", 10)), now=NOON)
    lifecycle.schedule(session, campaign, now=NOON)
    with pytest.raises(lifecycle.WrongState):
        lifecycle.furnish(session, campaign, Draft(drops_offer=True), now=NOON)
    copy = lifecycle.duplicate(session, campaign, "Bản sao", now=NOON)
    assert letters.of_campaign(session, copy).has_offer


def test_texts_that_are_compared_have_no_other_wording(session: Session) -> None:
    """Whoever reads another wording would get the same in each part, and the comparison would mean nothing."""
    campaign = make_campaign(session, "Chào bạn")
    halves = [{"text": "Mời bạn ghé", "share": 50}, {"text": "Bánh mới ra lò", "share": 50}]
    lifecycle.edit(session, campaign, stated={"variants": halves})
    lifecycle.furnish(session, campaign, Draft(texts={"zalo": "Chào bạn trên Zalo"}), now=NOON)
    with pytest.raises(BadText) as refused:
        lifecycle.schedule(session, campaign, now=NOON)
    assert refused.value.fault == "variants"
    lifecycle.furnish(session, campaign, Draft(texts={}), now=NOON)
    lifecycle.schedule(session, campaign, now=NOON)
