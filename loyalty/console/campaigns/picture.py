"""What a campaign would do, drawn: the bubbles real people would see, how many get it, who does not and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from loyalty import shop
from loyalty.campaigns import content, letters, preview
from loyalty.campaigns.content import BadText
from loyalty.campaigns.fields import OF_OFFER, examples
from loyalty.campaigns.judging import Mailing
from loyalty.campaigns.letters import CHANNELS, Letter
from loyalty.campaigns.models import Campaign
from loyalty.campaigns.preview import NO_CHAT, Preview, Sample
from loyalty.console.campaigns import extras, here
from loyalty.console.desk import Desk
from loyalty.console.forms import Form
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
    "longest_text": Both("Tin dài nhất", "The longest message"),
    "example": Both("Ví dụ, không phải khách thật", "An example, nobody real"),
}
SHOWN = ("first", "longest", "without_name", "longest_text")


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
    image: str = ""  # the id of the uploaded picture it shows


def draw_form(desk: Desk, segment: Segment | None, form: Form, text: str) -> Picture:
    """The picture of what stands on the page, whatever state it is in."""
    try:
        content.parse(text)
        letter = extras.letter_of(desk, form, text)
    except BadText as bad:
        told = "" if bad.fault == "empty" else here.fault(bad, desk.locale)
        return Picture(problem=told, problem_of="text", length=len(text))
    return draw(desk, segment, letter)


def draw(desk: Desk, segment: Segment | None, letter: Letter, mailing: Mailing | None = None) -> Picture:
    """The picture of a letter and a segment; `mailing`: what is sent beside that letter."""
    length = len(letter.text)
    if not letter.has_offer and (asked := sorted(letter.fields() & OF_OFFER)):
        told = here.FAULTS["offer"].in_(desk.locale, named=asked[0])
        return Picture(problem=told, problem_of="text", length=length)
    if segment is None:
        return Picture(bubbles=_example(desk, letter), length=length, image=letter.picture)
    try:
        mailing = mailing or Mailing.plain(desk.session, letter)
        numbers = preview.of_mailing(desk.session, segment, mailing, now=desk.now)
    except BadRules as bad_rules:
        return Picture(_example(desk, letter), None, desk.sentence(bad_rules), "segment", length, image=letter.picture)
    bubbles = [bubble for sample in numbers.samples if sample.case in SHOWN for bubble in _bubbles(sample)]
    reasons = dict(numbers.reasons) | ({NO_CHAT: numbers.no_chat} if numbers.no_chat else {})
    shown, ordered = bubbles or _example(desk, letter), _most_first(reasons)
    return Picture(shown, numbers, length=length, reasons=ordered, image=letter.picture)


def of_campaign(desk: Desk, segment: Segment, campaign: Campaign) -> Picture:
    """The picture of a campaign as it would go, variants and those held out included."""
    letter = letters.of_campaign(desk.session, campaign)
    try:
        return draw(desk, segment, letter, Mailing.of(desk.session, campaign))
    except BadText:  # of a variant that was written under other rules
        return draw(desk, segment, letter)


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


def _bubbles(sample: Sample) -> list[Bubble]:
    """As it goes to them, and what the other platform would show them where it has words of its own."""
    shown = {sample.channel: sample.text, **sample.others}
    return [Bubble(sample.case, sample.name or "", text, channel) for channel, text in shown.items()]


def _example(desk: Desk, letter: Letter) -> list[Bubble]:
    locale = shop.of(desk.session).locale
    written = letters.example(desk.session, letter, CHANNELS[0], locale, examples(locale))
    return [Bubble("example", EXAMPLE.in_(desk.locale), written)] if written else []
