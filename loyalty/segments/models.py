"""Saved choices of customers."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, false, text
from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base


class Segment(Base):
    """`size` people belonged at `counted_at`. One that was removed stays for the campaigns that went to it.

    `kind`: rules (made by people), five (ready-made, `code` says which), list (of people: `segment_list_member`).
    `due` says why the log of who belongs has to be settled anew (start, rules, thresholds, list, nightly), customers up
    to `due_after` are done; None: the log agrees. `followed`: how far of the timeline is in the log; None: nobody has
    looked yet. `revision` grows with whatever changes it, its members or a cursor: who looked before writes nothing.
    """

    __tablename__ = "segment"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    rules: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    size: Mapped[int | None]
    counted_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]
    kind: Mapped[str] = mapped_column(server_default="rules")
    code: Mapped[str | None]
    spent_12m: Mapped[int | None]  # whole ₫ of 12 months, of those who belonged at `counted_at`
    due: Mapped[str | None] = mapped_column(server_default="start")
    due_after: Mapped[int] = mapped_column(server_default="0")
    followed: Mapped[int | None] = mapped_column(default=text("(SELECT position FROM segment_watch)"))
    revision: Mapped[int] = mapped_column(default=0, server_default="0")

    def renew(self, cause: str) -> None:
        """Have it settled anew, from the first customer on."""
        self.due, self.due_after, self.revision = cause, 0, self.revision + 1


class SegmentEdition(Base):
    """What a segment was before a change."""

    __tablename__ = "segment_edition"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    segment_id: Mapped[int] = mapped_column(ForeignKey("segment.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    rules: Mapped[dict[str, Any]]
    size: Mapped[int | None]
    replaced_at: Mapped[datetime]


class SegmentMember(Base):
    """Somebody who belongs, as of the last look: what the log adds up to."""

    __tablename__ = "segment_member"

    segment_id: Mapped[int] = mapped_column(ForeignKey("segment.id", ondelete="CASCADE"), primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), primary_key=True, index=True)
    since_at: Mapped[datetime]


class SegmentChange(Base):
    """Somebody entered or left. Rows are only ever added, under the lock of their segment: its ids are in the order of
    commits, so a cursor misses none."""

    __tablename__ = "segment_change"
    __table_args__ = (
        Index("ix_segment_change_segment_id_id", "segment_id", "id"),
        Index("ix_segment_change_customer_id_id", "customer_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    segment_id: Mapped[int] = mapped_column(ForeignKey("segment.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    entered: Mapped[bool]  # or left
    at: Mapped[datetime]
    cause: Mapped[str]  # purchase, consent … (a kind of the timeline), nightly; start, rules, thresholds, list


class SegmentWatch(Base):
    """How far the timeline is read (`position`): of whom it tells up to there, habits and scores are kept.

    The counts are those of the nightly look at `refreshed_at`; `repaired`: rows that did not agree with their own log.
    """

    __tablename__ = "segment_watch"
    __table_args__ = (CheckConstraint("id = 1", name="one"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    position: Mapped[int]
    refreshed_at: Mapped[datetime | None]
    entered: Mapped[int] = mapped_column(server_default="0")
    left: Mapped[int] = mapped_column(server_default="0")
    repaired: Mapped[int] = mapped_column(server_default="0")
    spent_12m: Mapped[int | None]  # whole ₫ of 12 months of the whole shop, when segments were counted last


class CustomerHabit(Base):
    """How somebody buys, worked out from their bills outside of every award. `orders` and `last_at` say of which."""

    __tablename__ = "customer_habit"
    __table_args__ = (Index("ix_customer_habit_gap", "gap", "last_day"),)  # whose time comes on a day

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), primary_key=True, autoincrement=False)
    orders: Mapped[int]
    last_at: Mapped[datetime]
    last_day: Mapped[int]  # the shop day of it, as `date.toordinal` counts
    gap: Mapped[int | None]  # days, the median between shopping days; None before there are three of them
    stretch: Mapped[int | None]  # the longest gap as hundredths of the median one
    promo_orders: Mapped[int]  # with something taken off
    promo_low: Mapped[int]  # per mille: the share of those, as little as it may be (90 % sure)


class RfmBound(Base):
    """The value up to which a measure (`r`, `f`, `m`) scores `score`; above the fourth it scores 5."""

    __tablename__ = "rfm_bound"

    measure: Mapped[str] = mapped_column(primary_key=True)
    score: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    value: Mapped[int]  # r: the shop day bought last, as `date.toordinal` counts; f: orders; m: whole ₫
    people: Mapped[int]  # it was taken of so many
    taken_on: Mapped[date]


class Threshold(Base):
    """A number the five segments are made with: as learned from `people` of the shop, and as its owner set it."""

    __tablename__ = "segment_threshold"

    code: Mapped[str] = mapped_column(primary_key=True)
    learned: Mapped[int]
    people: Mapped[int]
    learned_at: Mapped[datetime]
    chosen: Mapped[int | None]


class ThresholdChange(Base):
    """What the owner set anew: the numbers before and after by code; null is «as learned»."""

    __tablename__ = "segment_threshold_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]
    by: Mapped[str]
    at: Mapped[datetime]


class ListMember(Base):
    """Somebody on a list."""

    __tablename__ = "segment_list_member"

    segment_id: Mapped[int] = mapped_column(ForeignKey("segment.id", ondelete="CASCADE"), primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), primary_key=True, index=True)
    added_at: Mapped[datetime]


class ListChange(Base):
    """People put on a list or taken off together: first a preview, then applied, then perhaps undone.

    `missed` are the rows that named nobody: their number and why, never what stood there.
    """

    __tablename__ = "segment_list_change"
    __table_args__ = (CheckConstraint("state IN ('preview', 'applied', 'undone')", name="state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    segment_id: Mapped[int] = mapped_column(ForeignKey("segment.id", ondelete="CASCADE"), index=True)
    state: Mapped[str]
    adds: Mapped[bool]  # or takes off
    rows: Mapped[int]  # that were given
    missed: Mapped[list[Any]]  # [[7, "nobody"], …], the first hundred
    missing: Mapped[int]  # how many there were
    by: Mapped[str]
    at: Mapped[datetime]


class ListChangePerson(Base):
    """Somebody a change of a list is about; `moved`: it did put them on or off, for it was otherwise before."""

    __tablename__ = "segment_list_change_person"

    change_id: Mapped[int] = mapped_column(ForeignKey("segment_list_change.id", ondelete="CASCADE"), primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), primary_key=True, index=True)
    moved: Mapped[bool] = mapped_column(server_default=false())
