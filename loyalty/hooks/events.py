"""What receivers are told: rows of the timeline under public names, as Standard Webhooks messages.

A message names people and things by their ids; what somebody wrote, is called or can be reached by is not in it.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from loyalty.db import new_public_id
from loyalty.errors import RuleViolation
from loyalty.words import Both

ALL = "*"
TEST = "webhook.test"
NAMES: Mapping[str, tuple[str, Both]] = {  # by the timeline's kind
    "created": ("customer.created", Both("Có khách mới", "A new customer")),
    "joined": ("customer.joined", Both("Khách vào chương trình", "A customer joined")),
    "joining_undone": ("customer.joining_undone", Both("Rút lại việc vào chương trình", "Joining was taken back")),
    "renamed": ("customer.renamed", Both("Khách đổi tên", "A customer's name changed")),
    "phone_claimed": ("customer.phone_changed", Both("Khách có số điện thoại", "A customer gave a phone")),
    "phone_proven": ("customer.phone_proven", Both("Số điện thoại được xác nhận", "A customer's phone was proven")),
    "linked": ("customer.linked", Both("Chat được gắn vào khách", "A chat was linked to a customer")),
    "detached": ("customer.detached", Both("Chat rời khách", "A chat left a customer")),
    "followed": ("customer.followed", Both("Khách theo dõi trang", "A customer follows the page")),
    "unfollowed": ("customer.unfollowed", Both("Khách bỏ theo dõi", "A customer unfollowed the page")),
    "birthday": ("customer.birthday_changed", Both("Khách cho hay sửa ngày sinh", "A birthday was given or corrected")),
    "referral": ("customer.referred", Both("Khách được bạn giới thiệu", "A customer was brought by a friend")),
    "purchase": ("purchase.recorded", Both("Ghi đơn, cộng điểm", "A purchase and the points it earned")),
    "purchase_undone": ("purchase.undone", Both("Hoàn tác đơn, trừ lại điểm", "A purchase and its points taken back")),
    "purchase_returned": (
        "purchase.returned",
        Both("Khách trả hàng, trừ lại điểm", "Goods came back, and their points with them"),
    ),
    "purchase_return_undone": ("purchase.return_undone", Both("Hủy lần trả hàng", "A return was taken back")),
    "points_opened": ("points.opened", Both("Nhập điểm đầu kỳ", "An opening balance was brought in")),
    "points_opening_undone": ("points.opening_undone", Both("Rút lại điểm đầu kỳ", "An opening balance taken back")),
    "redemption_requested": ("redemption.requested", Both("Khách đổi điểm lấy quà", "Points exchanged for a reward")),
    "redemption_fulfilled": ("redemption.fulfilled", Both("Quà được giao", "A reward was handed over")),
    "redemption_cancelled": ("redemption.cancelled", Both("Lần đổi quà bị hủy", "A redemption was cancelled")),
    "redemption_expired": ("redemption.expired", Both("Mã quà hết hạn", "A reward code ran out")),
    "points_adjusted": ("points.adjusted", Both("Điều chỉnh điểm", "Points given or taken by hand")),
    "points_adjustment_undone": (
        "points.adjustment_undone",
        Both("Hủy lần điều chỉnh điểm", "An adjustment of points taken back"),
    ),
    "points_expired": ("points.expired", Both("Điểm hết hạn", "Points nobody used in time")),
    "points_given": ("points.given", Both("Tặng điểm nhân một dịp", "Points given on an occasion")),
    "points_gift_undone": ("points.gift_undone", Both("Hủy lần tặng điểm", "A gift of points undone")),
    "points_released": ("points.released", Both("Điểm chờ nay dùng được", "Promised points may be used")),
    "tier": ("tier.changed", Both("Khách đổi hạng", "A customer's tier changed")),
    "tier_set": ("tier.set", Both("Đặt hạng bằng tay", "A tier was set by hand")),
    "tier_set_undone": ("tier.set_undone", Both("Bỏ hạng đặt bằng tay", "A tier set by hand was taken back")),
    "consent": ("consent.changed", Both("Khách đồng ý hoặc từ chối", "A customer agreed or refused")),
    "message_in": ("message.received", Both("Khách nhắn tin", "A customer wrote")),
    "platform_told": (
        "customer.platform_told",
        Both("Nền tảng báo về khách", "A platform told something of a customer"),
    ),
    "message_out": ("message.sent", Both("Shop trả lời khách", "A customer was written to")),
    "conversation_waiting": ("conversation.waiting", Both("Khách muốn gặp người", "A customer asked for a person")),
    "conversation_taken": (
        "conversation.taken",
        Both("Có người trả lời thay bot", "A person answers instead of the bot"),
    ),
    "conversation_returned": ("conversation.returned", Both("Trả hội thoại lại cho bot", "The bot answers again")),
    "offer_sent": ("offer.sent", Both("Gửi ưu đãi", "An offer was sent")),
    "offer_shown": ("offer.shown", Both("Nhắc ưu đãi chưa dùng", "An unused offer was shown")),
    "privacy_requested": (
        "customer.privacy_requested",
        Both("Khách hỏi về dữ liệu", "A customer asked about their data"),
    ),
    "privacy_refused": ("customer.privacy_refused", Both("Từ chối yêu cầu dữ liệu", "A data request was refused")),
    "erased": ("customer.erased", Both("Dữ liệu khách bị xóa", "A customer's data was erased")),
    "note": ("note.added", Both("Thêm ghi chú", "A note was added")),
    "note_taken_back": ("note.removed", Both("Gỡ ghi chú", "A note was taken back")),
    "tagged": ("customer.tagged", Both("Gắn nhãn cho khách", "A customer was tagged")),
    "untagged": ("customer.untagged", Both("Bỏ nhãn của khách", "A tag was taken away")),
    "custom_fields": (
        "customer.fields_changed",
        Both("Sửa ô riêng của khách", "Own fields of a customer were given or taken away"),
    ),
    "interest_told": ("customer.interest_told", Both("Khách có thêm sở thích", "An interest was told")),
    "interest_refused": ("customer.interest_refused", Both("Khách bỏ một sở thích", "An interest was taken away")),
    "case_opened": ("case.opened", Both("Có góp ý mới", "A case was opened")),
    "case_answered": ("case.answered", Both("Trả lời góp ý", "A case was answered")),
    "case_closed": ("case.closed", Both("Xong góp ý", "A case was closed")),
    "case_reopened": ("case.reopened", Both("Mở lại góp ý", "A case was reopened")),
}
_OTHER = re.compile(r"timeline\.[a-z_]{1,40}")  # a kind that has no name of its own yet


class UnknownEvent(RuleViolation):
    """Events there are none of; `known` are those there are."""

    code = "unknown_event"

    def __init__(self, place: int) -> None:
        known = [ALL, *sorted(name for name, _ in NAMES.values())]
        path, problem = f"events.{place}", f"Not an event there is; one of {', '.join(known)}."
        super().__init__(problem, path=path, problem=problem, known=known)


class NoEvents(RuleViolation):
    """A receiver that would never be told anything."""

    code = "no_events"

    def __init__(self) -> None:
        super().__init__("Name at least one event; * is all of them.", path="events")


@dataclass(frozen=True, slots=True)
class Event:
    """One thing to tell. `id` is the same however often it is told; `position` its place in the timeline."""

    id: str
    name: str
    at: datetime
    data: Mapping[str, Any]
    position: int | None = None

    @property
    def body(self) -> bytes:
        """The exact bytes that are signed and sent."""
        told = {"type": self.name, "timestamp": self.at.isoformat(), "id": self.id, "data": self.data}
        return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def name_of(kind: str) -> str:
    """The public name of a kind of the timeline."""
    return NAMES[kind][0] if kind in NAMES else f"timeline.{kind}"


def check(asked: Sequence[str]) -> list[str]:
    """Names of events without doubles, in their order; `*` stands alone. Raises UnknownEvent, NoEvents."""
    known = {ALL, *(name for name, _ in NAMES.values())}
    for place, name in enumerate(asked):
        if name not in known and not _OTHER.fullmatch(name):
            raise UnknownEvent(place)
    if not asked:
        raise NoEvents
    return [ALL] if ALL in asked else list(dict.fromkeys(asked))


def is_wanted(name: str, events: Sequence[str]) -> bool:
    return ALL in events or name in events


def of_row(position: int, public_id: str, customer: str, kind: str, at: datetime, data: Mapping[str, Any]) -> Event:
    """The event of one row of the timeline; numbers of movements are ids, and ids are text outside."""
    facts = {name: str(value) if name == "entry" else value for name, value in data.items()}
    return Event(f"evt_{public_id}", name_of(kind), at, {"customer": customer, **facts}, position)


def of_test(test_id: str, at: datetime) -> Event:
    return Event(test_id, TEST, at, {"message": "Xin chào! / Hello!"})


def new_test_id() -> str:
    return f"evt_test_{new_public_id()}"
