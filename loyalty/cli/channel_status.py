"""`loyalty channel status`: may each account send, and what did its platform last tell of quotas and templates."""

from collections.abc import Iterator, Mapping
from typing import Any

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.channels import accounts, doors, figures
from loyalty.channels.models import ChannelAccount, ChannelToken
from loyalty.cli import common, playing
from loyalty.cli.common import Both
from loyalty.messaging import inbox, pace_words, package, traffic
from loyalty.settings import ALWAYS_TOGETHER, Settings

KINDS = ("zalo", "messenger")
ACCOUNT = {"zalo": "zalo_oa_id", "messenger": "messenger_page_id"}
STATES: Mapping[str, Both] = {
    "off": Both(vi="chưa nối: thiếu cài đặt", en="not connected: settings are missing"),
    "new": Both(vi="đã đặt, chưa chạy lần nào", en="set, never started"),
    "switched_off": Both(vi="tắt bằng tay", en="switched off by a person"),
    "stopped": Both(vi="đã ngừng gửi", en="stopped"),
    "needs_consent": Both(vi="cần cấp quyền lại", en="needs consent"),
    "no_token": Both(vi="chưa có token", en="has no token"),
    "ok": Both(vi="gửi được", en="may send"),
}
CURE = Both(vi="loyalty channel connect {kind}", en="loyalty channel connect {kind}")
LINES: Mapping[str, Both] = {
    "stopped_reason": Both(vi="lý do", en="reason"),
    "token_expires_at": Both(vi="token hiện tại đến", en="the token of now ends"),
    "last_event_at": Both(vi="sự kiện gần nhất", en="last event"),
    "last_sent_at": Both(vi="tin gửi gần nhất", en="last message sent"),
}
LINKS = Both(vi="liên kết của cửa hàng mở tài khoản này", en="the shop's links open this account")
PACKAGE = Both(
    vi="tin tư vấn sau 48 giờ: {left} tin trong gói giá 0đ, sau đó tính tiền",
    en="consultation messages after 48 hours: {left} of the package at 0₫, then billed",
)
MONEY = Both(vi="Trần chi tiêu tháng này: {told}", en="This month's ceiling: {told}")
INSTANTS = ("token_expires_at", "last_event_at", "last_sent_at")


@click.command()
@click.argument("kind", type=click.Choice(KINDS), required=False)
def status(kind: str | None) -> None:
    """Each account of the channels (or of KIND) as it stands. Asks no platform: that is `doctor --online`."""
    with common.reading() as session:
        found = [each for one in ([kind] if kind else KINDS) for each in _accounts(session, one)]
        money = pace_words.of_month(session, common.locale(), now=common.now())
    common.emit(found, lambda: "\n".join([*(_told(each) for each in found), *([MONEY(told=money)] if money else [])]))


def _accounts(session: Session, kind: str) -> Iterator[dict[str, Any]]:
    """The account of the settings first, then those that consented."""
    settings = playing.chosen()
    own = str(getattr(settings, ACCOUNT[kind]))
    row = accounts.find(session, kind, own) if own else None
    yield _document(session, kind, own, row, is_set=_is_set(settings, kind))
    query = (
        select(ChannelAccount)
        .join(ChannelToken, ChannelToken.channel_account_id == ChannelAccount.id)
        .where(ChannelAccount.kind == kind, ChannelAccount.external_id != own)
        .order_by(ChannelAccount.id)
    )
    for other in session.scalars(query):
        yield _document(session, kind, other.external_id, other, is_set=_is_set(settings, kind))


def _is_set(settings: Settings, kind: str) -> bool:
    return all(getattr(settings, name.lower()) for name in ALWAYS_TOGETHER[kind.upper()])


def _document(
    session: Session, kind: str, external_id: str, row: ChannelAccount | None, *, is_set: bool
) -> dict[str, Any]:
    token = session.get(ChannelToken, row.id) if row is not None else None
    return {
        "channel": kind,
        "account": external_id or None,
        "state": _state(kind, row, token, is_set=is_set),
        "stopped_reason": row.stopped_reason if row is not None else None,
        "token_expires_at": token.expires_at if token is not None else None,
        "last_event_at": inbox.last_received(session, kind, external_id) if external_id else None,
        "last_sent_at": traffic.last_sent(session, row.id) if row is not None else None,
        "links_open": _links_open(session, kind, external_id),
        "tags": {"out": row.mirrors_tags, "in": row.takes_tags} if row is not None else None,
        "package_left": _package(session, row),
        "quotas": _figures(session, row, figures.QUOTA),
        "templates": _figures(session, row, figures.TEMPLATE),
    }


def _state(kind: str, row: ChannelAccount | None, token: ChannelToken | None, *, is_set: bool) -> str:
    if not is_set:
        return "off"
    if row is None:
        return "new"
    if row.stopped_reason == accounts.BY_HAND:
        return "switched_off"
    if kind == "zalo" and token is None:
        return "no_token"
    if token is not None and token.state != "ok":
        return "needs_consent"
    return "stopped" if row.stopped_at is not None else "ok"


def _links_open(session: Session, kind: str, external_id: str) -> bool:
    """Whether links that belong to no store lead to this account."""
    own = str(getattr(playing.chosen(), ACCOUNT[kind]))
    return bool(external_id) and doors.account(session, kind, own) == external_id


def _package(session: Session, row: ChannelAccount | None) -> int | None:
    """Consultation messages that cost nothing after the free hours; None where the shop does not send such."""
    if row is None or not row.bills_package:
        return None
    return package.left(session, [row.id], now=common.now()).get(row.id, 0)


def _figures(session: Session, row: ChannelAccount | None, prefix: str) -> dict[str, Any]:
    found = figures.list_of(session, row.id, prefix) if row is not None else ()
    return {each.name.removeprefix(prefix): each.value | {"at": each.at} for each in found}


def _told(found: dict[str, Any]) -> str:
    head = f"{found['channel']} {found['account'] or '–'}: {STATES[found['state']]()}"
    if found["state"] in ("needs_consent", "no_token") and found["channel"] == "zalo":
        head += f" → {CURE(kind=found['channel'])}"
    lines = [
        f"  {words()}: {common.moment(found[name]) if name in INSTANTS else found[name]}"
        for name, words in LINES.items()
        if found[name]
    ]
    if found["links_open"]:
        lines.append(f"  {LINKS()}")
    if found["package_left"] is not None:
        lines.append(f"  {PACKAGE(left=found['package_left'])}")
    for name, value in (found["quotas"] | found["templates"]).items():
        facts = ", ".join(f"{key} {fact}" for key, fact in value.items() if key != "at")
        lines.append(f"  {name}: {facts} ({common.moment(value['at'])})")
    return "\n".join([head, *lines])


below: list[click.Command] = [status]
