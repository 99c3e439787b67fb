"""Who belongs, worked out of plain rows by somebody who knows nothing of `loyalty.segments`.

A shop is dictionaries and lists; a rule is JSON. Slow, and as plain as the words of docs/segments.md.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
TIERS = ["member", "silver", "gold"]
Row = dict[str, Any]


def belongs(rule: Row, person: Row, shop: Row) -> bool:
    """Whether the person is chosen; who was erased never is."""
    return not person["erased"] and holds(rule, person, shop)


def holds(rule: Row, person: Row, shop: Row) -> bool:
    if "all" in rule:
        return all(holds(member, person, shop) for member in rule["all"])
    if "any" in rule:
        return any(holds(member, person, shop) for member in rule["any"])
    if "not" in rule:
        return not holds(rule["not"], person, shop)
    return condition(rule, person, shop)


def condition(rule: Row, person: Row, shop: Row) -> bool:
    op, value = rule["op"], rule["value"]
    if op == "!=":
        return not condition({**rule, "op": "="}, person, shop)
    if op == "not_in":
        return not condition({**rule, "op": "in"}, person, shop)
    if rule["field"] == "segment":
        return any(holds(shop["segments"][each], person, shop) for each in (value if op == "in" else [value]))
    fact = look(rule["field"], rule.get("of"), rule.get("within_days"), person, shop)
    if rule["field"] == "tier":
        fact, value = tier(fact), [tier(v) for v in value] if isinstance(value, list) else tier(value)
    if fact is None:
        return False
    if isinstance(fact, set):
        return bool(fact & set(value if op == "in" else [value]))
    tests: dict[str, Callable[[], bool]] = {
        "=": lambda: fact == value,
        "in": lambda: fact in value,
        "<": lambda: fact < value,
        "<=": lambda: fact <= value,
        ">": lambda: fact > value,
        ">=": lambda: fact >= value,
        "between": lambda: value[0] <= fact <= value[1],
    }
    return bool(tests[op]())


def tier(code: str) -> int | None:
    return TIERS.index(code) if code in TIERS else None


def day_of(instant: datetime) -> date:
    return instant.astimezone(ZONE).date()


def days_since(instant: datetime | None, shop: Row) -> int | None:
    return None if instant is None else (shop["today"] - day_of(instant)).days


def days_to_birthday(born: int | None, today: date) -> int | None:
    if born is None:
        return None
    for ahead in range(400):
        day = today + timedelta(days=ahead)
        kept = [day.month * 100 + day.day]
        if kept == [228] and (day + timedelta(days=1)).month == 3:
            kept.append(229)
        if born in kept:
            return ahead
    return None


def bills(person: Row, within: int | None, shop: Row) -> list[Row]:
    found = [bill for bill in person["bills"] if bill["state"] == "recorded"]
    return recent(found, within, shop)


def converted(message: Row, person: Row, standing: list[Row]) -> bool:
    """By last touch among all that went out, within the window of its campaign; or by its voucher."""
    others = [each["at"] for each in person["messages"] if each["state"] == "sent"]
    return message["voucher_used"] or any(
        timedelta() < bill["at"] - message["at"] <= timedelta(days=message["window"])
        and not any(message["at"] < at < bill["at"] for at in others)
        for bill in standing
    )


def recent(found: list[Row], within: int | None, shop: Row) -> list[Row]:
    return [bill for bill in found if within is None or (shop["today"] - day_of(bill["at"])).days <= within]


def has(bill: Row, what: list[str], keys: tuple[str, ...]) -> bool:
    kept = [line for line in bill["lines"] if line["quantity"] > line["returned"]]
    return any(line[key] in what for line in kept for key in keys)


def messages(person: Row, of: list[str] | None, within: int | None, shop: Row) -> list[Row]:
    found = [each for each in person["messages"] if each["state"] == "sent"]
    return recent([each for each in found if of is None or each["campaign"] in of], within, shop)


def favourite(person: Row, shop: Row) -> str | None:
    score: dict[str, tuple[int, int, int]] = {}
    for bill in bills(person, None, shop):
        kept = [line for line in bill["lines"] if line["quantity"] > line["returned"] and line["category"]]
        for name in {line["category"] for line in kept}:
            times, _bill, _line = score.get(name, (0, 0, 0))
            last = max(line["id"] for line in kept if line["category"] == name)
            score[name] = (times + 1, bill["id"], last)
    return max(score, key=lambda name: score[name], default=None)


def look_own(kind: str, person: Row, shop: Row) -> Any:
    """What stands in one of the shop's own fields, which are called by their kinds here."""
    value = person["own"].get(kind)
    if kind == "secret":
        return value is not None
    if kind == "flag":
        return bool(value)
    return (value - shop["today"]).days if kind == "date" and value else value


def look(field: str, of: Any, within: int | None, person: Row, shop: Row) -> Any:
    """What the person has there; a set where one may have several, None where they have none."""
    if field.startswith("custom."):
        return look_own(field.removeprefix("custom."), person, shop)
    names = None if of is None else of if isinstance(of, list) else [of]
    standing = bills(person, None, shop)
    at = sorted(bill["at"] for bill in standing)
    spent = sum(bill["total"] - bill["returned"] for bill in standing)
    days = sorted({day_of(each) for each in at})
    gap = max(1, round(median((b - a).days for a, b in pairwise(days)))) if len(days) > 2 else None
    chats = [chat for chat in person["chats"] if chat["reachable"] and not shop["stopped"][chat["kind"]]]
    sent = messages(person, names, within, shop)
    year_ago = date(shop["today"].year - 1, shop["today"].month, shop["today"].day)
    values: dict[str, Any] = {
        "has_phone": lambda: person["phone"],
        "has_name": lambda: person["name"],
        "has_email": lambda: person["email"],
        "joined_days": lambda: days_since(person["joined_at"], shop),
        "known_days": lambda: days_since(person["created_at"], shop),
        "source": lambda: person["source"],
        "language": lambda: person["locale"] or "vi",
        "birthday_in_days": lambda: days_to_birthday(person["born"], shop["today"]),
        "birthday_month": lambda: person["born"] // 100 if person["born"] else None,
        "bucket": lambda: person["bucket"] * 100 // 65536,
        "spent": lambda: spent,
        "spent_12m": lambda: sum(b["total"] - b["returned"] for b in standing if day_of(b["at"]) > year_ago),
        "bought.amount": lambda: sum(b["total"] - b["returned"] for b in bills(person, within, shop)),
        "average_bill": lambda: spent // len(standing) if standing else None,
        "orders": lambda: len(standing),
        "orders_12m": lambda: len([b for b in standing if day_of(b["at"]) > year_ago]),
        "bought.times": lambda: len(bills(person, within, shop)),
        "last_purchase_days": lambda: days_since(at[-1] if at else None, shop),
        "first_purchase_days": lambda: days_since(at[0] if at else None, shop),
        "gap_days": lambda: gap,
        "quiet_percent": lambda: max(0, (shop["today"] - days[-1]).days) * 100 // gap if gap else None,
        "bought.category": lambda: len([b for b in bills(person, within, shop) if has(b, names or [], ("category",))]),
        "bought.product": lambda: len([b for b in bills(person, within, shop) if has(b, names or [], ("sku", "name"))]),
        "bought.store": lambda: len([b for b in bills(person, within, shop) if b["store"] in (names or [])]),
        "bought.source": lambda: len([b for b in bills(person, within, shop) if b["source"] in (names or [])]),
        "bought.discounted": lambda: len([b for b in bills(person, within, shop) if b["discount"] > 0]),
        "bought.returned": lambda: len(
            recent([b for b in person["bills"] if b["state"] != "undone" and b["returned"] > 0], within, shop)
        ),
        "favourite_category": lambda: favourite(person, shop),
        "last_store": lambda: max(standing, key=lambda b: (b["at"], b["id"]))["store"] if standing else None,
        "tier": lambda: person["tier"],
        "tier_days": lambda: days_since(person["tier_since"], shop),
        "tier_ends_in_days": lambda: (person["falls_on"] - shop["today"]).days if person["falls_on"] else None,
        "points": lambda: person["points"],
        "points_pending": lambda: person["pending"],
        "points_expiring": lambda: sum(
            lot["remaining"]
            for lot in person["lots"]
            if 0 <= (lot["expires_on"] - shop["today"]).days <= (within or 0)
            and not lot["closed"]
            and not lot["promised"]
        ),
        "channel": lambda: {chat["kind"] for chat in person["chats"] if chat["reachable"]},
        "reachable": lambda: bool(chats),
        "reachable_free": lambda: any(
            chat["wrote"] and chat["wrote"] + shop["window"][chat["kind"]] > shop["now"] for chat in chats
        ),
        "last_interaction_days": lambda: days_since(
            max((chat["wrote"] for chat in person["chats"] if chat["wrote"]), default=None), shop
        ),
        "consent.promotion": lambda: any(chat["promotion"] for chat in person["chats"]),
        "consent.care": lambda: "care" not in person["refused"],
        "consent.evaluation": lambda: "evaluation" not in person["refused"],
        "consent.personalisation": lambda: "personalisation" not in person["refused"],
        "open_complaint": lambda: any(kind == "complaint" and state != "closed" for kind, state in person["cases"]),
        "campaign.received": lambda: len(sent),
        "campaign.seen": lambda: len([each for each in sent if each["seen"]]),
        "campaign.answered": lambda: len(
            [m for m in sent if any(timedelta() < w - m["at"] <= timedelta(days=3) for w in person["wrote"])]
        ),
        "campaign.bought": lambda: len([m for m in sent if converted(m, person, standing)]),
        "tag": lambda: set(person["tags"]),
        "interest": lambda: {
            word for word, (times, told, refused) in person["likes"].items() if not refused and (told or times >= 2)
        },
        "list": lambda: set(person["lists"]),
        "rfm.recency": lambda: person["rfm"][0],
        "rfm.frequency": lambda: person["rfm"][1],
        "rfm.monetary": lambda: person["rfm"][2],
    }
    return values[field]()


OWN = ["text", "number", "money", "date", "flag", "choice", "secret"]  # a shop's own fields, by their kinds
ELSEWHERE = {"five"}  # fields with a reference of their own: test_five
NAMES = [  # every other field there is, but for the segments themselves
    *("has_phone", "has_name", "has_email", "joined_days", "known_days", "source", "language"),
    *("birthday_in_days", "birthday_month", "bucket", "spent", "spent_12m", "bought.amount", "average_bill"),
    *("orders", "orders_12m", "bought.times", "last_purchase_days", "first_purchase_days", "gap_days"),
    *("quiet_percent", "bought.category", "bought.product", "bought.store", "bought.discounted", "bought.returned"),
    "bought.source",
    *(
        "favourite_category",
        "interest",
        "last_store",
        "tier",
        "tier_days",
        "tier_ends_in_days",
        "points",
        "points_pending",
    ),
    *("points_expiring", "channel", "reachable", "reachable_free", "last_interaction_days", "consent.promotion"),
    *("consent.care", "consent.evaluation", "consent.personalisation", "open_complaint", "campaign.received"),
    *("campaign.seen", "campaign.answered", "campaign.bought", "tag", "list"),
    *("rfm.recency", "rfm.frequency", "rfm.monetary"),
]
