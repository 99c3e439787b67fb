"""Which data drives anything: for each field how many people have it, how old it is, what uses it, what that brought.

Counted set-based: one look at the customers, one at tags, one at the shop's own fields, however many people there are.
Results are those kept of campaigns whose time to count has passed. Why a field nobody uses is named: S-31, S-37.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty.campaigns import results
from loyalty.campaigns.counting import Numbers
from loyalty.campaigns.models import Campaign, CampaignContent, CampaignResult, CampaignRun
from loyalty.campaigns.statistics import Difference, Share, difference
from loyalty.customers.models import Customer, CustomerTag
from loyalty.customers.traits import fields as own
from loyalty.customers.traits.models import CustomField, CustomValue
from loyalty.insights import field_use
from loyalty.insights.field_use import Use
from loyalty.segments.fields.epoch import DAY, Epoch
from loyalty.segments.models import Segment
from loyalty.words import Both

LOOKED_BACK = timedelta(days=365)  # campaigns whose results count
YOUNG = timedelta(days=30)  # so long a field may wait for its first use


@dataclass(frozen=True, slots=True)
class Kept:
    """One field every shop keeps. `rules` and `blanks` are what asks for it; `always`: what needs it whatever else."""

    code: str
    label: Both
    has: sa.ColumnElement[bool]
    given: Any  # an instant: when it came, as far as that is kept
    rules: frozenset[str]
    blanks: frozenset[str] = frozenset()
    always: Both | None = None


@dataclass(frozen=True, slots=True)
class Worth:
    """One field. `age_days`: on average; None where nobody has it. `numbers`: sums of the campaigns that used it."""

    code: str
    label: Both
    people: int
    age_days: int | None
    users: Sequence[Use]
    always: Both | None = None
    is_own: bool = False
    is_new: bool = False
    campaigns: int = 0
    numbers: Numbers = field(default_factory=Numbers)

    @property
    def is_idle(self) -> bool:
        """Whether nothing uses it, so that it would better not be collected."""
        return not (self.users or self.always or self.campaigns or self.is_new)

    @property
    def uplift(self) -> Difference | None:
        """Against who was held out of those campaigns; None where nobody was."""
        meant = Share(self.numbers.meant_buyers, self.numbers.meant)
        return difference(meant, Share(self.numbers.held_buyers, self.numbers.held_out))


@dataclass(frozen=True, slots=True)
class Report:
    """`people` is everybody there is."""

    people: int
    fields: Sequence[Worth]


KEPT: Sequence[Kept] = (
    Kept(
        *("name", Both("Tên", "Name"), Customer.name.is_not(None), Customer.created_at),
        rules=frozenset({"has_name"}),
        blanks=frozenset({"name"}),
        always=Both("nhận ra và gọi đúng khách", "to know and address people"),
    ),
    Kept(
        *("phone", Both("Số điện thoại", "Phone"), Customer.phone.is_not(None), Customer.created_at),
        rules=frozenset({"has_phone"}),
        always=Both("tích điểm tại quầy", "to award points at the counter"),
    ),
    Kept(
        *("email", Both("E-mail", "E-mail"), Customer.email.is_not(None), Customer.created_at),
        rules=frozenset({"has_email"}),
    ),
    Kept(
        *("birthday", Both("Ngày sinh", "Birthday"), Customer.birthday.is_not(None), Customer.birthday_told_at),
        rules=frozenset({"birthday_in_days", "birthday_month"}),
    ),
    Kept(
        *("language", Both("Ngôn ngữ", "Language"), Customer.locale.is_not(None), Customer.created_at),
        rules=frozenset({"language"}),
        always=Both("trả lời đúng tiếng", "to answer in their language"),
    ),
    Kept(
        *("source_ref", Both("Đường link đã đến", "The link they came by"), Customer.source_ref.is_not(None)),
        Customer.created_at,
        rules=frozenset({"source"}),
    ),
)


def report(session: Session, *, now: datetime) -> Report:
    """Every field with what it is worth; those of the shop's own in use after those every shop keeps."""
    everybody, counted = _of_everybody(session, now)
    alive, brought = field_use.alive(session), _brought(session, now)
    found = [_kept(each, counted[each.code], alive, brought) for each in KEPT]
    return Report(everybody, [*found, _tags(session, now, alive, brought), *_own(session, now, alive, brought)])


@dataclass(frozen=True, slots=True)
class _Campaign:
    """What one campaign with kept results asked for and showed, and what came of it."""

    use: Use
    numbers: Numbers

    def asked(self, rules: frozenset[str], blanks: frozenset[str]) -> bool:
        return bool(self.use.rules & rules or self.use.blanks & blanks)


def _of_everybody(session: Session, now: datetime) -> tuple[int, Mapping[str, tuple[int, int | None]]]:
    """How many there are; for each kept field how many have it and how old it is."""
    columns: list[Any] = [sa.func.count()]
    for each in KEPT:
        columns += [sa.func.count(sa.case((each.has, 1))), sa.func.avg(sa.case((each.has, Epoch(each.given))))]
    row = session.execute(sa.select(*columns).select_from(Customer).where(Customer.erased_at.is_(None))).one()
    pairs = zip(row[1::2], row[2::2], strict=True)
    return row[0], {each.code: (count, _days(now, at)) for each, (count, at) in zip(KEPT, pairs, strict=True)}


def _kept(each: Kept, counted: tuple[int, int | None], alive: Sequence[Use], brought: Sequence[_Campaign]) -> Worth:
    users = [use for use in alive if use.rules & each.rules or use.blanks & each.blanks or _waits_for(use, each.code)]
    used = [one for one in brought if one.asked(each.rules, each.blanks)]
    return Worth(each.code, each.label, *counted, users, each.always, campaigns=len(used), numbers=_sum(used))


def _waits_for(use: Use, code: str) -> bool:
    """A journey that begins on a birthday needs one."""
    return code == "birthday" and use.trigger == "birthday"


def _tags(session: Session, now: datetime, alive: Sequence[Use], brought: Sequence[_Campaign]) -> Worth:
    asked, none = frozenset({"tag"}), frozenset[str]()
    query = sa.select(sa.func.count(sa.distinct(CustomerTag.customer_id)), sa.func.avg(Epoch(CustomerTag.at)))
    people, at = session.execute(query).one()
    users = [use for use in alive if use.rules & asked]
    used = [one for one in brought if one.asked(asked, none)]
    always = None
    return Worth(
        *("tag", Both("Nhãn", "Tags"), people, _days(now, at), users, always), campaigns=len(used), numbers=_sum(used)
    )


def _own(session: Session, now: datetime, alive: Sequence[Use], brought: Sequence[_Campaign]) -> list[Worth]:
    """The shop's own fields, counted in one look by their index."""
    query = (
        sa.select(CustomField, sa.func.count(CustomValue.customer_id), sa.func.avg(Epoch(CustomValue.at)))
        .outerjoin(CustomValue, CustomValue.field_id == CustomField.id)
        .where(CustomField.archived_at.is_(None))
        .group_by(CustomField.id)
        .order_by(CustomField.id)
    )
    return [_one(row, people, _days(now, at), now, alive, brought) for row, people, at in session.execute(query)]


def _one(
    row: CustomField,
    people: int,
    age: int | None,
    now: datetime,
    alive: Sequence[Use],
    brought: Sequence[_Campaign],
) -> Worth:
    name = frozenset({f"{own.PREFIX}{row.key}"})
    used = [one for one in brought if one.asked(name, name)]
    return Worth(
        f"{own.PREFIX}{row.key}",
        Both(row.name_vi, row.name_en),
        people,
        age,
        [use for use in alive if use.rules & name or use.blanks & name],
        is_own=True,
        is_new=now - row.created_at < YOUNG,
        campaigns=len(used),
        numbers=_sum(used),
    )


def _brought(session: Session, now: datetime) -> list[_Campaign]:
    """Campaigns of the last year with kept results: their words, and the rules of the segment they went to."""
    query = (
        sa.select(Campaign, CampaignContent.texts, Segment.rules, CampaignResult.numbers)
        .join(CampaignRun, CampaignRun.campaign_id == Campaign.id)
        .join(CampaignResult, CampaignResult.run_id == CampaignRun.id)
        .join(Segment, Segment.id == Campaign.segment_id)
        .outerjoin(CampaignContent, CampaignContent.campaign_id == Campaign.id)
        .where(CampaignResult.kept_at >= now - LOOKED_BACK)
    )
    sums: dict[int, _Campaign] = {}
    for campaign, texts, rules, kept in session.execute(query):
        numbers = results.of_kept(kept).numbers
        before = sums[campaign.id].numbers if campaign.id in sums else Numbers()
        sums[campaign.id] = _Campaign(field_use.of_campaign(campaign, texts, rules), before + numbers)
    return list(sums.values())


def _sum(used: Sequence[_Campaign]) -> Numbers:
    return sum((one.numbers for one in used), Numbers())


def _days(now: datetime, at: Any) -> int | None:
    """Days since an average of instants, in seconds."""
    return None if at is None else max(0, int(now.timestamp() - float(at)) // DAY)
