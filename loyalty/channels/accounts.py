"""The accounts a shop speaks through: found, made, stopped, resumed."""

from datetime import datetime, timedelta

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from loyalty import entities, upsert
from loyalty.channels.models import ChannelAccount
from loyalty.errors import RuleViolation

BY_HAND = "by_hand"  # the reason of a stop only a person ends
POLICY = "policy_block"  # the platform blocked the account: it says itself when that is over, no call finds out
KEPT = "accounts"  # in what a session knows
LASTING = (POLICY, BY_HAND)  # the later one outranks the earlier, and both every passing trouble


class ChannelRefused(RuleViolation):
    """The platform turned down what was asked of it; `reason` is its own code, and its words if it had any."""

    code = "channel_refused"

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"the platform refused: {reason}", reason=f"{reason} {detail}".strip()[:200])


def find(session: Session, kind: str, external_id: str) -> ChannelAccount | None:
    account = entities.first(session, _FIND, {"kind": kind, "name": external_id})
    return None if account is None else _keep(session, account)


def get(session: Session, account_id: int) -> ChannelAccount:
    account = entities.get_one(session, ChannelAccount, account_id)
    return _keep(session, account)


def ensure(session: Session, kind: str, external_id: str, *, window: timedelta, now: datetime) -> ChannelAccount:
    """The account's row; made on first sight, its answering window kept as the channel states it today."""
    seconds = int(window.total_seconds())
    account = find(session, kind, external_id)
    if account is None:
        values = {"kind": kind, "external_id": external_id, "window_seconds": seconds, "created_at": now}
        session.execute(upsert.insert(session, ChannelAccount).values(**values).on_conflict_do_nothing())
        account = session.scalars(select(ChannelAccount).filter_by(kind=kind, external_id=external_id)).one()
    if account.window_seconds != seconds:
        account.window_seconds = seconds
        session.flush()
    return account


def stop(session: Session, account_id: int, reason: str, *, now: datetime) -> None:
    """Nothing leaves through this account until `resume`. One switched off by a person stays so, whatever comes."""
    account = get(session, account_id)
    account.stopped_at = account.stopped_at or now
    account.stopped_reason = max(reason, account.stopped_reason or "", key=_weight)


def resume(session: Session, account_id: int) -> None:
    account = get(session, account_id)
    account.stopped_at = account.stopped_reason = None


_FIND = select(ChannelAccount).where(
    ChannelAccount.kind == bindparam("kind"), ChannelAccount.external_id == bindparam("name")
)


def _keep(session: Session, account: ChannelAccount) -> ChannelAccount:
    """A session forgets the rows nobody keeps, and every message asks for its account several times."""
    session.info.setdefault(KEPT, {})[account.id] = account
    return account


def _weight(reason: str) -> int:
    """The heavier reason stays; of two that pass, the newer."""
    return LASTING.index(reason) + 2 if reason in LASTING else bool(reason)


def window_end(account: ChannelAccount, last_interaction_at: datetime | None) -> datetime | None:
    """Until when free answers reach a person; None when they never wrote."""
    return None if last_interaction_at is None else last_interaction_at + timedelta(seconds=account.window_seconds)
