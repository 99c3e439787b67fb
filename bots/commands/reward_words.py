"""Rewards as people read of them."""

from collections.abc import Iterable

from sqlalchemy.orm import Session

from bots.texts import formats, text
from loyalty.points.models import LedgerEntry
from loyalty.rewards import catalogue, redemptions
from loyalty.rewards.models import Kind, Reward
from loyalty.rewards.visibility import Choice

FEW = 20  # told beside the reward


def rows(choices: Iterable[Choice], locale: str) -> list[str]:
    return [row(choice.reward, locale) for choice in choices]


def row(reward: Reward, locale: str) -> str:
    """`Số 3: Bánh croissant · 100 điểm`, with what is left where that is little."""
    facts = {
        "number": reward.number,
        "reward": catalogue.name_of(reward, locale),
        "points": formats.points(reward.price, locale),
    }
    shown = text("rewards.row", locale, **facts)
    few = reward.stock is not None and 0 < reward.stock <= FEW
    return shown + text("rewards.left", locale, count=reward.stock) if few else shown


def worth(reward: Reward, locale: str) -> str:
    """What a till takes off the bill: `20.000đ`, `10%`; "" where nothing is."""
    if reward.kind == Kind.PERCENT:
        return f"{reward.value}%"
    return formats.money(reward.value, locale) if reward.kind == Kind.AMOUNT else ""


def terms(session: Session, reward: Reward, locale: str) -> str:
    """For how long a code holds, and where."""
    lines = [text("rewards.valid", locale, days=reward.valid_days)]
    if reward.stores:
        lines.append(text("rewards.where", locale, stores=", ".join(reward.stores)))
    return " ".join(lines)


def reason(session: Session, entry: LedgerEntry, locale: str) -> str:
    """Why a movement was made that a redemption made: `đổi Bánh croissant`; "" for any other."""
    redemption = redemptions.find_by_entry(session, entry.id)
    if redemption is None:
        return ""
    key = "history.redeemed" if redemption.entry_id == entry.id else "history.redemption_returned"
    return text(key, locale, reward=catalogue.name_of(catalogue.get(session, redemption.reward_id), locale))
