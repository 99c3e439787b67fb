"""The imports there are, how far one is, what became of each row, and the report to take along."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from flask import url_for
from werkzeug.wrappers import Response

from loyalty.console import authors
from loyalty.console.desk import Desk
from loyalty.console.forms import Choice, File, Flag, Form, FormSchema
from loyalty.console.imports import here
from loyalty.console.imports.here import section
from loyalty.console.section import Answer
from loyalty.customers.traits import fields as own_fields
from loyalty.errors import NotFound
from loyalty.exchange import batches, cells, lists, own, receiving, reports, samples, sentences
from loyalty.exchange.cells import Unusable
from loyalty.exchange.columns import Column, Field, Layout
from loyalty.exchange.models import WORKING, Fate, ImportBatch, ImportRow, Kind, Outcome, State
from loyalty.exchange.packing import Cell, Line
from loyalty.staff.permissions import Right
from loyalty.typed import phones

PAGE = 20
ROWS = 50
FILTERS = (*Outcome, Fate.KEPT)
ALONE = timedelta(seconds=20)  # work nobody has taken up for so long needs a worker


class NoSuchFile(NotFound):
    """There is no report or sample of this kind."""

    code = "not_found"


class Upload(FormSchema):
    kind = Choice([*Kind], required=True)
    file = File(required=True)
    create_missing = Flag()


class Saying(FormSchema):
    create_missing = Flag()


@dataclass(frozen=True, slots=True)
class Listed:
    """One import in the history."""

    batch: ImportBatch
    title: str
    who: str


@dataclass(frozen=True, slots=True)
class Shown:
    """What became of one row; name and phone only as long as the file is kept."""

    row: ImportRow
    name: str | None
    phone: str | None
    told: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A column somebody must say the meaning of."""

    column: Column
    proposed: str
    samples: list[str]


@section.get("/imports", right=Right.IMPORT)
def index(desk: Desk) -> Answer:
    """A file to bring in, and those brought in before."""
    return index_page(desk, desk.form(Upload, kind=desk.args.get("kind") or Kind.CUSTOMERS))


@section.get("/imports/<public_id>", right=Right.IMPORT)
def show(desk: Desk, public_id: str) -> Answer:
    """One import: its columns to choose, how far it is, or what became of it."""
    return show_page(desk, batches.get(desk.session, public_id), desk.form(Saying))


@section.get("/imports/<public_id>/progress", right=Right.IMPORT)
def progress(desk: Desk, public_id: str) -> Answer:
    """The bar alone, asked for while one looks; when the phase is over the page is opened anew."""
    batch = batches.get(desk.session, public_id)
    if not desk.is_partial:
        return desk.go(url_for(".show", public_id=public_id))
    if desk.args.get("state") != batch.state:
        return Response("", 200, {"HX-Refresh": "true"})
    return desk.render("imports/progress.html", **_progress(desk, batch))


@section.get("/imports/<public_id>/report.<kind>", right=Right.IMPORT)
def report(desk: Desk, public_id: str, kind: str) -> Answer:
    """What became of every row, with the row as it was, as long as that is kept."""
    batch = batches.get(desk.session, public_id)
    if kind not in lists.TYPES:
        raise NoSuchFile
    rows = reports.rows(desk.session, batch, desk.locale)
    data = b"".join(lists.write_csv(rows)) if kind == "csv" else lists.write_xlsx(rows, heads=1)
    return _file(data, kind, desk.t("ket-qua", "report"))


@section.get("/imports/samples/<kind>", right=Right.IMPORT)
def sample(desk: Desk, kind: str) -> Answer:
    """A small list to try, with a few of the faults such lists have."""
    if kind not in lists.TYPES:
        raise NoSuchFile
    rows = samples.CUSTOMERS
    data = b"".join(lists.write_csv(rows)) if kind == "csv" else lists.write_xlsx(rows, heads=1)
    return _file(data, kind, desk.t("khach-hang-mau", "sample-customers"))


def index_page(desk: Desk, form: Form) -> str:
    last = desk.args.get("after", "")
    before = batches.get(desk.session, last).id if last else None
    found = batches.list_newest(desk.session, before=before, limit=PAGE + 1)
    listed = [
        Listed(each, batches.title_of(desk.session, each), authors.name_of(desk.session, each.actor, desk.locale))
        for each in found[:PAGE]
    ]
    more = url_for(".index", after=listed[-1].batch.public_id) if len(found) > PAGE else ""
    return desk.render("imports/index.html", form=form, listed=listed, more=more, here=here, kinds=Kind)


def show_page(desk: Desk, batch: ImportBatch, form: Form) -> str:
    """The page of an import, whatever state it is in."""
    which = desk.args.get("which", "")
    rows, more = _rows(desk, batch, which if which in FILTERS else "")
    layout = receiving.layout_of(desk.session, batch) if batch.state == State.COLUMNS else None
    return desk.render(
        "imports/show.html",
        form=form,
        title=batches.title_of(desk.session, batch),
        who=authors.name_of(desk.session, batch.actor, desk.locale),
        columns=_asked(layout, batch.options.get("own", {})) if layout is not None else (),
        options=_options(desk),
        outcomes=sentences.OUTCOMES,
        fates=sentences.FATES,
        rows=rows,
        more=more,
        which=which,
        State=State,
        **_progress(desk, batch),
    )


def _options(desk: Desk) -> list[tuple[str, str]]:
    """What a column may be said to be: a field of every shop, or one of this shop's own."""
    known = [(code, words.in_(desk.locale)) for code, words in sentences.FIELDS.items() if code != Field.OWN]
    theirs = own_fields.list_all(desk.session)
    return known + [(f"{own.PREFIX}{each.key}", own_fields.name_in(each, desk.locale)) for each in theirs]


def _asked(layout: Layout, theirs: Mapping[str, int]) -> list[Asked]:
    """Every column with what is proposed for it; of two that claim the same, the first gets it."""
    proposed: dict[int, str] = {index: field for field, index in layout.chosen.items()}
    proposed |= {index: f"{own.PREFIX}{key}" for key, index in theirs.items()}
    return [
        Asked(each, proposed.get(each.index, ""), [_masked(sample) for sample in each.samples])
        for each in layout.columns
    ]


def _masked(sample: str) -> str:
    """What stands in a cell, phones as everywhere on a screen."""
    try:
        return phones.mask(cells.phone(sample)[0])
    except Unusable:
        return sample


def _progress(desk: Desk, batch: ImportBatch) -> Mapping[str, object]:
    done, total = batches.progress(batch)
    since = max(batch.created_at, batch.confirmed_at or batch.created_at)
    is_alone = batch.state in WORKING and batch.owner is None and desk.now - since > ALONE
    return {
        "batch": batch,
        "done": done,
        "total": total,
        "is_working": batch.state in (*WORKING, State.RECEIVING),
        "is_alone": is_alone,
        "here": here,
    }


def _rows(desk: Desk, batch: ImportBatch, which: str) -> tuple[list[Shown], str]:
    """A page of rows, and the address of the next one."""
    if batch.state in (State.RECEIVING, State.COLUMNS, State.CHECKING, State.CANCELLED):
        return [], ""
    after = desk.args.get("after", "")
    place = int(after) if after.isascii() and after.isdigit() and len(after) < 12 else 0
    found = batches.list_rows(desk.session, batch, which=which, after=place, limit=ROWS + 1)
    shown = found[:ROWS]
    lines = reports.lines_of(desk.session, batch, [row.number for row in shown]) if shown else {}
    columns = batches.columns_of(batch)
    more = ""
    if len(found) > ROWS:
        more = url_for(".show", public_id=batch.public_id, which=which or None, after=shown[-1].number)
    return [_shown(desk, row, lines.get(row.number), columns) for row in shown], more


def _shown(desk: Desk, row: ImportRow, line: Line | None, columns: Mapping[Field, int]) -> Shown:
    return Shown(row, _name(line, columns), _phone(line, columns), sentences.of_row(row, desk.locale))


def _name(line: Line | None, columns: Mapping[Field, int]) -> str | None:
    return cells.name(_cell(line, columns, Field.NAME))


def _phone(line: Line | None, columns: Mapping[Field, int]) -> str | None:
    """The phone where it can be read: it is shown masked. What cannot be read is in the report."""
    try:
        return cells.phone(_cell(line, columns, Field.PHONE))[0]
    except Unusable:
        return None


def _cell(line: Line | None, columns: Mapping[Field, int], field: Field) -> Cell:
    index = columns.get(field, -1)
    return line.cells[index] if line is not None and 0 <= index < len(line.cells) else None


def _file(data: bytes, kind: str, name: str) -> Response:
    head = {"Content-Disposition": f'attachment; filename="{name}.{kind}"'}
    return Response(lists.pieces(data), 200, head, content_type=lists.TYPES[kind])
