"""The rules in force and to come, a version as it was written, the draft with its faults and what it would do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from loyalty.console.desk import Desk
from loyalty.console.forms import Day, Form, FormSchema, Text
from loyalty.console.programme.here import section
from loyalty.console.section import Answer
from loyalty.points import simulation, trial
from loyalty.points.simulation import Tally
from loyalty.programme import activation, checking, comparing, drafts, expiry, sentences, versions
from loyalty.programme.document import Programme, in_locale
from loyalty.programme.faults import Fault
from loyalty.programme.models import ProgrammeDraft
from loyalty.programme.reading import LONGEST_DOCUMENT, Reading
from loyalty.referrals import bringing
from loyalty.staff.permissions import Right

SHOWN_MONTHS = 6  # of the calendar of expiry


class Writing(FormSchema):
    document = Text(required=True, longest=LONGEST_DOCUMENT, lines=True)


class Activating(FormSchema):
    day = Day(required=True)
    note = Text(longest=activation.LONGEST_NOTE)


class Trying(FormSchema):
    back = Text(longest=8, load_default=None)  # asked for on the form, which then shows what was found


@dataclass(frozen=True, slots=True)
class MarkedLine:
    """One line of a document, counted from 1, with what is wrong with it in sentences."""

    number: int
    text: str
    faults: Sequence[str]


@section.get("/programme", right=Right.PROGRAMME)
def index(desk: Desk) -> Answer:
    """The rules in force, in sentences; what begins when; what was before."""
    today = desk.shop.day(desk.now)
    rules = desk.programme
    return desk.render(
        "programme/index.html",
        rules=rules,
        sentences=sentences.describe(rules, desk.locale),
        since=versions.since(desk.session, today),
        versions=activation.list_all(desk.session),
        withdrawn=activation.list_withdrawn(desk.session),
        calendar=list(expiry.calendar(rules.expiry, today))[:SHOWN_MONTHS],
        today=today,
        draft=drafts.find(desk.session),
        referrals=bringing.count(desk.session),
    )


@section.get("/programme/versions/<int:number>", right=Right.PROGRAMME)
def version(desk: Desk, number: int) -> Answer:
    """One version, in sentences and as it was written."""
    row = activation.get(desk.session, number)
    rules = versions.parse(row.version, row.document)
    return desk.render("programme/version.html", row=row, sentences=sentences.describe(rules, desk.locale))


@section.get("/programme/draft", right=Right.PROGRAMME)
def draft(desk: Desk) -> Answer:
    """The document being worked on: its faults, what it changes, what it would have cost, the day it begins."""
    kept = drafts.find(desk.session)
    document = kept.document if kept is not None else _in_force(desk)
    return draft_page(desk, kept, desk.form(Writing, document=document), _activating(desk))


@section.get("/programme/draft/progress", right=Right.PROGRAMME)
def progress(desk: Desk) -> Answer:
    """The bar alone, asked for while one looks; when the simulation is over the page is opened anew."""
    tally = trial.of_draft(drafts.find(desk.session))
    if not desk.is_partial:
        return desk.go(url_for(".draft"))
    if tally is None or tally.is_done:
        return Response("", 200, {"HX-Refresh": "true"})
    return desk.render("programme/progress.html", tally=tally)


def draft_page(desk: Desk, kept: ProgrammeDraft | None, writing: Form, activating: Form) -> str:
    """The page of the draft, also with what was refused on it."""
    document = str(writing["document"])
    found = checking.check(desk.session, document, desk.shop.day(desk.now) + timedelta(days=1))
    return desk.render(
        "programme/draft.html",
        draft=kept,
        writing=writing,
        activating=activating,
        faults=found.faults,
        lines=_marked(document, found.faults, desk.locale) if found.faults else [],
        **what_it_does(desk, kept, found, document),
    )


def what_it_does(desk: Desk, kept: ProgrammeDraft | None, found: Reading, document: str) -> Mapping[str, Any]:
    """What a draft changes and what was found when it was tried, for a page that shows it."""
    tally = trial.of_draft(kept)
    return {
        "difference": _difference(desk, found, document),
        "may_try": found.programme is not None and not found.faults,
        "tally": tally,
        "found": _found(desk, found.programme, tally),
    }


def unsent(desk: Desk, schema: type[FormSchema], **initial: Any) -> Form:
    """A form as it begins, also on a page that shows another one with its errors."""
    return Form(schema, None, MultiDict(), initial, session=desk.session, locale=desk.locale, known=desk.known)


def _activating(desk: Desk) -> Form:
    """The earliest day, ready to be sent."""
    return desk.form(Activating, day=(desk.shop.day(desk.now) + timedelta(days=1)).isoformat())


def _in_force(desk: Desk) -> str:
    return activation.get(desk.session, desk.programme.version).document


def _difference(desk: Desk, found: Reading, document: str) -> comparing.Difference | None:
    if found.programme is None:
        return None
    return comparing.compare(desk.programme, _in_force(desk), found.programme, document, desk.locale)


def _marked(document: str, faults: Sequence[Fault], locale: str) -> list[MarkedLine]:
    """Every line with its faults; a fault of what is missing stands where it belongs."""
    by_line: dict[int, list[str]] = {}
    for fault in faults:
        by_line.setdefault(fault.line, []).append(fault.sentence(locale))
    texts = document.splitlines() or [""]
    return [MarkedLine(number, text, by_line.get(number, ())) for number, text in enumerate(texts, 1)]


def _found(desk: Desk, rules: Programme | None, tally: Tally | None) -> Mapping[str, Any]:
    """What a finished simulation says, for people."""
    if rules is None or tally is None or not tally.is_done:
        return {}
    change = tally.after - tally.before
    moves = [(*move.partition(">")[::2], count) for move, count in sorted(tally.moves.items())]
    return {
        "change": change,
        "cost": simulation.cost(rules, change),
        "months": sorted(tally.months.items()),
        "rules": [(_rule_name(rules, code, desk.locale), each) for code, each in sorted(tally.rules.items())],
        "moves": [
            (rules.tier_name(before, desk.locale), rules.tier_name(after, desk.locale), count)
            for before, after, count in moves
        ],
    }


def _rule_name(rules: Programme, code: str, locale: str) -> str:
    named = {rule.code: rule.names for rule in rules.rules} | {tier.code: tier.names for tier in rules.tiers}
    return in_locale(named[code], locale) if code in named else code
