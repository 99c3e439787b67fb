"""The pure decision: each rule at its boundary and just past it; the cheapest allowed way is always the one taken."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.channels.route import Route
from loyalty.messaging import ways
from loyalty.messaging.ways import Chat, Choice, Moment, Person, Purpose, Way
from loyalty.settings import Hours
from loyalty.shop import Shop

NOON = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)  # 12:00 in Vietnam
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
SHOP = Shop("Mây", "", "", ZoneInfo("Asia/Ho_Chi_Minh"), Hours(time(21), time(8)), "vi", 0)
NOTICE = Choice(1, "250001", "Cộng điểm", "vi", True, "transaction", 560, 800)
OFFER = Choice(2, "250002", "Ưu đãi", "vi", True, "promotion", 600, 900)
ZALO = Chat(1, "zalo", "oa1", "u1", NOON - 72 * HOUR, NOON - 24 * HOUR, agreed=True)
MESSENGER = Chat(2, "messenger", "page", "p1", NOON - 72 * HOUR, NOON - 48 * HOUR, agreed=True)
LAN = Person(has_phone=True, has_joined=True)
FREE, PACKAGE, USER, PHONE, HUMAN = Route


def judge(chat: Chat, kind: str, *, now: datetime = NOON, left: int | None = 10_000, **person: Any) -> dict[Route, Way]:
    somebody = replace(LAN, chats=[chat], **person)
    return {way.route: way for way in ways.judge(somebody, kind, Moment(now, SHOP, left))}


def wrote(hours: float, chat: Chat = ZALO, window: int = 48, **more: Any) -> Chat:
    at = NOON - hours * HOUR
    return replace(chat, wrote_at=at, closes_at=at + window * HOUR, **more)


PACKAGED = wrote(60, bills_package=True)
TABLE: list[tuple[str, Chat, str, dict[str, Any], Route, str | None]] = [
    # the free window, to the second
    ("free until the last second", wrote(48), "awarded", {"now": NOON - SECOND}, FREE, None),
    ("closed when it ends", wrote(48), "awarded", {}, FREE, "window"),
    ("never wrote", replace(ZALO, wrote_at=None, closes_at=None), "awarded", {}, FREE, "window"),
    # the package: only where the shop says so, from the end of the free hours to the seventh day
    ("package off", wrote(48), "awarded", {}, PACKAGE, "off"),
    ("package on", wrote(48, bills_package=True), "awarded", {}, PACKAGE, None),
    ("package, last second", wrote(168, bills_package=True), "awarded", {"now": NOON - SECOND}, PACKAGE, None),
    ("package, seven days", wrote(168, bills_package=True), "awarded", {}, PACKAGE, "window"),
    ("package costs 55", PACKAGED, "awarded", {"left": 55}, PACKAGE, None),
    ("package holds one, 55", replace(PACKAGED, package_left=1), "awarded", {"left": 55}, PACKAGE, None),
    ("package holds one, 54", replace(PACKAGED, package_left=1), "awarded", {"left": 54}, PACKAGE, "budget"),
    ("package, 54 left", PACKAGED, "awarded", {"left": 54}, PACKAGE, "budget"),
    # templates
    ("no template", ZALO, "awarded", {}, USER, "no_template"),
    ("template", replace(ZALO, choice=NOTICE), "awarded", {}, USER, None),
    ("template, exact money", replace(ZALO, choice=NOTICE), "awarded", {"left": 560}, USER, None),
    ("template, 1 short", replace(ZALO, choice=NOTICE), "awarded", {"left": 559}, USER, "budget"),
    ("nothing allowed", replace(ZALO, choice=NOTICE), "awarded", {"left": 0}, USER, "budget"),
    ("paid already", replace(ZALO, choice=NOTICE), "awarded", {"left": None}, USER, None),
    ("disabled", replace(ZALO, choice=replace(NOTICE, is_enabled=False)), "awarded", {}, USER, "template_disabled"),
    ("not by id", replace(ZALO, choice=replace(NOTICE, price_user=None)), "awarded", {}, USER, "not_offered"),
    ("wrong tag", replace(ZALO, choice=OFFER), "awarded", {}, USER, "template_purpose"),
    (
        "unmapped",
        replace(ZALO, choice=replace(NOTICE, fault="template_mapping")),
        "awarded",
        {},
        USER,
        "template_mapping",
    ),
    ("no value", replace(ZALO, choice=replace(NOTICE, fault="template_value")), "awarded", {}, USER, "template_value"),
    ("21:59:59", replace(ZALO, choice=NOTICE), "awarded", {"now": NOON + 10 * HOUR - SECOND}, USER, None),
    ("22:00", replace(ZALO, choice=NOTICE), "awarded", {"now": NOON + 10 * HOUR}, USER, "hours"),
    ("05:59:59", replace(ZALO, choice=NOTICE), "awarded", {"now": NOON + 18 * HOUR - SECOND}, USER, "hours"),
    ("06:00", replace(ZALO, choice=NOTICE), "awarded", {"now": NOON + 18 * HOUR}, USER, None),
    ("the 500th", replace(ZALO, choice=NOTICE, used_today=499), "awarded", {}, USER, None),
    ("what the platform tells", replace(ZALO, choice=NOTICE, used_today=500, quota=2_000), "awarded", {}, USER, None),
    ("a small quota", replace(ZALO, choice=NOTICE, used_today=100, quota=100), "awarded", {}, USER, "quota"),
    ("the 501st", replace(ZALO, choice=NOTICE, used_today=500), "awarded", {}, USER, "quota"),
    ("unreachable", replace(ZALO, choice=NOTICE, reachable=False), "awarded", {}, USER, "person"),
    ("said no", replace(ZALO, choice=NOTICE, refused=frozenset({"template_user"})), "awarded", {}, USER, "refused"),
    # by phone: also for whom no chat reaches, never to an unproven or refused number
    ("phone", replace(ZALO, choice=NOTICE, reachable=False), "awarded", {}, PHONE, None),
    ("phone only", Chat(1, "zalo", "oa1", choice=NOTICE), "awarded", {}, PHONE, None),
    ("no phone", replace(ZALO, choice=NOTICE), "awarded", {"has_phone": False}, PHONE, "no_phone"),
    ("claimed", replace(ZALO, choice=NOTICE), "awarded", {"is_claimed": True}, PHONE, "phone_unproven"),
    ("not joined", replace(ZALO, choice=NOTICE), "awarded", {"has_joined": False}, PHONE, "consent"),
    ("-141", replace(ZALO, choice=NOTICE, refused=frozenset({"template_phone"})), "awarded", {}, PHONE, "refused"),
    # promotions
    ("agreed", wrote(1), "promotion", {}, FREE, None),
    ("refused", wrote(1, agreed=False), "promotion", {}, FREE, "consent"),
    ("no consent, template", replace(ZALO, choice=OFFER, agreed=False), "promotion", {}, USER, "consent"),
    ("complains", wrote(1), "promotion", {"complains": True}, FREE, "complaint"),
    ("20:59:59", wrote(1), "promotion", {"now": NOON + 9 * HOUR - SECOND}, FREE, None),
    ("21:00", wrote(1), "promotion", {"now": NOON + 9 * HOUR}, FREE, "hours"),
    ("07:59:59", wrote(1), "promotion", {"now": NOON + 20 * HOUR - SECOND}, FREE, "hours"),
    ("08:00", wrote(1), "promotion", {"now": NOON + 20 * HOUR}, FREE, None),
    ("full", wrote(1), "promotion", {"is_full": True}, FREE, "frequency"),
    ("offer", replace(ZALO, choice=OFFER), "promotion", {}, USER, None),
    ("offer, one today", replace(ZALO, choice=OFFER), "promotion", {"promoted_today": 1}, USER, "cap"),
    ("offer, 3 this month", replace(ZALO, choice=OFFER), "promotion", {"promoted_this_month": 3}, USER, None),
    ("offer, 4 this month", replace(ZALO, choice=OFFER), "promotion", {"promoted_this_month": 4}, USER, "cap"),
    ("offer by the wrong tag", replace(ZALO, choice=NOTICE), "promotion", {}, USER, "template_purpose"),
    # Messenger
    ("m, last second", wrote(24, MESSENGER, 24), "awarded", {"now": NOON - SECOND}, FREE, None),
    ("m, 24 hours", wrote(24, MESSENGER, 24), "awarded", {}, FREE, "window"),
    ("m, feature missing", wrote(48, MESSENGER, 24), "human", {}, HUMAN, "off"),
    ("m, a person writes", wrote(48, MESSENGER, 24, has_human_agent=True), "human", {}, HUMAN, None),
    ("m, just", wrote(168, MESSENGER, 24, has_human_agent=True), "human", {"now": NOON - SECOND}, HUMAN, None),
    ("m, seven days", wrote(168, MESSENGER, 24, has_human_agent=True), "human", {}, HUMAN, "window"),
    # answers and notices ask no hour
    ("answer at night", wrote(1), "answer", {"now": NOON + 11 * HOUR}, FREE, None),
    ("notice at night", wrote(1), "awarded", {"now": NOON + 11 * HOUR}, FREE, None),
    ("stopped", wrote(1, stopped=True), "awarded", {}, FREE, "stopped"),
]


@pytest.mark.parametrize(
    ("chat", "kind", "more", "route", "reason"), [row[1:] for row in TABLE], ids=[r[0] for r in TABLE]
)
def test_each_rule_at_its_boundary(
    chat: Chat, kind: str, more: dict[str, Any], route: Route, reason: str | None
) -> None:
    assert judge(chat, kind, **more)[route].reason == reason


def test_while_free_words_are_possible_no_other_way_of_the_same_words_is_offered() -> None:
    assert PACKAGE not in judge(wrote(1, bills_package=True), "awarded")
    assert HUMAN not in judge(wrote(1, MESSENGER, 24, has_human_agent=True), "human")


def test_messenger_has_neither_package_nor_phone_and_its_templates_carry_no_promotion() -> None:
    utility = replace(NOTICE, tag="utility", price_user=None, price_phone=None)
    found = judge(replace(MESSENGER, choice=utility), "awarded", left=0)
    assert set(found) == {FREE, USER}
    assert found[USER].is_allowed and found[USER].price == 0
    assert judge(replace(MESSENGER, choice=utility), "promotion")[USER].reason == "template_purpose"


def test_the_package_carries_no_promotion_and_an_answer_goes_free_or_not_at_all() -> None:
    assert PACKAGE not in judge(wrote(60, bills_package=True), "promotion")
    assert set(judge(wrote(60, bills_package=True, choice=NOTICE), "answer")) == {FREE}


def test_each_way_says_until_when_or_from_when() -> None:
    assert judge(wrote(1), "awarded")[FREE].until == NOON + 47 * HOUR
    assert judge(wrote(60, bills_package=True), "awarded")[PACKAGE].until == NOON + 108 * HOUR
    assert judge(replace(ZALO, choice=NOTICE), "awarded")[USER].until == NOON + 10 * HOUR
    assert judge(replace(ZALO, choice=NOTICE), "awarded", now=NOON + 10 * HOUR)[USER].until == NOON + 18 * HOUR
    assert judge(wrote(1), "promotion", now=NOON + 9 * HOUR)[FREE].until == NOON + 20 * HOUR
    assert judge(replace(ZALO, choice=NOTICE, used_today=500), "awarded")[USER].until == NOON + 12 * HOUR


@pytest.mark.parametrize(
    ("chat", "left", "reason"),
    [
        (ZALO, 10_000, "window"),  # nothing is configured: what the person would have to do
        (replace(ZALO, choice=OFFER), 0, "budget"),
        (replace(ZALO, choice=replace(OFFER, is_enabled=False)), 10_000, "template_disabled"),
        (replace(ZALO, choice=OFFER, agreed=False), 10_000, "consent"),
    ],
)
def test_the_one_reason_told_is_the_one_somebody_can_do_something_about(chat: Chat, left: int, reason: str) -> None:
    assert ways.why(list(judge(chat, "promotion", left=left).values())) == reason


def test_an_unknown_purpose_is_refused_by_name() -> None:
    with pytest.raises(ways.UnknownPurpose) as refused:
        judge(ZALO, "greeting")
    assert refused.value.facts["purpose"] == "greeting" and "promotion" in refused.value.facts["known"]


prices = st.none() | st.integers(0, 2_000)
choices = st.none() | st.builds(
    Choice,
    template_id=st.just(1),
    name=st.just("1"),
    title=st.just("t"),
    locale=st.just("vi"),
    is_enabled=st.booleans(),
    tag=st.sampled_from(["transaction", "care", "promotion", "utility"]),
    price_user=prices,
    price_phone=prices,
)


@st.composite
def chats(draw: st.DrawFn) -> Chat:
    kind = draw(st.sampled_from(["zalo", "messenger"]))
    wrote_at = draw(st.none() | st.integers(0, 200).map(lambda hours: NOON - hours * HOUR))
    closes = wrote_at + (48 if kind == "zalo" else 24) * HOUR if wrote_at else None
    flags: dict[str, Any] = {
        name: draw(st.booleans()) for name in ("agreed", "reachable", "bills_package", "has_human_agent")
    }
    return Chat(
        draw(st.integers(1, 9)),
        kind,
        "a",
        draw(st.none() | st.just("u")),
        wrote_at,
        closes,
        choice=draw(choices),
        **flags,
    )


@given(
    st.lists(chats(), max_size=4),
    st.sampled_from(sorted(ways.KINDS)),
    st.integers(0, 3_000),
    st.integers(0, 23),
    st.tuples(*[st.booleans()] * 5),
)
def test_the_way_taken_is_the_cheapest_allowed_and_never_paid_where_a_free_one_is(
    found: list[Chat], kind: str, left: int, hour: int, flags: tuple[bool, ...]
) -> None:
    has_phone, is_claimed, has_joined, complains, is_full = flags
    person = Person(found, has_phone, is_claimed, has_joined, complains, is_full)
    judged = ways.judge(person, kind, Moment(NOON + hour * HOUR, SHOP, left))
    allowed = [way for way in judged if way.is_allowed]
    taken = ways.best(judged)
    if not allowed:
        assert taken is None
        return
    assert taken is not None and taken.price == min(way.price for way in allowed)
    assert taken.price <= left or taken.price == 0
    if ways.purpose_of(kind) is Purpose.PROMOTION:
        assert taken.chat.agreed and not complains and not is_full


@given(st.lists(chats(), max_size=4), st.sampled_from(sorted(ways.KINDS)))
def test_without_money_nothing_that_costs_is_ever_allowed(found: list[Chat], kind: str) -> None:
    judged = ways.judge(replace(LAN, chats=found), kind, Moment(NOON, SHOP, 0))
    assert all(way.price == 0 for way in judged if way.is_allowed)
