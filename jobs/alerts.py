"""Telling the owners what must not wait until somebody looks: a line in chat while their window is open."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby

from sqlalchemy.orm import Session
from structlog import get_logger

from jobs.registry import Context, pump
from loyalty import shop
from loyalty.alerts import raising
from loyalty.alerts.models import Alert
from loyalty.channels import accounts as channels
from loyalty.messaging import notices
from loyalty.staff import accounts
from loyalty.staff.accounts import StaffChat
from loyalty.staff.models import Role

log = get_logger()

HEAD = {"vi": "{shop} cần bạn xem qua:", "en": "{shop} needs your eyes:"}
TEXTS: Mapping[str, Mapping[str, str]] = {  # by kind: what happened, and what to do; `count` is how many of the kind
    "token_lost": {
        "vi": "{channel} không nhận token nữa nên chưa gửi được tin. Cấp quyền lại cho tài khoản rồi đặt token mới.",
        "en": "{channel} refuses our token, so nothing is sent. Consent again for the account and set the new token.",
    },
    "channel_stopped": {
        "vi": "{channel} từ chối tin của mình nên đã ngừng gửi ({detail}). Chạy loyalty doctor để xem cách sửa.",
        "en": "{channel} refuses our messages, so sending has stopped ({detail}). Run loyalty doctor for the cure.",
    },
    "event_parked": {
        "vi": "{count} tin đến chưa xử lý được. Chạy loyalty inbox list --state parked, rồi loyalty inbox replay.",
        "en": "{count} incoming events failed. Run loyalty inbox list --state parked, then loyalty inbox replay.",
    },
    "staff_bound": {
        "vi": "{count} tài khoản chat vừa gắn cho nhân viên. Không phải bạn cho? Chạy loyalty staff list rồi remove.",
        "en": "{count} chat accounts were just bound to staff. Not your doing? Run loyalty staff list, then remove.",
    },
    "code_guessing": {
        "vi": "Có người đoán mã nhân viên nhiều lần. Tài khoản đó phải chờ một giờ, bạn chưa cần làm gì.",
        "en": "Somebody guesses at staff codes. That account waits an hour; there is nothing you must do.",
    },
    "campaign_stopped": {
        "vi": "{count} chiến dịch tạm dừng vì nhóm khách không còn hợp lệ ({detail}). Sửa rồi cho chạy tiếp.",
        "en": "{count} campaigns paused: their segment's rules no longer hold ({detail}). Mend the rules, then resume.",
    },
    "backup_failed": {
        "vi": "Sao lưu hằng đêm không thành ({detail}). Chạy loyalty doctor, rồi loyalty backup để làm lại ngay.",
        "en": "The nightly backup failed ({detail}). Run loyalty doctor, then loyalty backup to make one now.",
    },
}
OTHER = {"vi": "{kind} ({count}). Chạy loyalty doctor để xem cách sửa.", "en": "{kind} ({count}). Run loyalty doctor."}


@pump(rest=2.0)
def tell_owners(context: Context) -> int:
    """Write about alerts nobody was told of, as soon as an owner can be written to; returns how many were told.

    Each is told once: whichever worker marks it first writes, all of a round in one message.
    """
    now = context.clock()
    with context.read_only() as session:  # most rounds find nothing, and hold no writer up
        if not raising.untold(session) or not open_chats(session, now=now):
            return 0
    with context.transaction() as session:
        return tell(session, now=now)


def tell(session: Session, *, now: datetime) -> int:
    """One notice about every untold alert to each owner who can be written to; returns how many were told."""
    chats = open_chats(session, now=now)
    if not chats:
        return 0
    told = [alert for alert in raising.untold(session) if raising.mark_told(session, alert.id, now=now)]
    if told:
        text = compose(session, told)
        for chat in chats:
            key = f"alerts:{told[0].id}:{chat.account.id}:{chat.user_id}"
            notices.tell_chat(session, chat.account.id, chat.user_id, key, text, now=now)
        log.info("alerts_told", count=len(told), recipient=len(chats))
    return len(told)


def open_chats(session: Session, *, now: datetime) -> list[StaffChat]:
    """The chats of owners a free message reaches now."""
    return [chat for chat in accounts.chats_of(session, [Role.OWNER]) if _is_open(chat, now)]


def compose(session: Session, alerts: Sequence[Alert]) -> str:
    """One line for each kind, in the shop's language; nothing personal."""
    place = shop.of(session)
    by_kind = groupby(sorted(alerts, key=lambda alert: (alert.kind, alert.id)), key=lambda alert: alert.kind)
    lines = [f"• {_line(kind, list(found), place.locale)}" for kind, found in by_kind]
    return "\n".join([HEAD[place.locale].format(shop=place.name), *lines])


def _is_open(chat: StaffChat, now: datetime) -> bool:
    closes = channels.window_end(chat.account, chat.last_interaction_at)
    return chat.account.stopped_at is None and closes is not None and now < closes


def _line(kind: str, alerts: Sequence[Alert], locale: str) -> str:
    newest = alerts[-1]
    channel = newest.subject.partition(":")[0].capitalize()
    facts = {"kind": kind, "count": len(alerts), "channel": channel, "detail": newest.detail or "?"}
    return TEXTS.get(kind, OTHER)[locale].format(**facts)
