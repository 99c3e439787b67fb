"""What a campaign would do, drawn: the bubbles real people would see, how many get it, who does not and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from loyalty import shop
from loyalty.campaigns import content, preview
from loyalty.campaigns.content import BadText
from loyalty.campaigns.judging import Letter
from loyalty.campaigns.models import Campaign
from loyalty.campaigns.preview import NO_CHAT, Preview
from loyalty.console.campaigns import here
from loyalty.console.desk import Desk
from loyalty.errors import RuleViolation
from loyalty.segments import rules, saved
from loyalty.segments.models import Segment
from loyalty.segments.rules import BadRules, Frame
from loyalty.words import Both

EXAMPLE = Both("Lan", "Lan")
CASES: Mapping[str, Both] = {
    "first": Both("Một khách trong nhóm", "Somebody in the segment"),
    "longest": Both("Tên dài nhất", "The longest name"),
    "shortest": Both("Tên ngắn nhất", "The shortest name"),
    "without_name": Both("Khách chưa có tên", "Somebody without a name"),
    "example": Both("Ví dụ, không phải khách thật", "An example, nobody real"),
}
SHOWN = ("first", "longest", "without_name")


@dataclass(frozen=True, slots=True)
class Bubble:
    """One message as it would stand on a phone. `channel` is empty for an example."""

    case: str
    name: str
    text: str
    channel: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """`numbers` are None while there is no segment or no text that can be used; `problem` says why."""

    bubbles: Sequence[Bubble] = ()
    numbers: Preview | None = None
    problem: str = ""
    problem_of: str = ""  # text, segment
    length: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)  # everybody who gets nothing, also those without a chat


def of_campaign(desk: Desk, segment: Segment, campaign: Campaign) -> Picture:
    """The picture of a campaign as it would go, variants and those held out included."""
    try:
        return draw(desk, segment, campaign.text, Letter.of(desk.session, campaign))
    except BadText:  # of a variant that was written under other rules
        return draw(desk, segment, campaign.text)


def draw(desk: Desk, segment: Segment | None, text: str, letter: Letter | None = None) -> Picture:
    """The picture of words and a segment, whatever state they are in; `letter`: what is sent beside those words."""
    try:
        content.parse(text)
    except BadText as bad:
        told = "" if bad.fault == "empty" else here.fault(bad, desk.locale)
        return Picture(problem=told, problem_of="text", length=len(text))
    if segment is None:
        return Picture(bubbles=_example(desk, text), length=len(text))
    try:
        letter = letter or Letter.plain(desk.session, text)
        numbers = preview.of_letter(desk.session, segment, letter, now=desk.now)
    except BadRules as bad_rules:
        return Picture(_example(desk, text), None, desk.sentence(bad_rules), "segment", len(text))
    bubbles = [
        Bubble(sample.case, sample.name or "", sample.text, sample.channel)
        for sample in numbers.samples
        if sample.case in SHOWN
    ]
    reasons = dict(numbers.reasons) | ({NO_CHAT: numbers.no_chat} if numbers.no_chat else {})
    return Picture(bubbles or _example(desk, text), numbers, length=len(text), reasons=_most_first(reasons))


def still_reached(desk: Desk, campaign: Campaign, at: datetime) -> int | None:
    """How many would get it at that instant if nobody wrote to the shop until then; None when that cannot be told."""
    try:
        return preview.count(desk.session, campaign, now=at).would_receive
    except RuleViolation:
        return None


def is_everybody(desk: Desk, segment: Segment) -> bool:
    """Whether the segment leaves nobody out."""
    try:
        return rules.is_everybody(saved.tree(segment, Frame.at(desk.session, desk.now)))
    except BadRules:
        return False


def _most_first(reasons: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(reasons.items(), key=lambda pair: -pair[1]))


def _example(desk: Desk, text: str) -> list[Bubble]:
    place, name = shop.of(desk.session), EXAMPLE.in_(desk.locale)
    written = content.compose(content.parse(text), name, place, place.locale)
    return [Bubble("example", name, written)] if written else []
