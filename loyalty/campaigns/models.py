"""A message to a segment, each time it goes out, and everybody it was for."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base

UNCERTIFIED = text("finished_at IS NOT NULL AND certificate IS NULL")


class Campaign(Base):
    """draft → (waiting_approval) → scheduled → running ⇄ paused → finished | cancelled; a recurring one starts over.

    `variants` are the texts people are split between, the first one is `text`; see `split`. `holdout` per cent get
    nothing, to compare. Of two campaigns that run at once, whoever is in both gets the one with more `priority`.
    """

    __tablename__ = "campaign"
    __table_args__ = (
        CheckConstraint(
            "state IN ('draft', 'waiting_approval', 'scheduled', 'running', 'paused', 'finished', 'cancelled')",
            name="state",
        ),
        Index("ix_campaign_state", "state"),
        Index("ix_campaign_segment_id", "segment_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    segment_id: Mapped[int] = mapped_column(ForeignKey("segment.id"))
    text: Mapped[str]
    state: Mapped[str]
    at: Mapped[datetime | None]  # the one start
    cron: Mapped[str | None]  # or the rule of its starts, in shop time
    next_at: Mapped[datetime | None]  # when the next run is due, while scheduled
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]  # put away: out of the list, its report stays
    variants: Mapped[list[Any] | None]  # {text, share} each, shares in per cent; None: `text` for everybody
    salt: Mapped[int] = mapped_column(default=0, server_default="0")  # of the split, drawn at birth
    holdout: Mapped[int] = mapped_column(default=0, server_default="0")  # per cent
    priority: Mapped[int] = mapped_column(default=0, server_default="0")  # 0 to 9
    purse_id: Mapped[int | None]  # message_purse: what all its runs together may cost; None: the month's money alone
    late_hours: Mapped[int] = mapped_column(default=6, server_default="6")  # of a missed occurrence; 0: skipped
    stops: Mapped[dict[str, Any] | None]  # limits of its own in place of those of `stopping`
    stopped: Mapped[dict[str, Any] | None]  # {cause, number, of, at}: why it paused itself, until it is resumed
    approval: Mapped[dict[str, Any] | None]  # the last request for a second person's yes and what came of it
    kind: Mapped[str] = mapped_column(default="campaign", server_default="campaign")  # journey: a step of one
    best_hour: Mapped[bool] = mapped_column(default=False, server_default=false())  # each at an hour of their own


class CampaignRun(Base):
    """One occurrence. Its audience is frozen in chunks (`cursor`), its messages are made ahead of the sender.

    `finished_at` is when the last of it was settled; a campaign has one open run at most. `rules` and `text` are those
    of its start: whoever changes the segment or the words later changes runs to come. `kept` counts outcomes as they
    are kept with recipients; `baseline` what had been counted when it was last resumed.
    """

    __tablename__ = "campaign_run"
    __table_args__ = (
        UniqueConstraint("campaign_id", "due_at"),
        CheckConstraint("state IN ('freezing', 'sending', 'finished', 'cancelled')", name="state"),
        Index(
            "ix_campaign_run_open",
            "campaign_id",
            unique=True,
            postgresql_where=text("finished_at IS NULL"),
            sqlite_where=text("finished_at IS NULL"),
        ),
        Index("ix_campaign_run_uncertified", "id", postgresql_where=UNCERTIFIED, sqlite_where=UNCERTIFIED),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    due_at: Mapped[datetime]
    state: Mapped[str]
    cursor: Mapped[int]  # the last customer id looked at while freezing
    top: Mapped[int]  # the highest customer id when the freeze began
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    rules: Mapped[dict[str, Any] | None]  # None: started before they were kept
    text: Mapped[str | None]
    open_until: Mapped[datetime | None]  # people still join it until then: a step of a journey, on its day
    tally: Mapped[list[Any] | None]  # [outcome, reason, number] of a finished run nothing about which changes any more
    public_id: Mapped[str | None] = mapped_column(unique=True, index=True)  # the occurrence's own name
    variants: Mapped[list[Any] | None]
    shop_holdout: Mapped[int] = mapped_column(default=0, server_default="0")  # per cent, as of its start
    kept: Mapped[dict[str, Any] | None]
    baseline: Mapped[dict[str, Any] | None]
    certificate: Mapped[dict[str, Any] | None]  # see `certificates`


class CampaignRecipient(Base):
    """One customer of one run, frozen. `outcome` once it is final; before, the outbound message's state says it."""

    __tablename__ = "campaign_recipient"
    __table_args__ = (
        UniqueConstraint("run_id", "customer_id"),
        Index(
            "ix_campaign_recipient_waiting",
            "run_id",
            "id",
            postgresql_where=text("outcome IS NULL AND NOT queued"),
            sqlite_where=text("outcome IS NULL AND queued = 0"),
        ),
        Index(
            "ix_campaign_recipient_queued",
            "run_id",
            "id",
            postgresql_where=text("outcome IS NULL AND queued"),
            sqlite_where=text("outcome IS NULL AND queued = 1"),
        ),
        Index(
            "ix_campaign_recipient_timed",
            "run_id",
            "not_before",
            postgresql_where=text("outcome IS NULL AND NOT queued AND not_before IS NOT NULL"),
            sqlite_where=text("outcome IS NULL AND queued = 0 AND not_before IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("campaign_run.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    identity_id: Mapped[int | None] = mapped_column(ForeignKey("channel_identity.id"))  # the way it goes
    queued: Mapped[bool]  # an outbound message exists, or existed
    outcome: Mapped[str | None]  # sent, failed, skipped, held_out
    reason: Mapped[str | None]
    variant: Mapped[int | None]  # its place among the run's variants
    not_before: Mapped[datetime | None]  # no message is made until then; None: as soon as there is room


class CampaignContent(Base):
    """What a campaign says besides its text: other wordings, a picture; and how long a purchase counts as its doing."""

    __tablename__ = "campaign_content"
    __table_args__ = (
        CheckConstraint("window_days BETWEEN 1 AND 30", name="window_days"),
        CheckConstraint("image_url IS NULL OR picture_id IS NULL", name="one_picture"),
    )

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), primary_key=True)
    texts: Mapped[dict[str, Any]]  # by language (en), by channel (zalo), or both (zalo.en)
    image_url: Mapped[str | None]  # public https address
    picture_id: Mapped[int | None] = mapped_column(ForeignKey("picture.id"))  # an uploaded one instead
    window_days: Mapped[int]  # a purchase within so many days after the message


class CampaignOffer(Base):
    """What everybody it is sent to gets with it: one voucher each, of a reward of the catalogue or one of its own."""

    __tablename__ = "campaign_offer"
    __table_args__ = (
        CheckConstraint("kind IN ('reward', 'amount', 'percent')", name="kind"),
        CheckConstraint("minimum_bill >= 0 AND value >= 0", name="money"),
        CheckConstraint("valid_days BETWEEN 1 AND 365", name="valid_days"),
    )

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), primary_key=True)
    kind: Mapped[str]  # reward: of the catalogue, also one of uploaded codes; amount, percent off a bill
    value: Mapped[int]  # whole ₫ or percent; 0 of a reward
    minimum_bill: Mapped[int]  # whole ₫; 0: any bill
    valid_days: Mapped[int]  # holds through the end of this many days after the day it was given
    reward_id: Mapped[int] = mapped_column(ForeignKey("reward.id"))


class CampaignGift(Base):
    """The voucher of one recipient."""

    __tablename__ = "campaign_gift"

    recipient_id: Mapped[int] = mapped_column(ForeignKey("campaign_recipient.id"), primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("campaign_run.id"), index=True)
    redemption_id: Mapped[int] = mapped_column(ForeignKey("redemption.id"), unique=True)


class CampaignResult(Base):
    """What came of one run, kept once its time to count has passed; sums only, nobody's name."""

    __tablename__ = "campaign_result"

    run_id: Mapped[int] = mapped_column(ForeignKey("campaign_run.id"), primary_key=True)
    numbers: Mapped[dict[str, Any]]
    kept_at: Mapped[datetime]


class CampaignPicture(Base):
    """The picture of a campaign's results, asked for by somebody or due to the owners, until it is in their chat."""

    __tablename__ = "campaign_picture"
    __table_args__ = (
        Index("ix_campaign_picture_due", "id", postgresql_where=text("NOT done"), sqlite_where=text("done = 0")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)  # the form that asked, or the run that ended
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))  # None: every owner
    asked_at: Mapped[datetime]
    done: Mapped[bool]
