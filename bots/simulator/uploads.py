"""Pictures sent up to a platform and shown by the name it gave them, for as long as it keeps them."""

import secrets
from datetime import timedelta

from bots.simulator.kept import Upload
from bots.simulator.switchboard import Switchboard

SHOWN_AT = "/simulator/media/"  # where the page finds one, behind it the name
KINDS = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}  # by their first bytes


def kind_of(content: bytes) -> str | None:
    """What a file is, whatever it is called; None for no JPG or PNG."""
    return next((mime for head, mime in KINDS.items() if content.startswith(head)), None)


def keep(board: Switchboard, channel: str, content: bytes, mime: str) -> str:
    """The platform's name for it: digits alone at Meta, as its attachment ids are."""
    name = secrets.token_hex(16) if channel == "zalo" else str(10**15 + secrets.randbelow(9 * 10**15))
    board.store.keep_upload(Upload(name, channel, mime, content, board.now()))
    return name


def find(board: Switchboard, channel: str, name: object, life: timedelta) -> Upload | None:
    """One of this channel that has not grown too old."""
    found = board.store.find_upload(name) if isinstance(name, str) else None
    if found is None or found.channel != channel:
        return None
    return found if timedelta(milliseconds=board.now() - found.at) < life else None
