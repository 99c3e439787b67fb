"""What came of a campaign: its page, its numbers as a table, its picture for one's own chat."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for
from werkzeug.wrappers import Response

from loyalty.campaigns import letters, lifecycle, offers, pictures, results
from loyalty.campaigns.results import Results
from loyalty.console.campaigns import here
from loyalty.console.campaigns.here import section
from loyalty.console.desk import Desk
from loyalty.console.section import Answer
from loyalty.segments.models import Segment
from loyalty.staff.permissions import Right
from loyalty.typed import csv_text
from loyalty.typed.money import format_money, format_points
from loyalty.words import Both


@dataclass(frozen=True, slots=True)
class Line:
    """One number: its name, as one reads it, what it means, and the bare number for a spreadsheet."""

    label: str
    value: str
    meaning: str
    number: int | str


PEOPLE: Sequence[tuple[str, Both, Both]] = (
    ("sent", Both("Đã gửi", "Sent"), Both("Zalo hoặc Messenger đã nhận tin.", "Zalo or Messenger took the message.")),
    ("delivered", Both("Đã tới máy", "Delivered"), Both("Nền tảng báo tin đã tới.", "The platform says it arrived.")),
    ("seen", Both("Đã xem", "Seen"), Both("Nền tảng báo tin đã được xem.", "The platform says it was seen.")),
    (
        "answered",
        Both("Nhắn lại", "Answered"),
        Both("Khách nhắn cho cửa hàng trong 72 giờ sau tin.", "They wrote within 72 hours after it."),
    ),
    ("vouchers_used", Both("Mã đã dùng", "Vouchers used"), Both("Trong số mã đã phát.", "Of those given with it.")),
    (
        "buyers",
        Both("Người mua", "Buyers"),
        Both(
            "Mua trong hạn tính, và tin này là tin chiến dịch cuối họ nhận trước khi mua.",
            "Bought within the window, and this was the last campaign message they got before.",
        ),
    ),
    ("orders", Both("Số đơn", "Orders"), Both("Của những người mua đó.", "Of those buyers.")),
    (
        "unsubscribed",
        Both("Thôi nhận tin", "Unsubscribed"),
        Both("Từ chối tin ưu đãi trong hạn tính.", "Refused offers within the window."),
    ),
    ("complained", Both("Góp ý, phàn nàn", "Complaints"), Both("Mở trong hạn tính.", "Opened within the window.")),
)
MONEY: Sequence[tuple[str, Both, Both]] = (
    (
        "revenue",
        Both("Doanh số", "Revenue"),
        Both("Của các đơn đó, đã trừ hàng trả lại.", "Of those orders, less what came back."),
    ),
    ("cost", Both("Chi phí", "Cost"), Both("Tin tính tiền và mã đã dùng.", "Billed messages and vouchers used.")),
    (
        "cost_per_message",
        Both("Mỗi tin", "Per message"),
        Both("Tiền tin chia số tin đã gửi.", "What messages cost, by messages sent."),
    ),
    (
        "cost_per_extra_order",
        Both("Mỗi đơn tăng thêm", "Per extra order"),
        Both(
            "Chi phí chia số đơn tăng thêm so với nhóm giữ lại; chỉ tính khi chắc chắn.",
            "Cost by the orders there would not have been; only where that is sure.",
        ),
    ),
)
VERDICTS = {
    "more": Both(
        "Tin có tác dụng: nhóm được nhắn mua nhiều hơn nhóm giữ lại.",
        "It worked: those it was for bought more than those held out.",
    ),
    "less": Both(
        "Nhóm được nhắn mua ít hơn nhóm giữ lại. Xem lại nội dung và giờ gửi.",
        "Those it was for bought less than those held out. Look at the words and the hour.",
    ),
    "unsure": Both(
        "Chưa đủ người để biết tin có tác dụng hay không.",
        "Not enough people to tell whether it made a difference.",
    ),
    "none": Both(
        "Không có nhóm giữ lại, nên không biết nếu không gửi thì họ có mua không.",
        "Nobody was held out, so nobody knows who would have bought without it.",
    ),
}


@section.get("/campaigns/<public_id>/results", right=Right.CAMPAIGN)
def outcome(desk: Desk, public_id: str) -> Answer:
    """Who got it and what they did, against those held out, and what it cost."""
    campaign = lifecycle.get_public(desk.session, public_id)
    found = results.of_campaign(desk.session, campaign, now=desk.now)
    offer = offers.find(desk.session, campaign.id)
    return desk.render(
        "campaigns/results.html",
        campaign=campaign,
        segment=desk.session.get_one(Segment, campaign.segment_id),
        found=found,
        lines=_lines(desk, found),
        money=_money(desk, found),
        verdict=VERDICTS[found.verdict].in_(desk.locale),
        groups=_groups(desk, found),
        bounds=_bounds(desk, found),
        funnel=_funnel(desk, found),
        hours=[(f"{hour}h", each) for hour, each in found.hours.items()],
        days=[(str(day), number) for day, number in enumerate(found.by_day, 1)],
        offer="" if offer is None else offers.title(desk.session, offers.told(desk.session, offer), desk.locale),
        image_url=letters.of_campaign(desk.session, campaign).image_url,
        has_open_chat=bool(pictures.open_chats(desk.session, desk.member.id, now=desk.now)),
        is_open=found.closes_at is not None and desk.now < found.closes_at,
        here=here,
    )


@section.get("/campaigns/<public_id>/results.csv", right=Right.CAMPAIGN)
def results_sheet(desk: Desk, public_id: str) -> Answer:
    """The same numbers for a spreadsheet."""
    campaign = lifecycle.get_public(desk.session, public_id)
    found = results.of_campaign(desk.session, campaign, now=desk.now)
    head = [[desk.t("Chiến dịch", "Campaign"), campaign.name], [desk.t("Số", "Number"), desk.t("Giá trị", "Value")]]
    rows: list[list[str | int]] = [[line.label, line.number] for line in (*_lines(desk, found), *_money(desk, found))]
    rows += [[f"{name} · {desk.t('người', 'people')}", people] for name, people, _, _ in _groups(desk, found)]
    rows += [[f"{name} · {desk.t('người mua', 'buyers')}", buyers] for name, _, buyers, _ in _groups(desk, found)]
    if (up := found.uplift) is not None:
        rows += [[desk.t("Chênh lệch", "Difference"), f"{up.by:.4f}"]]
        rows += [[desk.t("Từ", "From"), f"{up.low:.4f}"], [desk.t("Đến", "To"), f"{up.high:.4f}"]]
    sheet = csv_text.write([*head, *rows])
    kind = {"Content-Disposition": f'attachment; filename="campaign-{public_id}-results.csv"'}
    return Response(sheet, 200, kind, content_type="text/csv; charset=utf-8")


@section.post("/campaigns/<public_id>/picture", right=Right.CAMPAIGN)
def send_picture(desk: Desk, public_id: str) -> Answer:
    """The picture of it to the chat of whoever asks; the same form sent twice sends one."""
    campaign = lifecycle.get_public(desk.session, public_id)
    to = url_for("console.campaigns.outcome", public_id=public_id)
    if not pictures.open_chats(desk.session, desk.member.id, now=desk.now):
        told = desk.t(
            "Chưa gửi được: nhắn cho bot một tin trên Zalo hoặc Messenger rồi bấm lại.",
            "Not sent: write to the bot on Zalo or Messenger, then press again.",
        )
        return desk.done(told, to=to)
    pictures.ask(desk.session, campaign, staff_id=desk.member.id, key=f"form:{desk.key}", now=desk.now)
    return desk.done(desk.t("Hình đang được gửi vào chat của bạn.", "The picture is on its way to your chat."), to=to)


def _lines(desk: Desk, found: Results) -> list[Line]:
    shown = []
    for code, label, meaning in PEOPLE:
        if code == "vouchers_used" and not found.numbers.vouchers:
            continue
        number = int(getattr(found.numbers, code))
        value = format_points(number, desk.locale)
        if code == "vouchers_used":
            value = f"{value} / {format_points(found.numbers.vouchers, desk.locale)}"
        shown.append(Line(label.in_(desk.locale), value, meaning.in_(desk.locale), number))
    return shown


def _money(desk: Desk, found: Results) -> list[Line]:
    amounts = {
        "revenue": found.numbers.revenue,
        "cost": found.cost,
        "cost_per_message": found.cost_per_message,
        "cost_per_extra_order": found.cost_per_extra_order,
    }
    return [_line(desk, label, meaning, amounts[code]) for code, label, meaning in MONEY]


def _line(desk: Desk, label: Both, meaning: Both, amount: int | None) -> Line:
    """An amount of ₫; there may be none."""
    value = "—" if amount is None else format_money(amount, desk.locale)
    return Line(label.in_(desk.locale), value, meaning.in_(desk.locale), "" if amount is None else amount)


def _groups(desk: Desk, found: Results) -> list[tuple[str, int, int, str]]:
    """Name, people, buyers, share."""
    pairs = (
        (desk.t("Nhóm được nhắn", "Those it was for"), found.meant),
        (desk.t("Nhóm giữ lại", "Those held out"), found.held),
    )
    return [(name, share.people, share.hits, percent(desk, share.rate)) for name, share in pairs if share.people]


def _bounds(desk: Desk, found: Results) -> str:
    up = found.uplift
    if up is None:
        return ""
    by, low, high = (percent(desk, number, signed=True) for number in (up.by, up.low, up.high))
    return desk.t(
        f"Chênh {by} điểm phần trăm; với độ tin cậy 95%, từ {low} đến {high}.",
        f"The difference is {by} percentage points; with 95% confidence, from {low} to {high}.",
    )


def _funnel(desk: Desk, found: Results) -> list[tuple[str, int]]:
    wanted = ("sent", "delivered", "seen", "answered", "buyers")
    labels = {code: label.in_(desk.locale) for code, label, _ in PEOPLE}
    return [(labels[code], int(getattr(found.numbers, code))) for code in wanted]


def percent(desk: Desk, share: float | None, *, signed: bool = False) -> str:
    """`12,5%`; signed, percentage points: `+2,5`."""
    if share is None:
        return "—"
    written = f"{share * 100:+.1f}" if signed else f"{share * 100:.1f}%"
    return (written.replace(".", ",") if desk.locale == "vi" else written).replace("-", "−")
