"""Which data drives anything: for each field how many people have it, how old it is, what uses it, what that brought.

People are as a worker counted them last (`field_counts`), so that no page waits for a look at everybody. Results are
those kept of campaigns whose time to count has passed. Why a field nobody uses is named: S-31, S-37.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.campaigns import results
from loyalty.campaigns.counting import Numbers
from loyalty.campaigns.models import Campaign, CampaignContent, CampaignResult, CampaignRun
from loyalty.campaigns.statistics import Difference, Share, difference
from loyalty.customers.traits import fields
from loyalty.customers.traits.models import CustomField
from loyalty.insights import field_counts, field_use
from loyalty.insights.field_use import Use
from loyalty.programme import versions
from loyalty.programme.document import Scope
from loyalty.segments.fields.epoch import DAY
from loyalty.segments.models import Segment
from loyalty.words import Both

LOOKED_BACK = timedelta(days=365)  # campaigns whose results count
YOUNG = timedelta(days=30)  # so long a field may wait for its first use


@dataclass(frozen=True, slots=True)
class Kept:
    """One field every shop keeps. `rules` and `blanks` are what asks for it; `always`: what needs it whatever else."""

    code: str
    label: Both
    rules: frozenset[str] = frozenset()
    blanks: frozenset[str] = frozenset()
    always: Both | None = None


@dataclass(frozen=True, slots=True)
class Worth:
    """One field. `people` is None where it was not counted yet; `age_days`, on average, where nobody has it.

    `numbers`: sums of the campaigns that used it.
    """

    code: str
    label: Both
    users: Sequence[Use]
    always: Both | None = None
    people: int | None = None
    age_days: int | None = None
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
    """`people` is everybody there was at `taken_at`, None before the first count; `is_asked`: a worker counts anew."""

    people: int | None
    fields: Sequence[Worth]
    taken_at: datetime | None
    is_asked: bool


KEPT: Sequence[Kept] = (
    Kept(
        *("name", Both("Tên", "Name")),
        rules=frozenset({"has_name"}),
        blanks=frozenset({"name"}),
        always=Both("nhận ra và gọi đúng khách", "to know and address people"),
    ),
    Kept(
        *("phone", Both("Số điện thoại", "Phone")),
        rules=frozenset({"has_phone"}),
        always=Both("tích điểm tại quầy", "to award points at the counter"),
    ),
    Kept("email", Both("E-mail", "E-mail"), rules=frozenset({"has_email"})),
    Kept("birthday", Both("Ngày sinh", "Birthday"), rules=frozenset({"birthday_in_days", "birthday_month"})),
    Kept(
        *("language", Both("Ngôn ngữ", "Language")),
        rules=frozenset({"language"}),
        always=Both("trả lời đúng tiếng", "to answer in their language"),
    ),
    Kept("source_ref", Both("Đường link đã đến", "The link they came by")),
    Kept(field_counts.TAG, Both("Nhãn", "Tags"), rules=frozenset({"tag"})),
)
ON_BIRTHDAYS = Both("quy tắc sinh nhật của chương trình", "the programme's birthday rule")


def report(session: Session, *, now: datetime) -> Report:
    """Every field with what it is worth; those of the shop's own in use after those every shop keeps.

    People are as counted last; what uses a field, and what that brought, is as of now.
    """
    counted, alive, brought = field_counts.find(session), field_use.alive(session), _brought(session, now)
    needed = {"birthday": ON_BIRTHDAYS} if _gives_on_birthdays(session, now) else {}
    kept = [replace(each, always=needed.get(each.code, each.always)) for each in KEPT]
    theirs = [_kept(each, alive, brought) for each in kept]
    own = [_own(row, now, alive, brought) for row in fields.list_all(session)]
    found = [_counted(each, counted, now) for each in [*theirs, *own]]
    return Report(counted.people, found, counted.taken_at, counted.is_asked)


@dataclass(frozen=True, slots=True)
class _Campaign:
    """What one campaign with kept results asked for and showed, and what came of it."""

    use: Use
    numbers: Numbers

    def asked(self, rules: frozenset[str], blanks: frozenset[str]) -> bool:
        return bool(self.use.rules & rules or self.use.blanks & blanks)


def _counted(worth: Worth, kept: field_counts.Kept, now: datetime) -> Worth:
    """The same with how many have it."""
    found = kept.fields.get(worth.code)
    return worth if found is None else replace(worth, people=found.people, age_days=_days(now, found.at))


def _gives_on_birthdays(session: Session, now: datetime) -> bool:
    """Whether the rules of points of today are about birthdays."""
    try:
        rules = versions.at(session, shop.of(session).day(now)).rules
    except versions.NoProgramme:
        return False
    return any(rule.scope is Scope.BIRTHDAY or rule.when.birthday for rule in rules)


def _kept(each: Kept, alive: Sequence[Use], brought: Sequence[_Campaign]) -> Worth:
    users = [use for use in alive if use.rules & each.rules or use.blanks & each.blanks or _waits_for(use, each.code)]
    used = [one for one in brought if one.asked(each.rules, each.blanks)]
    return Worth(each.code, each.label, users, each.always, campaigns=len(used), numbers=_sum(used))


def _waits_for(use: Use, code: str) -> bool:
    """A journey that begins on a birthday needs one."""
    return code == "birthday" and use.trigger == "birthday"


def _own(row: CustomField, now: datetime, alive: Sequence[Use], brought: Sequence[_Campaign]) -> Worth:
    code = f"{fields.PREFIX}{row.key}"
    named = frozenset({code})
    used = [one for one in brought if one.asked(named, named)]
    return Worth(
        code,
        Both(row.name_vi, row.name_en),
        [use for use in alive if use.asks(code)],
        is_own=True,
        is_new=now - row.created_at < YOUNG,
        campaigns=len(used),
        numbers=_sum(used),
    )


def _brought(session: Session, now: datetime) -> list[_Campaign]:
    """Campaigns of the last year with kept results: their words, and what the segment they went to asks."""
    query = (
        sa.select(Campaign, CampaignContent.texts, Segment.public_id, CampaignResult.numbers)
        .join(CampaignRun, CampaignRun.campaign_id == Campaign.id)
        .join(CampaignResult, CampaignResult.run_id == CampaignRun.id)
        .join(Segment, Segment.id == Campaign.segment_id)
        .outerjoin(CampaignContent, CampaignContent.campaign_id == Campaign.id)
        .where(CampaignResult.kept_at >= now - LOOKED_BACK)
    )
    rules, sums = field_use.rules_of_all(session), dict[int, _Campaign]()
    for campaign, texts, segment, kept in session.execute(query):
        numbers = results.of_kept(kept).numbers
        before = sums[campaign.id].numbers if campaign.id in sums else Numbers()
        use = field_use.of_campaign(campaign, texts, field_use.asked_by([segment], rules))
        sums[campaign.id] = _Campaign(use, before + numbers)
    return list(sums.values())


def _sum(used: Sequence[_Campaign]) -> Numbers:
    return sum((one.numbers for one in used), Numbers())


def _days(now: datetime, at: float | None) -> int | None:
    """Days since an average of instants."""
    return None if at is None else max(0, int(now.timestamp() - at) // DAY)
