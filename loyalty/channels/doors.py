"""Which account a link opens, where the shop speaks through several: a store's own, else the shop's choice, else that
of the settings.
"""

from collections.abc import Mapping, Sequence
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty import upsert
from loyalty.channels import accounts, granting
from loyalty.channels.models import ChannelAccount, ChannelDoor
from loyalty.errors import NotFound

SHOP = ""  # the place of links that belong to no store


class AccountNotFound(NotFound):
    """The shop does not speak through such an account."""

    code = "account_not_found"


def open_to(session: Session, kind: str, own: str) -> Sequence[str]:
    """The accounts people may write to, that of the settings first; `own` is "" where those name none."""
    return list(dict.fromkeys([*filter(None, [own]), *granting.granted(session, kind)]))


def account(session: Session, kind: str, own: str, place: str = SHOP) -> str:
    """The account a link of this place opens; "" where the channel has none. One no longer ours is passed over."""
    usable, chosen = open_to(session, kind, own), choices(session, kind)
    wished = (chosen.get(place, ""), chosen.get(SHOP, ""), own)
    return next((each for each in wished if each in usable), next(iter(usable), ""))


def choices(session: Session, kind: str) -> Mapping[str, str]:
    """What was chosen, by place."""
    query = (
        sa.select(ChannelDoor.place, ChannelAccount.external_id)
        .join(ChannelAccount, ChannelAccount.id == ChannelDoor.channel_account_id)
        .where(ChannelDoor.kind == kind)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def choose(session: Session, kind: str, place: str, external_id: str, *, own: str) -> str:
    """Links of this place open that account from now on, "" for none of its own; what was chosen before.

    Raises AccountNotFound.
    """
    before = choices(session, kind).get(place, "")
    if not external_id:
        session.execute(sa.delete(ChannelDoor).filter_by(kind=kind, place=place))
        return before
    row = accounts.find(session, kind, external_id)
    if row is None or external_id not in open_to(session, kind, own):
        raise AccountNotFound(external_id[:64])
    made = upsert.insert(session, ChannelDoor).values(kind=kind, place=place, channel_account_id=row.id)
    again = made.on_conflict_do_update(index_elements=["kind", "place"], set_={"channel_account_id": row.id})
    session.execute(again)
    return before


def address(kind: str, external_id: str, ref: str = "") -> str:
    """The account's public address. Messenger's tells what led there (`ref`); Zalo's cannot."""
    name = quote(external_id, safe="")
    if kind == "zalo":
        return f"https://zalo.me/{name}"
    return f"https://m.me/{name}" + (f"?ref={quote(ref, safe='')}" if ref else "")
