"""The rows behind the numbers: bills, and the movements of points."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for

from loyalty.console import bills, periods, persons
from loyalty.console.desk import Desk
from loyalty.console.section import Answer, Refusal, Section
from loyalty.customers import profiles
from loyalty.errors import NotFound
from loyalty.insights import rows
from loyalty.insights.definitions import NUMBERS
from loyalty.insights.rows import Choice, Which
from loyalty.points.ledger import LARGEST_ID
from loyalty.points.models import EntryKind
from loyalty.staff import accounts, stores
from loyalty.staff.permissions import Right
from loyalty.typed import fold
from loyalty.words import Both

section = Section(
    "sales",
    Both("Đơn hàng", "Sales"),
    icon="receipt",
    order=55,
    right=Right.REPORT,
    refusals={
        "bad_period": Refusal(
            "Chọn ngày đầu trước ngày cuối, nhiều nhất 366 ngày.",
            "Choose a first day before the last one, 366 days at most.",
        )
    },
)
PAGE = 50
PEOPLE: tuple[Which, ...] = ("new_customers", "joined", "active")
LONGEST_PRODUCT = 200
KINDS: Mapping[EntryKind, Both] = {
    EntryKind.EARN: Both("Cộng từ đơn hàng", "Earned by a bill"),
    EntryKind.BONUS: Both("Tặng nhân một dịp", "Given on an occasion"),
    EntryKind.REVERSE: Both("Trừ lại vì hủy đơn", "Taken back, bill undone"),
    EntryKind.ADJUST: Both("Điều chỉnh, số dư mang sang", "Adjusted, or brought along"),
    EntryKind.BURN: Both("Đổi điểm", "Exchanged"),
    EntryKind.EXPIRE: Both("Hết hạn", "Expired"),
    EntryKind.RETURN: Both("Trừ lại vì trả hàng", "Taken back, goods returned"),
    EntryKind.RELEASE: Both("Điểm chờ nay dùng được", "Promised, now usable"),
}


GIVEN = "given"  # points that were given, with a bill or without one
WERE_GIVEN = (EntryKind.EARN, EntryKind.BONUS)
BACK = "back"  # points that went back, whatever for
WENT_BACK = (EntryKind.REVERSE, EntryKind.RETURN)
ALL_BACK = Both("Trừ lại: hủy đơn, trả hàng", "Taken back: undone, returned")


class NoSuchList(NotFound):
    """No number is called that, or none that counts people."""

    code = "not_found"


@dataclass(frozen=True, slots=True)
class Asked:
    """The filters as they stand in the address, to be written into it again."""

    days: Mapping[str, str]
    store: str
    staff: str
    product: str
    tier: str
    known: str
    slot: str

    def address(self, **changes: str) -> str:
        """This list again, with some filters changed."""
        kept = {name: getattr(self, name) for name in ("store", "staff", "product", "tier", "known", "slot")}
        filled: dict[str, Any] = {name: value for name, value in {**self.days, **kept, **changes}.items() if value}
        return url_for("console.sales.index", **filled)


@section.get("/sales", right=Right.REPORT)
def index(desk: Desk) -> Answer:
    """Bills of a period, with filters, what they add up to, and a way back for each. Raises BadPeriod."""
    asked = _asked(desk)
    choice = _choice(desk, asked)
    found = rows.bills(desk.session, choice, after=desk.args.get("after", ""), limit=PAGE + 1)
    shown = bills.show_all(desk, found[:PAGE])
    return desk.render(
        "sales/index.html",
        period=choice.period,
        asked=asked,
        bills=shown,
        sold=rows.sold(desk.session, choice),
        more=asked.address(after=shown[-1].purchase.public_id) if len(found) > PAGE else "",
        stores=[(store.code, store.name) for store in stores.list_all(desk.session)],
        staff=[(each.public_id, accounts.name_of(desk.session, each)) for each in accounts.list_all(desk.session)],
        slot=_slot_name(desk, choice.slot),
    )


@section.get("/sales/points", right=Right.REPORT)
def movements(desk: Desk) -> Answer:
    """The ledger of a period, newest first. Raises BadPeriod."""
    period = periods.spelled(desk)
    kind, kinds = _kinds(desk.args.get("kind", ""))
    found = rows.movements(desk.session, period, kinds=kinds, before=_number(desk), limit=PAGE + 1)
    shown = bills.show_movements(desk, found[:PAGE])
    days: dict[str, Any] = periods.spell(period)
    more = url_for(".movements", kind=kind, before=shown[-1].entry.id, **days) if len(found) > PAGE else ""
    return desk.render(
        "sales/points.html",
        period=period,
        kind=kind,
        kinds=[
            *((each.value, said.in_(desk.locale)) for each, said in KINDS.items()),
            (BACK, ALL_BACK.in_(desk.locale)),
        ],
        kind_names={each.value: said.in_(desk.locale) for each, said in KINDS.items()},
        movements=shown,
        moved=rows.moved(desk.session, period, kinds=kinds),
        more=more,
    )


@section.get("/sales/people/<which>", right=Right.REPORT)
def people(desk: Desk, which: str) -> Answer:
    """The people behind a number of a period. Raises BadPeriod, NoSuchList."""
    wanted = next((name for name in PEOPLE if name == which), None)
    if wanted is None:
        raise NoSuchList
    period = periods.spelled(desk)
    found = rows.people(desk.session, period, wanted, after=desk.args.get("after", ""), limit=PAGE + 1)
    days: dict[str, Any] = periods.spell(period)
    more = url_for(".people", which=which, after=found[PAGE - 1].public_id, **days) if len(found) > PAGE else ""
    shown = persons.show_all(desk.session, found[:PAGE])
    lists = {name: NUMBERS[name].label.in_(desk.locale) for name in PEOPLE}
    return desk.render(
        "sales/people.html", period=period, days=days, number=NUMBERS[wanted], lists=lists, people=shown, more=more
    )


def _kinds(asked: str) -> tuple[str | None, Sequence[EntryKind]]:
    """The choice as it stands in the address, and the kinds it means; None: all of them."""
    if asked == BACK:
        return BACK, WENT_BACK
    if asked == GIVEN:
        return GIVEN, WERE_GIVEN
    return (asked, (EntryKind(asked),)) if asked in list(EntryKind) else (None, ())


def _asked(desk: Desk) -> Asked:
    given = {name: desk.args.get(name, "") for name in ("store", "staff", "product", "tier", "known", "slot")}
    given["product"] = fold.quote(given["product"], LONGEST_PRODUCT)
    given["staff"] = given["staff"] if profiles.is_public_id(given["staff"]) else ""
    given["tier"] = given["tier"] if given["tier"] in [tier.code for tier in desk.programme.tiers] else ""
    return Asked(periods.spell(periods.spelled(desk)), **given)


def _choice(desk: Desk, asked: Asked) -> Choice:
    """What the filters choose. Raises StoreNotFound, StaffNotFound, BadPeriod."""
    return Choice(
        periods.spelled(desk),
        store_id=stores.get_by_code(desk.session, asked.store).id if asked.store else None,
        staff_id=accounts.get_public(desk.session, asked.staff).id if asked.staff else None,
        product=asked.product or None,
        tier=asked.tier or None,
        known={"yes": True, "no": False}.get(asked.known),
        slot=_slot(asked.slot),
    )


def _number(desk: Desk) -> int | None:
    """The number of a movement in the address, if there can be such a one."""
    asked = desk.args.get("before", type=int)
    return asked if asked and 0 < asked <= LARGEST_ID else None


def _slot_name(desk: Desk, slot: tuple[int, int] | None) -> str:
    """`CN 12:00–13:00`."""
    if slot is None:
        return ""
    weekday, hour = slot
    return f"{periods.WEEKDAYS[weekday].in_(desk.locale)} {hour}:00–{hour + 1}:00"


def _slot(text: str) -> tuple[int, int] | None:
    """`6-12` is Sunday from twelve to one; anything else is no hour."""
    weekday, _, hour = text.partition("-")
    if not (weekday.isascii() and weekday.isdigit() and hour.isascii() and hour.isdigit()):
        return None
    found = int(weekday[:2]), int(hour[:3])
    return found if found[0] < 7 and found[1] < 24 else None
