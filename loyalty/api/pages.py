"""Lists: a page at a time, from a cursor that only this list of this shop understands."""

import base64
import binascii
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, TypeVar

from marshmallow import fields, validate
from sqlalchemy.orm import Session

from loyalty import crypto
from loyalty.api.fields import Body, Limit, Text
from loyalty.api.problems import Invalid
from loyalty.crypto import Undecryptable
from loyalty.db import keyring

Row = TypeVar("Row")
MOST = 200
USUAL = 50


class PageQuery(Body):
    """`?cursor=&limit=`."""

    cursor = Text(1, 200)
    limit = Limit(load_default=USUAL, validate=validate.Range(1, MOST))


@cache
def page_of(item: type[Body]) -> type[Body]:
    """The schema of a page of such items."""
    name = item.__name__.removesuffix("Schema") + "Page"
    members = {
        "items": fields.List(fields.Nested(item), required=True),
        "next_cursor": fields.String(required=True, allow_none=True),
    }
    return type(name, (Body,), members)


def start(session: Session, wanted: dict[str, Any], place: str) -> int | None:
    """Where a page of the list called `place` begins: after the row with this key. Raises Invalid."""
    return None if wanted.get("cursor") is None else read_cursor(session, wanted["cursor"], place)


def page(
    session: Session,
    rows: Sequence[Row],
    wanted: dict[str, Any],
    place: str,
    key: Callable[[Row], int],
    show: Callable[[Sequence[Row]], list[dict[str, Any]]],
) -> dict[str, Any]:
    """A page of `rows`, of which one more than the limit was read; `key` is what the next page begins after."""
    shown = rows[: wanted["limit"]]
    more = len(rows) > len(shown)
    return {"items": show(shown), "next_cursor": cursor(session, key(shown[-1]), place) if more else None}


def read_cursor(session: Session, cursor: str, place: str) -> int:
    """The key within a cursor of that place. Raises Invalid."""
    try:
        cell = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        return int(keyring(session).open(cell, _place(place)))
    except (binascii.Error, Undecryptable, ValueError):
        raise Invalid({"cursor": ["Not a cursor of this list."]}) from None


def cursor(session: Session, key: int, place: str) -> str:
    """A key as text that only this place of this shop understands."""
    cell = keyring(session).seal(str(key).encode(), _place(place))
    return base64.urlsafe_b64encode(cell).decode().rstrip("=")


def _place(place: str) -> bytes:
    return crypto.aad("cursor", "key", place)
