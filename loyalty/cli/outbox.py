"""`loyalty outbox`: the messages that leave, the button that stops them, a person's word on those of unknown fate."""

from typing import Any

import click
from sqlalchemy.orm import Session

from loyalty.channels import accounts
from loyalty.cli import common
from loyalty.cli.common import Both, Refused
from loyalty.errors import NotFound
from loyalty.messaging import halt
from loyalty.messaging import outbox as messages
from loyalty.messaging.models import OutboundMessage
from loyalty.staff import audit

STATES = {
    "waiting": Both(vi="đang chờ", en="waiting"),
    "sending": Both(vi="đang gửi", en="sending"),
    "sent": Both(vi="đã gửi", en="sent"),
    "failed": Both(vi="không gửi được", en="failed"),
    "skipped": Both(vi="không gửi", en="skipped"),
    "unknown": Both(vi="chưa rõ", en="unknown"),
}
LANES = {
    "reply": Both(vi="trả lời", en="reply"),
    "notice": Both(vi="thông báo", en="notice"),
    "promotion": Both(vi="ưu đãi", en="promotion"),
}
SETTLED = {
    "sent": Both(vi="Tin {id} được ghi là đã gửi.", en="The message {id} counts as sent."),
    "failed": Both(vi="Tin {id} được ghi là không gửi được.", en="The message {id} counts as failed."),
    "resend": Both(vi="Tin {id} sẽ được gửi lại.", en="The message {id} is sent again."),
}
NOT_UNKNOWN = Both(
    vi="Tin «{id}» không ở trạng thái chưa rõ, nên không đổi gì. Xem: loyalty outbox list --state unknown",
    en="The fate of “{id}” is not unknown, so nothing changed. See: loyalty outbox list --state unknown",
)
STOPPED = Both(
    vi="Đã dừng mọi tin gửi đi. Cho gửi lại: loyalty outbox resume",
    en="Nothing more is sent. To resume: loyalty outbox resume",
)
STOPPED_ALREADY = Both(vi="Mọi tin gửi đi đã dừng từ trước.", en="Everything outgoing is stopped already.")
RESUMED = Both(
    vi="Tin gửi đi đã chạy lại, sau khi dừng từ {at}.", en="Messages leave again; they were stopped since {at}."
)
NOT_STOPPED = Both(vi="Tin gửi đi không bị dừng.", en="Messages are not stopped.")
NONE = Both(vi="Không có tin nào.", en="There are no messages.")
HEAD = Both(
    vi="Mã|Tạo lúc|Trạng thái|Kênh|Loại|Lần thử|Lý do|Lỗi", en="Id|Created|State|Channel|Lane|Tries|Reason|Error"
)


@click.group()
def outbox() -> None:
    """Outbound messages; a person decides about unknown ones."""


@outbox.command("list")
@click.option("--state", type=click.Choice(list(STATES)))
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
def list_(state: str | None, limit: int) -> None:
    """Messages, newest first. Who gets them and what they say is not shown."""
    with common.reading() as session:
        found = [_told(session, message) for message in messages.list_newest(session, state=state, limit=limit)]
    common.emit(found, lambda: _listed(found))


@outbox.command(context_settings=common.TAKES_IDS)
@click.argument("message_id", metavar="ID")
@click.option("--as", "verdict", required=True, type=click.Choice(list(SETTLED)))
def settle(message_id: str, verdict: str) -> None:
    """Say what became of an unknown message, or have it sent again."""
    with common.transaction() as session:
        try:
            told = _told(session, messages.settle_by_hand(session, message_id, verdict, now=common.now()))
        except NotFound:
            raise Refused(NOT_UNKNOWN(id=message_id)) from None
        subject, detail = f"message:{message_id}", {"as": verdict}
        audit.record_by(session, audit.CLI, "message_settled", subject, detail=detail, now=common.now())
    common.emit(told, SETTLED[verdict](id=message_id))


@outbox.command()
@click.option("--reason", default="", help="Why; the console shows it while all is stopped.")
def stop(reason: str) -> None:
    """Stop everything outgoing, answers too: no worker begins another message until `resume`."""
    with common.transaction() as session:
        is_new = halt.stop(session, reason, by=audit.CLI, now=common.now())
    common.emit({"stopped": True}, (STOPPED if is_new else STOPPED_ALREADY)())


@outbox.command()
def resume() -> None:
    """Let messages leave again. Answers and notices over a day old are skipped as stale."""
    with common.transaction() as session:
        ended = halt.resume(session, by=audit.CLI, now=common.now())
    common.emit({"stopped": False}, RESUMED(at=common.moment(ended.at)) if ended else NOT_STOPPED())


def _told(session: Session, message: OutboundMessage) -> dict[str, Any]:
    return messages.values_of(message) | {"channel": accounts.get(session, message.channel_account_id).kind}


def _listed(found: list[dict[str, Any]]) -> str:
    if not found:
        return NONE()
    rows = [
        [
            each["id"],
            common.moment(each["created_at"]),
            STATES[each["state"]](),
            each["channel"],
            LANES[each["lane"]](),
            str(each["attempts"]),
            each["reason"] or "–",
            each["error"] or "–",
        ]
        for each in found
    ]
    return common.table(HEAD().split("|"), rows)


commands = [outbox]
