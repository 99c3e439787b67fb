"""`loyalty channel setup`: what customers see of a channel before they write, and which events come to us."""

from typing import Any

import click
import requests

from bots import registry
from bots.channel import Channel, SendError
from bots.messenger import FIELDS, MessengerChannel, menu
from bots.messenger.menu import Setup
from bots.zalo import ZaloChannel
from bots.zalo import errors as zalo_errors
from bots.zalo.errors import ZaloException
from loyalty import shop
from loyalty.channels.accounts import ChannelRefused
from loyalty.cli import common
from loyalty.cli.common import Both, Refused
from loyalty.db import Database
from loyalty.staff import audit

OFF = Both(
    vi="Kênh {kind} chưa nối, nên chưa đặt được gì. Làm theo bots/{kind}/README.md, rồi chạy lại.",
    en="{kind} is not connected, so nothing was set. Follow bots/{kind}/README.md, then run this again.",
)
SET = Both(vi="Đã đặt cho trang {account}:", en="Set on the page {account}:")
WOULD = Both(vi="Sẽ đặt cho trang {account} (chưa đổi gì):", en="Would be set on {account} (nothing was changed):")
LINES = {
    "get_started": Both(vi="nút Bắt đầu", en="the Get Started button"),
    "greeting": Both(vi="lời chào", en="the greeting"),
    "persistent_menu": Both(vi="trình đơn", en="the menu"),
    "ice_breakers": Both(vi="câu gợi ý", en="ice breakers"),
    "fields": Both(vi="sự kiện", en="events"),
}
THEIRS = Both(
    vi="Trang đang có câu gợi ý (ice breakers) do người khác đặt: liên kết m.me có thể mất mã giới thiệu vì chúng.",
    en="The page has ice breakers somebody else set: m.me links may lose their `ref` because of them.",
)
CONFLICT = Both(
    vi="Câu gợi ý lấn nút Bắt đầu: liên kết m.me của khách mới có thể mất mã giới thiệu.",
    en="Ice breakers go before Get Started: m.me links of new people may lose their `ref`.",
)
ZALO = Both(
    vi="OA {account} nhận token của mình. Trình đơn của OA không đặt được bằng chương trình: vào oa.zalo.me, "
    "Quản lý OA → Tin nhắn → Menu, mỗi mục chọn «Gửi tin nhắn» với chữ: {words}.",
    en="The OA {account} accepts our token. Zalo lets no program set an OA's menu: at oa.zalo.me, under Manage OA → "
    "Messages → Menu, let each entry send one of these texts: {words}.",
)
ZALO_OTHER = Both(
    vi="Token thuộc về một OA khác, không phải {account}. Lấy cặp token mới theo bots/zalo/README.md.",
    en="The token is another OA's, not {account}'s. Get a new pair as bots/zalo/README.md tells.",
)


@click.command("setup")
@click.argument("kind", type=click.Choice(["zalo", "messenger"]))
@click.option("--dry-run", is_flag=True, help="Show what would be set; ask nothing of the platform.")
@click.option(
    "--ice-breakers", is_flag=True, help="Questions to begin with, too; m.me links may lose their ref by them."
)
def setup(kind: str, dry_run: bool, ice_breakers: bool) -> None:
    """Set button, greeting and menu of the page and subscribe it to our events; for Zalo, say what to click."""
    with common.open_database() as database:  # Zalo's tokens are kept in it
        channel = _channel(database, kind)
        if isinstance(channel, ZaloChannel):
            _zalo(channel, asks=not dry_run)
        elif isinstance(channel, MessengerChannel):
            _messenger(channel, database, dry_run=dry_run, ice_breakers=ice_breakers)


def _channel(database: Database, kind: str) -> Channel:
    """Raises Refused for one that is not connected."""
    channels = registry.build(common.chosen(), database, common.now)
    if kind not in channels:
        raise Refused(OFF(kind=kind))
    return channels[kind]


def _messenger(channel: MessengerChannel, database: Database, *, dry_run: bool, ice_breakers: bool) -> None:
    with database.read_only() as session:
        name = shop.of(session).name
    if dry_run:
        done = Setup(menu.profile(name, ice_breakers=ice_breakers), FIELDS)
    else:
        done = _apply(channel, name, ice_breakers)
        with database.transaction() as session:
            audit.record_by(session, audit.CLI, "channel_set_up", f"channel:{channel.kind}", now=common.now())
    if done.has_ice_breakers or ice_breakers:
        common.say(CONFLICT() if ice_breakers else THEIRS())
    document = {"channel": channel.kind, "account": channel.account, "changed": not dry_run}
    head = (WOULD if dry_run else SET)(account=channel.account)
    common.emit(document | {"profile": done.profile, "fields": list(done.fields)}, lambda: _told(head, done))


def _apply(channel: MessengerChannel, name: str, ice_breakers: bool) -> Setup:
    try:
        return menu.apply(channel, name, ice_breakers=ice_breakers)
    except SendError as error:
        raise ChannelRefused(error.code, error.detail) from None


def _told(head: str, done: Setup) -> str:
    """Line by line, in the language of the shop's own menu."""
    lines = {key: _shown(key, value) for key, value in done.profile.items()}
    lines["fields"] = ", ".join(done.fields)
    return "\n".join([head, *(f"  {LINES[key]()}: {shown}" for key, shown in lines.items())])


def _shown(key: str, value: Any) -> str:
    if key == "get_started":
        return str(value["payload"])
    if key == "greeting":
        return " · ".join(f"{each['locale']}: {each['text']}" for each in value)
    entries = value[0]["call_to_actions"]
    return ", ".join(f"{each.get('title') or each.get('question')} → {each['payload']}" for each in entries)


def _zalo(channel: ZaloChannel, *, asks: bool) -> None:
    """Zalo has no call for menus; that the token is this OA's can be asked."""
    if asks and not _is_ours(channel):
        raise Refused(ZALO_OTHER(account=channel.account))
    words = [menu.word(key, "vi") for key in menu.MENU]
    document = {"channel": channel.kind, "account": channel.account, "changed": False, "words": words}
    common.emit(document, ZALO(account=channel.account, words=", ".join(words)))


def _is_ours(channel: ZaloChannel) -> bool:
    """Raises ChannelRefused."""
    try:
        told = channel.client.get_oa().get("data")
    except (ZaloException, requests.RequestException) as error:
        refused = zalo_errors.send_error(error)
        raise ChannelRefused(refused.code, refused.detail) from None
    except SendError as error:
        raise ChannelRefused(error.code, error.detail) from None
    return isinstance(told, dict) and str(told.get("oa_id") or told.get("oaid")) == channel.account


below: list[click.Command] = [setup]
