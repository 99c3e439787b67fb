"""What campaigns brought: asked of the messages that were sent."""

import sqlalchemy as sa

from loyalty.activity.models import Activity
from loyalty.customers.models import CustomerStats
from loyalty.messaging.models import OutboundMessage
from loyalty.purchases.models import Purchase
from loyalty.segments.fields.epoch import DAY, Epoch
from loyalty.segments.fields.field import Family, Field, Kind, Which, Window
from loyalty.segments.fields.sources import Ask, Expr, Rows, Select
from loyalty.words import Both

BOUGHT_WITHIN = 7  # days after the message
ANSWERED_WITHIN = 2
MESSAGES = Both("tin", "messages")
RECIPIENTS = sa.table("campaign_recipient", sa.column("id"), sa.column("run_id"))  # they come after segments
RUNS = sa.table("campaign_run", sa.column("id"), sa.column("campaign_id"))
CAMPAIGNS = sa.table("campaign", sa.column("id"), sa.column("public_id"))


def _sent(ask: Ask, *more: sa.ColumnElement[bool]) -> Select:
    """The campaign messages a row of totals got, of the campaigns and in the window that are stated."""
    message = OutboundMessage
    asked: list[sa.ColumnElement[bool]] = [message.recipient_id.is_not(None)]
    if ask.of:
        asked.append(message.recipient_id.in_(_recipients(ask)))
    if ask.within is not None:
        asked.append(message.settled_at >= ask.since_at)
    theirs = message.customer_id == CustomerStats.customer_id
    return sa.select(message.id).where(theirs, message.state == "sent", *asked, *more)


def _recipients(ask: Ask) -> Select:
    """Of this very message, if it is one of theirs: looked up by its key, whatever became of others."""
    runs = RUNS.join(CAMPAIGNS, CAMPAIGNS.c.id == RUNS.c.campaign_id)
    run_ids = sa.select(RUNS.c.id).select_from(runs).where(CAMPAIGNS.c.public_id.in_(ask.of))
    mine = RECIPIENTS.c.id == OutboundMessage.recipient_id
    return sa.select(RECIPIENTS.c.id).where(mine, RECIPIENTS.c.run_id.in_(run_ids)).correlate(OutboundMessage)


def _bought(ask: Ask) -> Select:
    return _sent(
        ask, _followed(Purchase.customer_id, Purchase.purchased_at, BOUGHT_WITHIN, Purchase.state == "recorded")
    )


def _answered(ask: Ask) -> Select:
    return _sent(ask, _followed(Activity.customer_id, Activity.at, ANSWERED_WITHIN, Activity.kind == "message_in"))


def _followed(whose: Expr, at: Expr, days: int, what: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """Whether it happened after the message, and no more than so many times 24 hours after."""
    soon = Epoch(at) <= Epoch(OutboundMessage.settled_at) + days * DAY
    happened = sa.exists().where(whose == OutboundMessage.customer_id, what, at > OutboundMessage.settled_at, soon)
    return happened.correlate(OutboundMessage)


def _which() -> Which:
    return Which(
        Both("Chiến dịch", "Campaign"),
        Both("của chiến dịch {}", "of the campaign {}"),
        "id",
        is_needed=False,
        choices=lambda frame: frame.things.campaigns(),
        name_of=lambda frame, public_id: frame.things.campaign(public_id),
    )


def _field(name: str, source: Rows, label: Both, said: Both, meaning: Both) -> Field:
    return Field(
        f"campaign.{name}",
        Family.CAMPAIGNS,
        Kind.NUMBER,
        source,
        label=label,
        said=said,
        unit=MESSAGES,
        help=meaning,
        example=1,
        of=_which(),
        within=Window(),
    )


ALL = (
    _field(
        "received",
        Rows(_sent),
        Both("Số tin chiến dịch đã nhận", "Campaign messages received"),
        Both("số tin chiến dịch đã nhận {}", "campaign messages received {}"),
        Both("Tin đã gửi đi thành công.", "Messages that were sent."),
    ),
    _field(
        "seen",
        Rows(lambda ask: _sent(ask, OutboundMessage.seen_at.is_not(None))),
        Both("Số tin chiến dịch đã xem", "Campaign messages seen"),
        Both("số tin chiến dịch đã xem {}", "campaign messages seen {}"),
        Both("Theo báo «đã xem» của Zalo, Messenger.", "As Zalo and Messenger report it."),
    ),
    _field(
        "answered",
        Rows(_answered),
        Both("Số tin chiến dịch khách trả lời", "Campaign messages answered"),
        Both("số tin chiến dịch khách trả lời {}", "campaign messages answered {}"),
        Both("Khách nhắn lại trong 48 giờ sau tin.", "They wrote within 48 hours after it."),
    ),
    _field(
        "bought",
        Rows(_bought),
        Both("Số tin chiến dịch khách mua sau đó", "Campaign messages followed by a purchase"),
        Both("số tin chiến dịch khách mua sau đó {}", "campaign messages followed by a purchase {}"),
        Both(
            "Khách mua trong 7 ngày sau tin, vì tin hay không.",
            "They bought within 7 days after it, for whatever reason.",
        ),
    ),
)
