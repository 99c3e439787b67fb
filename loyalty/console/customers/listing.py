"""The list: everybody, those some filters pick, or those a search finds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for
from sqlalchemy import select

from loyalty.channels.models import ChannelAccount
from loyalty.console import persons
from loyalty.console.customers.here import section, whole_number
from loyalty.console.desk import Desk
from loyalty.console.persons import Person
from loyalty.console.section import Answer
from loyalty.customers import profiles, searching
from loyalty.customers.models import Customer, CustomerStats
from loyalty.segments import browsing
from loyalty.segments.browsing import Filters
from loyalty.segments.rules import Frame
from loyalty.staff.permissions import Right
from loyalty.typed import fold, phones
from loyalty.words import Both

PAGE = 25
LONGEST = 100  # characters of a search
QUIET = (30, 60, 90, 180, 365)  # days
MOST_DAYS = 36_500
YES_NO: Mapping[str, bool] = {"yes": True, "no": False}
CHANNELS: Mapping[str, Both] = {"zalo": Both("Zalo", "Zalo"), "messenger": Both("Messenger", "Messenger")}


@dataclass(frozen=True, slots=True)
class Row:
    """One customer of the list."""

    person: Person
    channels: Sequence[str]
    last_purchase_at: datetime | None
    is_member: bool


@section.get("/customers", right=Right.FIND)
def index(desk: Desk) -> Answer:
    """Newest first; nonsense in the address filters nothing."""
    typed, filters = fold.quote(desk.args.get("q", ""), LONGEST), _filters(desk)
    after = desk.args.get("after", "")
    after = after if profiles.is_public_id(after) else ""
    unclear = None
    if typed:
        before = profiles.get_public(desk.session, after).id if after else None
        found = searching.search(desk.session, typed, limit=PAGE + 1, before=before, now=desk.now)
        people, unclear = found.customers[:PAGE], found.unclear
        following = people[-1] if len(found.customers) > PAGE else None
    else:
        frame = Frame(desk.programme, desk.shop, desk.shop.day(desk.now), frozenset(_kinds(desk)))
        page = browsing.browse(desk.session, filters, frame, after=after or None, limit=PAGE)
        people, following = page.customers, page.next
    return desk.render(
        "customers/index.html",
        rows=_rows(desk, people),
        more=_more(desk, following),
        typed=typed,
        unclear=desk.sentence(unclear) if unclear else "",
        is_begun=phones.is_begun(typed),
        asked={name: desk.args.get(name, "") for name in ("tier", "member", "channel", "promotion", "quiet", "case")},
        is_filtered=filters != Filters(),
        choices=_choices(desk),
    )


def _filters(desk: Desk) -> Filters:
    asked = desk.args
    days = whole_number(asked.get("quiet", ""))
    tiers = {tier.code for tier in desk.programme.tiers}
    return Filters(
        tier=asked["tier"] if asked.get("tier") in tiers else None,
        is_member=YES_NO.get(asked.get("member", "")),
        channel=asked["channel"] if asked.get("channel") in _kinds(desk) else None,
        promotion=YES_NO.get(asked.get("promotion", "")),
        quiet_days=days if days is not None and 0 < days <= MOST_DAYS else None,
        has_case=asked.get("case") == "yes",
    )


def _kinds(desk: Desk) -> Sequence[str]:
    """The kinds of channels the shop has."""
    return sorted(set(desk.session.scalars(select(ChannelAccount.kind))))


def _choices(desk: Desk) -> Mapping[str, Sequence[tuple[str, str]]]:
    """What each filter offers: value and words."""
    rules = desk.programme
    return {
        "tier": [(tier.code, rules.tier_name(tier.code, desk.locale)) for tier in rules.tiers],
        "member": [("yes", desk.t("Thành viên", "Members")), ("no", desk.t("Chưa tham gia", "Not joined yet"))],
        "channel": [(kind, CHANNELS.get(kind, Both(kind, kind)).in_(desk.locale)) for kind in _kinds(desk)],
        "promotion": [
            ("yes", desk.t("Đồng ý nhận", "Agreed to offers")),
            ("no", desk.t("Không nhận", "Did not agree")),
        ],
        "quiet": [(str(days), desk.t(f"Từ {days} ngày", f"{days} days or more")) for days in QUIET],
        "case": [("yes", desk.t("Có góp ý chưa xong", "With an open case"))],
    }


def _more(desk: Desk, following: Customer | None) -> str:
    if following is None:
        return ""
    kept: dict[str, Any] = {name: value for name, value in desk.args.items() if value and name != "after"}
    return url_for(".index", **kept, after=following.public_id)


def _rows(desk: Desk, people: Sequence[Customer]) -> list[Row]:
    ids = [person.id for person in people]
    found = desk.session.scalars(select(CustomerStats).where(CustomerStats.customer_id.in_(ids))).all()
    stats = {row.customer_id: row for row in found}
    return [
        Row(
            shown,
            [kind for kind in stats[person.id].channels.split(",") if kind],
            stats[person.id].last_purchase_at,
            person.joined_at is not None,
        )
        for person, shown in zip(people, persons.show_all(desk.session, people), strict=True)
    ]
