"""What would change a verdict: the fewest things a person, or time, would have to do, found and then tried out.

Every fact is taken for itself: that a purchase adds to the points as well is left aside.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from loyalty.segments import people, sentence, spans
from loyalty.segments.people import Asked, Fact, Person
from loyalty.segments.rules import Condition, Frame, Group, Kind, Node, Not
from loyalty.segments.spans import Span
from loyalty.words import Both

ROUNDS = 8  # one condition may ask more of a fact than another did
YEAR = 365
INTO = Both("Để vào nhóm: {what}.", "To get in: {what}.")
OUT_OF = Both("Sẽ ra khỏi nhóm nếu: {what}.", "Would leave: {what}.")
NO_WAY_IN = Both("Không thay đổi nào của người này đưa họ vào nhóm.", "Nothing about them would bring them in.")
NO_WAY_OUT = Both("Không thay đổi nào của người này đưa họ ra khỏi nhóm.", "Nothing about them would take them out.")
NEEDED = Both("{} (đang là: {})", "{} (now: {})")
NEVER = Both("chưa có", "none")
NOW_TRUE, NOW_FALSE = Both("có", "yes"), Both("không", "no")


@dataclass(frozen=True, slots=True)
class Change:
    """One fact that would be another; `holds`: whether the condition would hold then. `wait`: days that would pass."""

    condition: Condition
    before: Fact
    after: Fact
    holds: bool
    wait: int = 0

    @property
    def is_deed(self) -> bool:
        """Whether it is known what brings it about."""
        return _deed(self) is not None


def find(node: Node, person: Person) -> tuple[Change, ...] | None:
    """The change that would turn the verdict around; None where there is none."""
    wanted = not people.holds(node, person)
    made: dict[Asked, Change] = {}
    changed = person
    for _ in range(ROUNDS):
        step = _cheapest(node, changed, wanted)
        if not step:
            return None
        for change in step:
            key = people.asked(change.condition)
            first = made[key].before if key in made else change.before
            made[key] = Change(change.condition, first, change.after, change.holds, change.wait)
        changed = person.changed({key: change.after for key, change in made.items()})
        if people.holds(node, changed) is wanted:
            return tuple(made.values())
    return None


def say(found: Sequence[Change] | None, belongs: bool, frame: Frame, locale: str = "vi") -> str:
    """The change as one sentence."""
    if not found:
        return (NO_WAY_OUT if belongs else NO_WAY_IN).in_(locale)
    both = sentence.LANGUAGES[locale].both
    what = both.join(describe(change, frame, locale) for change in found)
    return (OUT_OF if belongs else INTO).in_(locale, what=what)


def describe(change: Change, frame: Frame, locale: str = "vi") -> str:
    """One change as a phrase, such as «còn 1 lần mua nữa»."""
    declared, deed = change.condition.declared, _deed(change)
    if deed is not None:
        template, amount = deed
        return (template.en if locale == "en" else template.vi).format(_amount(change, amount, frame, locale))
    condition, negated = change.condition.affirmed()
    phrase = sentence.describe_condition(condition, frame, locale)
    if change.holds is negated:
        phrase = sentence.LANGUAGES[locale].negation.format(phrase)
    if declared.kind is Kind.FLAG:
        return phrase
    before = fact_of(change.condition, change.before, frame, locale)
    return (NEEDED.en if locale == "en" else NEEDED.vi).format(phrase, before)


def fact_of(condition: Condition, fact: Fact, frame: Frame, locale: str = "vi") -> str:
    """What somebody has there, as people say it."""
    if isinstance(fact, bool):
        return (NOW_TRUE if fact else NOW_FALSE).in_(locale)
    if isinstance(fact, list):
        return ", ".join(sentence.value_of(condition.declared, each, frame, locale) for each in fact) or NEVER.in_(
            locale
        )
    return NEVER.in_(locale) if fact is None else sentence.value_of(condition.declared, fact, frame, locale)


def _cheapest(node: Node, person: Person, wanted: bool) -> tuple[Change, ...] | None:
    """What makes a part of the rules hold, or not; nothing where it does already, None where nothing could."""
    if people.holds(node, person) is wanted:
        return ()
    match node:
        case Not(member):
            return _cheapest(member, person, not wanted)
        case Group(every, members):
            ways = [_cheapest(member, person, wanted) for member in members]
            return _together(ways) if every is wanted else _best(ways)
        case Condition(kind=Kind.SEGMENT):
            affirmed, negated = node.affirmed()
            ways = [_cheapest(member, person, wanted is not negated) for member in affirmed.members]
            return _best(ways) if wanted is not negated else _together(ways)
        case Condition():
            change = _leaf(node, person, wanted)
            return None if change is None else (change,)


def _together(ways: Sequence[tuple[Change, ...] | None]) -> tuple[Change, ...] | None:
    if any(way is None for way in ways):
        return None
    return tuple(change for way in ways if way for change in way)


def _best(ways: Sequence[tuple[Change, ...] | None]) -> tuple[Change, ...] | None:
    """The fewest changes, those first of which it is known what brings them about."""
    found = [way for way in ways if way]
    return min(found, key=lambda way: sum(2 if change.is_deed else 3 for change in way), default=None)


def _leaf(condition: Condition, person: Person, wanted: bool) -> Change | None:
    if condition.declared.is_fixed:
        return None
    affirmed, negated = condition.affirmed()
    fact, within = person.fact(condition), wanted is not negated
    after, wait = _other(affirmed, fact, within, person.frame)
    return None if after == fact else Change(condition, fact, after, wanted, wait)


def _other(condition: Condition, fact: Fact, within: bool, frame: Frame) -> tuple[Fact, int]:
    """The nearest fact for which the affirmed condition holds, or not; the same one where there is none."""
    values = condition.values
    match condition.kind:
        case Kind.FLAG:
            return not fact, 0
        case Kind.CHANNEL | Kind.MARKS:
            has = fact if isinstance(fact, list) else []
            return ([*has, str(values[0])] if within else [each for each in has if each not in values]), 0
        case Kind.WORD:
            return (str(values[0]) if within else None), 0
        case Kind.TIER:
            return _tier(spans.tiers(condition, frame), fact, within, frame), 0
    number = fact if isinstance(fact, int) else None
    return _number(condition, number, within)


def _tier(codes: Sequence[str], fact: Fact, within: bool, frame: Frame) -> Fact:
    allowed = [tier.code for tier in frame.programme.tiers if (tier.code in codes) is within]
    rank = frame.programme.rank
    held = rank(str(fact)) if any(tier.code == fact for tier in frame.programme.tiers) else 0
    return min(allowed, key=lambda code: abs(rank(code) - held), default=fact)


def _number(condition: Condition, fact: int | None, within: bool) -> tuple[Fact, int]:
    found, kind = spans.numbers(condition), condition.kind

    def fits(value: int) -> bool:
        return any(spans.includes(span, value) for span in found) is within

    if kind is Kind.YEARLY:
        waits = range(1, YEAR + 1) if fact is not None else ()
        days = next((days for days in waits if fits((fact or 0) - days if days <= (fact or 0) else YEAR - days)), 0)
        if not days or fact is None:
            return fact, 0
        return (fact - days if days <= fact else YEAR - days), days
    if kind is Kind.DAYS and condition.declared.less is None and fact is not None:
        later = [value for value in _ends(found) if value > fact and fits(value)]
        return min(later, default=fact), 0
    least = None if condition.field == "points" else 0
    near = [value for value in _ends(found) if fits(value) and (least is None or value >= least)]
    if kind is Kind.DAYS:  # a purchase, a message: it begins anew at 0 and grows
        ahead = [value for value in near if fact is not None and value > fact]
        return min(ahead or near, default=fact), 0
    return min(near, key=lambda value: (abs(value - (fact or 0)), value), default=fact), 0


def _ends(found: Sequence[Span]) -> list[int]:
    """The numbers at which something begins or ends to hold, and 0."""
    ends = [end for span in found for end in span if end is not None]
    return [0, *(near for end in ends for near in (end - 1, end, end + 1))]


def _deed(change: Change) -> tuple[Both, int] | None:
    """What brings a change about, and how much of it; None where that is not known."""
    declared, before, after = change.condition.declared, change.before, change.after
    if isinstance(after, bool):
        template = declared.more if after else declared.less
        return None if template is None else (template, 0)
    if isinstance(after, list):
        grows = len(after) > len(before if isinstance(before, list) else [])
        template = declared.more if grows else declared.less
        return None if template is None else (template, 0)
    if not isinstance(after, int):
        return None
    if change.wait:
        return None if declared.less is None else (declared.less, change.wait)
    by = after - (before if isinstance(before, int) else 0)
    if declared.kind is Kind.DAYS and (before is None or by < 0):
        return _anew(change, after)
    template = declared.more if by > 0 else declared.less
    return None if template is None else (template, abs(by))


def _anew(change: Change, after: int) -> tuple[Both, int] | None:
    """It happens once more, and then not for a while."""
    less, more = change.condition.declared.less, change.condition.declared.more
    if less is None:
        return None
    if after == 0 or more is None:
        return less, 0
    return Both(f"{less.vi}, rồi {more.vi}", f"{less.en}, then {more.en}"), after


def _amount(change: Change, amount: int, frame: Frame, locale: str) -> str:
    declared = change.condition.declared
    if declared.kind.has_several:
        after = change.after if isinstance(change.after, list) else []
        before = change.before if isinstance(change.before, list) else []
        moved = [each for each in (*after, *before) if (each in after) is not (each in before)]
        return ", ".join(sentence.value_of(declared, each, frame, locale) for each in moved)
    return declared.written(amount, locale)
