"""Each at their best hour: when the message of everybody in a run is made, within 24 hours of the run's start.

Quiet hours, frequency, consent and the window are asked when it is sent, as of any message.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.campaigns import cron
from loyalty.campaigns.judging import Look, Mailing
from loyalty.campaigns.models import Campaign, CampaignRecipient, CampaignRun
from loyalty.channels.models import ChannelAccount
from loyalty.customers.models import ChannelIdentity
from loyalty.customers.traits.models import CustomerHour
from loyalty.purchases import hours
from loyalty.segments.fields.epoch import Epoch
from loyalty.segments.models import Segment
from loyalty.shop import Shop


@dataclass(frozen=True, slots=True)
class Share:
    """How many of those who would get it are written to from an hour on; `own` of them at an hour of their own."""

    at: datetime
    people: int
    own: int


def moments(start: datetime, here: Shop, rule: str | None = None) -> Mapping[int, datetime]:
    """By hour of the shop's day: the first instant, not before the start, that lies in it.

    Of a campaign that starts again by a cron `rule` within the day, hours that only come after that are the start: no
    run waits for the one before it.
    """
    local = start.astimezone(here.timezone)
    whole = local.replace(minute=0, second=0, microsecond=0)
    later = (whole + timedelta(hours=ahead) for ahead in range(1, hours.HOURS))
    again = cron.parse(rule).next_after(start, here.timezone) if rule else None
    return {local.hour: start} | {each.hour: each if again is None or each < again else start for each in later}


def assign(session: Session, run: CampaignRun, *, since_id: int, rule: str | None = None) -> None:
    """Give the recipients just frozen, those after a customer's id, their moments.

    Whose free window closes before theirs is written to at once: waiting would make it cost, or not go at all.
    """
    at = moments(run.started_at, shop.of(session), rule)
    mine = CampaignRecipient.customer_id
    hour = sa.select(CustomerHour.hour).where(CustomerHour.customer_id == mine).scalar_subquery()
    usual = at[hours.shop_hour(session)]
    own = sa.case({each: _instant(moment) for each, moment in at.items()}, value=hour, else_=_instant(usual))
    closes = _closes(CampaignRecipient.identity_id)
    waits_too_long = sa.and_(closes > int(run.started_at.timestamp()), closes <= Epoch(own))
    session.execute(
        sa.update(CampaignRecipient)
        .where(CampaignRecipient.run_id == run.id, mine.between(since_id + 1, run.cursor))
        .values(not_before=sa.case((waits_too_long, _instant(run.started_at)), else_=own))
        .execution_options(synchronize_session=False)
    )


def spread(session: Session, campaign: Campaign, *, now: datetime) -> Sequence[Share]:
    """Who would get it, by the hour they would be written to, if it started now. Raises BadRules."""
    segment = session.get_one(Segment, campaign.segment_id)
    look = Look.at(session, segment, Mailing.of(session, campaign), now)
    judged, at = look.judged(session), moments(now, look.frame.shop, campaign.cron)
    usual = hours.shop_hour(session)
    hour = sa.func.coalesce(CustomerHour.hour, usual)
    query = (
        sa.select(hour, sa.func.count(), sa.func.count(CustomerHour.hour))
        .select_from(judged)
        .outerjoin(CustomerHour, CustomerHour.customer_id == judged.c.customer_id)
        .where(judged.c.reason.is_(None))
        .group_by(sa.text("1"))
    )
    found = [Share(at[int(row[0])], row[1], row[2]) for row in session.execute(query)]
    return sorted(found, key=lambda share: share.at)


def _closes(identity_id: ColumnElement[int | None] | sa.orm.InstrumentedAttribute[int | None]) -> ColumnElement[int]:
    """When the free window of a chat closes, as seconds since 1970; NULL where it never opened."""
    query = (
        sa.select(Epoch(ChannelIdentity.last_interaction_at) + ChannelAccount.window_seconds)
        .join_from(ChannelIdentity, ChannelAccount, ChannelAccount.id == ChannelIdentity.channel_account_id)
        .where(ChannelIdentity.id == identity_id)
    )
    return query.scalar_subquery()


def _instant(at: datetime) -> ColumnElement[datetime]:
    return sa.literal(at, CampaignRecipient.__table__.c.not_before.type)
