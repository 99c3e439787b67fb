"""How somebody can be reached, and what they agreed to."""

import sqlalchemy as sa

from loyalty.channels.models import ChannelAccount
from loyalty.customers.models import Case, ChannelIdentity, CustomerStats, is_unclosed
from loyalty.segments.fields.epoch import Epoch
from loyalty.segments.fields.field import Family, Field, Kind
from loyalty.segments.fields.sources import Ask, Rows, Select, Total, Worked
from loyalty.words import Both


def _ways(ask: Ask) -> Select:
    """The chats a message can go by."""
    chat, account = ChannelIdentity, ChannelAccount
    query = sa.select(chat.id).join(account, account.id == chat.channel_account_id)
    theirs = chat.customer_id == CustomerStats.customer_id
    return query.where(theirs, chat.unreachable_at.is_(None), account.stopped_at.is_(None))


def _free(ask: Ask) -> Select:
    closes = Epoch(ChannelIdentity.last_interaction_at) + ChannelAccount.window_seconds
    return _ways(ask).where(closes > int(ask.frame.moment.timestamp()))


def _complaints(ask: Ask) -> Select:
    theirs = Case.customer_id == CustomerStats.customer_id
    return sa.select(Case.id).where(theirs, Case.kind == "complaint", is_unclosed(Case))


def _switch(purpose: str) -> Worked:
    return Worked(lambda ask: sa.not_(CustomerStats.refused.contains(f",{purpose},", autoescape=True)))


def _consent(purpose: str, said: Both, unsaid: Both, label: Both) -> Field:
    return Field(
        f"consent.{purpose}",
        Family.CHATS,
        Kind.FLAG,
        _switch(purpose),
        label=label,
        said=said,
        unsaid=unsaid,
        help=Both("Được phép cho đến khi khách từ chối.", "Allowed until they refuse."),
        example=True,
    )


ALL = (
    Field(
        "channel",
        Family.CHATS,
        Kind.CHANNEL,
        Total("channels"),
        label=Both("Kênh chat", "Chat"),
        said=Both("có kênh {}", "on {}"),
        unsaid=Both("không có kênh {}", "not on {}"),
        help=Both("Nơi khách đã nhắn với cửa hàng.", "Where they write to us."),
        example="zalo",
        more=Both("nhắn cửa hàng qua {}", "write to the shop on {}"),
    ),
    Field(
        "reachable",
        Family.CHATS,
        Kind.FLAG,
        Rows(_ways),
        label=Both("Nhắn tin tới được", "Can be written to"),
        said=Both("nhắn tin tới được", "who can be written to"),
        unsaid=Both("không nhắn tin tới được", "who cannot be written to"),
        help=Both(
            "Có ít nhất một kênh chat đang dùng được, miễn phí hay tính phí.", "By at least one chat, free or paid for."
        ),
        example=True,
        more=Both("nhắn cửa hàng một lần", "write to the shop"),
    ),
    Field(
        "reachable_free",
        Family.CHATS,
        Kind.FLAG,
        Rows(_free),
        label=Both("Đang nhắn được miễn phí", "Can be written to free of charge"),
        said=Both("đang nhắn được miễn phí", "who can be written to free of charge now"),
        unsaid=Both("không nhắn được miễn phí", "who cannot be written to free of charge now"),
        help=Both(
            "Khách vừa nhắn, nên lúc này gửi không mất tiền.", "They wrote lately, so that a message costs nothing now."
        ),
        example=True,
        more=Both("nhắn cửa hàng một lần", "write to the shop"),
    ),
    Field(
        "last_interaction_days",
        Family.CHATS,
        Kind.DAYS,
        Total("last_interaction_at", may_lack=True),
        label=Both("Nhắn lần cuối cách đây", "Last wrote"),
        said=Both("nhắn lần cuối cách đây {}", "last wrote {} ago"),
        unit=Both("ngày", "days ago"),
        help=Both("0 là hôm nay. Ai chưa nhắn lần nào thì không tính.", "0 is today. Who never wrote is left out."),
        example=30,
        more=Both("sau {} nữa không nhắn", "after {} more without a word"),
        less=Both("nhắn cửa hàng một lần", "write to the shop"),
    ),
    Field(
        "consent.promotion",
        Family.CHATS,
        Kind.FLAG,
        Total("consent_promotion"),
        label=Both("Đồng ý nhận ưu đãi", "Agreed to offers"),
        said=Both("đồng ý nhận ưu đãi", "agreed to offers"),
        unsaid=Both("chưa đồng ý nhận ưu đãi", "did not agree to offers"),
        help=Both("Chỉ ai đồng ý mới nhận được tin ưu đãi.", "Only who agreed ever gets an offer."),
        example=True,
        more=Both("đồng ý nhận ưu đãi", "agree to offers"),
    ),
    _consent(
        "care",
        Both("nhận tin nhắc nhở", "get reminders"),
        Both("không muốn tin nhắc nhở", "do not want reminders"),
        Both("Nhận tin nhắc nhở", "Gets reminders"),
    ),
    _consent(
        "evaluation",
        Both("được tính vào báo cáo", "counted in reports"),
        Both("không muốn vào báo cáo", "do not want to be in reports"),
        Both("Được tính vào báo cáo", "Counted in reports"),
    ),
    _consent(
        "personalisation",
        Both("được chọn theo thói quen mua", "may be chosen by what they buy"),
        Both("không muốn bị chọn theo thói quen mua", "do not want to be chosen by what they buy"),
        Both("Được chọn theo thói quen mua", "May be chosen by what they buy"),
    ),
    Field(
        "open_complaint",
        Family.CHATS,
        Kind.FLAG,
        Rows(_complaints),
        label=Both("Đang có khiếu nại", "Has an open complaint"),
        said=Both("đang có khiếu nại chưa xong", "with an open complaint"),
        unsaid=Both("không có khiếu nại nào", "without an open complaint"),
        help=Both("Ai đang khiếu nại thì không nhận tin ưu đãi.", "Who complains gets no offers meanwhile."),
        example=False,
        less=Both("giải quyết xong khiếu nại", "close the complaint"),
    ),
)
