"""What will happen in the demo shop, before anything does."""

from collections import Counter, defaultdict
from datetime import date, timedelta
from itertools import pairwise

import pytest

from bots.messenger import MessengerChannel
from bots.simulator import credentials
from bots.zalo import ZaloChannel
from loyalty.demo import crowd, history, menu
from loyalty.demo.ground import CHANNELS
from loyalty.demo.history import Arrival, Calendar, Visit
from loyalty.demo.people import PEOPLE
from loyalty.demo.talk import Talk
from loyalty.settings import Settings
from loyalty.shop import Shop
from loyalty.typed import fold, phones
from tests.builders import NOON

SHOP = Shop.from_settings(Settings(), demo=True)
SUNDAY = date(2026, 11, 22)
WEEK = [SUNDAY + timedelta(days=days) for days in range(7)]


def calendar(anchor: date = SUNDAY) -> Calendar:
    return Calendar(anchor, SHOP, NOON + (anchor - SUNDAY))


def bills(anchor: date = SUNDAY) -> list[Visit]:
    return [moment for moment in history.moments(calendar(anchor)) if isinstance(moment, Visit)]


TWO_DAYS = [
    visit
    for visit in history.moments(Calendar(SUNDAY, SHOP, SHOP.midnight(SUNDAY + timedelta(days=1))))
    if isinstance(visit, Visit) and SHOP.day(visit.at) >= SUNDAY - timedelta(days=1)
]


def test_the_same_days_bring_the_same_history() -> None:
    assert history.moments(calendar()) == history.moments(calendar())


@pytest.mark.parametrize("anchor", WEEK, ids=str)
def test_what_everybody_buys_does_not_depend_on_the_weekday_of_the_first_fill(anchor: date) -> None:
    def bought(on: date) -> dict[str, tuple[object, int]]:
        return {visit.key: (visit.lines, visit.discount) for visit in bills(on)}

    assert bought(anchor) == bought(SUNDAY)


@pytest.mark.parametrize("anchor", WEEK, ids=str)
def test_everything_happened_before_the_first_fill_and_in_order(anchor: date) -> None:
    everything = history.moments(calendar(anchor))
    instants = [moment.at for moment in everything]
    own: dict[str, list[Visit]] = defaultdict(list)
    for moment in everything:
        if isinstance(moment, Visit) and ":purchase:" in moment.key:
            own[moment.person.key].append(moment)

    assert instants == sorted(instants)
    assert calendar(anchor).now - timedelta(hours=4) < instants[-1] < calendar(anchor).now
    for key, visits in own.items():
        assert [visit.key for visit in visits] == [f"demo:{key}:purchase:{n}" for n in range(1, len(visits) + 1)]
        assert all(before.at < after.at for before, after in pairwise(visits))


def test_the_first_bill_of_all_tells_the_day_of_the_first_fill() -> None:
    first, second = history.moments(calendar())[:2]

    assert isinstance(first, Arrival)
    assert second.key == history.FIRST
    assert history.anchor_of(SHOP.day(second.at)) == SUNDAY


def test_nobody_buys_before_they_arrived_and_nobody_stops_before_they_agreed() -> None:
    met: set[str] = set()
    for moment in history.moments(calendar()):
        match moment:
            case Arrival():
                met.add(moment.guest.person.key)
            case Visit():
                assert moment.person.key in met or not list(history.chats(moment.person))


@pytest.mark.parametrize("hour", range(24))
def test_however_early_it_is_filled_today_has_come_about_as_far_as_yesterday(hour: int) -> None:
    """Never «down 100 %»: at no minute of the day is today under four fifths of yesterday at that time."""
    for minute in range(60):
        now = SHOP.midnight(SUNDAY) + timedelta(hours=hour, minutes=minute)
        sold: Counter[date] = Counter()
        for visit in TWO_DAYS:
            if visit.at < now - (SUNDAY - SHOP.day(visit.at)):
                sold[SHOP.day(visit.at)] += menu.worth(visit.lines) - visit.discount
        today, yesterday = sold[SUNDAY], sold[SUNDAY - timedelta(days=1)]
        assert today >= 0.8 * yesterday
        assert min(today, yesterday) > 0 or today <= 200_000


@pytest.mark.parametrize("hour", [0, 6, 12, 23])
def test_nothing_is_told_of_a_time_to_come(hour: int) -> None:
    now = SHOP.midnight(SUNDAY) + timedelta(hours=hour)
    early = history.moments(Calendar(SUNDAY, SHOP, now))

    assert all(moment.at < now for moment in early)
    today = [moment for moment in early if isinstance(moment, Visit) and SHOP.day(moment.at) == SUNDAY]
    assert len(today) == {0: 0, 6: 0, 12: 4, 23: 9}[hour]


def test_everybodys_last_words_are_of_the_moment_they_wrote_last() -> None:
    said = {(talk.channel, talk.user_id): talk for talk in history.moments(calendar()) if isinstance(talk, Talk)}
    lan = next(person for person in PEOPLE if person.key == "lan")

    assert said["zalo", lan.zalo or ""].at == NOON - history.RECENT
    arrived = {(found.channel, found.user_id) for found in history.moments(calendar()) if isinstance(found, Arrival)}
    assert arrived == set(said)


def test_the_week_has_its_pattern() -> None:
    local = [visit.at.astimezone(SHOP.timezone) for visit in bills() if ":purchase:" in visit.key]

    assert sum(at.weekday() >= 5 for at in local) > len(local) * 2 / 7
    assert {at.hour for at in local} <= set(range(7, 21))


def test_receipts_are_numbered_once() -> None:
    numbers = [visit.reference for visit in bills()]
    assert numbers == [f"M{place:05}" for place in range(1, len(numbers) + 1)]


def test_every_kind_of_guest_is_there() -> None:
    guests = crowd.guests()
    habits = [guest.habit for guest in guests if guest.habit is not None]

    assert len(guests) == len(crowd.NAMES) + 8
    assert any(habit.is_discounted for habit in habits)
    assert any(habit.last >= 150 for habit in habits)
    assert any(guest.habit is None and not guest.tickets and guest.person.phone for guest in guests)
    assert all(habit.visits <= habit.first - habit.last + 1 and habit.last >= 1 for habit in habits)
    assert max(habit.first for habit in habits) == crowd.OLDEST


def test_nobody_shares_a_phone_a_chat_or_a_key_and_every_phone_is_a_right_one() -> None:
    everybody = [guest.person for guest in crowd.guests()]
    own_phones = [person.phone for person in everybody if person.phone]
    own_chats = [chat for person in everybody for chat in history.chats(person)]

    for values in (own_phones, own_chats, [person.key for person in everybody]):
        assert len(set(values)) == len(values)
    assert [phones.parse_phone(phones.national(phone)) for phone in own_phones] == own_phones
    assert {len(user_id) for _channel, user_id in own_chats} == {17, 19}


def test_searching_for_one_of_the_known_people_finds_nobody_else() -> None:
    known = {token for person in PEOPLE for token in fold.tokens(person.name)}
    assert known.isdisjoint(token for name in crowd.NAMES for token in fold.tokens(name))


def test_a_bill_is_what_its_lines_say() -> None:
    lines = menu.lines("CF03 BM05 CF03")
    assert [(line.sku, line.quantity) for line in lines] == [("CF03", 2), ("BM05", 1)]
    assert menu.worth(lines) == 2 * 55_000 + 62_000


def test_a_fifth_is_taken_off_for_those_who_come_for_it() -> None:
    reduced = [visit for visit in bills() if visit.discount]

    assert len(reduced) == 4 * 6
    assert all(0 <= menu.worth(visit.lines) / 5 - visit.discount < 1_000 for visit in reduced)


def test_the_accounts_are_those_the_platforms_are_played_with() -> None:
    assert {
        "zalo": (credentials.ZALO["LOYALTY_ZALO_OA_ID"], ZaloChannel.window),
        "messenger": (credentials.MESSENGER["LOYALTY_MESSENGER_PAGE_ID"], MessengerChannel.window),
    } == CHANNELS
