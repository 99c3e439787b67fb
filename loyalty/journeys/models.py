"""Journeys, what they were at each time they were changed, and whoever is or was inside."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base

WAITING = text("state = 'waiting'")


class Journey(Base):
    """draft → (waiting_approval) → active ⇄ paused → ended. Whoever moves it, or somebody inside, locks its row first.

    One that was changed so much that a second person has to be asked waits, too, and goes on after their yes.
    """

    __tablename__ = "journey"
    __table_args__ = (
        CheckConstraint("state IN ('draft', 'waiting_approval', 'active', 'paused', 'ended')", name="state"),
        Index("ix_journey_state", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    state: Mapped[str]
    number: Mapped[int]  # of the edition whoever enters goes by
    created_at: Mapped[datetime]
    activated_at: Mapped[datetime | None]  # the first time
    ended_at: Mapped[datetime | None]
    cursor: Mapped[int]  # the last row of the timeline, or of the log of a segment, that was read
    looked_on: Mapped[date | None]  # the last shop day looked through to its end
    look: Mapped[dict[str, Any] | None]  # the look under way: {"on": day, "after": customer id, "gap": days}
    purse_id: Mapped[int | None]  # message_purse: what all it sends may cost; None: the month's money alone
    approval: Mapped[dict[str, Any] | None]  # the last request for a second person's yes and what came of it
    counts: Mapped[list[Any] | None]  # [state, reason, number] of everybody who entered, see `counts`


class JourneyEdition(Base):
    """What a journey was from one change to the next: `plan` as `plans.parse` reads it."""

    __tablename__ = "journey_edition"
    __table_args__ = (UniqueConstraint("journey_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    journey_id: Mapped[int] = mapped_column(ForeignKey("journey.id"))
    number: Mapped[int]  # 1, 2, 3 …
    segment_id: Mapped[int | None] = mapped_column(ForeignKey("segment.id"))  # only these may enter
    plan: Mapped[dict[str, Any]]
    made_at: Mapped[datetime]


class JourneySend(Base):
    """The campaign a step that sends sends by."""

    __tablename__ = "journey_send"

    edition_id: Mapped[int] = mapped_column(ForeignKey("journey_edition.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)  # of the step, 0 the first
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), unique=True)


class JourneyEntry(Base):
    """One time somebody is inside. `occasion` makes it once; `position` is the step to come, due at `due_at`."""

    __tablename__ = "journey_entry"
    __table_args__ = (
        UniqueConstraint("journey_id", "customer_id", "occasion"),
        CheckConstraint("state IN ('waiting', 'done', 'left')", name="state"),
        CheckConstraint("(state = 'waiting') = (closed_at IS NULL)", name="closed_at"),
        Index("ix_journey_entry_due", "journey_id", "due_at", postgresql_where=WAITING, sqlite_where=WAITING),
        Index("ix_journey_entry_place", "edition_id", "state", "position"),
        Index("ix_journey_entry_customer_id", "customer_id"),
        Index("ix_journey_entry_journey_id_id", "journey_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    journey_id: Mapped[int] = mapped_column(ForeignKey("journey.id"))
    edition_id: Mapped[int] = mapped_column(ForeignKey("journey_edition.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    occasion: Mapped[str]  # once, a year, or what it was entered for
    entered_at: Mapped[datetime]
    entered_on: Mapped[date]  # the shop's day
    position: Mapped[int]  # of the step to come, 0 the first
    due_at: Mapped[datetime]
    state: Mapped[str]  # waiting, done (walked to the end), left (before it)
    reason: Mapped[str | None]  # finished, stopped; bought, consent, erased
    closed_at: Mapped[datetime | None]


class JourneyPass(Base):
    """A step somebody went through, each at most once: steps only lead forward."""

    __tablename__ = "journey_pass"
    __table_args__ = (Index("ix_journey_pass_step", "edition_id", "position", "outcome"),)

    entry_id: Mapped[int] = mapped_column(ForeignKey("journey_entry.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("journey_edition.id"))
    outcome: Mapped[str]  # waited, yes, no, stopped; of a send: queued, held_out, no_chat, cancelled, again
    recipient_id: Mapped[int | None] = mapped_column(ForeignKey("campaign_recipient.id"), index=True)
    at: Mapped[datetime]
