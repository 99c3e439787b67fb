"""Rules as a sentence, so that whoever chose them reads what they chose."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from loyalty.segments import known
from loyalty.segments.rules import Condition, Frame, Group, Kind, Node, Not, Value


@dataclass(frozen=True, slots=True)
class Words:
    """How one language says it. `{}` stands for a value, or for two."""

    everybody: str
    nobody: str
    opening: str
    both: str
    either: str
    negation: str
    subjects: dict[str, str]
    ops: dict[str, str]
    flags: dict[tuple[str, bool], str]
    channels: dict[str, str]
    thousands: str


VI = Words(
    everybody="Tất cả khách hàng",
    nobody="Không có khách nào",
    opening="Khách hàng: ",
    both=" và ",
    either=" hoặc ",
    negation="không phải ({})",
    subjects={
        "tier": "hạng {}",
        "points": "số điểm {}",
        "orders": "số lần mua {}",
        "spent_12m": "chi tiêu 12 tháng qua {}",
        "spent": "tổng chi tiêu {}",
        "last_purchase_days": "lần mua gần nhất cách đây {}",
        "joined_days": "tham gia cách đây {}",
    },
    ops={
        "=": "đúng {}",
        "!=": "khác {}",
        "<": "dưới {}",
        "<=": "không quá {}",
        ">": "trên {}",
        ">=": "từ {} trở lên",
        "between": "từ {} đến {}",
        "in": "là {}",
        "not_in": "không phải {}",
    },
    flags={
        ("consent.promotion", True): "đồng ý nhận ưu đãi",
        ("consent.promotion", False): "chưa đồng ý nhận ưu đãi",
        ("has_phone", True): "có số điện thoại",
        ("has_phone", False): "chưa có số điện thoại",
    },
    channels={"=": "có kênh {}", "!=": "không có kênh {}", "in": "có kênh {}", "not_in": "không có kênh {}"},
    thousands=".",
)
EN = Words(
    everybody="All customers",
    nobody="Nobody",
    opening="Customers: ",
    both=" and ",
    either=" or ",
    negation="not ({})",
    subjects={
        "tier": "tier {}",
        "points": "points {}",
        "orders": "purchases {}",
        "spent_12m": "spent in 12 months {}",
        "spent": "spent in all {}",
        "last_purchase_days": "last purchase {} ago",
        "joined_days": "joined {} ago",
    },
    ops={
        "=": "exactly {}",
        "!=": "other than {}",
        "<": "below {}",
        "<=": "at most {}",
        ">": "above {}",
        ">=": "at least {}",
        "between": "from {} to {}",
        "in": "one of {}",
        "not_in": "none of {}",
    },
    flags={
        ("consent.promotion", True): "agreed to offers",
        ("consent.promotion", False): "did not agree to offers",
        ("has_phone", True): "with a phone number",
        ("has_phone", False): "without a phone number",
    },
    channels={"=": "on {}", "!=": "not on {}", "in": "on {}", "not_in": "not on {}"},
    thousands=",",
)
LANGUAGES = {"vi": VI, "en": EN}
UNITS = {"vi": {"days": "{} ngày", "money": "{}đ"}, "en": {"days": "{} days", "money": "{}₫"}}
MONEY = ("spent_12m", "spent")


def describe(node: Node, frame: Frame, locale: str = "vi") -> str:
    """The rules in one sentence of that language, without a full stop."""
    words = LANGUAGES[locale]
    match node:
        case Group(every, ()):
            return words.everybody if every else words.nobody
    return words.opening + _phrase(node, frame, locale)


def describe_condition(condition: Condition, frame: Frame, locale: str = "vi") -> str:
    """One condition as a phrase, without a capital letter."""
    words = LANGUAGES[locale]
    if condition.kind in (Kind.FIVE, Kind.LIST):
        return known.phrase(condition.field, condition.values, condition.op, frame, locale)
    said = [_value(condition, value, frame, locale) for value in condition.values]
    match condition.kind:
        case Kind.FLAG:
            return words.flags[condition.field, bool(condition.values[0]) is (condition.op == "=")]
        case Kind.CHANNEL:
            return words.channels[condition.op].format(_listed(said, words.either))
        case Kind.TIER if condition.op == "=":
            return words.subjects["tier"].format(said[0])
    if condition.op == "between":
        compared = words.ops["between"].format(*said)
    else:
        compared = words.ops[condition.op].format(_listed(said, words.either))
    return words.subjects[condition.field].format(compared)


def _phrase(node: Node, frame: Frame, locale: str) -> str:
    words = LANGUAGES[locale]
    match node:
        case Condition():
            return describe_condition(node, frame, locale)
        case Not(member):
            return words.negation.format(_phrase(member, frame, locale))
        case Group(every, ()):
            return (words.everybody if every else words.nobody).lower()
        case Group(every, members):
            joined = words.both if every else words.either
            return joined.join(_part(member, lambda part: _phrase(part, frame, locale)) for member in members)


def _part(member: Node, say: Callable[[Node], str]) -> str:
    """A group within a group keeps its brackets."""
    bracketed = isinstance(member, Group) and len(member.members) > 1
    return f"({say(member)})" if bracketed else say(member)


def _listed(said: Sequence[str], either: str) -> str:
    """`a`, `a hoặc b`, `a, b hoặc c`."""
    return said[0] if len(said) == 1 else ", ".join(said[:-1]) + either + said[-1]


def _value(condition: Condition, value: Value, frame: Frame, locale: str) -> str:
    match condition.kind:
        case Kind.TIER:
            return frame.programme.tier_name(str(value), locale)
        case Kind.CHANNEL:
            return str(value).replace("_", " ").title()
    grouped = f"{value:,}".replace(",", LANGUAGES[locale].thousands)
    unit = "days" if condition.kind is Kind.DAYS else "money" if condition.field in MONEY else ""
    return UNITS[locale][unit].format(grouped) if unit else grouped
