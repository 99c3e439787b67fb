"""The Vietnamese lunar calendar: which lunar day a day is, and when a lunar day comes.

The algorithm is the one Hồ Ngọc Đức published (amlich, «calrules»): a month begins on the day of a new moon, the
eleventh month holds the winter solstice, and between two of those a thirteenth month makes the first one without a
principal term a leap month. Days are those of UTC+7, whatever zone the shop keeps: Tết of 2030 is 2/2, a day before
the Chinese one. The series are J. Meeus, Astronomical Algorithms (1998), cut to minutes; good for 1968 to 2100.
"""

from datetime import date
from functools import lru_cache
from math import floor, pi, sin
from typing import NamedTuple

ZONE = 7 / 24  # of a day
SYNODIC = 29.530588853  # days from one new moon to the next
FIRST_NEW_MOON = 2415021.076998695  # Julian day, in January 1900
UNIX_ORDINAL = 1721425  # the Julian day number of `date.fromordinal(0)`, rounded to noon
FIRST_YEAR, LAST_YEAR = 1968, 2100  # UTC+7 holds in the whole country from 1968 on


class LunarDay(NamedTuple):
    """A day of the lunar calendar; `year` is the one its Tết began."""

    day: int
    month: int
    year: int
    is_leap: bool


@lru_cache(maxsize=4096)
def of(day: date) -> LunarDay:
    """The lunar day of a calendar day."""
    number = day.toordinal() + UNIX_ORDINAL
    moon = floor((number - FIRST_NEW_MOON) / SYNODIC) + 1
    while (begins := _new_moon(moon)) > number:
        moon -= 1
    eleventh = _eleventh(day.year + 1)
    if eleventh > begins:
        eleventh = _eleventh(day.year)
    if eleventh > begins:
        eleventh = _eleventh(day.year - 1)
    month, is_leap = _month(begins, eleventh)
    solstice_year = date.fromordinal(eleventh - UNIX_ORDINAL).year
    return LunarDay(number - begins + 1, month, solstice_year + (month < 11), is_leap)


@lru_cache(maxsize=4096)
def to_date(day: int, month: int, year: int) -> date:
    """When a day of an ordinary (not leap) lunar month comes; the last of the month where it has no such day."""
    eleventh = _eleventh(year if month >= 11 else year - 1)
    moon = _moon_of(eleventh)
    while _month(begins := _new_moon(moon), eleventh) != (month, False):
        moon += 1
    last = _new_moon(moon + 1) - begins
    return date.fromordinal(begins + min(day, last) - 1 - UNIX_ORDINAL)


def tet(year: int) -> date:
    """The first day of the lunar year that begins in a calendar year."""
    return to_date(1, 1, year)


def _month(begins: int, eleventh: int) -> tuple[int, bool]:
    """The number of a lunar month by its first day and that of the eleventh month before it; whether it is a leap."""
    since = round((begins - eleventh) / SYNODIC)
    leap = _leap_place(eleventh)
    passed = since - (leap is not None and since >= leap)
    return (passed + 10) % 12 + 1, since == leap


@lru_cache(maxsize=512)
def _leap_place(eleventh: int) -> int | None:
    """Which month after an eleventh one is the leap month before the next eleventh; None: no leap month among them."""
    moon = _moon_of(eleventh)
    following = _eleventh(date.fromordinal(eleventh - UNIX_ORDINAL).year + 1)
    if _moon_of(following) - moon < 13:
        return None
    return next(place for place in range(1, 13) if _term(_new_moon(moon + place)) == _term(_new_moon(moon + place + 1)))


@lru_cache(maxsize=512)
def _eleventh(year: int) -> int:
    """The first day (its Julian number) of the lunar month with the winter solstice of a calendar year."""
    last = date(year, 12, 31).toordinal() + UNIX_ORDINAL
    moon = floor((last - 2415021) / SYNODIC)
    begins = _new_moon(moon)
    return _new_moon(moon - 1) if _term(begins) >= 9 else begins


def _moon_of(begins: int) -> int:
    """Which new moon since 1900 a month begins with."""
    return floor((begins - FIRST_NEW_MOON) / SYNODIC + 0.5)


@lru_cache(maxsize=4096)
def _new_moon(moon: int) -> int:
    """The Julian number of the UTC+7 day of a new moon, counted from the first of 1900."""
    return floor(_new_moon_instant(moon) + 0.5 + ZONE)


def _new_moon_instant(moon: int) -> float:
    """The instant of a new moon, as a Julian day of universal time."""
    t = moon / 1236.85  # Julian centuries since 1900
    mean = (
        2415020.75933
        + 29.53058868 * moon
        + (0.0001178 - 0.000000155 * t) * t**2
        + 0.00033 * _sine(166.56 + (132.87 - 0.009173 * t) * t)
    )
    sun = 359.2242 + 29.10535608 * moon - (0.0000333 + 0.00000347 * t) * t**2
    of_moon = 306.0253 + 385.81691806 * moon + (0.0107306 + 0.00001236 * t) * t**2
    node = 21.2964 + 390.67050646 * moon - (0.0016528 + 0.00000239 * t) * t**2
    return mean + _moon_correction(t, sun, of_moon, node) - _clock_drift(t)


def _moon_correction(t: float, sun: float, moon: float, node: float) -> float:
    """Days between the mean and the true new moon, by the anomalies of sun and moon and the moon's node."""
    terms = (
        (0.1734 - 0.000393 * t, sun),
        (0.0021, 2 * sun),
        (-0.4068, moon),
        (0.0161, 2 * moon),
        (-0.0004, 3 * moon),
        (0.0104, 2 * node),
        (-0.0051, sun + moon),
        (-0.0074, sun - moon),
        (0.0004, 2 * node + sun),
        (-0.0004, 2 * node - sun),
        (-0.0006, 2 * node + moon),
        (0.0010, 2 * node - moon),
        (0.0005, 2 * moon + sun),
    )
    return sum(size * _sine(angle) for size, angle in terms)


def _clock_drift(t: float) -> float:
    """Days by which the earth's turning lags behind the stars' even time."""
    return -0.000278 + 0.000265 * t + 0.000262 * t**2


def _term(number: int) -> int:
    """Which twelfth of its way the sun has come to at the UTC+7 midnight a day begins with; 9 from the solstice on."""
    t = (number - 0.5 - ZONE - 2451545.0) / 36525  # Julian centuries since 2000
    anomaly = 357.52910 + (35999.05030 - (0.0001559 + 0.00000048 * t) * t) * t
    mean = 280.46645 + (36000.76983 + 0.0003032 * t) * t
    centre = (
        (1.914600 - (0.004817 + 0.000014 * t) * t) * _sine(anomaly)
        + (0.019993 - 0.000101 * t) * _sine(2 * anomaly)
        + 0.000290 * _sine(3 * anomaly)
    )
    return floor((mean + centre) % 360 / 30)


def _sine(degrees: float) -> float:
    return sin(degrees * pi / 180)
