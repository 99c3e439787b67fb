"""Goods that came back, worked out again: what of each bill, and the movement each return made by the bill's rules."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from loyalty.points.books import Books
from loyalty.points.models import EntryKind
from loyalty.points.returns import keeping
from loyalty.points.returns.keeping import Given, Shortfall, Taken


def faults(books: Books) -> Iterator[str]:
    """What is wrong with the returns of one customer: their rows, their movements, what the bills say came back."""
    for entry in books.ledger:
        if entry.kind == EntryKind.RETURN and entry.id not in books.returns:
            yield f"entry {entry.id} took back goods no return names"
    earnings = {entry.purchase_id: entry for entry in books.ledger if entry.kind == EntryKind.EARN}
    touched = {done.purchase_id for done in books.returns.values()}
    for purchase in books.purchases.values():
        earning = earnings.get(purchase.id)
        if (purchase.returned or purchase.id in touched) and earning is not None and earning.programme in books.rules:
            yield from _Walk(books, purchase, earning).faults()
    for line in books.odd_lines:
        place = f"line {line.position} of purchase {line.purchase}"
        yield f"{place} has {line.returned_quantity} pieces back, not {line.found}"


@dataclass
class _Walk:
    """The returns of one bill and their undoings in the order of the ledger."""

    books: Books
    purchase: Any
    earning: Any
    returned: int = 0  # ₫ so far
    taken: int = 0  # points so far

    def faults(self) -> Iterator[str]:
        undone = set()
        for entry in self.books.ledger:
            if (done := self._done(entry.id)) is not None:
                yield from self._return(entry, done)
                self._count(done, 1)
            elif (done := self._done(entry.reverses_id)) is not None:
                yield from self._undoing(entry, done)
                self._count(done, -1)
                undone.add(done.id)
        if self.returned != self.purchase.returned:
            yield f"of purchase {self._name} {self.purchase.returned} ₫ are back, its returns say {self.returned}"
        for done in self.books.returns.values():
            if done.purchase_id == self.purchase.id and (done.state == "undone") != (done.id in undone):
                yield f"return {done.public_id} is {done.state}, the ledger says otherwise"

    @property
    def _name(self) -> str:
        return str(self.purchase.public_id)

    def _done(self, entry_id: int | None) -> Any:
        """The return of this bill that made a movement."""
        done = None if entry_id is None else self.books.returns.get(entry_id)
        return done if done is not None and done.purchase_id == self.purchase.id else None

    def _count(self, done: Any, direction: int) -> None:
        self.returned += direction * done.amount
        self.taken += direction * done.points

    def _return(self, entry: Any, done: Any) -> Iterator[str]:
        given = self._given()
        before, after = keeping.kept(given, self.returned), keeping.kept(given, self.returned + done.amount)
        change = (after.carry - before.carry, after.credit - before.credit)
        if (entry.carry_change, entry.credit) != change:
            moved = (entry.carry_change, entry.credit)
            yield f"entry {entry.id} moved carry and credit by {moved}, its rule by {change}"
        taken = self._taken(entry, after.points)
        if (done.points, done.shortfall) != taken:
            yield f"return {done.public_id} took {done.points} points, {done.shortfall} short, its rule {tuple(taken)}"
        if entry.balance_after < min(0, entry.balance_after - entry.points) and not self._owes:
            yield f"entry {entry.id} leaves {entry.balance_after} points, and its rules let nobody owe any"
        yield from self._points(entry, -done.points, done.paid_back)
        due = self.purchase.paid_points * (self.returned + done.amount) // self.purchase.total
        due -= self.purchase.paid_points * self.returned // self.purchase.total
        if done.paid_back != due:
            yield f"return {done.public_id} gave {done.paid_back} points back that had paid, its rule {due}"

    def _undoing(self, entry: Any, done: Any) -> Iterator[str]:
        original = next(each for each in self.books.ledger if each.id == entry.reverses_id)
        if (-entry.carry_change, -entry.credit) != (original.carry_change, original.credit):
            yield f"entry {entry.id} does not give back the carry and credit of entry {original.id}"
        yield from self._points(entry, done.points, -done.paid_back)

    def _points(self, entry: Any, due: int, paid: int) -> Iterator[str]:
        """What was only promised then is no part of the balance; `paid` is what had paid the bill."""
        due = paid + (0 if self._waited(entry.seq) else due)
        if entry.points != due:
            yield f"entry {entry.id} moved {entry.points} points, its return {due}"

    def _given(self) -> Given:
        rules, given = self.books.rules[self.earning.programme], self.books.given.get(self.earning.id)
        return keeping.rated(self.purchase, self.earning, rules, given.points if given is not None else 0)

    def _taken(self, entry: Any, keeps: int) -> Taken:
        """By what was in the bill's lot just before a movement."""
        if (lot := self.books.lots.get(self.earning.id)) is None:
            return Taken(0, 0)
        kinds = {each.id: each.kind for each in self.books.ledger if each.seq < entry.seq}
        gone = [each for each in self.books.spends if each.lot_id == lot.entry_id and each.entry_id in kinds]
        expired = sum(each.points for each in gone if kinds[each.entry_id] == EntryKind.EXPIRE)
        left = lot.points - sum(each.points for each in gone)
        return keeping.take(lot.points - keeps, self.taken, expired, left, owes=self._owes)

    @property
    def _owes(self) -> bool:
        """Whether the bill's rules let its customer owe what they used."""
        return bool(self.books.rules[self.earning.programme].returns.shortfall == Shortfall.OWE)

    def _waited(self, seq: int) -> bool:
        """Whether the bill's points were promised only, just before a movement."""
        lot = self.books.lots.get(self.earning.id)
        if lot is None or not lot.promised:
            return False
        release = next((each.seq for each in self.books.ledger if each.id == lot.release_id), None)
        return release is None or release > seq
