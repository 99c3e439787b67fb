"""`loyalty programme`: the versioned rules of points, looked at, checked, tried, put in force, gone back from."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import click
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.cli import common
from loyalty.cli.common import Both, Refused, whole
from loyalty.customers import profiles
from loyalty.points import simulation
from loyalty.points.simulation import Tally
from loyalty.programme import activation, checking, comparing, expiry, sentences, versions
from loyalty.programme.document import Programme
from loyalty.programme.faults import BadProgramme, Fault
from loyalty.programme.models import ProgrammeVersion
from loyalty.purchases.months import add_months
from loyalty.staff import audit
from loyalty.typed import phones
from loyalty.typed.money import format_money

FINE = Both(vi="{file}: đúng, có thể áp dụng.", en="{file}: all right, it can be activated.")
FAULT = Both(vi="{file}, dòng {line}: {said}", en="{file}, line {line}: {said}")
FAULTS = Both(vi="{count} lỗi. Không có gì được áp dụng.", en="{count} faults. Nothing is activated.")
NOT_UTF8 = Both(vi="{file}: không phải văn bản UTF-8.", en="{file}: is not UTF-8 text.")
HEADING = Both(vi="Bản {version}, từ {day}: {name}", en="Version {version}, from {day}: {name}")
EVER = Both(vi="đầu tiên", en="the beginning")
VERSIONS = Both(vi="Bản|Từ ngày|Lập lúc|Bởi|Ghi chú", en="Version|From|Made|By|Note")
ENDS = Both(vi="Điểm tích {earned}: {ends}", en="Points of {earned}: {ends}")
THROUGH = Both(vi="hết ngày {day}", en="through {day}")
ENDLESS = Both(vi="không hết hạn", en="do not end")
SAME = Both(vi="Không có gì khác.", en="Nothing is different.")
ACTIVATED = Both(
    vi="Bản {version} có hiệu lực từ 00:00 ngày {day}. Đổi ý: loyalty programme rollback",
    en="Version {version} holds from 00:00 on {day}. To take it back: loyalty programme rollback",
)
WITHDRAWN = Both(
    vi="Đã rút bản {version}; bản này chưa có hiệu lực.", en="Version {version} is withdrawn; it never held."
)
PROGRESS = Both(vi="Đang thử", en="Trying")
TRIED = Both(
    vi="{bills} đơn, {spent}: đã cho {before} điểm, theo bản mới {after} điểm ({change})",
    en="{bills} bills, {spent}: gave {before} points, by the new rules {after} ({change})",
)
COST = Both(vi="Chênh lệch đáng giá {money}.", en="The difference is worth {money}.")
MONTHS = Both(vi="Tháng|Đơn|Doanh số|Đã cho|Bản mới|Chênh", en="Month|Bills|Sales|Gave|New|Change")
RULES = Both(vi="Quy tắc|Số lần|Điểm cộng|₫ được nhân thêm", en="Rule|Times|Points|₫ added")
MOVES = Both(vi="{count} khách đổi hạng {move}: {named}", en="{count} customers move {move}: {named}")
NO_MOVES = Both(vi="Không khách nào đổi hạng.", en="Nobody's tier changes.")
DAY = click.DateTime(["%Y-%m-%d", "%d/%m/%Y"])
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
BACK_MONTHS = 3  # a simulation looks back so far by itself


@click.group()
def programme() -> None:
    """The rules of points: versions of a document, each in force from a local midnight on."""


@programme.command()
@click.option("--version", type=int, help="Which one; without it, the one in force today.")
@click.option("--calendar", is_flag=True, help="When points earned today and in the months to come end.")
def show(version: int | None, calendar: bool) -> None:
    """The document, what it says in sentences, and the versions there are."""
    with common.reading() as session:
        today = shop.of(session).day(common.now())
        row = activation.get(session, version or versions.at(session, today).version)
        rules = versions.parse(row.version, row.document)
        rows = [_told(each) for each in activation.list_all(session)]
    data = _told(row) | {"name": rules.name, "document": row.document, "sentences": _said(rules), "versions": rows}
    if calendar:
        data |= {"calendar": [{"earned_on": on, "ends_on": ends} for on, ends in expiry.calendar(rules.expiry, today)]}
    common.emit(_dated(data), lambda: _calendar(data) if calendar else _shown(data))


@programme.command()
@click.argument("file", type=FILE)
def check(file: Path) -> None:
    """Whether FILE could be activated: each fault with its line, reason and a right example. Exit 1 with faults."""
    document = _read(file)
    with common.reading() as session:
        tomorrow = shop.of(session).day(common.now()) + timedelta(days=1)
        faults = checking.check(session, document, tomorrow).faults
    common.emit([_fault(fault) for fault in faults], lambda: _faulty(file, faults) if faults else FINE(file=file))
    if faults:
        click.get_current_context().exit(1)


@programme.command()
@click.argument("file", type=FILE)
def diff(file: Path) -> None:
    """What FILE changes in the rules in force, in sentences and in lines."""
    document = _read(file)
    with common.reading() as session:
        held, new = _held(session), _readable(session, file, document)
        old = versions.parse(held.version, held.document)
    found = comparing.compare(old, held.document, new, document, common.locale())
    data = {"gone": found.gone, "come": found.come, "lines": found.lines}
    said = [*(f"− {each}" for each in found.gone), *(f"+ {each}" for each in found.come), "", *found.lines]
    common.emit(data, lambda: SAME() if found.is_none else "\n".join(said))


@programme.command()
@click.argument("file", type=FILE)
@click.option("--from", "first", type=DAY, help="First shop day; without it, three months back.")
@click.option("--until", "last", type=DAY, help="Last shop day; without it, today.")
def simulate(file: Path, first: datetime | None, last: datetime | None) -> None:
    """What FILE would have given on the shop's own bills, what it costs, whose tier it moves. Nothing is written."""
    document = _read(file)
    with common.reading() as session:
        today = shop.of(session).day(common.now())
        rules = _readable(session, file, document)
        until = last.date() if last else today
        since = first.date() if first else add_months(until, -BACK_MONTHS)
        tally = _simulate(session, rules, simulation.begin(session, since, until, today))
        named = {move: _named(session, people) for move, people in tally.examples.items()}
    data = _tally(rules, tally, named)
    common.emit(data, lambda: _tried(rules, tally, data))


@programme.command()
@click.argument("file", type=FILE)
@click.option("--from", "day", type=DAY, required=True, help="The shop day it holds from: tomorrow or later.")
@click.option("--note", default="", help="Why, for the record.")
def activate(file: Path, day: datetime, note: str) -> None:
    """Let FILE be the rules from a local midnight to come."""
    document = _read(file)
    with _faults_told(file), common.transaction() as session:
        row = activation.activate(session, document, day.date(), note=note, by=audit.CLI, now=common.now())
        told = _told(row)
    common.emit(_dated(told), lambda: ACTIVATED(version=told["version"], day=_day(told["effective_from"])))


@programme.command()
@click.option("--note", default="", help="Why, for the record.")
def rollback(note: str) -> None:
    """Withdraw the version that has not begun; without one, go back to the rules before from the next midnight on."""
    with common.transaction() as session:
        row = activation.rollback(session, note=note, by=audit.CLI, now=common.now())
        told = _told(row) | {"withdrawn": not isinstance(row, ProgrammeVersion)}
    said = WITHDRAWN if told["withdrawn"] else ACTIVATED
    common.emit(_dated(told), lambda: said(version=told["version"], day=_day(told["effective_from"])))


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise Refused(NOT_UTF8(file=file)) from None


@contextmanager
def _faults_told(file: Path) -> Iterator[None]:
    """Faults of a document are told with the lines of its file."""
    try:
        yield
    except BadProgramme as bad:
        raise Refused(_faulty(file, bad.faults)) from None


def _readable(session: Session, file: Path, document: str) -> Programme:
    """The rules of a file without faults."""
    tomorrow = shop.of(session).day(common.now()) + timedelta(days=1)
    found = checking.check(session, document, tomorrow)
    if found.programme is None or found.faults:
        raise Refused(_faulty(file, found.faults))
    return found.programme


def _held(session: Session) -> ProgrammeVersion:
    return activation.get(session, versions.at(session, shop.of(session).day(common.now())).version)


def _simulate(session: Session, rules: Programme, tally: Tally) -> Tally:
    with click.progressbar(length=tally.of, file=sys.stderr, label=PROGRESS()) as bar:
        while not tally.is_done:
            simulation.advance(session, rules, tally)
            bar.update(tally.done - bar.pos)
    return tally


def _named(session: Session, people: Sequence[str]) -> list[str]:
    """Customers as one may show them: an initial and a masked phone."""
    customers = (profiles.get_public(session, public_id) for public_id in people)
    return [_masked(profiles.name_of(session, each), profiles.phone_of(session, each)) for each in customers]


def _masked(name: str | None, phone: str | None) -> str:
    return " ".join([f"{name[0]}•••" if name else "•••", f"({phones.mask(phone)})" if phone else ""]).strip()


def _told(row: Any) -> dict[str, Any]:
    names = ("version", "effective_from", "created_at", "author", "note")
    return {name: getattr(row, name) for name in names}


def _said(rules: Programme) -> list[str]:
    return sentences.describe(rules, common.locale())


def _dated(data: Any) -> Any:
    """Days as JSON has them."""
    if isinstance(data, Mapping):
        return {name: _dated(value) for name, value in data.items()}
    if isinstance(data, (list, tuple)):
        return [_dated(value) for value in data]
    return data.isoformat() if isinstance(data, date) and not isinstance(data, datetime) else data


def _shown(data: Mapping[str, Any]) -> str:
    head = HEADING(version=data["version"], day=_day(data["effective_from"]), name=data["name"])
    rows = [
        [
            str(each["version"]),
            _day(each["effective_from"]),
            common.moment(each["created_at"]),
            each["author"] or "–",
            each["note"] or "",
        ]
        for each in data["versions"]
    ]
    said = [f"• {each}" for each in data["sentences"]]
    return "\n".join([head, *said, "", data["document"], common.table(VERSIONS().split("|"), rows)])


def _calendar(data: Mapping[str, Any]) -> str:
    return "\n".join(
        ENDS(earned=_day(each["earned_on"]), ends=THROUGH(day=_day(each["ends_on"])) if each["ends_on"] else ENDLESS())
        for each in data["calendar"]
    )


def _fault(fault: Fault) -> dict[str, Any]:
    return {
        "line": fault.line,
        "place": fault.place,
        "code": fault.code,
        "reason": fault.reason(common.locale()),
        "example": fault.example,
    }


def _faulty(file: Path, faults: Sequence[Fault]) -> str:
    lines = [FAULT(file=file, line=fault.line, said=fault.sentence(common.locale())) for fault in faults]
    return "\n".join([*lines, FAULTS(count=len(faults))])


def _tally(rules: Programme, tally: Tally, named: Mapping[str, list[str]]) -> dict[str, Any]:
    kept = tally.to_json()
    change = tally.after - tally.before
    return {
        "from": kept["first"],
        "until": kept["last"],
        "points_before": tally.before,
        "points_after": tally.after,
        "cost": simulation.cost(rules, change),  # ₫, null when no point value is set
        "months": kept["months"],
        "rules": kept["rules"],
        "moves": [
            {"from": move.partition(">")[0], "to": move.partition(">")[2], "customers": count, "examples": named[move]}
            for move, count in sorted(tally.moves.items())
        ],
    }


def _tried(rules: Programme, tally: Tally, data: Mapping[str, Any]) -> str:
    locale, months = common.locale(), sorted(tally.months.items())
    bills, spent = sum(each.bills for _m, each in months), sum(each.spent for _m, each in months)
    change = _signed(tally.after - tally.before)
    spent_said = format_money(spent, locale)
    lines = [
        TRIED(bills=whole(bills), spent=spent_said, before=whole(tally.before), after=whole(tally.after), change=change)
    ]
    if data["cost"] is not None:
        lines.append(COST(money=format_money(data["cost"], locale)))
    lines += ["", common.table(MONTHS().split("|"), [_month(name, each) for name, each in months])]
    if tally.rules:
        given = sorted(tally.rules.items())
        rows = [[code or "–", whole(each.times), whole(each.points), whole(each.amount)] for code, each in given]
        lines += ["", common.table(RULES().split("|"), rows)]
    return "\n".join([*lines, "", *_moved(rules, data["moves"])])


def _month(name: str, each: Any) -> list[str]:
    spent = format_money(each.spent, common.locale())
    return [name, whole(each.bills), spent, whole(each.before), whole(each.after), _signed(each.after - each.before)]


def _moved(rules: Programme, moves: Sequence[Mapping[str, Any]]) -> list[str]:
    if not moves:
        return [NO_MOVES()]
    locale = common.locale()
    return [
        MOVES(
            count=whole(each["customers"]),
            move=f"{rules.tier_name(each['from'], locale)} → {rules.tier_name(each['to'], locale)}",
            named=", ".join(each["examples"]),
        )
        for each in moves
    ]


def _signed(number: int) -> str:
    return f"{'+' if number > 0 else '−' if number < 0 else ''}{whole(abs(number))}"


def _day(day: date) -> str:
    return EVER() if day == date.min else f"{day:%d/%m/%Y}"


commands = [programme]
