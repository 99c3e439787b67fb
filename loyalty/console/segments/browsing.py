"""The segments there are, who belongs to one, and why a person does or does not."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flask import url_for

from loyalty.campaigns import usage
from loyalty.campaigns.models import Campaign
from loyalty.console import persons
from loyalty.console.desk import Desk
from loyalty.console.persons import Person
from loyalty.console.section import Answer
from loyalty.console.segments import ready, vocabulary
from loyalty.console.segments.here import section
from loyalty.customers import profiles, searching
from loyalty.customers.models import Customer
from loyalty.segments import changes, lists, membership, rules, saved, sentence, starters
from loyalty.segments.membership import Verdict
from loyalty.segments.models import Segment
from loyalty.segments.rules import BadRules, Condition, Frame, Group, Node, Not
from loyalty.staff.permissions import Right

PAGE = 20
MEMBERS = 30
CANDIDATES = 8


@dataclass(frozen=True, slots=True)
class Listed:
    """One segment in the list. `sentence` is None when its rules no longer hold."""

    segment: Segment
    sentence: str | None
    campaign: Campaign | None


@dataclass(frozen=True, slots=True)
class Told:
    """A condition with what the person has there, or what a group asks for; whether it holds; how deep it stands."""

    words: str
    fact: str
    holds: bool
    depth: int
    is_group: bool


@section.get("/segments", right=Right.SEGMENT)
def index(desk: Desk) -> Answer:
    """Every segment, newest first."""
    last = desk.args.get("after", "")
    before = saved.get_public(desk.session, last, removed=True).id if last else None
    found = saved.list_newest(desk.session, before=before, limit=PAGE + 1, ready=False)
    shown, frame = found[:PAGE], Frame.at(desk.session, desk.now)
    used = usage.newest_of(desk.session, [segment.id for segment in shown])
    more = url_for("console.segments.index", after=shown[-1].public_id) if len(found) > PAGE else ""
    return desk.render(
        "segments/index.html",
        listed=[Listed(each, _sentence(desk, each, frame), used.get(each.id)) for each in shown],
        starters=starters.list_all(frame.programme) if not shown else (),
        fives=ready.cards(desk) if before is None else (),
        more=more,
    )


@section.get("/segments/<public_id>", right=Right.SEGMENT)
def show(desk: Desk, public_id: str) -> Answer:
    """One segment: its rules in words, everybody in it, what it was before."""
    segment = saved.get_public(desk.session, public_id)
    frame = Frame.at(desk.session, desk.now)
    node = _node(segment, frame)
    people, more = _members(desk, segment, node, frame) if node else ([], "")
    return desk.render(
        "segments/show.html",
        segment=segment,
        sentence=_sentence(desk, segment, frame),
        count=membership.count(desk.session, node, frame) if node else None,
        is_everybody=node is not None and rules.is_everybody(node),
        people=people,
        more=more,
        campaigns=usage.list_open(desk.session, segment),
        reading=ready.reading_of(desk, segment),
        moves=ready.moves_of(desk, segment),
        list_changes=lists.list_changes(desk.session, segment) if segment.kind == "list" else (),
        editions=[
            (edition, _words(desk, edition.rules, frame)) for edition in saved.list_editions(desk.session, segment)
        ],
    )


@section.get("/segments/<public_id>/why", right=Right.SEGMENT)
def why(desk: Desk, public_id: str) -> Answer:
    """Why somebody is in or not: `who` is a phone, a code or a name; `customer` the id of one that was chosen."""
    segment = saved.get_public(desk.session, public_id)
    wanted = desk.args.get("who", "").strip()
    candidates = _find(desk, wanted)
    person = candidates[0] if len(candidates) == 1 else None
    told, belongs, change = _explain(desk, segment, person) if person else ([], False, "")
    return desk.render(
        "segments/why.html",
        segment=segment,
        wanted=wanted,
        person=persons.show_all(desk.session, [person])[0] if person else None,
        candidates=persons.show_all(desk.session, candidates),
        told=told,
        belongs=belongs,
        change=change,
        parts=ready.parts_of(desk, segment, person) if person else (),
    )


def _find(desk: Desk, wanted: str) -> list[Customer]:
    if chosen := desk.args.get("customer", ""):
        return [profiles.get_public(desk.session, chosen)]
    return list(searching.search(desk.session, wanted, limit=CANDIDATES, now=desk.now).customers) if wanted else []


def _explain(desk: Desk, segment: Segment, person: Customer) -> tuple[list[Told], bool, str]:
    """Part by part, whether they belong, and what would change that."""
    frame = Frame.at(desk.session, desk.now)
    found = membership.explain(desk.session, saved.tree(segment, frame), frame, person.id)
    change = "" if person.erased_at else changes.say(found.changes, found.belongs, frame, desk.locale)
    return list(_tell(desk, found.verdict, frame, 0)), found.belongs, change


def _tell(desk: Desk, verdict: Verdict, frame: Frame, depth: int) -> Iterator[Told]:
    """The tree from its top, each part followed by its own."""
    match verdict.node:
        case Condition() as condition:
            words = sentence.describe_condition(condition, frame, desk.locale)
            fact = changes.fact_of(condition, verdict.fact, frame, desk.locale)
            yield Told(words, fact, verdict.holds, depth, is_group=False)
        case Group(every=every):
            yield Told(_joint(desk, "all" if every else "any"), "", verdict.holds, depth, is_group=True)
            yield from _tell_all(desk, verdict.parts, frame, depth + 1)
        case Not():
            yield Told(_joint(desk, "none"), "", verdict.holds, depth, is_group=True)
            (inner,) = verdict.parts
            is_list = isinstance(inner.node, Group) and not inner.node.every
            yield from _tell_all(desk, inner.parts if is_list else (inner,), frame, depth + 1)


def _tell_all(desk: Desk, parts: Sequence[Verdict], frame: Frame, depth: int) -> Iterator[Told]:
    for part in parts:
        yield from _tell(desk, part, frame, depth)


def _joint(desk: Desk, word: str) -> str:
    return vocabulary.WORDS[word].in_(desk.locale)


def _members(desk: Desk, segment: Segment, node: Node, frame: Frame) -> tuple[list[Person], str]:
    last = desk.args.get("after", "")
    before = profiles.get_public(desk.session, last).id if last else None
    found = membership.list_members(desk.session, node, frame, before=before, limit=MEMBERS + 1)
    shown = found[:MEMBERS]
    more = ""
    if len(found) > MEMBERS:
        more = url_for("console.segments.show", public_id=segment.public_id, after=shown[-1].public_id)
    return persons.show_all(desk.session, shown), more


def _node(segment: Segment, frame: Frame) -> Node | None:
    """None when today's programme lacks a tier the rules name."""
    try:
        return saved.tree(segment, frame)
    except BadRules:
        return None


def _sentence(desk: Desk, segment: Segment, frame: Frame) -> str | None:
    return _words(desk, segment.rules, frame)


def _words(desk: Desk, wanted: object, frame: Frame) -> str | None:
    try:
        return sentence.describe(rules.parse(wanted, frame), frame, desk.locale)
    except BadRules:
        return None
