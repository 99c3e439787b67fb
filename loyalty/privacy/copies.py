"""The link to one's own data: signed, for one chat, for an hour; whoever opens it later finds nothing."""

import base64
import binascii
import hmac
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.customers.models import ChannelIdentity
from loyalty.db import keyring
from loyalty.errors import NotFound
from loyalty.privacy import portrait
from loyalty.vault.people import Erased

LIFE = timedelta(hours=1)
PURPOSE = "privacy-copy"
SIGNATURE = 32  # hex digits at the end
LONGEST = 200


class CopyGone(NotFound):
    """Not a link of ours, over an hour old, or of a chat that is somebody else's or nobody's by now."""

    code = "copy_gone"


def address(session: Session, chat: ChannelIdentity, *, now: datetime) -> str:
    """Where this chat's person finds everything about them, until `LIFE` from now."""
    content = f"{int((now + LIFE).timestamp())}.{chat.id}.{chat.customer_id}"
    signed = base64.urlsafe_b64encode(content.encode()).decode().rstrip("=")
    return f"{shop.of(session).base_url}/privacy/copy/{signed}{keyring(session).sign(PURPOSE, content)}"


def open_copy(session: Session, signed: str, *, now: datetime) -> dict[str, Any]:
    """The document a link leads to, as of now. Raises CopyGone."""
    chat = find_chat(session, signed, now=now)
    try:
        return portrait.document(session, chat, now=now)
    except Erased:
        raise CopyGone from None


def find_chat(session: Session, signed: str, *, now: datetime) -> ChannelIdentity:
    """Whose link it is. Raises CopyGone."""
    content = _opened(session, signed)
    if content is None:
        raise CopyGone
    until, chat_id, customer_id = map(int, content.split("."))
    chat = session.get(ChannelIdentity, chat_id)
    if chat is None or chat.customer_id != customer_id or datetime.fromtimestamp(until, UTC) <= now:
        raise CopyGone
    return chat


def _opened(session: Session, signed: str) -> str | None:
    """The signed content, or None for whatever we did not sign."""
    if not signed.isascii() or not SIGNATURE < len(signed) <= LONGEST:
        return None
    encoded, signature = signed[:-SIGNATURE], signed[-SIGNATURE:]
    try:
        content = base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        return None
    return content if hmac.compare_digest(keyring(session).sign(PURPOSE, content), signature) else None
