"""The five ready segments: what they mean here, what they are worth, what to do, and the numbers they are made with."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for

from loyalty.campaigns import usage
from loyalty.campaigns.models import Campaign
from loyalty.console import persons
from loyalty.console.desk import Desk, Undo
from loyalty.console.forms import Form, FormSchema, Text, WholeNumber
from loyalty.console.forms import Money as MoneyField
from loyalty.console.persons import Person
from loyalty.console.section import Answer
from loyalty.console.segments.here import section
from loyalty.customers.models import Customer, CustomerStats
from loyalty.segments import advice, five, log, saved, thresholds
from loyalty.segments import ready as five_rows
from loyalty.segments.models import CustomerHabit, Segment, SegmentChange, Threshold
from loyalty.segments.rules import Frame
from loyalty.segments.thresholds import NUMBERS, Number
from loyalty.staff.permissions import Right
from loyalty.words import Both

MOVES = 12
UNITS = {number.code: number.unit for number in NUMBERS}
LEARNED = Both("học từ {people} khách và 30 khách giả định", "learned from {people} people and 30 imagined ones")
STATED = Both("đặt sẵn", "stated")
CAUSES = {
    "start": Both("lúc lập nhóm", "when it was made"),
    "rules": Both("đổi điều kiện", "other rules"),
    "thresholds": Both("đổi ngưỡng", "other numbers"),
    "list": Both("sửa danh sách", "the list was changed"),
    "nightly": Both("theo ngày tháng", "as days passed"),
    "purchase": Both("mua hàng", "a purchase"),
    "consent": Both("đổi đồng ý", "a consent"),
    "tier": Both("đổi hạng", "a change of tier"),
    "joined": Both("tham gia", "joining"),
    "message_in": Both("nhắn tin", "a message"),
    "erased": Both("xóa dữ liệu", "erasure"),
}


class Numbers(FormSchema):
    """Each empty field means: as learned."""

    vip_spent = MoneyField()
    vip_orders = WholeNumber()
    prospect_orders = WholeNumber()
    prospect_days = WholeNumber()
    repeat_orders = WholeNumber()
    promo_orders = WholeNumber()
    promo_share = WholeNumber()
    inactive_times = Text(longest=8)
    inactive_least = WholeNumber()
    gap_days = WholeNumber()


@dataclass(frozen=True, slots=True)
class Worth:
    """What the people of a segment spent in 12 months: ₫ each, and per cent of the whole shop; None: not counted."""

    each: int | None
    share: int | None


@dataclass(frozen=True, slots=True)
class Card:
    """One of the five in the list."""

    segment: Segment
    meaning: str
    action: str
    worth: Worth
    campaign: Campaign | None


@dataclass(frozen=True, slots=True)
class Line:
    """One number of the form: what was learned, in words, and of how many people."""

    number: Number
    label: str
    unit: str
    learned: str
    source: str


@dataclass(frozen=True, slots=True)
class Move:
    """Somebody entered or left."""

    change: SegmentChange
    person: Person
    cause: str


def cards(desk: Desk) -> Sequence[Card]:
    """The five as this shop means them."""
    found, numbers = five_rows.list_all(desk.session), thresholds.of(desk.session)
    used, whole = usage.newest_of(desk.session, [each.id for each in found]), saved.shop_spent(desk.session)
    return [
        Card(
            segment,
            advice.meaning(segment.code, numbers, UNITS, desk.locale),
            advice.ACTIONS[segment.code].what.in_(desk.locale),
            worth(segment, whole),
            used.get(segment.id),
        )
        for segment in found
        if segment.code in advice.ACTIONS
    ]


def worth(segment: Segment, whole: int | None) -> Worth:
    if segment.spent_12m is None or not segment.size:
        return Worth(None, None)
    return Worth(segment.spent_12m // segment.size, round(100 * segment.spent_12m / whole) if whole else None)


def reading_of(desk: Desk, segment: Segment) -> Card | None:
    """What a ready segment means and what to do about it; None for any other."""
    return next((card for card in cards(desk) if card.segment.id == segment.id), None)


def moves_of(desk: Desk, segment: Segment) -> Sequence[Move]:
    """Who entered and left last."""
    rows = log.list_newest(desk.session, segment, limit=MOVES)
    people = {
        each.public_id: each for each in persons.show_all(desk.session, list({c.id: c for _, c in rows}.values()))
    }
    return [Move(change, people[who.public_id], cause(desk, change.cause)) for change, who in rows]


def cause(desk: Desk, code: str) -> str:
    return CAUSES[code].in_(desk.locale) if code in CAUSES else desk.t("thay đổi của khách", "a change of theirs")


def parts_of(desk: Desk, segment: Segment, person: Customer) -> Sequence[tuple[str, str, bool]]:
    """Part by part, why somebody is in a ready segment or not."""
    if segment.code not in advice.NAMES:
        return []
    stats = desk.session.get_one(CustomerStats, person.id)
    habit, frame = desk.session.get(CustomerHabit, person.id), Frame.at(desk.session, desk.now)
    found = five.reasons(segment.code, stats, habit, frame)
    return [(*advice.part(reason, desk.locale), reason.holds) for reason in found]


@section.get("/segments/ready", right=Right.SEGMENT)
def numbers(desk: Desk) -> Answer:
    """What was learned beside what is set."""
    kept = thresholds.rows(desk.session)
    return _page(desk, desk.form(Numbers, **{each.code: _set(kept.get(each.code), each, desk) for each in NUMBERS}))


@section.post("/segments/ready", right=Right.SETTINGS)
def set_numbers(desk: Desk) -> Answer:
    """Set numbers, or have them learned again; the way back is offered."""
    form = desk.form(Numbers)
    wanted = _understood(desk, form)
    if form.errors or not form.carry_out(
        lambda _given: thresholds.choose(desk.session, wanted, by=desk.author.actor, now=desk.now)
    ):
        return _page(desk, form), 422
    to = url_for(".numbers")
    if form.result is None:
        return desk.done(desk.t("Không có gì thay đổi.", "Nothing was different."), to=to)
    _recount(desk)
    desk.note("segment_thresholds", "shop", before=form.result.before, after=form.result.after)
    back = Undo(url_for(".undo_numbers", change=form.result.public_id), desk.t("Hoàn tác", "Undo"))
    return desk.done(desk.t("Đã đặt ngưỡng mới.", "The new numbers hold."), to=to, undo=back)


@section.post("/segments/ready/undo/<change>", right=Right.SETTINGS)
def undo_numbers(desk: Desk, change: str) -> Answer:
    """Set again what was set before."""
    done = thresholds.undo(desk.session, change, by=desk.author.actor, now=desk.now)
    to = url_for(".numbers")
    if done is None:
        return desk.done(desk.t("Đã như vậy rồi.", "It is so already."), to=to)
    _recount(desk)
    desk.note("segment_thresholds", "shop", before=done.before, after=done.after)
    back = Undo(url_for(".undo_numbers", change=done.public_id), desk.t("Làm lại", "Redo"))
    return desk.done(desk.t("Đã trở lại ngưỡng cũ.", "The numbers are what they were."), to=to, undo=back)


@section.get("/segments/value", right=Right.SEGMENT)
def value(desk: Desk) -> Answer:
    """Every segment, whose people spent most each first."""
    whole = saved.shop_spent(desk.session)
    ranked = [(segment, worth(segment, whole)) for segment in saved.list_by_value(desk.session)]
    return desk.render("segments/value.html", ranked=ranked)


def _page(desk: Desk, form: Form) -> str:
    kept = thresholds.rows(desk.session)
    changes = [(each, desk.name_of(each.by), _said(desk, each.after)) for each in thresholds.list_changes(desk.session)]
    return desk.render(
        "segments/ready.html",
        form=form,
        lines=[_line(desk, each, kept.get(each.code)) for each in NUMBERS],
        cards=cards(desk),
        changes=changes,
    )


def _line(desk: Desk, number: Number, kept: Threshold | None) -> Line:
    learned = number.default if kept is None else kept.learned
    people = 0 if kept is None else kept.people
    unit = advice.UNITS[number.unit].in_(desk.locale)
    shown = advice.number(learned, number.unit, desk.locale)
    source = LEARNED.in_(desk.locale, people=people) if people else STATED.in_(desk.locale)
    said = shown if number.unit == "money" else f"{shown} {unit}"
    return Line(number, advice.LABELS[number.code].in_(desk.locale), unit, said, source)


def _set(kept: Threshold | None, number: Number, desk: Desk) -> str:
    if kept is None or kept.chosen is None:
        return ""
    return advice.number(kept.chosen, number.unit, desk.locale).rstrip("đ₫")


def _understood(desk: Desk, form: Form) -> dict[str, int | None]:
    """The numbers as the domain has them; what is wrong with one stands beside its field."""
    wanted: dict[str, int | None] = {}
    for name, value in (form.read() or {}).items():
        number = thresholds.BY_CODE[name]
        try:
            wanted[name] = _hundredths(value) if name == "inactive_times" and value is not None else value
            thresholds.check(name, wanted[name])
        except (thresholds.BadThreshold, ValueError, OverflowError):
            low, high = (advice.number(end, number.unit, desk.locale) for end in (number.low, number.high))
            form.refuse(name, desk.t(f"Phải từ {low} đến {high}.", f"Must be {low} to {high}."))
    return wanted


def _hundredths(typed: str) -> int:
    """How many rhythms, typed as 2,5 or 3. Raises ValueError, OverflowError."""
    return round(100 * float(typed.replace(",", ".")))


def _said(desk: Desk, after: dict[str, int | None]) -> str:
    """What was set, in words."""
    as_learned = desk.t("như đã học", "as learned")
    return "; ".join(
        f"{advice.LABELS[code].in_(desk.locale)} "
        + (as_learned if value is None else advice.number(value, UNITS[code], desk.locale))
        for code, value in after.items()
        if code in UNITS
    )


def _recount(desk: Desk) -> None:
    for segment in five_rows.list_all(desk.session):
        saved.recount(desk.session, segment, now=desk.now)
