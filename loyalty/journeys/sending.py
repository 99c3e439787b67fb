"""What a step sends goes the way of every campaign: a recipient in a run, and the queue, the outbox and its rules.

Each step that sends owns a campaign that is in no list, and one run of it takes in whoever comes to the step on a shop
day. A run stays open until its day is over and everything in it is settled; so the reports of campaigns hold for it.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty import shop, upsert
from loyalty.campaigns import audience, split
from loyalty.campaigns import lifecycle as campaigns
from loyalty.campaigns.models import Campaign, CampaignRecipient, CampaignRun
from loyalty.campaigns.split import Split
from loyalty.customers.models import Customer
from loyalty.db import new_public_id
from loyalty.journeys.mail import Send
from loyalty.journeys.models import Journey, JourneyEdition, JourneySend
from loyalty.segments import whose
from loyalty.segments.models import Segment
from loyalty.segments.rules import Frame, Group

KIND = "journey"  # of a campaign that is a step of one
EVERYBODY = "journeys-everybody"  # the segment of journeys without one: in no list
NO_CHAT, CANCELLED, AGAIN, QUEUED, HELD_OUT = "no_chat", "cancelled", "again", "queued", "held_out"

Sent = tuple[str, int | None]  # what became of it at this step, and the recipient


def send(
    session: Session,
    journey: Journey,
    edition: JourneyEdition,
    position: int,
    step: Send,
    ids: Collection[int],
    *,
    now: datetime,
) -> Mapping[int, Sent]:
    """Make these customers recipients of the day's run of a step; of a locked journey."""
    campaign = _campaign(session, journey, edition, position, step, now)
    session.refresh(campaign, with_for_update=True)
    if campaign.state == "cancelled":  # by a person
        return dict.fromkeys(ids, (CANCELLED, None))
    rows = _recipients(session, campaign, _run(session, campaign, now), ids, now)
    made = _make(session, rows) if rows else {}
    held = {row["customer_id"]: row["outcome"] for row in rows}
    missed = {each: (AGAIN if each in held else NO_CHAT, None) for each in ids}
    return missed | {each: (held[each] or QUEUED, recipient) for each, recipient in made.items()}


def _recipients(
    session: Session, campaign: Campaign, run: CampaignRun, ids: Collection[int], now: datetime
) -> list[dict[str, Any]]:
    """A row for each of them who has a chat."""
    everybody = Group(every=True, members=())
    chats = audience.chats(everybody, Frame.at(session, now), now, whose.among(ids)).subquery()
    bucket = sa.join(chats, Customer, Customer.id == chats.c.customer_id)
    query = sa.select(chats.c.customer_id, chats.c.identity_id, Customer.bucket).select_from(bucket)
    parts = split.of_run(campaign, run)
    found = session.execute(query.order_by(chats.c.customer_id))
    return [_recipient(run, row.customer_id, row.identity_id, parts, row.bucket) for row in found]


def _make(session: Session, rows: Sequence[dict[str, Any]]) -> Mapping[int, int]:
    """By customer: their recipient, of those who were none yet."""
    insert = upsert.insert(session, CampaignRecipient).on_conflict_do_nothing(index_elements=["run_id", "customer_id"])
    returned = insert.returning(CampaignRecipient.customer_id, CampaignRecipient.id)
    return {row[0]: row[1] for row in session.execute(returned, rows)}


def _recipient(run: CampaignRun, customer_id: int, identity_id: int, parts: Split, bucket: int) -> dict[str, Any]:
    """Who is held out of everything the shop sends is held out here, too."""
    held = parts.held(bucket)
    return {
        "run_id": run.id,
        "customer_id": customer_id,
        "identity_id": identity_id,
        "queued": False,
        "outcome": HELD_OUT if held else None,
        "reason": held,
        "variant": parts.variant(bucket),
    }


def _campaign(
    session: Session, journey: Journey, edition: JourneyEdition, position: int, step: Send, now: datetime
) -> Campaign:
    """The one of a step, made when it first sends."""
    known = session.get(JourneySend, (edition.id, position))
    if known is not None:
        return session.get_one(Campaign, known.campaign_id)
    segment_id = edition.segment_id or _everybody(session, now)
    key = f"journey:{edition.public_id}:{position}"
    name, stated = f"{journey.name} · {position + 1}"[:100], {"variants": list(step.variants)}
    made = campaigns.create(session, name, segment_id, step.text, stated=stated, key=key, now=now)
    campaigns.furnish(session, made, step.draft, now=now)
    made.kind, made.state, made.purse_id = KIND, "running", journey.purse_id
    session.add(JourneySend(edition_id=edition.id, position=position, campaign_id=made.id))
    session.flush()
    return made


def _run(session: Session, campaign: Campaign, now: datetime) -> CampaignRun:
    """The open one, or one for today, whose audience is whoever still comes."""
    run = campaigns.open_run(session, campaign)
    if run is not None:
        return run
    place = shop.of(session)
    midnight = place.midnight(today := place.day(now))
    is_taken = session.scalar(sa.select(CampaignRun.id).filter_by(campaign_id=campaign.id, due_at=midnight)) is not None
    run = CampaignRun(
        campaign_id=campaign.id,
        public_id=new_public_id(),
        due_at=now if is_taken else midnight,
        state="sending",
        cursor=0,
        top=0,
        started_at=now,
        text=campaign.text,
        variants=campaign.variants,
        shop_holdout=split.shop_holdout(session),
        open_until=place.midnight(today + timedelta(days=1)),
    )
    session.add(run)
    campaign.state = "running"
    session.flush()
    return run


def _everybody(session: Session, now: datetime) -> int:
    values = {
        "public_id": EVERYBODY,
        "name": "Hành trình",
        "rules": {"all": []},
        "created_at": now,
        "removed_at": now,
    }
    session.execute(upsert.insert(session, Segment).values(values).on_conflict_do_nothing(index_elements=["public_id"]))
    return session.scalars(sa.select(Segment.id).filter_by(public_id=EVERYBODY)).one()
