"""Names of people who write, asked of the platforms afterwards: nothing ever waits for a profile."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from bots.channel import SendError, serving
from jobs.registry import Context, pump
from loyalty.channels import accounts
from loyalty.customers import profiles
from loyalty.customers.models import ChannelIdentity

TRIES = 3
RETRY_AFTER = timedelta(minutes=10)


@pump(rest=1.0)
def fetch_profiles(context: Context) -> int:
    """Ask for one person's name; at most a few a second, so that messages keep the platform's limits to themselves."""
    with context.read_only() as session:  # a look costs the writers nothing
        if session.scalar(_due(context.clock())) is None:
            return 0
    if (identity_id := _take(context)) is None:
        return 0
    with context.read_only() as session:
        identity = session.get_one(ChannelIdentity, identity_id)
        account, user = accounts.get(session, identity.channel_account_id), identity.user_id
        kind, external_id = account.kind, account.external_id
    channel = serving(context.channels, kind, external_id)
    try:
        profile = channel.profile(user) if channel else None
    except SendError:
        return 1  # it is due again later, a few times
    with context.transaction() as session:
        identity = session.get_one(ChannelIdentity, identity_id)
        identity.profile_due_at = None
        customer = profiles.get(session, identity.customer_id)
        if profile and profile.name and customer.name is None and customer.erased_at is None:
            profiles.set_name(session, customer, profile.name, now=context.clock())
    return 1


def _take(context: Context) -> int | None:
    """The next person to ask about, put off so that a failure or a crash asks again later, three times at most."""
    now = context.clock()
    with context.transaction() as session:
        identity = session.scalar(_due(now).with_for_update(skip_locked=True))
        if identity is None:
            return None
        identity.profile_tries += 1
        identity.profile_due_at = now + RETRY_AFTER if identity.profile_tries < TRIES else None
        return identity.id


def _due(now: datetime) -> sa.Select[ChannelIdentity]:
    """Who has waited longest."""
    due = sa.select(ChannelIdentity).where(ChannelIdentity.profile_due_at <= now)
    return due.order_by(ChannelIdentity.profile_due_at).limit(1)
