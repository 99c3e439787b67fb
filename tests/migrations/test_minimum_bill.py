"""What a campaign asked of a bill is the voucher's own after the schema went down and up."""

from loyalty.campaigns import lifecycle
from loyalty.campaigns.letters import Draft
from loyalty.campaigns.models import CampaignOffer
from loyalty.campaigns.offers import Offer
from loyalty.db import Database
from loyalty.installation import schema
from loyalty.rewards.models import Reward
from tests.builders import NOON
from tests.builders_campaigns import make_campaign
from tests.builders_rewards import make_reward

BEFORE = "0045"


def test_a_voucher_knows_its_minimum_again(database: Database) -> None:
    with database.transaction() as session:
        campaign = make_campaign(session, "{{ voucher }}")
        lifecycle.furnish(session, campaign, Draft(offer=Offer("amount", 20_000, 100_000, 10)), now=NOON)
        voucher, croissant = session.get_one(CampaignOffer, campaign.id).reward_id, make_reward(session).id
    schema.downgrade(database, BEFORE)
    schema.upgrade(database)
    with database.read_only() as session:
        assert session.get_one(Reward, voucher).minimum_bill == 100_000
        assert session.get_one(Reward, croissant).minimum_bill == 0
