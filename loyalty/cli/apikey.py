"""`loyalty apikey`: keys of the REST API."""

from typing import Any

import click

from loyalty.api import scopes
from loyalty.cli import common
from loyalty.cli.common import Both
from loyalty.staff import keys
from loyalty.staff.models import ApiKey

CREATED = Both(
    vi="Khóa «{name}» có quyền: {scopes}.\nKhóa chỉ hiện một lần này, hãy cất ngay: {plain}",
    en="The key “{name}” may: {scopes}.\nIt is shown only this once, keep it now: {plain}",
)
REVOKED = Both(
    vi="Đã thu hồi khóa «{name}»: từ giờ mọi lời gọi bằng khóa này bị từ chối.",
    en="The key “{name}” is revoked: calls with it are refused from now on.",
)
NONE = Both(
    vi="Chưa có khóa nào. Tạo khóa: loyalty apikey create TÊN --scope customers:read",
    en="There is no key yet. Make one: loyalty apikey create NAME --scope customers:read",
)
HEAD = Both(vi="Tên|Mã|Quyền|Tạo lúc|Thu hồi lúc", en="Name|Id|Scopes|Created|Revoked")


class Scopes(click.ParamType[tuple[str, ...]]):
    """Scopes separated by commas; an unknown one is wrong usage."""

    name = "scope"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        asked = tuple(filter(None, (each.strip() for each in str(value).split(","))))
        known = scopes.known()
        unknown = [each for each in asked if each not in known]
        if unknown or not asked:
            self.fail(f"{', '.join(unknown) or 'nothing'} is no scope; there are: {', '.join(known)}", param, ctx)
        return asked


@click.group()
def apikey() -> None:
    """Keys of the REST API."""


@apikey.command()
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, required=True, type=Scopes(), help="Repeated or comma-separated.")
def create(name: str, scopes: tuple[tuple[str, ...], ...]) -> None:
    """Make a key called NAME; it is printed once, as the last word."""
    with common.transaction() as session:
        granted = [scope for each in scopes for scope in each]
        key, plain = keys.create(session, name, granted, now=common.now())
        told = _told(key)
    human = CREATED(name=told["name"], scopes=", ".join(told["scopes"]), plain=plain)
    common.emit(told | {"key": plain}, human)


@apikey.command("list")
def list_() -> None:
    """Every key there ever was, newest first."""
    with common.reading() as session:
        found = [_told(key) for key in keys.list_all(session)]
    common.emit(found, lambda: _listed(found))


@apikey.command(context_settings=common.TAKES_IDS)
@click.argument("name_or_id")
def revoke(name_or_id: str) -> None:
    """Refuse a key from now on."""
    with common.transaction() as session:
        told = _told(keys.revoke(session, name_or_id, now=common.now()))
    common.emit(told, REVOKED(name=told["name"]))


def _told(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.public_id,
        "name": key.name,
        "scopes": list(key.scopes),
        "created_at": key.created_at,
        "revoked_at": key.revoked_at,
    }


def _listed(found: list[dict[str, Any]]) -> str:
    if not found:
        return NONE()
    rows = [
        [
            each["name"],
            each["id"],
            ",".join(each["scopes"]),
            common.moment(each["created_at"]),
            common.moment(each["revoked_at"]) or "–",
        ]
        for each in found
    ]
    return common.table(HEAD().split("|"), rows)


commands = [apikey]
