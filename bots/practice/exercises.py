"""The exercises: what is to be written, and how one sees that it was right."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bots.commands import people
from bots.practice import sandbox
from bots.practice.sandbox import World
from bots.texts import formats
from loyalty import shop
from loyalty.customers import notes
from loyalty.customers.models import CustomerStats
from loyalty.points.models import EntryKind, LedgerEntry
from loyalty.points.tiers import card
from loyalty.purchases.models import Purchase
from loyalty.rewards.models import Redemption, State
from loyalty.segments import membership, rules, starters
from loyalty.segments.rules import Frame
from loyalty.staff import approvals
from loyalty.typed import fold, phones

GROUPS = ("away", "new", "second")  # starters of segments one chooses from
HELD = timedelta(days=30)
Check = Callable[[Session, World, datetime], bool]
Ask = Callable[[Session, World, datetime], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Exercise:
    """`command` by its English name; `example` one right line.

    `check` sees, before it is rolled back, whether the line did what was asked. `ask` gives the right answers (folded)
    of a question, which is answered in a word. `real`: it only reads, so it is done on the shop itself.
    """

    command: str
    example: str
    check: Check | None = None
    ask: Ask | None = None
    real: bool = False
    value: object = None  # what a real command is to have read


def facts(session: Session, locale: str, now: datetime) -> Mapping[str, str]:
    """The places of tasks and examples."""
    dial = sandbox.phone(session)
    programme = people.rules(session, now)
    until = shop.of(session).day(now) + HELD
    named = {starter.code: starter.name.in_(locale) for starter in starters.PLAIN}
    return {
        "phone": phones.national(dial) if dial else "",
        "tier": programme.tier_name(programme.tiers[-1].code, locale),
        "until": f"{until:%d/%m}",
        "groups": ", ".join(f"{number} {named[code]}" for number, code in enumerate(GROUPS, 1)),
    }


def example(exercise: Exercise, places: Mapping[str, str]) -> str:
    return exercise.example.format(**places)


def is_right(answers: Sequence[str], said: str) -> bool:
    """Whether a word or number is one of the answers, a word of counting or two beside it."""
    words = fold.tokens(said)
    return any(all(part in words for part in answer.split()) for answer in answers) and len(words) < 6


def _awarded(total: int) -> Check:
    def check(session: Session, world: World, _now: datetime) -> bool:
        wanted = select(Purchase.total).filter_by(reference=sandbox.NEW_RECEIPT, customer_id=world.customer.id)
        return session.scalar(wanted) == total

    return check


def _returned(session: Session, world: World, _now: datetime) -> bool:
    return session.scalar(select(Purchase.returned).filter_by(id=world.purchase_id)) == 100_000


def _undone(session: Session, world: World, _now: datetime) -> bool:
    return session.scalar(select(LedgerEntry.id).filter_by(reverses_id=world.award_id)) is not None


def _noted(session: Session, world: World, _now: datetime) -> bool:
    found = notes.list_newest(session, world.customer.id, limit=1)
    return bool(found) and "khong duong" in fold.fold(notes.words_of(session, found[0]))


def _handed(session: Session, world: World, _now: datetime) -> bool:
    return session.scalar(select(Redemption.state).filter_by(id=world.redemption_id)) == State.FULFILLED


def _adjusted(session: Session, world: World, _now: datetime) -> bool:
    given = select(LedgerEntry.points).filter_by(customer_id=world.customer.id, kind=EntryKind.ADJUST)
    return session.scalar(given) == 50


def _held(session: Session, world: World, now: datetime) -> bool:
    return card.of_customer(session, world.customer.id, shop.of(session).day(now)).hand_until is not None


def _approved(session: Session, world: World, _now: datetime) -> bool:
    return approvals.get(session, world.request_id).state == "approved"


def _stats(session: Session, world: World) -> CustomerStats:
    return session.get_one(CustomerStats, world.customer.id, populate_existing=True)


def _visits(session: Session, world: World, _now: datetime) -> Sequence[str]:
    return [str(_stats(session, world).orders)]


def _points(session: Session, world: World, _now: datetime) -> Sequence[str]:
    points = _stats(session, world).points
    return [str(points), *(" ".join(fold.tokens(formats.points(points, at))[:-1]) for at in ("vi", "en"))]


def _gap(_session: Session, _world: World, _now: datetime) -> Sequence[str]:
    return [str(sandbox.DAYS[0] // len(sandbox.DAYS))]


def _tier(session: Session, world: World, now: datetime) -> Sequence[str]:
    code = _stats(session, world).tier
    return [fold.fold(people.tier_name(session, code, locale, now)) for locale in ("vi", "en")]


def _groups(session: Session, world: World, now: datetime) -> Sequence[str]:
    """The numbers of the segments the customer belongs to."""
    frame, wanted = Frame.at(session, now), {starter.code: starter.rules for starter in starters.PLAIN}
    belongs = [
        membership.explain(session, rules.parse(wanted[code], frame), frame, world.customer.id).belongs
        for code in GROUPS
    ]
    return [str(number) for number, holds in enumerate(belongs, 1) if holds]


EXERCISES: Mapping[str, Exercise] = {
    "find": Exercise("find", "/tra {phone}"),
    "visits": Exercise("find", "/tra {phone}", ask=_visits),
    "points": Exercise("find", "/tra {phone}", ask=_points),
    "gap": Exercise("find", "/tra {phone}", ask=_gap),
    "tier": Exercise("find", "/tra {phone}", ask=_tier),
    "segment": Exercise("find", "/tra {phone}", ask=_groups),
    "award": Exercise("award", "/tich {phone} 250k #LUYENTAP2", _awarded(250_000)),
    "amount": Exercise("award", "/tich {phone} 1tr25 #LUYENTAP2", _awarded(1_250_000)),
    "try": Exercise("try", "/thu {phone} 350k"),
    "note": Exercise("note", "/ghichu {phone} không đường", _noted),
    "return": Exercise("return", "/trahang LUYENTAP1 100k", _returned),
    "undo": Exercise("undo", f"/huy {sandbox.AWARD}", _undone),
    "redeem": Exercise("redeem", "/doi LUYEN-TAP", _handed),
    "adjust": Exercise("adjust", "/cong {phone} 50 đền ly hỏng", _adjusted),
    "hold": Exercise("tier", "/hang {phone} {tier} đến {until} khách thân", _held),
    "approve": Exercise("approve", f"/duyet {sandbox.REQUEST}", _approved),
    "today": Exercise("report", "/baocao", real=True, value="today"),
    "week": Exercise("report", "/baocao tuần", real=True, value="week"),
    "month": Exercise("report", "/baocao tháng", real=True, value="month"),
    "menu": Exercise("help", "/trogiup", real=True, value=""),
}
