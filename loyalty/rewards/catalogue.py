"""The catalogue: what there is for points, on which terms, and how many are left to promise."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime, time
from typing import Any

from sqlalchemy import false, func, or_, select, update
from sqlalchemy.orm import Session

from loyalty import entities, upsert
from loyalty.db import new_public_id, public_id_of
from loyalty.errors import Conflict, NotFound, RuleViolation
from loyalty.pictures.models import Picture
from loyalty.rewards.models import Kind, Redemption, Reward, State
from loyalty.settings import Hours

LARGEST = 2**31
MOST = 10**12  # ₫ or points
LONGEST_NAME = 80
TRIES = 20  # each but the first needs another reward made meanwhile


class RewardNotFound(NotFound):
    """No reward has this number or id."""

    code = "reward_not_found"


class BadReward(RuleViolation):
    """Terms that cannot be; `field` is which, `problem` why."""

    code = "bad_reward"

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}", field=field, problem=problem, path=field)


class OutOfStock(Conflict):
    """All there were are promised or handed over; `number` is the reward's."""

    code = "out_of_stock"


class BudgetSpent(OutOfStock):
    """What the reward may cost the shop is spent; to the customer there are none left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the shop decides of a reward; the columns of `Reward` say what each means. Money is whole ₫."""

    name: Mapping[str, str]
    price: int
    kind: str = Kind.PRODUCT
    about: Mapping[str, str] = field(default_factory=dict)
    value: int = 0
    minimum_bill: int = 0
    cost: int = 0
    stock: int | None = None
    budget: int | None = None
    per_person: int | None = None
    per_month: int | None = None
    minimum_balance: int = 0
    tiers: Sequence[str] = ()
    stores: Sequence[str] = ()
    segment_id: int | None = None
    visible_from: datetime | None = None
    visible_until: datetime | None = None
    weekdays: Sequence[int] = ()
    hours: str | None = None
    valid_days: int = 30
    returns_points: bool = True


NAMES = tuple(each.name for each in fields(Terms))


def make(session: Session, terms: Terms, *, key: str | None = None, is_gift: bool = False, now: datetime) -> Reward:
    """A new reward under the next number. The same `key` returns the first one. Raises BadReward.

    `is_gift`: it has no price and stands in no catalogue; only a campaign gives it.
    """
    check(replace(terms, price=1) if is_gift else terms)
    values = _columns(terms) | {"public_id": public_id_of(key) if key else new_public_id(), "created_at": now}
    for _ in range(TRIES):
        if (first := find_public(session, values["public_id"])) is not None:
            return first
        if (made := _insert(session, values)) is not None:
            return made
    raise Conflict("others make rewards all the time; try again")


def change(session: Session, reward: Reward, terms: Terms) -> Terms:
    """Put the reward on other terms; those it had before. What was promised keeps its price. Raises BadReward."""
    check(terms)
    session.refresh(reward, with_for_update=True)
    before = terms_of(reward)
    if terms.budget is not None and terms.budget < reward.spent:
        raise BadReward("budget", f"{reward.spent} is spent already")
    if Kind.CODE in (terms.kind, before.kind) and (terms.kind, terms.stock) != (before.kind, before.stock):
        raise BadReward("stock", "a reward of codes has as many as were uploaded")
    for name, value in _columns(terms).items():
        setattr(reward, name, value)
    session.flush()
    return before


def picture(session: Session, reward: Reward, photo: Picture | None) -> Picture | None:
    """Show the reward with this photo, None: with none of its own; the one it had before."""
    session.refresh(reward, with_for_update=True)
    before = session.get(Picture, reward.picture_id) if reward.picture_id is not None else None
    reward.picture_id = photo.id if photo is not None else None
    session.flush()
    return before


def photo_of(session: Session, reward: Reward) -> Picture | None:
    return session.get(Picture, reward.picture_id) if reward.picture_id is not None else None


def archive(session: Session, reward: Reward, *, now: datetime) -> None:
    """Nobody is offered it any more; what was promised is still handed over. Twice changes nothing."""
    session.refresh(reward, with_for_update=True)
    reward.archived_at = reward.archived_at or now
    session.flush()


def bring_back(session: Session, reward: Reward) -> None:
    reward.archived_at = None
    session.flush()


def get(session: Session, reward_id: int) -> Reward:
    """Raises RewardNotFound."""
    reward = session.get(Reward, reward_id)
    if reward is None:
        raise RewardNotFound
    return reward


def get_public(session: Session, public_id: str) -> Reward:
    """Raises RewardNotFound."""
    if (reward := find_public(session, public_id)) is None:
        raise RewardNotFound
    return reward


def find_public(session: Session, public_id: str) -> Reward | None:
    return session.scalar(select(Reward).filter_by(public_id=public_id))


def get_by_number(session: Session, number: int) -> Reward:
    """The reward of this number, put away or not; any number may be asked for. Raises RewardNotFound."""
    reward = session.scalar(select(Reward).filter_by(number=number)) if 0 < number < LARGEST else None
    if reward is None:
        raise RewardNotFound(number=number)
    return reward


def list_offered(session: Session) -> Sequence[Reward]:
    """Everything that is not put away, the cheapest first."""
    return entities.every(session, _OFFERED, {})


def list_newest(
    session: Session, *, before: int | None = None, archived: bool | None = None, limit: int = 50
) -> Sequence[Reward]:
    """A page of the catalogue, newest first; `before` is the number of the last one of the page before."""
    query = select(Reward).where(Reward.price > 0).order_by(Reward.number.desc()).limit(limit)
    if before is not None:
        query = query.where(Reward.number < before)
    if archived is not None:
        query = query.where(Reward.archived_at.is_not(None) if archived else Reward.archived_at.is_(None))
    return session.scalars(query).all()


def take(session: Session, reward: Reward) -> Reward:
    """Promise one, of any number of askers at once never one too many. Locks the reward until the transaction ends.

    Raises OutOfStock, BudgetSpent, RewardNotFound when it was put away.
    """
    has_one = or_(Reward.stock.is_(None), Reward.stock > 0)
    has_money = or_(Reward.budget.is_(None), Reward.spent + Reward.cost <= Reward.budget)
    taken = (
        update(Reward)
        .where(Reward.id == reward.id, Reward.archived_at.is_(None), has_one, has_money)
        .values(stock=Reward.stock - 1, held=Reward.held + 1, spent=Reward.spent + Reward.cost)
        .returning(Reward)
    )
    found = session.scalar(taken, execution_options={"populate_existing": True})
    if found is None:
        raise _none_left(session.get_one(Reward, reward.id, populate_existing=True))
    return found


def hand_over(session: Session, reward_id: int) -> None:
    """One that was promised left the shelf."""
    _count(session, reward_id, held=Reward.held - 1)


def hold_again(session: Session, reward_id: int) -> None:
    """One that was handed over is kept aside once more."""
    _count(session, reward_id, held=Reward.held + 1)


def put_back(session: Session, reward_id: int, cost: int, *, was_held: bool, is_whole: bool = True) -> None:
    """One that was promised or handed over is there again; not when it is no more fit for anybody (`is_whole`)."""
    one = int(is_whole)
    spent = Reward.spent - cost * one
    _count(session, reward_id, stock=Reward.stock + one, held=Reward.held - int(was_held), spent=spent)


def add_stock(session: Session, reward: Reward, count: int) -> None:
    """So many more can be promised; a reward without end stays so, unless it is one of codes."""
    stock = func.coalesce(Reward.stock, 0) if reward.kind == Kind.CODE else Reward.stock
    _count(session, reward.id, stock=stock + count)


def recount(session: Session) -> None:
    """Keep aside and spent what the redemptions say, where rows of theirs were taken away."""
    for reward in session.scalars(select(Reward).order_by(Reward.id).with_for_update()).all():
        mine = select(func.count(), func.coalesce(func.sum(Redemption.cost), 0)).where(
            Redemption.reward_id == reward.id
        )
        reward.held = session.execute(mine.where(Redemption.state == State.HELD)).one()[0]
        shown = Redemption.fulfilled_at.is_not(None) if reward.kind == Kind.CODE else false()
        counts = Redemption.state.in_((State.HELD, State.FULFILLED)) | shown
        reward.spent = session.execute(mine.where(counts)).one()[1]
    session.flush()


def terms_of(reward: Reward) -> Terms:
    return Terms(**{name: getattr(reward, name) for name in NAMES})


def name_of(reward: Reward, locale: str) -> str:
    """What a person reads; the shop's first wording where there is none in their language."""
    return str(reward.name.get(locale) or next(iter(reward.name.values())))


def about(reward: Reward, locale: str) -> str:
    return str(reward.about.get(locale) or next(iter(reward.about.values()), ""))


def parse_hours(text: str) -> Hours:
    """`14:00-17:00`; it may cross midnight. Raises BadReward."""
    try:
        start, end = (time.fromisoformat(part.strip()) for part in text.split("-"))
    except ValueError:
        raise BadReward("hours", "must be like 14:00-17:00") from None
    if start == end:
        raise BadReward("hours", "must be like 14:00-17:00")
    return Hours(start, end)


def check(terms: Terms) -> None:
    """Raises BadReward."""
    if not terms.name or any(not 0 < len(name.strip()) <= LONGEST_NAME for name in terms.name.values()):
        raise BadReward("name", f"needs 1 to {LONGEST_NAME} characters")
    if terms.kind not in [*Kind]:
        raise BadReward("kind", f"must be one of {', '.join(Kind)}")
    _check_numbers(terms)
    _check_times(terms)
    if terms.kind == Kind.PERCENT and not 1 <= terms.value <= 100:
        raise BadReward("value", "must be 1 to 100 percent")
    if terms.kind == Kind.AMOUNT and terms.value < 1:
        raise BadReward("value", "must be the ₫ it takes off a bill")


def _check_numbers(terms: Terms) -> None:
    bounds = {
        "price": (1, MOST), "value": (0, MOST), "cost": (0, MOST), "stock": (0, MOST), "budget": (0, MOST),
        "per_person": (1, MOST), "per_month": (1, MOST), "minimum_balance": (0, MOST), "valid_days": (0, 1000),
        "minimum_bill": (0, MOST),
    }  # fmt: skip
    for name, (least, most) in bounds.items():
        number = getattr(terms, name)
        if number is not None and not least <= number <= most:
            raise BadReward(name, f"must be {least} to {most}")


def _check_times(terms: Terms) -> None:
    if terms.hours is not None:
        parse_hours(terms.hours)
    if any(day not in range(7) for day in terms.weekdays):
        raise BadReward("weekdays", "must be 0 (Monday) to 6")
    if terms.visible_from and terms.visible_until and terms.visible_until <= terms.visible_from:
        raise BadReward("visible_until", "must be after visible_from")


def _columns(terms: Terms) -> dict[str, Any]:
    columns = asdict(terms)
    return columns | {name: list(columns[name]) for name in ("tiers", "stores", "weekdays")}


def _insert(session: Session, values: Mapping[str, Any]) -> Reward | None:
    """None when another reward got the number."""
    stock = 0 if values["kind"] == Kind.CODE else values["stock"]
    number = (session.scalar(select(func.max(Reward.number))) or 0) + 1
    row = {**values, "stock": stock, "number": number, "held": 0, "spent": 0}
    insert = upsert.insert(session, Reward).values(row).on_conflict_do_nothing().returning(Reward)
    made: Reward | None = session.scalar(insert)
    return made


def _none_left(reward: Reward) -> OutOfStock | RewardNotFound:
    if reward.archived_at is not None:
        return RewardNotFound(number=reward.number)
    return OutOfStock(number=reward.number) if reward.stock == 0 else BudgetSpent(number=reward.number)


def _count(session: Session, reward_id: int, **changes: Any) -> None:
    changed = update(Reward).where(Reward.id == reward_id).values(**changes).returning(Reward)
    session.scalars(changed, execution_options={"populate_existing": True}).one()


_OFFERED = select(Reward).where(Reward.archived_at.is_(None), Reward.price > 0).order_by(Reward.price, Reward.number)
