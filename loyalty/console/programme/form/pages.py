"""The pages of the form: all parts in sentences, the questions of one, what the answers mean before they are kept."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask import abort, url_for

from loyalty.console.desk import Desk
from loyalty.console.forms import Form
from loyalty.console.programme.browsing import Activating, unsent, what_it_does
from loyalty.console.programme.form import faults, terms
from loyalty.console.programme.form.part import Given, Part
from loyalty.console.programme.form.rules import RULE
from loyalty.console.programme.form.tiers import HOLDING, TIER
from loyalty.console.programme.here import section
from loyalty.console.section import Answer
from loyalty.programme import activation, checking, drafts, editing, expiry
from loyalty.programme.document import Programme, in_locale
from loyalty.programme.editing import CannotEdit
from loyalty.programme.faults import Fault
from loyalty.programme.reading import Reading
from loyalty.staff.permissions import Right

PARTS: Mapping[str, Part] = {
    part.code: part
    for part in (
        terms.EARNING,
        TIER,
        HOLDING,
        RULE,
        terms.EXPIRY,
        terms.SPENDING,
        terms.PENDING,
        terms.RETURNS,
        terms.LIMIT,
        terms.OTHER,
    )
}
SHOWN_MONTHS = 6


@dataclass(frozen=True, slots=True)
class Work:
    """The document worked on, the rules it states, and what is wrong with it."""

    document: str
    rules: Programme
    faults: Sequence[Fault]
    is_draft: bool


@section.get("/programme/form", right=Right.PROGRAMME)
def form(desk: Desk) -> Answer:
    """Every part in its sentences, each with its button; from here to the trial and to the day it begins."""
    work = _find_work(desk)
    if work is None:
        return desk.go(url_for(".draft") + "#faults")
    kept = drafts.find(desk.session)
    tomorrow = (desk.shop.day(desk.now) + timedelta(days=1)).isoformat()
    return desk.render(
        "programme/form.html",
        work=work,
        parts=[(part, _said(desk, part, work.rules)) for part in PARTS.values()],
        activating=unsent(desk, Activating, day=tomorrow),
        **what_it_does(desk, kept, Reading(work.rules, tuple(work.faults)), work.document),
    )


@section.get("/programme/form/<part>/<int:number>", right=Right.SETTINGS)
def ask(desk: Desk, part: str, number: int) -> Answer:
    """The questions of one part; of a list, one past its end is a new one."""
    asked, work = _get(desk, part, number)
    if work is None:
        return desk.go(url_for(".draft") + "#faults")
    begins = dict(asked.blank) if _is_new(asked, work.rules, number) else asked.before(work.rules, number)
    return _page(desk, asked, work, number, desk.form(asked.schema, **begins))


@section.post("/programme/form/<part>/<int:number>", right=Right.SETTINGS)
def answer(desk: Desk, part: str, number: int) -> Answer:
    """Keep the answers in the draft; nothing is kept while one is wrong."""
    asked, work = _get(desk, part, number)
    if work is None:
        return desk.go(url_for(".draft") + "#faults")
    sent = desk.form(asked.schema)
    made = _made(desk, asked, work, number, sent)
    if made is None:
        return _page(desk, asked, work, number, sent), 422
    if made.document != work.document:
        drafts.save(desk.session, made.document, by=desk.author, now=desk.now)
    text = desk.t("Đã ghi vào bản nháp; khách chưa thấy gì đổi.", "Kept in the draft; nothing changed for customers.")
    return desk.done(text, to=url_for(".form"))


@section.post("/programme/form/<part>/<int:number>/look", right=Right.SETTINGS, writes=False)
def look_at_answers(desk: Desk, part: str, number: int) -> Answer:
    """What the answers would mean, in sentences; nothing is kept."""
    asked, work = _get(desk, part, number)
    if work is None:
        return desk.go(url_for(".draft"))
    sent = desk.form(asked.schema)
    made = _made(desk, asked, work, number, sent)
    if not desk.is_partial:
        return _page(desk, asked, work, number, sent, made)
    return desk.render("programme/_look.html", form=sent, **_meaning(desk, asked, made, number))


@section.post("/programme/form/<part>/<int:number>/remove", right=Right.SETTINGS)
def remove_part(desk: Desk, part: str, number: int) -> Answer:
    """Take a tier or a rule out of the draft, where the rest can stand without it."""
    asked, work = _get(desk, part, number)
    if work is None or asked.items is None or _is_new(asked, work.rules, number):
        return desk.go(url_for(".form"))
    try:
        document = editing.remove(work.document, asked.table, number)
    except CannotEdit as refused:
        return desk.done(desk.sentence(refused), to=url_for(".form"))
    if wrong := _new_faults(work.faults, _check(desk, document)[1]):
        said = next(iter(faults.beside(desk, asked, number, wrong).values()))
        return desk.done(desk.t("Chưa bỏ được. ", "Not taken out. ") + said, to=url_for(".form"))
    drafts.save(desk.session, document, by=desk.author, now=desk.now)
    return desk.done(desk.t("Đã bỏ khỏi bản nháp.", "Taken out of the draft."), to=url_for(".form"))


def _find_work(desk: Desk) -> Work | None:
    """What the form works on; None while the draft was written so that nothing can be read from it."""
    kept = drafts.find(desk.session)
    document = kept.document if kept is not None else activation.get(desk.session, desk.programme.version).document
    rules, wrong = _check(desk, document)
    return None if rules is None else Work(document, rules, wrong, kept is not None)


def _check(desk: Desk, document: str) -> tuple[Programme | None, Sequence[Fault]]:
    read = checking.check(desk.session, document, desk.shop.day(desk.now) + timedelta(days=1))
    return read.programme, read.faults


def _get(desk: Desk, code: str, number: int) -> tuple[Part, Work | None]:
    """A part and the work; no page where a list has no such item."""
    part, work = PARTS.get(code), _find_work(desk)
    if part is None:
        abort(404)
    most = 0 if work is None or part.items is None else part.items(work.rules)
    if number > most:
        abort(404)
    return part, work


def _is_new(part: Part, rules: Programme, number: int) -> bool:
    return part.items is not None and number == part.items(rules)


def _made(desk: Desk, part: Part, work: Work, number: int, sent: Form) -> Work | None:
    """The document with the answers; None, and the form says why, when something is wrong with them."""
    given = sent.read()
    if given is None:
        return None
    try:
        document = _written(part, work, number, given)
    except CannotEdit as refused:
        sent.refuse_with(refused)
        return None
    rules, wrong = _check(desk, document)
    for name, text in faults.beside(desk, part, number, _new_faults(work.faults, wrong)).items():
        sent.refuse(name, text)
    return None if sent.errors or rules is None else Work(document, rules, wrong, is_draft=True)


def _written(part: Part, work: Work, number: int, given: Given) -> str:
    if not _is_new(part, work.rules, number):
        return editing.put(work.document, part.changes(work.rules, number, given))
    assert part.fresh is not None
    return editing.add(work.document, part.table, part.fresh(work.rules, given))


def _new_faults(before: Sequence[Fault], after: Sequence[Fault]) -> list[Fault]:
    """What is wrong now and was not: an older fault does not keep anybody from mending another part."""
    known = Counter((fault.place, fault.code) for fault in before)
    return [fault for fault in after if (fault.place, fault.code) not in known]


def _said(desk: Desk, part: Part, rules: Programme) -> list[tuple[int, str, Sequence[str]]]:
    """The numbers of a part with a name and its sentences; a part that is no list has one."""
    count = part.items(rules) if part.items else 1
    return [
        (number, _name(desk, part, rules, number), part.says(rules, number, desk.locale)) for number in range(count)
    ]


def _name(desk: Desk, part: Part, rules: Programme, number: int) -> str:
    if part.items is None:
        return part.title.in_(desk.locale)
    named = rules.tiers[number] if part is TIER else rules.rules[number]
    return in_locale(named.names, desk.locale)


def _new_name(desk: Desk, part: Part) -> str:
    return desk.t("Thêm hạng", "A new tier") if part is TIER else desk.t("Thêm quy tắc", "A new rule")


def _page(desk: Desk, part: Part, work: Work, number: int, sent: Form, made: Work | None = None) -> str:
    is_new = _is_new(part, work.rules, number)
    title = _new_name(desk, part) if is_new else _name(desk, part, work.rules, number)
    shown = made if made is not None or sent.is_sent or is_new else work
    return desk.render(
        "programme/ask.html",
        part=part,
        number=number,
        title=title,
        is_new=is_new,
        metric=work.rules.qualification.metric,
        asks=[(each, each.offered(desk, work.rules)) for each in part.asks],
        form=sent,
        **_meaning(desk, part, shown, number),
    )


def _meaning(desk: Desk, part: Part, made: Work | None, number: int) -> dict[str, object]:
    """What answers mean: sentences, and for how long points live the calendar."""
    if made is None:
        return {"said": [], "calendar": []}
    shown = part is terms.EXPIRY
    days = expiry.calendar(made.rules.expiry, desk.shop.day(desk.now)) if shown else ()
    return {"said": part.says(made.rules, number, desk.locale), "calendar": list(days)[:SHOWN_MONTHS]}
