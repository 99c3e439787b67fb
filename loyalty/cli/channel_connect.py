"""`loyalty channel connect`: an administrator of the account consents in a browser, and the tokens come here."""

import sys
import time
from urllib.parse import parse_qsl, urlsplit

import click

from bots import connecting
from loyalty.channels import consent_words, granting
from loyalty.channels.connectors import Connector, Journey
from loyalty.cli import common, playing
from loyalty.cli.common import Both, Refused
from loyalty.db import Database
from loyalty.errors import LoyaltyError
from loyalty.staff import audit

LOOK = 1.0  # seconds between two looks at whether somebody came back
OPEN = Both(
    vi="Mở địa chỉ này bằng tài khoản quản trị của {kind} và bấm Đồng ý (trong {minutes} phút, một lần):\n{url}",
    en="Open this address as an administrator of {kind} and agree (within {minutes} minutes, once):\n{url}",
)
CALLBACK = Both(
    vi="Callback URL trong cài đặt ứng dụng phải đúng từng ký tự là: {callback}",
    en="The Callback URL in the app's settings must be, letter by letter: {callback}",
)
PASTE = Both(
    vi="Trang báo «Đã nối» thì bấm Enter; không mở được trang thì dán địa chỉ hoặc mã (code) ở đây",
    en="When the page says “Connected”, press Enter; if it does not open, paste its address or the code here",
)
NOT_YET = Both(
    vi="Chưa thấy ai quay về. Đồng ý xong rồi bấm Enter.", en="Nobody came back yet. Agree, then press Enter."
)
CONNECTED = Both(
    vi="Đã nối {kind} {account}: gửi và nhận tin được từ bây giờ.",
    en="{kind} {account} is connected: it sends and receives from now on.",
)
NO_APP = Both(
    vi="Chưa có ứng dụng {kind}: đặt LOYALTY_{name}_APP_ID và LOYALTY_{name}_APP_SECRET, xem bots/{kind}/README.md.",
    en="There is no app of {kind}: set LOYALTY_{name}_APP_ID and LOYALTY_{name}_APP_SECRET, see bots/{kind}/README.md.",
)
NO_CONSENT = Both(
    vi="{kind} không có bước cấp quyền kiểu này: đặt token vào .env theo bots/{kind}/README.md.",
    en="{kind} has no such consent: set its token in .env, see bots/{kind}/README.md.",
)


@click.command()
@click.argument("kind", type=click.Choice(["zalo", "messenger"]))
@click.option("--another", is_flag=True, help="Another account of the same app, besides the one in the settings.")
def connect(kind: str, another: bool) -> None:
    """Ask an administrator's consent for the account of KIND, and keep the tokens it brings.

    Prints where to consent, and waits for it. The page that comes back may be open on any machine; without one, paste
    the address it would have had.
    """
    with common.open_database() as database:
        connector = _connector(kind, database)
        own = playing.chosen().zalo_oa_id if kind == "zalo" else ""
        with database.transaction() as session:
            journey = connector.begin(
                session,
                wanted=None if another else own or None,
                by=audit.CLI.actor,
                source=audit.CLI.source,
                in_browser=False,
                now=common.now(),
            )
        minutes = int(granting.LIVES.total_seconds() // 60)
        common.say(OPEN(kind=kind, minutes=minutes, url=journey.url))
        common.say(CALLBACK(callback=journey.callback))
        account = _await(database, connector, journey)
    common.emit({"channel": kind, "account": account, "connected": True}, CONNECTED(kind=kind, account=account))


def _connector(kind: str, database: Database) -> Connector:
    made = connecting.connectors(playing.chosen(), database, common.now)
    if kind in made:
        return made[kind]
    said = NO_APP if kind == "zalo" else NO_CONSENT
    raise Refused(said(kind=kind, name=kind.upper()))


def _await(database: Database, connector: Connector, journey: Journey) -> str:
    """The account that consented: through the page, or by what is pasted here. Raises Refused."""
    until = common.now() + granting.LIVES
    while common.now() < until:
        typed = _typed()
        try:
            if typed and (came := came_back(typed, journey.state)):
                return connector.finish(came, browser="")
        except LoyaltyError as refusal:
            raise _refused(refusal) from None
        account = _came(database, journey.state)
        if account:
            return account
        if typed is not None:
            common.say(NOT_YET())
    raise Refused(consent_words.REFUSALS["grant_late"].in_(common.locale()))


def came_back(typed: str, state: str) -> dict[str, str]:
    """The values of a pasted address; a bare code is taken for one of this consent."""
    query = dict(parse_qsl(urlsplit(typed).query))
    if "code" in query:
        return {"state": state} | query
    return {"state": state, "code": typed} if "/" not in typed and " " not in typed else {}


def _typed() -> str | None:
    """A line somebody typed; None where nobody is there to type, after a rest."""
    if sys.stdin is not None and sys.stdin.isatty():
        return str(click.prompt(PASTE(), default="", show_default=False, err=True)).strip()
    line = sys.stdin.readline() if sys.stdin is not None else ""
    if line.strip():
        return line.strip()
    time.sleep(LOOK)
    return None


def _came(database: Database, state: str) -> str | None:
    """Raises Refused when the page was refused."""
    with database.read_only() as session:
        account, fault = granting.outcome(session, state)
    if fault is not None:
        said = consent_words.REFUSALS.get(fault) or consent_words.of_platform(fault)
        raise Refused(said.in_(common.locale(), code=fault, got="?", wanted=playing.chosen().zalo_oa_id))
    return account


def _refused(refusal: LoyaltyError) -> Refused:
    return Refused(consent_words.in_words(refusal).in_(common.locale()))


below: list[click.Command] = [connect]
