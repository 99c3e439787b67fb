"""What a platform decides about an account itself: blocked, let go again, warned; templates judged."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty.alerts import raising
from loyalty.alerts.models import Alert
from loyalty.channels import accounts
from loyalty.channels.models import ChannelAccount

BLOCKED, UNBLOCKED, WARNED, TEMPLATE = "channel_blocked", "channel_unblocked", "channel_warned", "template_judged"


def block(session: Session, account: ChannelAccount, reason: str, *, at: datetime) -> None:
    """Nothing leaves until the platform, or a person, says otherwise; the owner is told.

    News comes more than once and out of order: a block older than the newest word that it ended changes nothing.
    """
    ended = sa.select(sa.func.max(Alert.closed_at)).filter_by(kind=BLOCKED, subject=subject(account))
    newest = session.scalar(ended)
    if newest is not None and at <= newest:
        return
    accounts.stop(session, account.id, accounts.POLICY, now=at)
    raising.raise_alert(session, BLOCKED, subject(account), reason, now=at)


def unblock(session: Session, account: ChannelAccount, *, at: datetime) -> None:
    """What waited leaves now, unless a person had switched the account off; the owner is told."""
    opened = sa.select(Alert.opened_at).filter_by(kind=BLOCKED, subject=subject(account), closed_at=None)
    since = session.scalar(opened)
    if since is None:  # its block has not come yet, or a person has seen to it: remembered, so that a late one is known
        raising.raise_alert(session, BLOCKED, subject(account), "", now=at)
        raising.close(session, BLOCKED, subject(account), now=at)
        return
    if at < since:
        return
    raising.close(session, BLOCKED, subject(account), now=at)
    if account.stopped_reason == accounts.POLICY:
        accounts.resume(session, account.id)
        raising.raise_alert(session, UNBLOCKED, subject(account), "", now=at)


def warn(session: Session, account: ChannelAccount, reason: str, *, at: datetime) -> None:
    """The owner is told before a block follows."""
    raising.raise_alert(session, WARNED, subject(account), reason, now=at)


def judge(session: Session, account: ChannelAccount, told: str, *, at: datetime) -> None:
    """A template was approved, refused, paused …: `told` names it and says how."""
    raising.raise_alert(session, TEMPLATE, f"{subject(account)}:{told.partition(':')[0]}", told, now=at)


def subject(account: ChannelAccount) -> str:
    """What the alerts about an account call it."""
    return f"{account.kind}:{account.external_id}"
