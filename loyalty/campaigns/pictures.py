"""Pictures of results on their way to somebody's chat: asked for here, drawn and sent by whoever can draw."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty import upsert
from loyalty.campaigns.models import Campaign, CampaignPicture
from loyalty.channels import accounts as channels
from loyalty.staff import binding
from loyalty.staff.binding import StaffChat
from loyalty.staff.models import Role

PATIENCE = timedelta(days=7)  # an owner whose chat stays closed so long looks at the page


def ask(session: Session, campaign: Campaign, *, staff_id: int | None = None, key: str, now: datetime) -> None:
    """For one of the staff, or for every owner; the same `key` again asks nothing."""
    values = {"key": key, "campaign_id": campaign.id, "staff_id": staff_id, "asked_at": now, "done": False}
    session.execute(upsert.insert(session, CampaignPicture).values(values).on_conflict_do_nothing())


def is_any_due(session: Session) -> bool:
    """Whether somebody still waits for one."""
    return session.scalar(sa.select(CampaignPicture.id).where(sa.not_(CampaignPicture.done)).limit(1)) is not None


def take_due(session: Session, *, limit: int = 20) -> Sequence[CampaignPicture]:
    """Those nobody got yet, oldest first, locked: another worker passes them over."""
    waiting = sa.select(CampaignPicture).where(sa.not_(CampaignPicture.done)).order_by(CampaignPicture.id)
    return session.scalars(waiting.limit(limit).with_for_update(skip_locked=True)).all()


def open_chats(session: Session, staff_id: int | None, *, now: datetime) -> list[StaffChat]:
    """The chats of one of the staff, or of the owners, that a free message reaches now."""
    chats = binding.chats_of_member(session, staff_id) if staff_id else binding.chats_of(session, [Role.OWNER])
    return [chat for chat in chats if _is_open(chat, now)]


def is_over(picture: CampaignPicture, *, now: datetime) -> bool:
    """Whether it has waited long enough."""
    return now - picture.asked_at > PATIENCE


def _is_open(chat: StaffChat, now: datetime) -> bool:
    closes = channels.window_end(chat.account, chat.last_interaction_at)
    return chat.account.stopped_at is None and closes is not None and now < closes
