"""Bills above a cashier's limit."""

from collections.abc import Sequence

from loyalty.console.counter import words
from loyalty.console.desk import Desk
from loyalty.points.accrual import Award, ReceiptTaken
from loyalty.points.counter.requests import award
from loyalty.staff.models import Approval
from loyalty.typed.money import format_money
from loyalty.words import Both

YES = Both("Duyệt, cộng điểm", "Approve")
RECEIPT = Both("hóa đơn {receipt}", "receipt {receipt}")
ONE = Both("Đơn {amount} chờ duyệt", "A bill of {amount} waits for approval")
SOME = Both("{count} đơn chờ duyệt, lớn nhất {amount}", "{count} bills wait for approval, the largest {amount}")

no, refused = words.no, words.refused


def headline(desk: Desk, request: Approval) -> str:
    return format_money(award.amount_of(request), desk.locale)


def detail(desk: Desk, request: Approval) -> str:
    receipt = award.receipt_of(request)
    return RECEIPT.in_(desk.locale, receipt=receipt) if receipt else ""


def url(desk: Desk, request: Approval) -> str:
    return ""


def yes(desk: Desk, request: Approval) -> str:
    return YES.in_(desk.locale)


def said(desk: Desk, done: Award) -> str:
    return words.awarded(desk, done) if done.is_new else words.repeated(desk, done)


def waiting(desk: Desk, requests: Sequence[Approval]) -> str:
    amount = format_money(max(map(award.amount_of, requests)), desk.locale)
    return (ONE if len(requests) == 1 else SOME).in_(desk.locale, count=len(requests), amount=amount)


def named(desk: Desk, request: Approval, refused: Exception) -> Exception:
    if not isinstance(refused, ReceiptTaken):
        return refused
    asked = words.name(desk, award.customer(desk.session, request), award.phone(desk.session, request))
    return words.ReceiptNamed(desk, refused, asked)
