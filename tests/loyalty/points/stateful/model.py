"""The points engine once more, on plain lists: what must be true after every step of a history.

Each step does what «Rules of points» say, or raises Refused; whoever calls it puts everything back then.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from tests.loyalty.points.stateful import ends, levels
from tests.loyalty.points.stateful.programmes import PROGRAMMES, Rules
from tests.loyalty.points.stateful.rows import (
    Bill,
    Gain,
    Items,
    Lot,
    Person,
    Refused,
    Return,
    Take,
    day_of,
    less,
    opposite,
    rate,
    rounded,
)

Act = Bill | Gain | Take | tuple[int, int]  # or a return: its bill's number and its place among the bill's returns


@dataclass
class Redemption:
    person: int
    reward: int
    take: int  # the number of its act
    until: date
    state: str = "held"
    key: str = ""


@dataclass
class Shop:
    """Everything there is. `acts` are numbered as they come."""

    now: datetime
    people: list[Person]
    prices: Sequence[int]
    stock: list[int | None]
    programmes: list[tuple[date, Rules]] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)
    redemptions: list[Redemption] = field(default_factory=list)
    gifts: dict[tuple[int, str], int] = field(default_factory=dict)  # the act, by person and event
    lots: int = 0  # numbers given

    @property
    def today(self) -> date:
        return day_of(self.now)

    @property
    def rules(self) -> Rules:
        return self.rules_on(self.today)

    def rules_on(self, day: date) -> Rules:
        return next((rules for since, rules in reversed(self.programmes) if since <= day), PROGRAMMES[0])

    def bills_of(self, person: int) -> list[Bill]:
        return [act for act in self.acts if isinstance(act, Bill) and act.person == person]

    def bill(self, number: int) -> Bill:
        act = self.acts[number]
        assert isinstance(act, Bill)
        return act

    # -- what time does

    def settle(self, number: int) -> None:
        """Keep the promises that are due, take what has ended."""
        person = self.people[number]
        for lot in person.lots.values():
            if lot.waits and lot.remaining and lot.due is not None and lot.due <= self.today:
                lot.waits = False
                if lot.last < lot.due:
                    lot.last = ends.of_new(self, number, self.rules_on(lot.due), lot.due)
                person.pay(lot)
        for lot in person.usable:
            if lot.last < self.today:
                lot.expired, lot.remaining = lot.expired + lot.remaining, 0

    def sweep(self) -> None:
        for number in range(len(self.people)):
            self.settle(number)

    def review(self) -> None:
        for number in range(len(self.people)):
            levels.review(self, number)

    def expire_codes(self) -> None:
        for each in self.redemptions:
            if each.state == "held" and each.until < self.today:
                self._give_back(each.person, self._take_of(each))
                each.state = "expired"
                self._put_back(each)

    # -- bills

    def award(
        self,
        number: int,
        total: int,
        items: Items = (),
        *,
        key: str,
        at: datetime,
        receipt: str | None = None,
        pay: int | str | None = None,
    ) -> tuple[int, bool]:
        """The number of the bill, and whether it is new."""
        self.settle(number)
        if (first := self._repeated(number, total, key, receipt, pay)) is not None:
            return first, False
        person, rules = self.people[number], self.rules_on(day_of(at))
        tier = levels.held_at(self, number, at)
        points_paid = self._payable(person, rules, total, pay)
        paid = points_paid * (rules.value or 0)
        room = 10 - sum(points for on, points in person.bonuses if on == day_of(at))
        eligible, credit, bonus = rate(rules, total, items, paid, tier, room)
        points, carry = rounded(rules, credit, person.carry)
        bill = Bill(
            number, total, items, key, receipt, at, self.now, rules, tier, eligible, credit, points + bonus, bonus,
            person.carry, carry - person.carry, None, person.soonest(points_paid), (person.tier, person.tier),
        )  # fmt: skip
        person.carry = carry
        person.bonuses += [(bill.on, bonus)] if bonus else []
        self._bought(bill)
        person.move(bill.paid)
        return len(self.acts) - 1, True

    def _bought(self, bill: Bill) -> None:
        """The tier the bill gives, its points, the ends it moves."""
        person = self.people[bill.person]
        since = person.since
        self.acts.append(bill)
        due = bill.on + timedelta(days=bill.rules.pending)
        promised = bool(bill.points and bill.rules.pending and due > self.today)
        levels.rise(self, bill, 0 if promised else bill.points)
        bill.tiers = (bill.tiers[0], person.tier)
        if bill.points:
            last = ends.of_new(self, bill.person, bill.rules, bill.on)
            lot = self._lot(person, bill.points, last, bill.on, bill.rules.moves)
            bill.lot = lot.number
            if promised:
                lot.waits, lot.due = True, due
        ends.follow(self, bill, rose=person.since != since)
        if bill.lot is not None and not promised:
            person.pay(person.lots[bill.lot])

    def _repeated(self, number: int, total: int, key: str, receipt: str | None, pay: int | str | None) -> int | None:
        bills = [(place, act) for place, act in enumerate(self.acts) if isinstance(act, Bill)]
        for place, bill in bills:
            if bill.key == key:
                wrong_pay = isinstance(pay, int) and pay != sum(bill.paid.values())
                if (bill.person, bill.total) != (number, total) or wrong_pay:
                    raise Refused("idempotency_conflict")
                return place
        for place, bill in bills:
            if receipt and bill.receipt == receipt and not bill.undone:
                if (bill.person, bill.total) != (number, total):
                    raise Refused("receipt_taken")
                return place
        return None

    def _payable(self, person: Person, rules: Rules, total: int, pay: int | str | None) -> int:
        if pay is None:
            return 0
        if rules.value is None:
            raise Refused("points_pay_nothing")
        most = max(0, min(person.balance, total * rules.share // 100 // rules.value))
        if pay == "max":
            return most if person.balance >= rules.minimum else 0
        assert isinstance(pay, int)
        if person.balance < max(pay, rules.minimum):
            raise Refused("insufficient_points")
        if pay > most:
            raise Refused("too_many_points")
        return pay

    def _lot(self, person: Person, points: int, last: date, earned_on: date, moves: bool) -> Lot:
        self.lots += 1
        person.lots[self.lots] = Lot(self.lots, points, last, earned_on, moves, remaining=points)
        return person.lots[self.lots]

    # -- goods that come back

    def give_back_goods(self, number: int, amount: int | None, pieces: dict[int, int]) -> int:
        """The number of the return."""
        bill = self.bill(number)
        person = self.people[bill.person]
        self.settle(bill.person)
        amount, pieces = self._worth(bill, amount, pieces)
        points, short = self._due_back(bill, person, bill.returned + amount)
        owes = bill.rules.shortfall == "owe"
        if short and bill.rules.shortfall == "refuse":
            raise Refused("points_spent")
        lot = person.lots.get(bill.lot or 0)
        waited = lot is not None and lot.waits
        was_owed, shares = person.debt, self._taken(person, lot, points)
        missing = points - sum(shares.values())
        assert owes or not missing
        paid_back = self._paid_back(bill, amount)
        back = less(self._from_last(bill, paid_back), was_owed + missing)
        person.move(back)
        person.debt = max(0, was_owed + missing - paid_back)
        change = bill.kept(bill.returned + amount)[1] - bill.kept(bill.returned)[1]
        person.carry += change
        counted = levels.counted(self, bill.person, self.rules, self.today)
        before = person.tier
        bill.returned += amount
        merged = {each: shares.get(each, 0) + back.get(each, 0) for each in {**shares, **back}}
        shares = {each: part for each, part in merged.items() if part}
        moved = paid_back - (0 if waited else points)
        done = Return(amount, points, short, paid_back, shares, moved, waited, change, (before, before), pieces, back)
        bill.returns.append(done)
        if bill.rules.falls_at_once:
            levels.fall_short(self, bill.person, counted)
            done.tiers = (before, person.tier)
        if back or not bill.stands or person.tier != before:
            ends.refresh(self, bill.person)
        self._allow_grace(person, back)
        self.acts.append((number, len(bill.returns) - 1))
        return len(self.acts) - 1

    def _worth(self, bill: Bill, amount: int | None, pieces: dict[int, int]) -> tuple[int, dict[int, int]]:
        if bill.undone:
            raise Refused("purchase_undone")
        back = {place: self._pieces_back(bill, place) for place in range(len(bill.items))}
        if amount is None and not pieces:
            pieces = {place: item[2] - back[place] for place, item in enumerate(bill.items)}
            amount = bill.total - bill.returned
        if any(pieces[place] > bill.items[place][2] - back[place] for place in pieces):
            raise Refused("over_return")
        if amount is None:
            amount = sum(bill.items[place][1] * count for place, count in pieces.items())
        if not 0 < amount <= bill.total - bill.returned:
            raise Refused("over_return")
        return amount, {place: count for place, count in pieces.items() if count}

    def _pieces_back(self, bill: Bill, place: int) -> int:
        return sum(done.pieces.get(place, 0) for done in bill.standing_returns)

    def _due_back(self, bill: Bill, person: Person, returned: int) -> tuple[int, int]:
        """What a return takes, and what it should have and is there no more."""
        if bill.lot is None:
            return 0, 0
        lot = person.lots[bill.lot]
        earlier = sum(done.points for done in bill.standing_returns)
        missing = max(0, bill.points - bill.kept(returned)[0] - earlier - lot.expired)
        if bill.rules.shortfall == "owe":
            return missing, 0
        return min(missing, lot.remaining), max(0, missing - lot.remaining)

    def _taken(self, person: Person, lot: Lot | None, points: int) -> dict[int, int]:
        """Out of the bill's own lot first."""
        if lot is None or not points:
            return {}
        own = min(points, lot.remaining)
        person.move({lot.number: own})
        return {lot.number: own, **person.take(points - own, but=lot.number)}

    def _paid_back(self, bill: Bill, amount: int) -> int:
        paid = sum(bill.paid.values())
        return paid * (bill.returned + amount) // bill.total - paid * bill.returned // bill.total

    def _from_last(self, bill: Bill, points: int) -> dict[int, int]:
        """What comes back goes to the lot that was taken last."""
        back = {}
        for number, taken in sorted(bill.paid.items(), reverse=True):
            given = -sum(done.back.get(number, 0) for done in bill.standing_returns)
            if part := min(taken - given, points):
                back[number] = -part
                points -= part
        return back

    def _allow_grace(self, person: Person, back: dict[int, int]) -> None:
        for number in back:
            lot = person.lots[number]
            if self.rules.grace and lot.remaining and lot.last < self.today:
                lot.last, lot.moves = self.today + timedelta(days=self.rules.grace), False

    # -- points without a bill

    def adjust(self, number: int, points: int) -> int:
        person = self.people[number]
        self.settle(number)
        if points > 0:
            self.acts.append(Gain(number, self._gain(number, points)))
        elif person.balance < -points:
            raise Refused("insufficient_points")
        else:
            self.acts.append(Take(number, person.take(-points)))
        return len(self.acts) - 1

    def tell(self, number: int, reference: str) -> tuple[int, bool]:
        """An event happened to somebody: each once."""
        if not self.rules.event:
            raise Refused("event_not_rewarded")
        self.settle(number)
        if (number, reference) in self.gifts:
            return self.gifts[number, reference], False
        self.acts.append(Gain(number, self._gain(number, self.rules.event), reference))
        self.gifts[number, reference] = len(self.acts) - 1
        return len(self.acts) - 1, True

    def _gain(self, number: int, points: int) -> int:
        person = self.people[number]
        last = ends.of_new(self, number, self.rules, self.today)
        lot = self._lot(person, points, last, self.today, self.rules.moves)
        person.pay(lot)
        return lot.number

    # -- rewards

    def redeem(self, number: int, reward: int) -> int:
        person = self.people[number]
        self.settle(number)
        if self.stock[reward] == 0:
            raise Refused("out_of_stock")
        if person.balance < self.rules.minimum:
            raise Refused("minimum_balance")
        if person.balance < self.prices[reward]:
            raise Refused("insufficient_points")
        self.acts.append(Take(number, person.take(self.prices[reward])))
        left = self.stock[reward]
        self.stock[reward] = None if left is None else left - 1
        until = self.today + timedelta(days=30)
        self.redemptions.append(Redemption(number, reward, len(self.acts) - 1, until))
        return len(self.redemptions) - 1

    def fulfil(self, number: int, key: str) -> bool:
        one = self.redemptions[number]
        if one.state == "fulfilled":
            if one.key == key:
                return False
            raise Refused("already_fulfilled")
        if one.state != "held" or one.until < self.today:
            raise Refused("redemption_over")
        one.state, one.key = "fulfilled", key
        return True

    def cancel(self, number: int) -> bool:
        one = self.redemptions[number]
        if one.state == "cancelled":
            return False
        if one.state == "expired":
            raise Refused("redemption_over")
        self._give_back(one.person, self._take_of(one))
        one.state = "cancelled"
        self._put_back(one)
        return True

    def _take_of(self, one: Redemption) -> dict[int, int]:
        act = self.acts[one.take]
        assert isinstance(act, Take)
        return act.shares

    def _put_back(self, one: Redemption) -> None:
        left = self.stock[one.reward]
        self.stock[one.reward] = None if left is None else left + 1

    def _give_back(self, number: int, shares: dict[int, int]) -> None:
        """To exactly the lots it came from, after what is owed; what has ended meanwhile ends again."""
        person = self.people[number]
        self.settle(number)
        paid = min(person.debt, sum(shares.values()))
        person.debt -= paid
        back = less(opposite(shares), paid)
        person.move(back)
        ends.refresh(self, number)
        self._allow_grace(person, back)
        self.settle(number)

    # -- undoing

    def undo(self, number: int) -> None:
        match act := self.acts[number]:
            case Bill():
                self._undo_bill(act)
            case Gain():
                self.settle(act.person)
                _refuse_twice(act.undone)
                act.undone = True
                self._empty(act.person, act.lot)
            case Take():
                self._undo_take(number, act)
            case (bill, place):
                self._undo_return(self.bill(bill), place)

    def _undo_take(self, number: int, act: Take) -> None:
        burns = [one for one in self.redemptions if one.take == number]
        _refuse_twice(act.undone or any(one.state in ("cancelled", "expired") for one in burns))
        if burns:
            raise Refused("not_undoable")
        act.undone = True
        self._give_back(act.person, act.shares)

    def _empty(self, number: int, lot_number: int | None) -> None:
        """Take all a gain gave: what is left of it and what has expired must be all there was."""
        if lot_number is None:
            return
        lot = self.people[number].lots[lot_number]
        if lot.remaining + lot.expired < lot.points:
            raise Refused("points_spent")
        lot.remaining, lot.closed = 0, True

    def _undo_bill(self, bill: Bill) -> None:
        person = self.people[bill.person]
        _refuse_twice(bill.undone)
        self.settle(bill.person)
        if bill.standing_returns:
            raise Refused("returned_since")
        self._empty(bill.person, bill.lot)
        bill.undone = True
        person.carry -= bill.carry_change
        if bill.bonus:
            person.bonuses.remove((bill.on, bill.bonus))
        levels.fall(self, bill.person)
        ends.refresh(self, bill.person)
        if bill.paid:
            self._give_back(bill.person, bill.paid)

    def _undo_return(self, bill: Bill, place: int) -> None:
        person, done = self.people[bill.person], bill.returns[place]
        _refuse_twice(done.undone)
        self.settle(bill.person)
        if any(not each.undone for each in bill.returns[place + 1 :]):
            raise Refused("returned_since")
        own = {number for number in done.shares if done.own_waited and number == bill.lot}
        owed = -done.moved - sum(points for number, points in done.shares.items() if number not in own)
        self._refuse_used(person, done, owed)
        still = sum(points for number, points in done.shares.items() if person.lots[number].waits)
        gain = sum(done.shares.values()) - still + owed
        paid = min(person.debt, max(0, gain))
        person.debt -= paid
        person.move(less(opposite(done.shares), max(0, paid - owed)))
        done.undone = True
        person.carry -= done.carry_change
        if owed > paid:
            last = ends.of_new(self, bill.person, self.rules, self.today)
            self._lot(person, owed - paid, last, self.today, self.rules.moves)
        bill.returned -= done.amount
        if done.tiers[1] == person.tier != done.tiers[0]:
            levels.step(self, bill.person, done.tiers[0], by_itself=False)
        ends.refresh(self, bill.person)
        self.settle(bill.person)

    def _refuse_used(self, person: Person, done: Return, owed: int) -> None:
        """What had paid the goods must be there to pay them again."""
        back = {number: -points for number, points in done.shares.items() if points < 0}
        if done.paid_back and (owed < 0 or any(person.lots[number].remaining < back[number] for number in back)):
            raise Refused("points_spent")


def _refuse_twice(undone: bool) -> None:
    if undone:
        raise Refused("already_undone")
