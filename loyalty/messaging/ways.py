"""Which ways a message may go: a pure decision about one person, one purpose and one moment, on facts loaded before."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any

from loyalty.channels.route import TEMPLATES, Route
from loyalty.errors import RuleViolation
from loyalty.messaging.platforms import RULES, Rules
from loyalty.shop import Shop


class Purpose(StrEnum):
    """What a message is for. Points notices have kinds of their own, see `KINDS`."""

    ANSWER = "answer"  # of the bot, to what the person just wrote
    NOTICE = "notice"  # of one's own points
    SERVICE = "service"  # about a case of theirs
    PROMOTION = "promotion"
    HUMAN = "human"  # written by a person of the shop


KINDS: Mapping[str, Purpose] = {
    **{str(purpose): purpose for purpose in Purpose},
    "awarded": Purpose.NOTICE,
    "adjusted": Purpose.NOTICE,
    "expiring": Purpose.NOTICE,
    "tier_up": Purpose.NOTICE,
    "tier_warning": Purpose.NOTICE,
    "tier_fell": Purpose.NOTICE,
}
SERVES: Mapping[Purpose, Sequence[Route]] = {
    Purpose.ANSWER: (Route.FREE,),
    Purpose.NOTICE: (Route.FREE, Route.PACKAGE, Route.TEMPLATE_USER, Route.TEMPLATE_PHONE),
    Purpose.SERVICE: (Route.FREE, Route.PACKAGE, Route.TEMPLATE_USER, Route.TEMPLATE_PHONE),
    Purpose.PROMOTION: (Route.FREE, Route.TEMPLATE_USER, Route.TEMPLATE_PHONE),
    Purpose.HUMAN: (Route.FREE, Route.PACKAGE, Route.HUMAN),
}
ORDER = tuple(Route)
PASSING = ("hours", "quota", "stopped")  # what time mends: held, not skipped
UNSET = ("no_template", "not_offered", "off", "no_phone")  # nothing the shop or the person did: says least
TELLING = (  # of several reasons, the first of these is the message's own
    *("consent", "person", "complaint", "budget", "cap", "frequency", "refused"),
    *("template_disabled", "template_purpose", "template_mapping", "template_value", "phone_unproven", "window"),
)


class UnknownPurpose(RuleViolation):
    """Nothing is sent for that."""

    code = "unknown_purpose"

    def __init__(self, purpose: str) -> None:
        super().__init__(purpose, purpose=purpose[:40], known=", ".join(KINDS))


@dataclass(frozen=True, slots=True)
class Choice:
    """The template the shop chose for the purpose at one account. `fault` says why it cannot be sent as it is."""

    template_id: int
    name: str
    title: str
    locale: str
    is_enabled: bool
    tag: str
    price_user: int | None  # whole ₫
    price_phone: int | None
    fault: str | None = None  # template_mapping, template_value
    parameter: str = ""  # of the fault
    values: Mapping[str, str] = field(default_factory=dict)  # filled in, where the facts were given


@dataclass(frozen=True, slots=True)
class Chat:
    """One account of the shop as it reaches the person. Without `user_id` they never wrote there: only a phone does."""

    account_id: int
    kind: str  # zalo, messenger
    account: str  # OA or page id
    user_id: str | None = None
    wrote_at: datetime | None = None  # the last interaction
    closes_at: datetime | None = None  # the end of the free window
    agreed: bool = False  # to promotion, there
    reachable: bool = True
    stopped: bool = False
    bills_package: bool = False
    package_left: int = 0  # consultation messages its package pays for, as the platform last told
    has_human_agent: bool = False
    choice: Choice | None = None
    refused: frozenset[str] = frozenset()  # ways the platform said are not for this person
    used_today: int = 0  # templates of the account's day, ours and whatever else the platform tells of
    quota: int | None = None  # templates a day as the platform tells; None: as the dated rule says


@dataclass(frozen=True, slots=True)
class Person:
    """What is known of somebody, apart from their chats."""

    chats: Sequence[Chat] = ()
    has_phone: bool = False
    is_claimed: bool = False  # the phone was typed in a chat, and nothing proves it is theirs
    has_joined: bool = False
    complains: bool = False
    is_full: bool = False  # got as many promotions as they agreed to
    promoted_today: int = 0  # by templates
    promoted_this_month: int = 0


@dataclass(frozen=True, slots=True)
class Moment:
    """When, at which shop, and how many whole ₫ the month has left; None: the price is paid already."""

    now: datetime
    shop: Shop
    left: int | None = 0
    free_price: int = 0  # what was stated for the message as its price when it was stored
    rules: Rules = RULES


@dataclass(frozen=True, slots=True)
class Way:
    """One way. Allowed when `reason` is None: then `until` is when that ends; else, where time mends it, from when."""

    route: Route
    chat: Chat
    price: int  # whole ₫
    reason: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    until: datetime | None = None

    @property
    def is_allowed(self) -> bool:
        return self.reason is None

    @property
    def choice(self) -> Choice | None:
        return self.chat.choice if self.route in TEMPLATES else None


Obstacle = tuple[str, Mapping[str, Any], datetime | None]


def purpose_of(kind: str) -> Purpose:
    """Raises UnknownPurpose."""
    if kind not in KINDS:
        raise UnknownPurpose(kind)
    return KINDS[kind]


def judge(person: Person, kind: str, moment: Moment) -> Sequence[Way]:
    """Every way there is, the best first: allowed before the others, cheap before dear, then the longest open.

    Raises UnknownPurpose.
    """
    purpose = purpose_of(kind)
    found = [
        _judged(person, chat, route, purpose, moment)
        for chat in person.chats
        for route in SERVES[purpose]
        if _exists(chat, route, moment)
    ]
    return sorted(found, key=_place)


def best(ways: Sequence[Way]) -> Way | None:
    """The cheapest allowed one; None when there is none."""
    return next((way for way in ways if way.is_allowed), None)


def held_until(ways: Sequence[Way]) -> datetime | None:
    """When the first of those that only wait for their hour may go; None when time mends nothing."""
    return min((way.until for way in ways if way.reason in PASSING and way.until is not None), default=None)


def why(ways: Sequence[Way]) -> str:
    """The one reason to tell, where no way is allowed."""
    found = {way.reason for way in ways if way.reason is not None} - set(UNSET) - set(PASSING)
    return next((reason for reason in TELLING if reason in found), "window")


def price_of(chat: Chat, route: Route, moment: Moment) -> int | None:
    """Whole ₫; None when the platform names none for that way."""
    choice, rules, now = chat.choice, moment.rules, moment.now
    match route:
        case Route.PACKAGE:
            return 0 if chat.package_left else rules.number(chat.kind, "package_price", now)
        case Route.TEMPLATE_USER if choice is not None:
            stated = rules.number(chat.kind, "template_user_price", now)
            return choice.price_user if choice.price_user is not None else stated
        case Route.TEMPLATE_PHONE if choice is not None:
            return choice.price_phone
        case Route.FREE:
            return moment.free_price
    return 0


def dearest(way: Way, now: datetime, rules: Rules = RULES) -> int:
    """Whole ₫ it costs where the platform sees it otherwise: nobody promises what a package still holds."""
    stated = rules.number(way.chat.kind, "package_price", now) if way.route is Route.PACKAGE else None
    return max(way.price, stated or 0)


def _exists(chat: Chat, route: Route, moment: Moment) -> bool:
    """Whether the platform has such a way at all, and it is not the free one under another name."""
    rules, now = moment.rules, moment.now
    is_open = chat.closes_at is not None and now < chat.closes_at
    match route:
        case Route.PACKAGE:
            return bool(chat.user_id and rules.span(chat.kind, "package_hours", now)) and not is_open
        case Route.HUMAN:
            return bool(chat.user_id and rules.span(chat.kind, "human_hours", now)) and not is_open
        case Route.TEMPLATE_PHONE:
            return bool(rules.number(chat.kind, "template_by_phone", now))
    return chat.user_id is not None


def _judged(person: Person, chat: Chat, route: Route, purpose: Purpose, moment: Moment) -> Way:
    price = price_of(chat, route, moment)
    way = Way(route, chat, price or 0)
    for reason, facts, until in _obstacles(person, way, purpose, moment, has_price=price is not None):
        return replace(way, reason=reason, facts=facts, until=until)
    holds = {"package_left": chat.package_left} if route is Route.PACKAGE and chat.package_left else {}
    return replace(way, facts=holds, until=_ends(chat, route, moment))


def _obstacles(person: Person, way: Way, purpose: Purpose, moment: Moment, *, has_price: bool) -> Iterator[Obstacle]:
    """What is in the way, in the order it is told: the person's will, the hour, the platform, the money, the measure.

    What only the hour keeps back comes before what may have changed by then.
    """
    if way.chat.stopped:
        yield "stopped", {}, moment.now
    yield from _of_person(person, way, purpose)
    if purpose is Purpose.PROMOTION and moment.shop.is_quiet(moment.now):
        yield "hours", {}, moment.shop.quiet_until(moment.now)
    if way.route in TEMPLATES:
        yield from _of_template(person, way, purpose, moment, has_price=has_price)
    else:
        yield from _of_window(way, moment)
    cost = dearest(way, moment.now, moment.rules)
    if moment.left is not None and cost > moment.left:
        yield "budget", {"price": cost, "left": moment.left}, None
    if purpose is Purpose.PROMOTION and person.is_full:
        yield "frequency", {}, None


def _of_person(person: Person, way: Way, purpose: Purpose) -> Iterator[Obstacle]:
    is_by_phone = way.route is Route.TEMPLATE_PHONE
    if purpose is Purpose.PROMOTION and not way.chat.agreed:
        yield "consent", {}, None
    if is_by_phone and not person.has_phone:
        yield "no_phone", {}, None
    if is_by_phone and not person.has_joined:
        yield "consent", {}, None  # joining is what allows to run points by a phone
    if is_by_phone and person.is_claimed:
        yield "phone_unproven", {}, None
    if not is_by_phone and not way.chat.reachable:
        yield "person", {}, None
    if way.route in way.chat.refused:
        yield "refused", {}, None
    if purpose is Purpose.PROMOTION and person.complains:
        yield "complaint", {}, None


def _of_window(way: Way, moment: Moment) -> Iterator[Obstacle]:
    """The three ways that hang on when the person last wrote."""
    if way.route is Route.PACKAGE and not way.chat.bills_package:
        yield "off", {}, None
    if way.route is Route.HUMAN and not way.chat.has_human_agent:
        yield "off", {}, None
    ends = _ends(way.chat, way.route, moment)
    if ends is None or moment.now >= ends:
        yield "window", {"closed_at": ends}, None


def _of_template(person: Person, way: Way, purpose: Purpose, moment: Moment, *, has_price: bool) -> Iterator[Obstacle]:
    choice, chat, rules, now = way.choice, way.chat, moment.rules, moment.now
    if choice is None:
        yield "no_template", {}, None
        return
    named = {"template": choice.title}
    if not has_price:
        yield "not_offered", named, None
    if not choice.is_enabled:
        yield "template_disabled", named, None
    if not rules.carries(chat.kind, choice.tag, purpose, now):
        yield "template_purpose", named | {"tag": choice.tag}, None
    if choice.fault is not None:
        yield choice.fault, named | {"parameter": choice.parameter}, None
    if (opens := rules.opens(chat.kind, "template_hours", now)) is not None:
        yield "hours", named, opens
    most = daily_quota(chat, now, rules)
    if most is not None and chat.used_today >= most:
        yield "quota", named | {"most": most}, next_day(now, rules)
    if purpose is Purpose.PROMOTION:
        yield from _of_caps(person, chat, rules, now)


def _of_caps(person: Person, chat: Chat, rules: Rules, now: datetime) -> Iterator[Obstacle]:
    """What the platform itself allows one person to get of the promotion tag."""
    for name, had in (
        ("promotion_per_day", person.promoted_today),
        ("promotion_per_month", person.promoted_this_month),
    ):
        most = rules.number(chat.kind, name, now)
        if most is not None and had >= most:
            yield "cap", {"most": most}, None


def daily_quota(chat: Chat, now: datetime, rules: Rules = RULES) -> int | None:
    """Templates an account may send a day: what its platform tells, else what a new one may; None: no end."""
    return chat.quota if chat.quota is not None else rules.number(chat.kind, "template_daily_quota", now)


def next_day(now: datetime, rules: Rules = RULES) -> datetime:
    """The next midnight where the platforms count their days."""
    local = now.astimezone(rules.timezone)
    return datetime.combine(local.date() + timedelta(days=1), time(), rules.timezone)


def _ends(chat: Chat, route: Route, moment: Moment) -> datetime | None:
    """Until when this way stays open; None: never was, or has no end."""
    if route is Route.FREE:
        return chat.closes_at
    if route in TEMPLATES:
        return moment.rules.closes(chat.kind, "template_hours", moment.now)
    name = "package_hours" if route is Route.PACKAGE else "human_hours"
    span = moment.rules.span(chat.kind, name, moment.now)
    return None if chat.wrote_at is None or span is None else chat.wrote_at + span


def _place(way: Way) -> tuple[bool, int, int, float, int]:
    until = way.until.timestamp() if way.until is not None else float("inf")
    return (not way.is_allowed, way.price, ORDER.index(way.route), -until, way.chat.account_id)
