"""Everything stored about points and purchases, worked out again from its rows."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.customers import chains
from loyalty.customers.profiles import FIRST_TIER
from loyalty.points import books as reading
from loyalty.points import debts
from loyalty.points.books import Books, Given
from loyalty.points.ledger import content
from loyalty.points.models import EntryKind, TierReason
from loyalty.points.rating import caps, earning
from loyalty.points.returns import verify_returns
from loyalty.programme import versions
from loyalty.programme.document import Programme
from loyalty.programme.faults import BadProgramme
from loyalty.purchases import stats


def problems(session: Session) -> Iterator[str]:
    """A line for everything that does not add up: the customer's public id and the numbers. Nothing: all is well.

    Reads customers in chunks of 1,000 by id; give it one snapshot (`read_only()`), or what changes meanwhile may show.
    """
    rules, faults = _rules(session)
    yield from faults
    after = 0
    while ids := reading.next_ids(session, after):
        for books in reading.read(session, ids, rules):
            yield from (f"customer {books.public_id}: {fault}" for fault in faults_of(books))
        after = ids[-1]
    if not faults:
        yield from _caps(session)


def _caps(session: Session) -> Iterator[str]:
    """What everybody together got under each cap is the sum of what the rules gave."""
    kept, found = caps.totals(session), caps.counted(session)
    for slot in sorted(kept.keys() | found.keys()):
        if kept.get(slot, 0) != found.get(slot, 0):
            yield f"cap {slot} is kept as {kept.get(slot, 0)} given, the rules gave {found.get(slot, 0)}"


def faults_of(books: Books) -> Iterator[str]:
    """What is wrong with one customer's books."""
    if books.totals is None:
        yield "has no totals row"
        return
    yield from _chain(books)
    yield from _balances(books)
    yield from _movements(books)
    yield from _lots(books)
    yield from _spends(books)
    yield from _purchases(books)
    yield from verify_returns.faults(books)
    yield from _totals(books)
    yield from _tiers(books)


def _chain(books: Books) -> Iterator[str]:
    """Every row follows the one before it, and the last is the head kept with the totals."""
    chain = chains.start("ledger", books.public_id)
    seqs = {entry.id: entry.seq for entry in books.ledger}
    for place, entry in enumerate(books.ledger, 1):
        if entry.seq != place:
            yield f"entry {entry.id} has seq {entry.seq} where {place} belongs"
            return
        purchase = books.purchases.get(entry.purchase_id)
        covered = content(entry._mapping, books.public_id, purchase and purchase.public_id, seqs.get(entry.reverses_id))
        chain = chains.link(chain, covered)
        if chain != entry.chain:
            yield f"entry {entry.id} (seq {entry.seq}) does not match its chain: it or its place was changed"
            return
    if (books.totals.ledger_seq, books.totals.ledger_chain) != (len(books.ledger), chain):
        yield f"the chain should end at seq {books.totals.ledger_seq} with its head, {len(books.ledger)} entries found"


def _balances(books: Books) -> Iterator[str]:
    """The running sums on every entry, and the balance kept with the totals."""
    points = carry = 0
    for entry in books.ledger:
        points, carry = points + entry.points, carry + entry.carry_change
        if (entry.balance_after, entry.carry) != (points, carry):
            yield (
                f"entry {entry.id} says {entry.balance_after} points and carry {entry.carry}, "
                f"the ledger sums to {points} and {carry}"
            )
    if (books.totals.points, books.totals.carry) != (points, carry):
        yield (
            f"the balance is kept as {books.totals.points} points and carry {books.totals.carry}, "
            f"the ledger sums to {points} and {carry}"
        )


def _movements(books: Books) -> Iterator[str]:
    """An earning is what its bill is worth by its rules; a reversal is its original, negated."""
    by_id = {entry.id: entry for entry in books.ledger}
    for entry in books.ledger:
        if entry.kind == EntryKind.REVERSE and entry.reverses_id not in books.returns:
            yield from _reversal(entry, by_id.get(entry.reverses_id), books)
        elif entry.kind == EntryKind.EARN:
            yield from _earning(entry, books)
        elif entry.kind == EntryKind.BONUS:
            yield from _gift(entry, books)
    for entry_id in books.gifts.keys() - {entry.id for entry in books.ledger if entry.kind == EntryKind.BONUS}:
        yield f"a gift names entry {entry_id}, which is none"


def _reversal(entry: Any, original: Any, books: Books) -> Iterator[str]:
    """All the original gave, and what it promised once that was kept, but for what has expired since."""
    if original is None:
        yield f"entry {entry.id} reverses no entry of this customer"
        return
    lot = books.lots.get(original.id)
    there = original.points + _kept(lot) - (books.expired(original.id) if lot is not None else 0)
    gave = (there, original.carry_change, original.credit)
    if (-entry.points, -entry.carry_change, -entry.credit) != gave:
        yield (
            f"entry {entry.id} takes back {-entry.points} points and {-entry.carry_change} ₫ of carry, "
            f"entry {original.id} gave {gave[0]} and {original.carry_change}"
        )


def _kept(lot: Any) -> int:
    """Whole points of a promise that has been kept."""
    return lot.points if lot is not None and lot.release_id is not None else 0


def _earning(entry: Any, books: Books) -> Iterator[str]:
    purchase, rules = books.purchases.get(entry.purchase_id), books.rules.get(entry.programme)
    if purchase is None or rules is None:
        yield f"entry {entry.id} has no purchase of this customer or no readable rules"
        return
    before = entry.carry - entry.carry_change
    given = books.given.get(entry.id, Given(0, 0))
    earning_amount = purchase.eligible + given.amount
    due = earning.plain(rules, rules.tier(entry.tier), purchase.total, earning_amount, before)
    due = due._replace(points=due.points + given.points)
    lot = books.lots.get(entry.id)
    promised = lot.points if lot is not None and lot.promised else 0
    if (entry.credit, entry.points + promised, entry.carry) != due:
        yield (
            f"entry {entry.id} gave {entry.points + promised} points, credit {entry.credit}, carry {entry.carry}; "
            f"by its rules {due.points}, {due.credit}, {due.carry}"
        )


def _gift(entry: Any, books: Books) -> Iterator[str]:
    """What was given without a bill follows from a rule for that occasion, and is written down beside it."""
    gift, rules = books.gifts.get(entry.id), books.rules.get(entry.programme)
    if gift is None or rules is None:
        yield f"entry {entry.id} was given on no occasion, or by no readable rules"
        return
    rule = next((rule for rule in rules.rules if rule.code == gift.code), None)
    said = books.given.get(entry.id, Given(0, 0)).points
    if rule is None or rule.scope != gift.scope or not 0 < entry.points <= rule.points or said != entry.points:
        yield f"entry {entry.id} gave {entry.points} points, {said} are noted; its rule {gift.code} says otherwise"


def _lots(books: Books) -> Iterator[str]:
    """What remains in lots is the balance; an earning has its lot, a reversed one an empty, closed lot."""
    remaining = sum(lot.remaining for lot in books.lots.values() if not _waits(lot))
    if remaining != max(0, books.totals.points):  # a debt only where no lot has anything left
        yield f"{remaining} points remain in lots, the balance is {books.totals.points}"
    pending = sum(lot.remaining for lot in books.lots.values() if _waits(lot))
    if pending != books.totals.points_pending:
        yield f"{pending} points are promised in lots, {books.totals.points_pending} are kept as pending"
    gone = books.reversed_ids()
    given = (EntryKind.EARN, EntryKind.ADJUST, EntryKind.BONUS)
    earned = {entry.id: entry.points for entry in books.ledger if entry.points > 0 and entry.kind in given}
    earned |= {entry.id: _paid_since(entry, books) for entry in books.ledger if _paid_since(entry, books)}
    for entry_id in sorted(earned.keys() | books.lots.keys()):
        lot = books.lots.get(entry_id)
        if lot is None or (not lot.promised and lot.points != earned.get(entry_id)):
            yield f"entry {entry_id} earned {earned.get(entry_id, 0)} points, its lot has {lot and lot.points}"
        elif (entry_id in gone) != (lot.closed_at is not None) or (entry_id in gone and lot.remaining):
            yield f"the lot of entry {entry_id} keeps {lot.remaining} points and is open or closed wrongly"


def _paid_since(entry: Any, books: Books) -> int:
    """Whole points of a debt that was paid, given back with the return that made it: a lot of their own."""
    lot = books.lots.get(entry.id)
    return lot.points if lot is not None and entry.reverses_id in books.returns else 0


def _waits(lot: Any) -> bool:
    return lot.promised and lot.release_id is None


def _spends(books: Books) -> Iterator[str]:
    """Every point that left came out of a lot, every point given back went into one, and each lot knows which."""
    by_lot: dict[int, int] = defaultdict(int)
    by_entry: dict[int, int] = defaultdict(int)
    for spend in books.spends:
        by_lot[spend.lot_id] += spend.points
        by_entry[spend.entry_id] += spend.points
    for lot_id in sorted(books.lots.keys() | by_lot.keys()):
        lot = books.lots.get(lot_id)
        if lot is None or lot.points - by_lot[lot_id] != lot.remaining:
            yield f"lot {lot_id} keeps {lot and lot.remaining} of {lot and lot.points} points, {by_lot[lot_id]} left it"
    for entry in books.ledger:
        if (taken := by_entry.pop(entry.id, 0)) != _moved(entry, books):
            yield f"entry {entry.id} moved {_moved(entry, books)} points of lots, {taken} are written down"
    for entry_id in by_entry:
        yield f"lots name entry {entry_id}, which is not of this customer"


def _moved(entry: Any, books: Books) -> int:
    """Points a movement took from lots (negative: gave back to them); what it added to a debt no lot had."""
    owed = debts.of(entry.balance_after) - debts.of(entry.balance_after - entry.points)
    return _due(entry, books) - owed + _paid_since(entry, books)


def _due(entry: Any, books: Books) -> int:
    if (done := books.returns.get(entry.id)) is not None:
        return int(done.points - done.paid_back)
    if (done := books.returns.get(entry.reverses_id)) is not None:
        return -int(done.points - done.paid_back)
    if entry.kind != EntryKind.REVERSE:
        return max(0, -int(entry.points))
    lot = books.lots.get(entry.reverses_id)
    return -int(entry.points) if lot is None else int(lot.points) - books.expired(lot.entry_id)


def _purchases(books: Books) -> Iterator[str]:
    """A purchase has one earning, and stands as long as that was not reversed."""
    gone = books.reversed_ids()
    earnings: dict[int, list[Any]] = defaultdict(list)
    paid = {entry.purchase_id: entry for entry in books.ledger if entry.kind == EntryKind.BURN and entry.purchase_id}
    for entry in books.ledger:
        if entry.kind == EntryKind.EARN and entry.purchase_id is not None:
            earnings[entry.purchase_id].append(entry)
    for purchase in books.purchases.values():
        entries = earnings[purchase.id]
        if len(entries) != 1:
            yield f"purchase {purchase.public_id} has {len(entries)} earnings"
        elif (entries[0].id in gone) != (purchase.state == "undone"):
            yield f"purchase {purchase.public_id} is {purchase.state}, entry {entries[0].id} says otherwise"
        yield from _paid(purchase, paid.get(purchase.id), books)
        if purchase.state == "undone" and purchase.receipt_key is not None:
            yield f"purchase {purchase.public_id} is undone and still holds its receipt"


def _paid(purchase: Any, burn: Any, books: Books) -> Iterator[str]:
    """What points paid of a bill was taken by one movement, and comes to what its rules say a point is worth."""
    taken = 0 if burn is None else -burn.points
    rules = None if burn is None else books.rules.get(burn.programme)
    value = (rules.redemption.point_value if rules is not None else None) or 0
    if (purchase.paid_points, purchase.paid_amount) != (taken, taken * value):
        yield (
            f"purchase {purchase.public_id} says {purchase.paid_points} points paid {purchase.paid_amount} ₫, "
            f"the ledger {taken} and {taken * value}"
        )


def _totals(books: Books) -> Iterator[str]:
    """The totals are those of the standing purchases."""
    standing = [purchase for purchase in books.purchases.values() if purchase.state == "recorded"]
    kept = stats.of_row(books.totals)
    found = stats.recount(standing, kept.rolled_on)
    for name in stats.Totals.__slots__:
        if getattr(kept, name) != getattr(found, name):
            yield f"{name} is kept as {getattr(kept, name)}, its purchases give {getattr(found, name)}"


def _tiers(books: Books) -> Iterator[str]:
    """Every step begins where the one before it ended, the first at the lowest tier, and the last one is held."""
    held = FIRST_TIER
    for step in books.tiers:
        if step.from_tier != held:
            yield f"step {step.id} of the tiers begins at {step.from_tier}, {held} was held"
        held = step.to_tier
        yield from _risen(step, books)
    if books.totals.tier != held:
        yield f"the tier held is {books.totals.tier}, its history ends at {held}"
    yield from _by_hand(books)


def _risen(step: Any, books: Books) -> Iterator[str]:
    """A purchase that lifted says so itself."""
    if step.reason != TierReason.RISE:
        return
    purchase = books.purchases.get(step.purchase_id)
    if purchase is None or (purchase.tier_before, purchase.tier_after) != (step.from_tier, step.to_tier):
        yield f"step {step.id} of the tiers rises to {step.to_tier}, its purchase does not say so"


def _by_hand(books: Books) -> Iterator[str]:
    """What a hand holds is what the last hand set, until the same day, and is over where that was ended."""
    totals = books.totals
    if len({value is None for value in (totals.hand_tier, totals.hand_until, totals.hand_over)}) > 1:
        yield "a tier set by hand is only half written down"
    hands = [step for step in books.tiers if step.reason in (TierReason.MANUAL, TierReason.MANUAL_END)]
    until = hands[-1].until if hands else None
    if totals.hand_until != until:
        yield f"a hand holds the tier until {totals.hand_until}, its history says {until}"


def _rules(session: Session) -> tuple[Mapping[int, Programme], Sequence[str]]:
    """Every version of the rules, and a line for each that cannot be read."""
    rules, faults = {}, []
    for row in session.connection().execute(select(versions.VERSIONS).order_by(versions.VERSIONS.c.version)):
        try:
            rules[row.version] = versions.parse(row.version, row.document)
        except BadProgramme as error:
            faults.append(f"programme {row.version}: {error}")
    return rules, faults
