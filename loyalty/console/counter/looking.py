"""Whom the person at the counter means: by phone, member code, or a name they choose from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from loyalty.customers import codes, profiles, searching
from loyalty.customers.models import Customer
from loyalty.customers.profiles import CustomerNotFound
from loyalty.rewards import codes as reward_codes
from loyalty.rewards import offline
from loyalty.typed import fold, phones
from loyalty.typed.codes import is_member_code
from loyalty.typed.phones import PhoneUnclear
from loyalty.words import Both

MOST = 6  # people offered for a name
NOBODY = Both(
    "Không có ai tên như vậy. Gõ số điện thoại để tạo khách mới, ví dụ: 0912 345 678",
    "Nobody has that name. Type a phone to make a new customer, such as 0912 345 678",
)
CHOOSE = Both("Chọn một người trong danh sách.", "Choose one of these people.")
SHORT = Both(
    "«{typed}» chưa đủ số. Gõ đủ 10 số, ví dụ: 0912 345 678", "“{typed}” is not the whole number: 0912 345 678"
)
OLD_CODE = Both(
    "Mã «{typed}» không đúng hoặc đã quá 5 phút. Nhờ khách nhắn «mã» để lấy mã mới.",
    "The code “{typed}” is wrong or over five minutes old. Ask the customer to write “code” for a new one.",
)
REWARD_CODE = Both(
    "Đây là mã quà: bấm «Giao quà» ở trên rồi nhập mã.", "That is a reward code: press “Hand a reward over” above."
)
UNCLEAR = Both(
    "Chưa đọc được số điện thoại «{typed}». Ví dụ đúng: 0912 345 678",
    "“{typed}” is no phone number. Right: 0912 345 678",
)


@dataclass(frozen=True, slots=True)
class Look:
    """Who is meant: a `customer`, a `phone` (E.164) nobody has, or one of `offered`; `problem` says why nobody is."""

    customer: Customer | None = None
    phone: str | None = None
    offered: Sequence[Customer] = ()
    problem: Both | None = None
    typed: str = ""

    @property
    def is_somebody(self) -> bool:
        return self.customer is not None or self.phone is not None


def look(session: Session, typed: str, *, chosen: str = "", now: datetime) -> Look:
    """Whom `typed` means; `chosen` is the public id of somebody shown before, if still there. Any text will do."""
    if (shown := _still_there(session, chosen)) is not None:
        return Look(shown, typed=typed)
    try:
        phone = phones.find_phone(typed)
    except PhoneUnclear as unclear:
        return Look(problem=UNCLEAR, typed=str(unclear.facts["typed"]))
    if phone is not None:
        owner = profiles.find_by_phone(session, phone)
        return Look(owner, None if owner else phone, typed=typed)
    if (code := codes.find_by_code(session, typed, now=now)) is not None:
        return Look(profiles.get(session, code.customer_id), typed=typed)
    return _by_name(session, fold.quote(typed))


def _still_there(session: Session, public_id: str) -> Customer | None:
    try:
        customer = profiles.get_public(session, public_id)
    except CustomerNotFound:
        return None
    return customer if customer.erased_at is None else None


def _by_name(session: Session, typed: str) -> Look:
    if people := searching.by_name(session, typed, limit=MOST):
        return Look(offered=people, problem=CHOOSE, typed=typed)
    if not typed:
        return Look()
    if reward_codes.is_code(offline.code_in(typed)):
        return Look(problem=REWARD_CODE, typed=typed)
    if is_member_code(typed):
        return Look(problem=OLD_CODE, typed=typed)
    return Look(problem=SHORT if phones.is_begun(typed) else NOBODY, typed=typed)
