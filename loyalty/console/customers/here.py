"""The section of customers, what its refusals mean, and the head every page about one customer has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from loyalty.console import hands, tier_words
from loyalty.console.desk import Desk
from loyalty.console.section import Refusal, Section
from loyalty.customers import cases, emails, profiles
from loyalty.customers.models import Case, Customer, CustomerStats
from loyalty.points import lots
from loyalty.points.lots import Expiring, Promised
from loyalty.points.tiers import holding
from loyalty.points.tiers.holding import Amount, Progress
from loyalty.staff.permissions import Right
from loyalty.words import Both

CHANGED: Mapping[str, Refusal] = {
    "customer_erased": Refusal("Dữ liệu của khách này đã được xóa.", "The data of this customer was erased."),
    "phone_taken": Refusal("Số này đã là của một khách khác.", "Another customer has this number.", "phone"),
    "phone_busy": Refusal(
        "Số này vừa có người dùng cùng lúc. Thử lại nhé.", "Somebody used it just now. Retry.", "phone"
    ),
    "email_taken": Refusal("E-mail này đã là của một khách khác.", "Another customer has this e-mail.", "email"),
    "not_an_email": Refusal(
        "Chưa đọc được e-mail «{typed}». Ví dụ đúng: {example}", "“{typed}” is no e-mail. Right: {example}", "email"
    ),
    "birthday_unclear": Refusal(
        "Chưa đọc được ngày sinh «{typed}». Ngày trước, tháng sau, ví dụ: 20/11/1990",
        "“{typed}” is no birthday. The day first, such as 20/11/1990",
        "birthday",
    ),
    "bad_birthday": Refusal("Ngày sinh này chưa đúng.", "This birthday is not right.", "birthday"),
    "referrals_off": Refusal(
        "Quy tắc hôm nay không cộng điểm cho lần giới thiệu nào.", "Today's rules give nothing for a referral.", "code"
    ),
    "referral_code_unclear": Refusal(
        "Mã giới thiệu gồm 7 chữ và số, ví dụ: {example}", "A friend's code has 7 letters and digits: {example}", "code"
    ),
    "referral_code_unknown": Refusal("Không ai có mã này.", "Nobody has this code.", "code"),
    "own_referral": Refusal(
        "Không ai giới thiệu được chính mình, hay người đã giới thiệu mình.",
        "Nobody brings themselves, or whoever brought them.",
        "code",
    ),
    "referral_not_new": Refusal(
        "Khách này đã mua rồi; chỉ khách chưa mua lần nào mới được giới thiệu.",
        "They have bought before; only somebody new can be brought.",
        "code",
    ),
    "already_brought": Refusal("Đã có người khác giới thiệu.", "Somebody else brought them.", "code"),
    "customer_in_use": Refusal(
        "Khách này đã có đơn, điểm, tin nhắn hoặc ghi chú nên không bỏ được nữa.",
        "This customer has bills, points, messages or notes by now, and stays.",
    ),
    "no_way_back": Refusal(
        "Chỉ lấy lại được trong 24 giờ sau khi sửa. Mở hồ sơ và sửa lại nhé.",
        "A correction can be taken back for 24 hours. Open the profile and correct it again.",
    ),
    "changed_since": Refusal(
        "Hồ sơ đã được sửa thêm sau đó nên không lấy lại nữa. Mở hồ sơ để xem.",
        "It was changed again since, so it stays as it is now. Open the profile to see.",
    ),
}
WRITTEN: Mapping[str, Refusal] = {
    "note_empty": Refusal("Còn thiếu lời ghi chú.", "The note has no words.", "words"),
    "note_not_found": Refusal("Ghi chú này không còn nữa.", "This note is gone."),
    "note_not_yours": Refusal(
        "Ghi chú này của nhân viên khác. Nhờ người đó hoặc quản lý bỏ giúp nhé.",
        "Somebody else wrote this note. Ask them or the manager.",
    ),
    "note_too_old": Refusal(
        "Ghi chú này đã quá 24 giờ. Nhờ quản lý bỏ giúp nhé.", "This note is over 24 hours old. Ask the manager."
    ),
    "bad_tag": Refusal(
        "Nhãn là một từ ngắn, tối đa 40 ký tự, ví dụ: khách sỉ.",
        "A tag is a short word, at most 40 characters: wholesale.",
        "tag",
    ),
    "too_many_tags": Refusal("Mỗi khách có tối đa {most} nhãn.", "A customer has at most {most} tags.", "tag"),
    "bad_interest": Refusal(
        "Một từ ngắn, tối đa 40 ký tự, ví dụ: trà sữa.",
        "A short word, at most 40 characters, such as milk tea.",
        "interest",
    ),
    "too_many_interests": Refusal(
        "Mỗi khách chỉ ghi được {most} điều khách kể. Bỏ bớt một điều không còn đúng, rồi ghi lại nhé.",
        "At most {most} told things are kept of one customer. Take away one that no longer holds, then note it again.",
        "interest",
    ),
    "case_empty": Refusal("Khách nói gì? Còn thiếu nội dung.", "What did they say? The words are missing.", "said"),
    "bad_tier": Refusal(
        "Chọn một hạng trên hạng thấp nhất, và một ngày cuối từ hôm nay trở đi, trong vòng 5 năm.",
        "Choose a tier above the lowest, and a last day from today on, within 5 years.",
        "until",
    ),
    "no_tier_by_hand": Refusal("Không có hạng nào đặt bằng tay.", "No tier is set by hand."),
    "case_due_too_early": Refusal("Hạn phải từ hôm nay trở đi.", "It cannot be due before today.", "due_on"),
}

section = Section(
    "customers",
    Both("Khách hàng", "Customers"),
    icon="users",
    order=30,
    right=Right.FIND,
    refusals={**hands.REFUSALS, **CHANGED, **WRITTEN},
)


@dataclass(frozen=True, slots=True)
class Head:
    """What stands above every page about one customer. `phone` and `email` are shown masked unless `is_revealed`."""

    customer: Customer
    stats: CustomerStats
    name: str | None
    phone: str | None
    email: str | None
    next_tier: Progress | None
    to_do: str  # for it: `mua thêm 350.000đ`
    expiring: Expiring | None
    pending: Sequence[Promised]
    complaint: Case | None
    moved_to: Customer | None
    is_revealed: bool = False

    @property
    def masked_email(self) -> str:
        return emails.mask(self.email) if self.email else ""

    @property
    def is_erased(self) -> bool:
        return self.customer.erased_at is not None


def head_of(desk: Desk, customer: Customer, *, is_revealed: bool = False) -> Head:
    session = desk.session
    stats = session.get_one(CustomerStats, customer.id)
    step = holding.progress(session, desk.programme, stats, desk.shop.day(desk.now))
    metric = desk.programme.qualification.metric
    return Head(
        customer,
        stats,
        profiles.name_of(session, customer),
        profiles.phone_of(session, customer),
        profiles.email_of(session, customer),
        step,
        tier_words.more(desk, Amount(metric, step.missing)) if step is not None else "",
        lots.next_expiring(session, customer.id, desk.shop.day(desk.now)),
        lots.pending(session, customer.id),
        cases.open_complaint(session, customer.id),
        session.get(Customer, customer.moved_to_id) if customer.moved_to_id else None,
        is_revealed,
    )


def render(desk: Desk, template: str, customer: Customer, **values: Any) -> str:
    """A page about one customer."""
    return desk.render(f"customers/{template}", head=head_of(desk, customer), **values)


def subject(customer: Customer) -> str:
    return f"customer:{customer.public_id}"


def whole_number(typed: str) -> int | None:
    """A number of an address; None for any other text."""
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 19 else None
