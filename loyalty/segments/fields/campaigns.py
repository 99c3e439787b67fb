"""What campaigns brought: asked of the messages that were sent."""

import sqlalchemy as sa

from loyalty.activity.models import Activity
from loyalty.customers.models import CustomerStats
from loyalty.messaging.models import OutboundMessage
from loyalty.purchases.stats import PURCHASES
from loyalty.segments.fields import touches
from loyalty.segments.fields.field import Family, Field, Kind, Which, Window
from loyalty.segments.fields.sources import Ask, Rows, Select
from loyalty.words import Both

MESSAGES = Both("tin", "messages")
RECIPIENTS = sa.table("campaign_recipient", sa.column("id"), sa.column("run_id"))  # they come after segments
RUNS = sa.table("campaign_run", sa.column("id"), sa.column("campaign_id"))
CAMPAIGNS = sa.table("campaign", sa.column("id"), sa.column("public_id"))
CONTENTS = sa.table("campaign_content", sa.column("campaign_id"), sa.column("window_days"))
GIFTS = sa.table("campaign_gift", sa.column("recipient_id"), sa.column("redemption_id"))
VOUCHERS = sa.table("redemption", *map(sa.column, ("id", "state", "fulfilled_by", "actor")))


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


def _converted(ask: Ask) -> Select:
    """Those whose voucher was used, or that brought an order, as the results of a campaign count them."""
    theirs = PURCHASES.c.customer_id == OutboundMessage.customer_id
    bought = sa.exists().where(theirs, touches.brought(OutboundMessage, _window())).correlate(OutboundMessage)
    mine = sa.and_(GIFTS.c.recipient_id == OutboundMessage.recipient_id, VOUCHERS.c.id == GIFTS.c.redemption_id)
    redeemed = sa.exists().select_from(GIFTS, VOUCHERS).where(mine, touches.used(VOUCHERS.c))
    return _sent(ask, sa.or_(bought, redeemed.correlate(OutboundMessage)))


def _window() -> sa.ColumnElement[int]:
    """For how many days after it a purchase counts as the doing of this message's campaign."""
    runs = RECIPIENTS.join(RUNS, RUNS.c.id == RECIPIENTS.c.run_id)
    kept = runs.join(CONTENTS, CONTENTS.c.campaign_id == RUNS.c.campaign_id)
    days = sa.select(CONTENTS.c.window_days).select_from(kept).where(RECIPIENTS.c.id == OutboundMessage.recipient_id)
    return sa.func.coalesce(days.correlate(OutboundMessage).scalar_subquery(), touches.WINDOW_DAYS)


def _answered(ask: Ask) -> Select:
    soon = touches.within(Activity.at, OutboundMessage.settled_at, int(touches.ANSWERS.total_seconds()))
    wrote = sa.exists().where(Activity.customer_id == OutboundMessage.customer_id, Activity.kind == "message_in", soon)
    return _sent(ask, wrote.correlate(OutboundMessage))


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
        Both("Khách nhắn lại trong 72 giờ sau tin.", "They wrote within 72 hours after it."),
    ),
    _field(
        "bought",
        Rows(_converted),
        Both("Số tin chiến dịch mang lại đơn", "Campaign messages that brought an order"),
        Both("số tin chiến dịch mang lại đơn {}", "campaign messages that brought an order {}"),
        Both(
            "Voucher của tin được dùng, hoặc khách mua trong hạn tính của chiến dịch và đó là tin cuối trước khi mua.",
            "Its voucher was used, or they bought within the campaign's window and it was the last message before.",
        ),
    ),
)
