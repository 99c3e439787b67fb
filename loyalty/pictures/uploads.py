"""Pictures sent up to the platforms ahead of the messages that show them: once for each account, and again in time.

An upload is no message: nobody sees it, so one of unknown fate is simply done again. It has a queue of its own, and
the messages wait for it before they are begun; so none of them is ever in doubt because of its picture.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty import upsert
from loyalty.channels import outages
from loyalty.channels.models import ChannelAccount, ChannelOutage
from loyalty.pictures.models import Picture, PictureUpload

LEASE = timedelta(seconds=60)  # beyond the longest call: a dead worker's uploads are taken up after it
TRIES = 5
REFUSED_FOR = timedelta(days=1)  # then the platform is asked once more


@dataclass(frozen=True, slots=True)
class Claimed:
    """An upload this worker makes."""

    picture_id: int
    account_id: int
    kind: str
    external_id: str
    content: bytes
    mime: str
    attempts: int  # this one included


def find(session: Session, picture_id: int, account_id: int, *, now: datetime) -> PictureUpload | None:
    """What the platform said of it, as long as that is good; None: it must be asked for, or is on its way."""
    found = session.get(PictureUpload, (picture_id, account_id), populate_existing=True)
    return found if found is not None and found.state != "wanted" and now < found.due_at else None


def want(session: Session, picture_id: int, account_id: int, *, now: datetime) -> datetime:
    """Have it uploaded soon, which once more changes nothing; when it is tried next, `now` if at any moment."""
    fresh = {"state": "wanted", "name": None, "due_at": now, "attempts": 0, "error": None}
    insert = upsert.insert(session, PictureUpload).values(picture_id=picture_id, channel_account_id=account_id, **fresh)
    over = sa.and_(PictureUpload.state != "wanted", PictureUpload.due_at <= now)
    session.execute(
        insert.on_conflict_do_update(index_elements=["picture_id", "channel_account_id"], set_=fresh, where=over)
    )
    row = session.get_one(PictureUpload, (picture_id, account_id), populate_existing=True)
    return now if row.error is None else row.due_at


def forget(session: Session, account_id: int, name: str, *, now: datetime) -> None:
    """The platform does not know it by this name any more: whoever needs it next has it uploaded again."""
    session.execute(
        sa.update(PictureUpload)
        .where(PictureUpload.channel_account_id == account_id, PictureUpload.name == name)
        .values(due_at=now)
    )


def is_any_due(session: Session, *, now: datetime) -> bool:
    return session.scalar(_due(now).limit(1)) is not None


def hold_due(session: Session, *, limit: int, now: datetime) -> Sequence[PictureUpload]:
    """Wanted uploads of accounts that may send, which no other worker takes meanwhile."""
    return session.scalars(_due(now).limit(limit).with_for_update(skip_locked=True, of=PictureUpload)).all()


def claim(session: Session, row: PictureUpload, *, now: datetime) -> Claimed | None:
    """Take one for `LEASE`; None while its platform is down, but for a single one at each try."""
    if not outages.may_begin(session, row.channel_account_id, now=now):
        return None
    row.due_at, row.attempts, row.error = now + LEASE, row.attempts + 1, None
    session.flush()
    account = session.get_one(ChannelAccount, row.channel_account_id)
    picture = session.get_one(Picture, row.picture_id)
    where = (account.id, account.kind, account.external_id)
    return Claimed(picture.id, *where, picture.content, picture.mime, row.attempts)


def rest(session: Session, row: PictureUpload, code: str, *, until: datetime) -> None:
    """It is not tried before then."""
    row.due_at, row.error = until, code
    session.flush()


def ready(session: Session, claimed: Claimed, name: str, *, until: datetime) -> None:
    """The platform took it, and knows it by this name until then."""
    _settle(session, claimed, state="ready", name=name, due_at=until, error=None)


def refused(session: Session, claimed: Claimed, code: str, *, now: datetime) -> None:
    """The platform does not want this picture: messages go by its address, or without it."""
    _settle(session, claimed, state="refused", name=None, due_at=now + REFUSED_FOR, error=code)


def later(session: Session, claimed: Claimed, code: str, *, until: datetime, is_counted: bool = True) -> None:
    """It did not go up this time; what is no fault of it (`is_counted`) costs no try."""
    attempts = claimed.attempts if is_counted else claimed.attempts - 1
    _settle(session, claimed, state="wanted", name=None, due_at=until, attempts=attempts, error=code)


def _settle(session: Session, claimed: Claimed, **values: object) -> None:
    session.execute(
        sa.update(PictureUpload)
        .where(
            PictureUpload.picture_id == claimed.picture_id,
            PictureUpload.channel_account_id == claimed.account_id,
            PictureUpload.state == "wanted",
        )
        .values(**values)
    )


def _due(now: datetime) -> sa.Select[PictureUpload]:
    down = sa.select(ChannelOutage.channel_account_id).where(ChannelOutage.probe_at > now)
    return (
        sa.select(PictureUpload)
        .join(ChannelAccount, ChannelAccount.id == PictureUpload.channel_account_id)
        .where(
            PictureUpload.state == sa.literal_column("'wanted'"),
            PictureUpload.due_at <= now,
            ChannelAccount.stopped_at.is_(None),
            ChannelAccount.id.not_in(down),
        )
        .order_by(PictureUpload.due_at)
    )
