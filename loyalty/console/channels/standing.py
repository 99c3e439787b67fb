"""What a platform last told of an account, and the accounts that came by a consent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from loyalty.channels import accounts, figures
from loyalty.channels.models import ChannelAccount, ChannelFigure, ChannelToken
from loyalty.console.desk import Desk
from loyalty.messaging import package
from loyalty.words import Both

QUOTAS: Mapping[str, Both] = {
    "templates_day": Both("Tin theo mẫu trong ngày", "Templates of the day"),
    "cs_sub_quota": Both("Tin tư vấn trong gói", "Consultation messages of the package"),
    "cs_purchase_quota": Both("Tin tư vấn mua thêm", "Consultation messages bought"),
    "cs_reward_quota": Both("Tin tư vấn được tặng", "Consultation messages given"),
}
TEMPLATE = Both("Mẫu {template}: {what}", "Template {template}: {what}")
WHATS: Mapping[str, Both] = {
    "status": Both("trạng thái", "state"),
    "quality": Both("chất lượng", "quality"),
    "quota": Both("hạn mức", "quota"),
}
SAID: Mapping[str, Both] = {  # the platform's words
    "HIGH": Both("chất lượng cao", "high quality"),
    "MEDIUM": Both("chất lượng vừa", "medium quality"),
    "LOW": Both("chất lượng thấp", "low quality"),
    "ENABLE": Both("dùng được", "enabled"),
    "PENDING_REVIEW": Both("chờ duyệt", "under review"),
    "REJECT": Both("bị từ chối", "rejected"),
    "DISABLE": Both("bị tắt", "disabled"),
}
LEFT = Both("còn {left} / {total}", "{left} of {total} left")
TAKEN = Both("từ đó đã dùng {taken}", "{taken} used since")
UNTIL = Both("đến {until}", "until {until}")


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing the platform told, in words, and when it was so."""

    name: str
    value: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Other:
    """A further account of this kind, connected by a consent."""

    external_id: str
    is_good: bool
    stopped_at: datetime | None
    is_off_by_hand: bool
    figures: Sequence[Figure]  # its quotas


def figures_of(desk: Desk, account: ChannelAccount) -> Sequence[Figure]:
    """Quotas first, then news of templates."""
    found = [each for prefix in (figures.QUOTA, figures.TEMPLATE) for each in _listed(desk, account, prefix)]
    return [in_words(each, desk.locale) for each in found]


def in_words(figure: ChannelFigure, locale: str) -> Figure:
    prefix, _, rest = figure.name.partition(":")
    if f"{prefix}:" == figures.QUOTA:
        name = QUOTAS[rest].in_(locale) if rest in QUOTAS else rest
        return Figure(name, _quota(figure, locale), figure.at)
    template, _, what = rest.partition(":")
    said = WHATS[what].in_(locale) if what in WHATS else what
    news = " ← ".join(_said(fact, locale) for key in ("now", "before") if (fact := figure.value.get(key)))
    reason = figure.value.get("reason")
    return Figure(
        TEMPLATE.in_(locale, template=template, what=said), f"{news} ({reason})" if reason else news, figure.at
    )


def others_of(desk: Desk, kind: str, own: str) -> Sequence[Other]:
    """The accounts of this kind besides that of the settings, first connected first."""
    query = (
        select(ChannelAccount, ChannelToken.state)
        .join(ChannelToken, ChannelToken.channel_account_id == ChannelAccount.id)
        .where(ChannelAccount.kind == kind, ChannelAccount.external_id != own)
        .order_by(ChannelAccount.id)
    )
    rows = desk.session.execute(query).all()
    return [_other(desk, account, is_good=state == "ok") for account, state in rows]


def _other(desk: Desk, account: ChannelAccount, *, is_good: bool) -> Other:
    quotas = [in_words(each, desk.locale) for each in _listed(desk, account, figures.QUOTA)]
    is_off = account.stopped_reason == accounts.BY_HAND
    return Other(account.external_id, is_good, account.stopped_at, is_off, quotas)


def _listed(desk: Desk, account: ChannelAccount, prefix: str) -> Sequence[ChannelFigure]:
    return figures.list_of(desk.session, account.id, prefix)


def _quota(figure: ChannelFigure, locale: str) -> str:
    value = figure.value
    left, total = (_said(value.get(name, "?"), locale) for name in ("left", "total"))
    parts = [LEFT.in_(locale, left=left, total=total)]
    if until := value.get("until"):
        parts.append(UNTIL.in_(locale, until=f"{date.fromisoformat(str(until)):%d/%m/%Y}"))
    if taken := value.get(package.TAKEN):
        parts.append(TAKEN.in_(locale, taken=_said(taken, locale)))
    parts += [_said(value["note"], locale)] if value.get("note") else []
    return ", ".join(parts)


def _said(fact: object, locale: str) -> str:
    """A count as one reads it, a word of the platform's in ours; anything else as it came."""
    if isinstance(fact, int):
        return f"{fact:,}" if locale == "en" else f"{fact:,}".replace(",", ".")
    return SAID[str(fact)].in_(locale) if str(fact) in SAID else str(fact)
