"""Variants and holdouts: the same arithmetic in SQL and in Python, frozen with the recipient."""

from collections import Counter

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty.campaigns import lifecycle, report, split
from loyalty.campaigns.models import Campaign, CampaignRecipient
from loyalty.campaigns.split import PRIME, Split
from loyalty.campaigns.terms import BadTerms
from loyalty.choices import chosen
from loyalty.customers.models import Customer
from loyalty.db import Database
from tests.builders import NOON
from tests.builders_campaigns import make_campaign, make_chat, make_person, run_until_idle

SPLITS = [
    Split(),
    Split(salt=7, shares=(50, 50)),
    Split(salt=2**31 - 1, holdout=10, shares=(1, 33, 33, 33)),
    Split(salt=123_456_789, holdout=50, shop_holdout=50),
]
TWO = [{"text": "Chào A", "share": 70}, {"text": "Chào B", "share": 30}]


@pytest.mark.parametrize("parts", SPLITS, ids=str)
def test_sql_and_python_split_people_alike(session: Session, parts: Split) -> None:
    buckets = [0, 1, 2, 32_767, 32_768, 65_534, 65_535, *range(5, 60_000, 2_999)]
    for bucket in buckets:
        make_person(session).bucket = bucket
    session.flush()
    found = session.execute(
        sa.select(Customer.bucket, parts.held_sql().label("held"), parts.variant_sql().label("variant"))
    ).all()
    assert sorted(map(tuple, found), key=str) == sorted(
        [(bucket, parts.held(bucket), parts.variant(bucket)) for bucket in buckets], key=str
    )


@pytest.mark.parametrize("parts", SPLITS[1:], ids=str)
def test_the_shares_are_what_was_stated(parts: Split) -> None:
    held = Counter(parts.held(bucket) for bucket in range(65_536))
    assert abs(held[split.SHOP_HOLDOUT] - 65_536 * parts.shop_holdout / 100) <= 2
    rest = 65_536 - held[split.SHOP_HOLDOUT]
    assert abs(held[split.HOLDOUT] / rest - parts.holdout / 100) < 0.01  # independent of the shop's own
    variants = Counter(parts.variant(bucket) for bucket in range(65_536))
    for number, share in enumerate(parts.shares):
        assert abs(variants[number] / held[None] - share / 100) < 0.001


def test_two_campaigns_split_independently_and_places_are_spread() -> None:
    one, other = Split(salt=split.new_salt(), shares=(50, 50)), Split(salt=99_991 * 7, shares=(50, 50))
    pairs = Counter((one.variant(bucket), other.variant(bucket)) for bucket in range(65_536))
    assert all(abs(number / 65_536 - 0.25) < 0.2 for number in pairs.values())
    assert len({split.place(bucket, one.salt) for bucket in range(65_536)}) == 65_536 < PRIME


def test_variants_and_holdouts_are_frozen_with_the_recipient(database: Database) -> None:
    with database.transaction() as session:
        for bucket in range(0, 65_536, 800):
            person = make_person(session)
            person.bucket = bucket
            make_chat(session, person)
        chosen.save(session, {"shop_holdout": 10}, by="cli", now=NOON)
        campaign = make_campaign(session)
        lifecycle.edit(session, campaign, stated={"variants": TWO, "holdout": 20})
        lifecycle.schedule(session, campaign, now=NOON)
    run_until_idle(database, campaign.id)
    with database.transaction() as session:
        chosen.save(session, {"shop_holdout": 50}, by="cli", now=NOON)  # changes no run that began
    with database.read_only() as session:
        found = session.get_one(Campaign, campaign.id)
        parts = Split(found.salt, 20, 10, (70, 30))
        rows = session.execute(
            sa.select(
                Customer.bucket, CampaignRecipient.outcome, CampaignRecipient.reason, CampaignRecipient.variant
            ).join(Customer, Customer.id == CampaignRecipient.customer_id)
        ).all()
        assert len(rows) == 82
        for bucket, outcome, reason, variant in rows:
            assert (reason, variant) == (parts.held(bucket), parts.variant(bucket))
            assert outcome == ("held_out" if reason else None)
        whole, _runs = report.of_campaign(session, found)
        assert whole.frozen == 82 == whole.outcomes["held_out"] + whole.outcomes["waiting"]
        assert sum(whole.reasons["held_out"].values()) == whole.outcomes["held_out"] > 0
        waiting = sum(numbers["waiting"] for numbers in report.of_variants(session, found).values())
        assert waiting == whole.outcomes["waiting"]


@pytest.mark.parametrize(
    "stated",
    [
        {"variants": TWO[:1]},
        {"variants": [{"text": "A", "share": 60}, {"text": "B", "share": 60}]},
        {"variants": [{"text": "A", "share": 100}, {"text": "B", "share": 0}]},
        {"variants": [{"text": "A", "share": 20}] * 5},
        {"holdout": 51},
        {"priority": 10},
        {"budget": -1},
        {"late_hours": True},
        {"stops": {"failed": 0}},
        {"stops": {"mood": 3}},
    ],
    ids=str,
)
def test_terms_that_cannot_be_are_refused_by_their_field(session: Session, stated: dict[str, object]) -> None:
    campaign = make_campaign(session)
    with pytest.raises(BadTerms) as refused:
        lifecycle.edit(session, campaign, stated=stated)
    assert refused.value.field == next(iter(stated))
