"""`loyalty doctor`: is everything as it must be, and if not, what to do."""

from collections.abc import Iterator, Mapping
from typing import Any

import click
import requests

from bots import registry
from bots.channel import Channel, SendError, SeveralAccounts
from bots.messenger import FIELDS, MessengerChannel
from bots.messenger import errors as messenger_errors
from bots.messenger.errors import MessengerError
from bots.zalo import ZaloChannel
from bots.zalo import errors as zalo_errors
from bots.zalo.errors import ZaloException
from loyalty.cli import common
from loyalty.cli.common import Both
from loyalty.db import Database
from loyalty.installation import checks, opening
from loyalty.installation.checks import Check
from loyalty.installation.cures import CURES, FINE
from loyalty.settings import Settings, SettingsError

HEALTHY = Both(vi="Mọi thứ đều ổn.", en="All is well.")
ILL = Both(vi="{count} chỗ cần sửa.", en="{count} to mend.")


@click.command()
@click.option("--online", is_flag=True, help="Ask the platforms too: is the token good, do events come.")
def doctor(online: bool) -> None:
    """Configuration, keys, database, tokens and webhooks, each fault with its cure; exit 1 when there is one."""
    found = list(_examine(online))
    common.emit([_document(check) for check in found], lambda: _report(found))
    if any(check.fault for check in found):
        click.get_current_context().exit(1)


def _examine(online: bool) -> Iterator[Check]:
    """Every check that the ones before it leave possible."""
    yield from checks.of_environment()
    try:
        settings = common.chosen()
    except SettingsError as error:
        yield Check("settings", "settings_wrong", {"reason": error})
        return
    yield Check("settings")
    yield from checks.of_machine(settings)
    last = None
    for last in checks.of_database(settings, now=common.now()):
        yield last
    if last is None or last.fault:
        return
    database = opening.open_database(settings)
    try:
        yield from _of_shop(database, settings, online)
    finally:
        database.close()


def _of_shop(database: Database, settings: Settings, online: bool) -> Iterator[Check]:
    channels, faults = _channels(database, settings)
    yield from faults
    now = common.now()
    with database.read_only() as session:
        found = list(checks.of_shop(session, settings, connected=bool(channels)))
        for kind, channel in channels.items():
            others = channel.others() if isinstance(channel, SeveralAccounts) else ()
            for external_id in (channel.account, *others):
                found += checks.of_channel(session, settings, kind, external_id, now=now)
        found += [*checks.of_queues(session, now=now), checks.of_backups(session, settings, now=now)]
    yield from found
    if online:
        for channel in channels.values():
            yield _ask(channel)


def _channels(database: Database, settings: Settings) -> tuple[Mapping[str, Channel], list[Check]]:
    """The channels that have credentials, and what is wrong with having them; a demo shop has its simulator."""
    try:
        channels = registry.build(settings, database, common.now)
    except (SettingsError, ValueError) as error:
        return {}, [Check("channels", "credentials_wrong", {"reason": error})]
    off = ", ".join(kind for kind in registry.kinds() if kind not in channels)
    is_demo = database.shop is not None and database.shop.demo
    fault = None if channels or is_demo else "channels_none"
    return channels, [Check("channels", fault, {"on": ", ".join(channels) or "–", "off": off or "–"})]


def _ask(channel: Channel) -> Check:
    """One call to the platform, within its client's time limits."""
    facts = {"channel": channel.kind, "account": channel.account}
    try:
        fault = _fault_online(channel)
    except SendError as error:
        return Check("online", "online_refused", facts | {"reason": f"{error.code} {error.detail}".strip()})
    return Check("online", fault, facts)


def _fault_online(channel: Channel) -> str | None:
    """Raises SendError."""
    match channel:
        case ZaloChannel():
            try:
                told = channel.client.get_oa().get("data")
            except (ZaloException, requests.RequestException) as error:
                raise zalo_errors.send_error(error) from None
            is_ours = isinstance(told, dict) and str(told.get("oa_id") or told.get("oaid")) == channel.account
            return None if is_ours else "online_other_account"
        case MessengerChannel():
            try:
                apps = channel.client.subscriptions()
            except MessengerError as error:
                raise messenger_errors.send_error(error) from None
            return None if any(fields.issuperset(FIELDS) for fields in apps.values()) else "online_unsubscribed"
    return None


def _document(check: Check) -> dict[str, Any]:
    return {
        "name": check.name,
        "ok": check.fault is None,
        "fault": check.fault,
        "text": _sentence(check),
        "cure": None if check.fault is None else _cure(check, check.fault),
    }


def _report(found: list[Check]) -> str:
    lines = [_line(check) for check in found]
    faults = sum(check.fault is not None for check in found)
    return "\n".join([*lines, ILL(count=faults) if faults else HEALTHY()])


def _line(check: Check) -> str:
    if check.fault is None:
        return f"✓ {_sentence(check)}"
    return f"✗ {_sentence(check)} → {_cure(check, check.fault)}"


def _sentence(check: Check) -> str:
    said = FINE[check.name] if check.fault is None else CURES[check.fault][0]
    return said.in_(common.locale(), **_shown(check))


def _cure(check: Check, fault: str) -> str:
    return CURES[fault][1].in_(common.locale(), **_shown(check))


def _shown(check: Check) -> dict[str, Any]:
    """The facts as one reads them; an instant in the shop's time."""
    return {
        name: common.moment(fact) if name in ("at", "expires_at", "since") else fact
        for name, fact in check.facts.items()
    }


commands: list[click.Command] = [doctor]
