"""Random histories: each step is done by the engine and by the model, and everything must be alike after it."""

from collections.abc import Callable
from copy import deepcopy
from datetime import date, timedelta
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from loyalty.customers.models import CustomerStats
from loyalty.db import Database
from loyalty.errors import LoyaltyError
from loyalty.points import accrual, adjusting, occasions, verify
from loyalty.points.ending import due
from loyalty.points.models import LedgerEntry, Lot
from loyalty.points.returns import returning, reversal
from loyalty.points.tiers import manual, reviews, warning
from loyalty.programme import activation, versions
from loyalty.programme.models import ProgrammeVersion
from loyalty.purchases import stats
from loyalty.purchases.bills import Bill, Line
from loyalty.purchases.returns import Goods
from loyalty.rewards import catalogue, redemptions
from loyalty.rewards.catalogue import Terms
from loyalty.rewards.models import Redemption, Reward
from loyalty.staff import stores
from loyalty.staff.audit import CLI
from tests.builders import NOON
from tests.builders_customers import make_customer
from tests.loyalty.points.stateful import levels
from tests.loyalty.points.stateful.model import Shop
from tests.loyalty.points.stateful.programmes import PROGRAMMES, document
from tests.loyalty.points.stateful.rows import Items, Person, Refused

T = TypeVar("T")
U = TypeVar("U")
SINCE = date(2000, 1, 1)
PRICES, STOCK = (5, 20), (3, None)
PEOPLE = st.integers(0, 1)
NUMBERS = st.integers(0, 30)
TOTALS = st.one_of(st.integers(1, 30_000), st.sampled_from([150_000, 200_000, 333_333, 900_000, 2_000_000, 9_000_000]))
LINES = st.lists(
    st.tuples(
        st.sampled_from(["coffee", "card", "food"]), st.sampled_from([9_999, 45_000, 120_001]), st.integers(1, 3)
    ),
    min_size=1,
    max_size=3,
).map(tuple)
NEWEST = (
    select(LedgerEntry.customer_id, func.max(LedgerEntry.seq).label("seq")).group_by(LedgerEntry.customer_id).subquery()
)
LAST = (
    select(LedgerEntry.customer_id, LedgerEntry.balance_after)
    .join(NEWEST, (NEWEST.c.customer_id == LedgerEntry.customer_id) & (NEWEST.c.seq == LedgerEntry.seq))
    .subquery()
)
JOBS = ("sweep", "review", "expire_codes", "roll_off", "foresee")


_LEDGER = (
    select(LedgerEntry.customer_id, func.sum(LedgerEntry.points), func.max(LAST.c.balance_after))
    .join(LAST, LAST.c.customer_id == LedgerEntry.customer_id)
    .group_by(LedgerEntry.customer_id)
)
_LOTS = select(Lot.customer_id, Lot.points, Lot.remaining, Lot.expires_on, Lot.promised, Lot.release_id).order_by(
    Lot.entry_id
)
_PEOPLE = select(
    CustomerStats.customer_id,
    CustomerStats.points,
    CustomerStats.points_pending,
    CustomerStats.carry,
    CustomerStats.tier,
).order_by(CustomerStats.customer_id)
_STOCK, _STATES = select(Reward.stock).order_by(Reward.id), select(Redemption.state).order_by(Redemption.id)


def _same(found: object, expected: object) -> None:
    assert found == expected, f"the engine has {found}, the model {expected}"


class _Over(Exception):
    """Nothing of a history stays."""


class Histories(RuleBasedStateMachine):
    """Two customers of one shop; `database` is left as it was."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        self._block = database.transaction()
        self.session: Session = self._block.__enter__()
        self.people = [make_customer(self.session).id for _ in range(2)]
        terms = [
            Terms(name={"vi": f"Quà {price}"}, price=price, stock=stock)
            for price, stock in zip(PRICES, STOCK, strict=True)
        ]
        self.rewards = [catalogue.make(self.session, each, now=NOON).id for each in terms]
        self.store = stores.default(self.session).id
        self.shop = Shop(NOON, [Person(since=NOON), Person(since=NOON)], PRICES, list(STOCK))
        self.entries: list[int] = []  # of the engine, by the number of the act
        self.purchases: dict[int, int] = {}
        self.codes: list[int] = []
        self.repeats: list[Callable[[], bool]] = []  # what was done once, to be done again; whether it is new

    def teardown(self) -> None:
        over = _Over()
        try:
            if self.shop.programmes:
                assert list(verify.problems(self.session)) == []
        finally:
            self._block.__exit__(_Over, over, None)

    @initialize(number=st.integers(0, len(PROGRAMMES) - 1), totals=st.lists(TOTALS, max_size=2))
    def begin(self, number: int, totals: list[int]) -> None:
        self._add_version(number)
        for person, total in enumerate(totals):
            self._buy(person, total, None, None, 0, None)

    def _add_version(self, number: int) -> None:
        rules = PROGRAMMES[number]
        row = ProgrammeVersion(version=2, document=document(rules), effective_from=SINCE, created_at=NOON)
        self.session.add(row)
        self.session.flush()
        self.shop.programmes.append((SINCE, rules))

    # -- steps

    @rule(person=PEOPLE, bill=st.one_of(TOTALS, LINES), pay=st.sampled_from([None, None, "max", 1, 10]))
    def award(self, person: int, bill: int | Items, pay: int | str | None) -> None:
        self._buy(person, bill, None, None, 0, pay)

    @rule(
        person=PEOPLE,
        bill=st.one_of(TOTALS, LINES),
        key=st.one_of(st.none(), st.integers(0, 3)),
        receipt=st.sampled_from([None, "1", "2"]),
        late=st.sampled_from([0, 1, 4, 40, 364, 366]),
        pay=st.sampled_from([None, None, None, "max", 3]),
    )
    def award_again_or_late(
        self, person: int, bill: int | Items, key: int | None, receipt: str | None, late: int, pay: int | str | None
    ) -> None:
        self._buy(person, bill, key, receipt, late, pay)

    def _buy(
        self, person: int, bill: int | Items, key: int | None, receipt: str | None, late: int, pay: int | str | None
    ) -> None:
        items = () if isinstance(bill, int) else bill
        total = bill if isinstance(bill, int) else sum(price * pieces for _kind, price, pieces in bill)
        name = f"{self.people[0]}:{len(self.shop.acts)}:{self.shop.now:%j%H%M}" if key is None else f"pool:{key}"
        made = self._both(
            lambda shop: shop.award(
                person, total, items, key=name, at=shop.now - timedelta(days=late), receipt=receipt, pay=pay
            ),
            lambda: self._award(person, total, items, name, receipt, late, pay),
        )
        if made is None:
            return
        (number, is_new), award = made
        assert award.is_new is is_new
        if is_new:
            self.entries.append(award.entry.id)
            self.purchases[number] = award.purchase.id
        assert (award.entry.id, award.purchase.id) == (self.entries[number], self.purchases[number])

    def _award(
        self, person: int, total: int, items: Items, key: str, receipt: str | None, late: int, pay: Any
    ) -> accrual.Award:
        lines = tuple(Line(kind, pieces, price, category=kind) for kind, price, pieces in items)
        at = self.shop.now - timedelta(days=late)
        bill = Bill(total, self.store, reference=receipt, lines=lines, purchased_at=at, pay_points=pay)
        return accrual.record_purchase(self.session, self.people[person], bill, actor="cli", key=key, now=self.shop.now)

    @precondition(lambda self: self.purchases)
    @rule(number=NUMBERS, part=st.sampled_from(["all", "most", "half", "little", "piece"]))
    def goods_come_back(self, number: int, part: str) -> None:
        self._return(number, part)

    @precondition(lambda self: self.purchases)
    @rule(number=NUMBERS, part=st.sampled_from(["all", "half", "piece", "more"]))
    def more_goods_come_back(self, number: int, part: str) -> None:
        self._return(number, part)

    def _return(self, number: int, part: str) -> None:
        place = list(self.purchases)[number % len(self.purchases)]
        bill, key = self.shop.bill(place), self._key("return")
        left = bill.total - bill.returned
        amounts = {"most": left * 9 // 10, "half": bill.total // 2, "little": left // 7, "more": left + 1}
        amount = None if part in ("all", "piece") else max(1, amounts[part])
        pieces = {number % len(bill.items): 1} if part == "piece" and bill.items else {}
        goods = Goods(amount, {each + 1: count for each, count in pieces.items()})

        def take() -> returning.Returned:
            of = self.purchases[place]
            return returning.take_back(self.session, of, goods, actor="cli", key=key, now=self.shop.now)

        if (made := self._both(lambda shop: shop.give_back_goods(place, amount, pieces), take)) is not None:
            self.entries.append(made[1].entry.id)
            self.repeats.append(lambda: take().is_new)

    @rule(person=PEOPLE, points=st.sampled_from([1, 7, 30, -1, -6, -25]))
    def adjust(self, person: int, points: int) -> None:
        key = self._key("adjust")

        def give() -> adjusting.Adjustment:
            who = self.people[person]
            return adjusting.adjust(self.session, who, points, "bù", actor="cli", key=key, now=self.shop.now)

        if (made := self._both(lambda shop: shop.adjust(person, points), give)) is not None:
            self.entries.append(made[1].entry.id)
            self.repeats.append(lambda: give().is_new)

    @rule(person=PEOPLE, reference=st.sampled_from(["a", "b"]))
    def tell(self, person: int, reference: str) -> None:
        made = self._both(
            lambda shop: shop.tell(person, reference),
            lambda: occasions.happened(
                self.session, self.people[person], "follow", reference=reference, at=self.shop.now, actor="cli",
                now=self.shop.now,
            ),
        )  # fmt: skip
        if made is not None:
            (number, is_new), (gift,) = made
            assert gift.is_new is is_new
            if is_new:
                self.entries.append(gift.entry.id)
            assert gift.entry.id == self.entries[number]

    @precondition(lambda self: any(each.balance >= PRICES[0] for each in self.shop.people))
    @rule(person=PEOPLE, reward=st.integers(0, 1))
    def redeem(self, person: int, reward: int) -> None:
        key, which = self._key("redeem"), self.rewards[reward]
        made = self._both(
            lambda shop: shop.redeem(person, reward),
            lambda: redemptions.redeem(
                self.session, self.people[person], which, key=key, actor="customer", now=self.shop.now
            ),
        )
        if made is not None:
            redemption = made[1].redemption
            assert made[1].is_new and redemption.entry_id is not None
            self.entries.append(redemption.entry_id)
            self.codes.append(redemption.id)

    @precondition(lambda self: self.codes)
    @rule(number=NUMBERS, key=st.sampled_from(["till 1", "till 2"]))
    def fulfil(self, number: int, key: str) -> None:
        place = number % len(self.codes)
        made = self._both(
            lambda shop: shop.fulfil(place, key),
            lambda: redemptions.fulfil(
                self.session, self._code(place), actor="cli", key=key, store=None, now=self.shop.now
            ),
        )
        assert made is None or made[0] is made[1]

    @precondition(lambda self: self.codes)
    @rule(number=NUMBERS)
    def cancel(self, number: int) -> None:
        place, key = number % len(self.codes), self._key("cancel")
        made = self._both(
            lambda shop: shop.cancel(place),
            lambda: redemptions.cancel(self.session, self._code(place), actor="cli", key=key, now=self.shop.now),
        )
        assert made is None or made[0] is made[1]

    @precondition(lambda self: self.entries)
    @rule(number=NUMBERS, is_newest=st.booleans())
    def undo(self, number: int, is_newest: bool) -> None:
        place, key = len(self.entries) - 1 if is_newest else number % len(self.entries), self._key("undo")

        def take() -> reversal.Reversal:
            return reversal.undo(self.session, self.entries[place], actor="cli", key=key, now=self.shop.now)

        if self._both(lambda shop: shop.undo(place), take) is not None:
            self.repeats.append(lambda: take().is_new)

    @precondition(lambda self: self.repeats)
    @rule(number=NUMBERS)
    def repeat(self, number: int) -> None:
        """The same key again changes nothing, whatever happened since."""
        assert not self.repeats[number % len(self.repeats)]()

    @rule(person=PEOPLE, tier=st.sampled_from(["silver", "gold"]), days=st.sampled_from([0, 20, 400]))
    def set_tier(self, person: int, tier: str, days: int) -> None:
        until, key = self.shop.today + timedelta(days=days), self._key("tier")
        setting = manual.Setting(tier, until, "khách quý")
        self._both(
            lambda shop: levels.set_by_hand(shop, person, tier, until),
            lambda: manual.set_tier(
                self.session, self.people[person], setting, actor="cli", key=key, now=self.shop.now
            ),
        )

    @precondition(lambda self: any(each.hand for each in self.shop.people))
    @rule(person=PEOPLE)
    def end_tier(self, person: int) -> None:
        self._both(
            lambda shop: levels.end_hand(shop, person),
            lambda: manual.end(self.session, self.people[person], actor="cli", now=self.shop.now),
        )

    @rule(days=st.sampled_from([1, 1, 6, 31, 45, 100, 200, 370]))
    def wait(self, days: int) -> None:
        self.shop.now += timedelta(days=days)

    @rule(job=st.sampled_from(JOBS))
    def night(self, job: str) -> None:
        self._both(lambda shop: getattr(shop, job, lambda: None)(), getattr(self, f"_{job}"))

    @precondition(lambda self: self.shop.programmes[-1][0] <= self.shop.today)
    @rule(number=st.integers(0, len(PROGRAMMES) - 1), days=st.sampled_from([1, 1, 10]))
    def change_rules(self, number: int, days: int) -> None:
        rules, since = PROGRAMMES[number], self.shop.today + timedelta(days=days)
        if rules != self.shop.rules:
            self._both(
                lambda shop: shop.programmes.append((since, rules)),
                lambda: activation.activate(self.session, document(rules), since, by=CLI, now=self.shop.now),
            )

    # -- what must hold

    @invariant()
    def everything_is_alike(self) -> None:
        """A balance is what the ledger sums to, what its last entry says, and what lots hold less the debt."""
        balances = dict.fromkeys(self.people, (0, 0))
        for customer_id, *sums in self.session.execute(_LEDGER):
            balances[customer_id] = (sums[0], sums[1])
        lots: dict[int, list[Any]] = {each: [] for each in self.people}
        for customer_id, points, remaining, last, promised, release in self.session.execute(_LOTS):
            lots[customer_id].append((points, remaining, last, promised and release is None))
        for row, person in zip(self.session.execute(_PEOPLE).all(), self.shop.people, strict=True):
            known = (person.balance, person.pending, person.carry, person.tier)
            _same(tuple(row)[1:], known)
            _same(balances[row.customer_id], (person.balance, person.balance))
            kept = person.lots.values()
            _same(lots[row.customer_id], [(each.points, each.remaining, each.last, each.waits) for each in kept])
            assert not (person.debt and person.usable), "who has points owes none"
        _same(list(self.session.scalars(_STOCK)), self.shop.stock)
        _same(list(self.session.scalars(_STATES)), [one.state for one in self.shop.redemptions])

    @invariant()
    def the_books_verify(self) -> None:
        """Now and then; at the end always."""
        if self.shop.now.minute % 5 == 0:
            _same(list(verify.problems(self.session)), [])

    # -- how

    def _both(self, ask: Callable[[Shop], T], act: Callable[[], U]) -> tuple[T, U] | None:
        """One step of the model and of the engine; None when both refuse it, for the same reason."""
        self.shop.now += timedelta(minutes=1)
        before, refused, expected = deepcopy(self.shop), None, None
        try:
            expected = ask(self.shop)
        except Refused as refusal:
            refused, self.shop = refusal.code, before
        try:
            with self.session.begin_nested():
                made = act()
        except LoyaltyError as error:
            assert error.code == refused, f"{error.code}, the model says {refused}"
            return None
        assert refused is None, f"the model says {refused}"
        return expected, made  # type: ignore[return-value]  # None where both refused

    def _key(self, name: str) -> str:
        return f"{name}:{self.people[0]}:{self.shop.now:%Y%m%d%H%M}"

    def _code(self, place: int) -> Redemption:
        return self.session.get_one(Redemption, self.codes[place], populate_existing=True)

    def _sweep(self) -> None:
        after: int | None = 0
        while after is not None:
            after = due.sweep(self.session, now=self.shop.now, after_id=after, limit=1)

    def _review(self) -> None:
        self._look(reviews.sweep)

    def _foresee(self) -> None:
        self._look(warning.foresee)

    def _look(self, look: Callable[..., int | None]) -> None:
        for tier in versions.at(self.session, self.shop.today).tiers[1:]:
            after: int | None = 0
            while after is not None:
                after = look(self.session, tier.code, now=self.shop.now, after_id=after, limit=1)

    def _expire_codes(self) -> None:
        for each in redemptions.list_due(self.session, self.shop.today, after=0, limit=100):
            redemptions.expire(self.session, self.session.get_one(Redemption, each), now=self.shop.now)

    def _roll_off(self) -> None:
        after: int | None = 0
        while after is not None:
            after = stats.roll_off(self.session, self.shop.today, after_id=after, limit=1)
