"""What the pages say of an award, an adjustment, of what waits, and of an undoing."""

from fractions import Fraction

from loyalty.console import bills
from loyalty.console.desk import Desk
from loyalty.customers import profiles
from loyalty.customers.models import Customer
from loyalty.errors import Conflict, RuleViolation
from loyalty.points import ledger
from loyalty.points.accrual import Award, ReceiptTaken
from loyalty.points.adjusting import Adjustment
from loyalty.points.counter.actions import Back, Undone
from loyalty.points.counter.deciding import Waiting
from loyalty.points.counter.requests import award
from loyalty.points.lots import Promised
from loyalty.purchases import returns
from loyalty.purchases.models import Purchase
from loyalty.purchases.returns import OverReturn
from loyalty.rewards.bills import BillNeeded, BillTooSmall
from loyalty.staff.models import Approval
from loyalty.typed import phones
from loyalty.typed.money import format_money, format_points
from loyalty.words import Both

NOTHING = Both(
    "Đã ghi đơn {amount} cho {who}. Chưa đủ 1 điểm, phần lẻ để dành cho lần sau.",
    "A bill of {amount} is recorded for {who}. Not a whole point yet; the rest is kept for next time.",
)
DONE = Both(
    "Đã cộng {points} điểm cho {who} · đơn {amount}. Giờ có {balance} điểm.",
    "{points} points for {who} · bill of {amount}. They have {balance} now.",
)
PROMISED = Both(
    "Đã ghi {points} điểm cho {who} · đơn {amount}. Khách dùng được {when}.",
    "{points} points for {who} · bill of {amount}, to be used {when}.",
)
FROM = Both("từ {day}", "from {day} on")
CONFIRMED = Both("khi cửa hàng xác nhận", "once the shop confirms")
PAID = Both(" Đã dùng {paid} điểm trả {paid_amount}.", " {paid} points paid {paid_amount}.")
ROSE = Both(" Vừa lên hạng {tier}!", " Just reached {tier}!")
REPEATED = Both(
    "{bill} đã được tính lúc {at} (+{points} điểm{by}). Không cộng thêm.",
    "{bill} was counted at {at} (+{points} points{by}). Nothing was added.",
)
GIVEN = Both(
    "Đã cộng {points} điểm cho {who}. Giờ có {balance} điểm.",
    "Gave {points} points to {who}. They have {balance} now.",
)
TAKEN = Both(
    "Đã trừ {points} điểm của {who}. Còn {balance} điểm.",
    "Took {points} points from {who}. They have {balance} left.",
)
ADJUSTMENT_WAITS = Both(
    "Lần điều chỉnh này cần người thứ hai duyệt, số {number}. Điểm của khách chưa đổi.",
    "This adjustment needs a second person, number {number}. The points are as before.",
)
WAITS = Both(
    "Đơn {amount} chờ quản lý duyệt, số duyệt {number}. Khách chưa được cộng điểm.",
    "The bill of {amount} waits for approval, number {number}. No points yet.",
)
REJECTED = Both(
    "Đã từ chối số {number}. Điểm của khách không đổi, người nhập được báo.",
    "Number {number} is rejected. The points stay as they are; whoever asked is told.",
)
WITHDRAWN = Both(
    "Đã rút lại {what}, số duyệt {number}. Không ai phải duyệt nữa.",
    "{what}, number {number}, is taken back. Nobody has to decide.",
)
NOBODY_TOLD = Both(" Chưa nhắn được cho quản lý nào, bạn báo giúp nhé.", " No manager could be told; please tell one.")
UNDONE = Both(
    "Đã hủy +{points} điểm của đơn {bill}. {who} còn {balance} điểm.",
    "Undone: {bill}, +{points} points. {who} has {balance} left.",
)
NEWCOMER_UNDONE = Both(
    "Đã hủy +{points} điểm của đơn {bill}. Khách mới tạo cùng đơn này cũng đã được xóa.",
    "Undone: {bill}, +{points} points. The new customer made with it is gone too.",
)
MOVEMENT_UNDONE = Both(
    "Đã hủy dòng {bill}. {who} còn {balance} điểm.",
    "Undone: {bill}. {who} has {balance} points.",
)
ALREADY = Both("Dòng này đã được hủy trước đó. Không trừ thêm.", "It was undone before. Nothing more was taken back.")
TAKEN_BACK = Both(
    "Đã nhận trả {amount} của đơn {bill}, trừ lại {points} điểm. {who} còn {balance} điểm.",
    "Took back {amount} of {bill}, and {points} points. {who} has {balance} left.",
)
SHORT = Both(
    " Khách đã dùng mất {shortfall} điểm của phần đã trả.", " {shortfall} points of what came back had been used."
)
OWED = Both(
    " Khách còn thiếu {owed} điểm, lần tích sau bù trước.",
    " They are {owed} points short, paid by what they earn next.",
)
RETURN_UNDONE = Both(
    "Đã hủy lần trả {amount} của đơn {bill}. {who} có {balance} điểm.",
    "Undone: the return of {amount} of {bill}. {who} has {balance} points.",
)
SOMEBODY = Both("khách", "the customer")


class ReceiptNamed(Conflict):
    """`ReceiptTaken` with both bills and both customers as people read them."""

    code = "receipt_taken"

    def __init__(self, desk: Desk, taken: ReceiptTaken, asked: str) -> None:
        purchase = taken.purchase
        super().__init__(
            reference=purchase.reference,
            who=name(desk, profiles.get(desk.session, purchase.customer_id)),
            total=format_money(purchase.total, desk.locale),
            asked_who=asked,
            asked_total=format_money(taken.facts["asked_total"], desk.locale),
        )


class LeftNamed(RuleViolation):
    """`OverReturn` with its amounts as people read them."""

    code = "over_return"

    def __init__(self, desk: Desk, refused: OverReturn) -> None:
        write = format_points if "line" in refused.facts else format_money
        super().__init__(**{part: write(refused.facts[part], desk.locale) for part in ("left", "returned", "total")})


def billed(desk: Desk, refused: BillNeeded | BillTooSmall) -> BillNeeded | BillTooSmall:
    """The same with its amounts as people read them."""
    return type(refused)(**{part: format_money(fact, desk.locale) for part, fact in refused.facts.items()})


def name(desk: Desk, customer: Customer | None, phone: str | None = None) -> str:
    """`Lan (0912 ••• 678)`; the masked phone alone where there is no name."""
    if customer is not None:
        phone = profiles.phone_of(desk.session, customer)
    called = profiles.name_of(desk.session, customer) if customer is not None else None
    masked = phones.mask(phone) if phone else ""
    return f"{called} ({masked})" if called and masked else called or masked or SOMEBODY.in_(desk.locale)


def times(desk: Desk, multiplier: Fraction) -> str:
    """`1,25` in Vietnamese, `1.25` otherwise."""
    shown = f"{float(multiplier):g}"
    return shown if desk.locale == "en" else shown.replace(".", ",")


def awarded(desk: Desk, done: Award) -> str:
    """What was given to whom, and what they have now."""
    purchase = done.purchase
    facts = {
        "who": name(desk, profiles.get(desk.session, purchase.customer_id)),
        "amount": format_money(purchase.total, desk.locale),
        "points": format_points(done.points, desk.locale),
        "balance": format_points(ledger.balance(desk.session, purchase.customer_id), desk.locale),
    }
    if done.promised is not None:
        said = PROMISED.in_(desk.locale, when=usable(desk, done.promised), **facts)
    else:
        said = (DONE if done.points else NOTHING).in_(desk.locale, **facts)
    if purchase.paid_points:
        paid, amount = format_points(purchase.paid_points, desk.locale), format_money(purchase.paid_amount, desk.locale)
        said += PAID.in_(desk.locale, paid=paid, paid_amount=amount)
    if done.tier_rose:
        tier = desk.programme.tier_name(purchase.tier_after, desk.locale)
        said += ROSE.in_(desk.locale, tier=tier)
    return said


def usable(desk: Desk, promised: Promised) -> str:
    """`từ 29/11/2026`: when what is promised may be used."""
    return CONFIRMED.in_(desk.locale) if promised.on is None else FROM.in_(desk.locale, day=f"{promised.on:%d/%m/%Y}")


def repeated(desk: Desk, done: Award) -> str:
    """The bill was counted before, and nothing happened now."""
    purchase = done.purchase
    staff = "" if purchase.staff_id is None else bills.names_of(desk, {purchase.staff_id})[purchase.staff_id]
    return REPEATED.in_(
        desk.locale,
        bill=_bill(desk, purchase),
        at=f"{purchase.purchased_at.astimezone(desk.shop.timezone):%H:%M %d/%m}",
        points=format_points(done.points, desk.locale),
        by=f", {staff}" if staff else "",
    )


def waits(desk: Desk, outcome: Waiting) -> str:
    """The bill waits for a second person."""
    request = outcome.request
    said = WAITS.in_(desk.locale, amount=format_money(award.amount_of(request), desk.locale), number=request.id)
    return said + (NOBODY_TOLD.in_(desk.locale) if outcome.is_new and not outcome.was_told else "")


def no(desk: Desk, _request: Approval) -> str:
    """What a no to points does, on its button."""
    return desk.t("Từ chối, điểm không đổi", "Reject, points stay")


def refused(desk: Desk, request: Approval) -> str:
    return REJECTED.in_(desk.locale, number=request.id)


def withdrawn(desk: Desk, request: Approval, what: str) -> str:
    """`what` waited, and does no longer."""
    return WITHDRAWN.in_(desk.locale, what=what, number=request.id)


def adjusted(desk: Desk, done: Adjustment) -> str:
    """What was given or taken by hand, and what they have now."""
    facts = {
        "who": name(desk, profiles.get(desk.session, done.entry.customer_id)),
        "points": format_points(abs(done.entry.points), desk.locale),
        "balance": format_points(ledger.balance(desk.session, done.entry.customer_id), desk.locale),
    }
    return (GIVEN if done.entry.points > 0 else TAKEN).in_(desk.locale, **facts)


def adjustment_waits(desk: Desk, outcome: Waiting) -> str:
    """The adjustment waits for a second person."""
    said = ADJUSTMENT_WAITS.in_(desk.locale, number=outcome.request.id)
    return said + (NOBODY_TOLD.in_(desk.locale) if outcome.is_new and not outcome.was_told else "")


def signed(desk: Desk, points: int) -> str:
    """`+50 điểm`, `−50 điểm`."""
    unit = desk.t("điểm", "point" if abs(points) == 1 else "points")
    return f"{'+' if points > 0 else ''}{format_points(points, desk.locale)} {unit}"


def taken_back(desk: Desk, back: Back) -> str:
    """What came back and what it took."""
    done = back.returned
    customer_id = done.purchase.customer_id
    facts = {
        "amount": format_money(done.done.amount, desk.locale),
        "bill": _bill(desk, done.purchase),
        "points": format_points(done.done.points, desk.locale),
        "who": name(desk, profiles.get(desk.session, customer_id)),
        "balance": format_points(ledger.balance(desk.session, customer_id), desk.locale),
        "shortfall": format_points(done.done.shortfall, desk.locale),
    }
    said = TAKEN_BACK.in_(desk.locale, **facts) + (SHORT.in_(desk.locale, **facts) if done.done.shortfall else "")
    owed = -done.entry.balance_after
    return said + (OWED.in_(desk.locale, owed=format_points(owed, desk.locale)) if owed > 0 else "")


def undone(desk: Desk, done: Undone, who: str) -> str:
    """What was taken back from whom; `who` as they were called before: an undone newcomer has no name afterwards."""
    reversal = done.reversal
    facts = {
        "points": format_points(-reversal.entry.points, desk.locale),
        "bill": _bill(desk, reversal.purchase) if reversal.purchase else f"#{reversal.original.id}",
        "who": who,
        "balance": format_points(ledger.balance(desk.session, reversal.entry.customer_id), desk.locale),
    }
    if (returned := returns.of_entry(desk.session, reversal.original.id)) is not None:
        return RETURN_UNDONE.in_(desk.locale, amount=format_money(returned.amount, desk.locale), **facts)
    if reversal.purchase is None:
        return MOVEMENT_UNDONE.in_(desk.locale, **facts)
    return (NEWCOMER_UNDONE if reversal.customer_undone else UNDONE).in_(desk.locale, **facts)


def _bill(desk: Desk, purchase: Purchase) -> str:
    return purchase.reference or format_money(purchase.total, desk.locale)
