"""What a campaign's message brought, said once for reports and for rules.

An order belongs to the last campaign message its customer got before it, if it is within that campaign's window.
"""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.orm import aliased

from loyalty.messaging.models import OutboundMessage
from loyalty.purchases.stats import PURCHASES, STANDING
from loyalty.segments.fields.epoch import DAY, Epoch

WINDOW_DAYS = 7  # where a campaign states no other
ANSWERS = timedelta(hours=72)  # a message of theirs within so long after ours is an answer to it


def within(happened: Any, since: Any, seconds: Any) -> ColumnElement[bool]:
    """Whether it happened after `since`, and no more than so many seconds after."""
    return sa.and_(happened > since, Epoch(happened) <= Epoch(since) + seconds)


def brought(message: Any, days: Any) -> ColumnElement[bool]:
    """Whether a row of purchases of the message's customer is its doing: standing, in time, by last touch."""
    later = aliased(OutboundMessage)  # by itself it would see the nearest query only, and count anybody's messages
    touched_since = (
        sa.exists()
        .correlate_except(later)
        .where(
            later.customer_id == message.customer_id,
            later.recipient_id.is_not(None),
            later.state == "sent",
            later.settled_at > message.settled_at,
            later.settled_at < PURCHASES.c.purchased_at,
        )
    )
    return sa.and_(STANDING, within(PURCHASES.c.purchased_at, message.settled_at, days * DAY), ~touched_since)


def used(voucher: Any) -> ColumnElement[bool]:
    """Whether a voucher (a row of redemptions) was handed in: fulfilled, and not by whom it was given by."""
    return sa.and_(voucher.state == "fulfilled", voucher.fulfilled_by.is_distinct_from(voucher.actor))
