"""The audit log: who did what, when and where, with a link to what it was done to, and proof that it is whole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask import request, url_for
from sqlalchemy import select

from loyalty.campaigns.models import Campaign
from loyalty.console import deeds, words
from loyalty.console.admission import is_open
from loyalty.console.channels import steps
from loyalty.console.desk import Desk
from loyalty.console.section import Answer, Section
from loyalty.customers import profiles, searching
from loyalty.customers.models import Customer
from loyalty.exchange import batches
from loyalty.exchange.models import ImportBatch
from loyalty.hooks.models import Webhook
from loyalty.journeys.models import Journey
from loyalty.segments.models import Segment
from loyalty.staff import accounts, audit_log
from loyalty.staff.models import ApiKey, AuditEntry, StaffMember, Store
from loyalty.staff.permissions import Right
from loyalty.words import Both

PAGE = 50
HIGHEST_ID = 2**63 - 1
FILTERS = ("actor", "action", "since", "until")
LONGEST_DETAIL = 300  # characters
PAGES = {  # where a subject is shown
    "customer": "console.customers.show",
    "staff": "console.staff.show",
    "store": "console.stores.show",
    "segment": "console.segments.show",
    "campaign": "console.campaigns.show",
    "journey": "console.journeys.show",
    "import": "console.imports.show",
    "conversation": "console.conversations.show",
}
KINDS: Mapping[str, Both] = {
    "customer": Both("khách", "customer"),
    "staff": Both("nhân viên", "staff"),
    "store": Both("cửa hàng", "store"),
    "segment": Both("nhóm khách", "segment"),
    "campaign": Both("chiến dịch", "campaign"),
    "journey": Both("hành trình", "journey"),
    "import": Both("lần nhập", "import"),
    "export": Both("lần xuất", "export"),
    "entry": Both("dòng điểm", "entry"),
    "finding": Both("việc đáng xem lại", "finding"),
    "approval": Both("yêu cầu duyệt", "request"),
    "key": Both("khóa API", "API key"),
    "chat": Both("chat", "chat"),
    "webhook": Both("webhook", "webhook"),
    "conversation": Both("hội thoại", "conversation"),
    "event": Both("sự kiện", "event"),
    "message": Both("tin", "message"),
    "alert": Both("cảnh báo", "alert"),
    "name": Both("tên không có ở đây", "a name nobody has"),
}
SAID = frozenset({"shop", "sending", "events", "customers", "export"})  # subjects the deed itself names
OPAQUE = frozenset({"sealed", "purchase", "change"})  # what only a program reads
NAMED: Mapping[str, type[Store | ApiKey | Segment | Campaign | Journey | Webhook]] = {
    "store": Store,
    "key": ApiKey,
    "segment": Segment,
    "campaign": Campaign,
    "journey": Journey,
    "webhook": Webhook,
}
ACTORS: Mapping[str, Both] = {
    "cli": Both("Dòng lệnh", "Command line"),
    "stranger": Both("Người lạ", "A stranger"),
    "demo": Both("Dữ liệu mẫu", "Demo data"),
}

section = Section("audit", Both("Nhật ký", "Audit"), icon="history", order=80, right=Right.AUDIT)


@dataclass(frozen=True, slots=True)
class Line:
    """One row as it is read: `change` is before and after, `facts` whatever else was kept."""

    id: int
    at: datetime
    actor: str
    deed: str
    subject: str
    url: str | None
    change: tuple[str, str] | None
    facts: Sequence[tuple[str, str]]
    source: str


@section.get("/audit", right=Right.AUDIT)
def index(desk: Desk) -> Answer:
    """Newest first, by who, what and when."""
    actor, action = _asked("actor"), _asked("action")
    since, until = _day("since"), _day("until")
    rows = audit_log.list_newest(
        desk.session,
        actor=actor,
        action=action,
        since=desk.shop.midnight(since) if since else None,
        until=desk.shop.midnight(until + timedelta(days=1)) if until else None,
        before=_before(),
        limit=PAGE + 1,
    )
    return desk.render(
        "audit/index.html",
        lines=_lines(desk, rows[:PAGE]),
        more=_more(rows),
        actors=_actor_options(desk),
        actions=_action_options(desk),
        asked={"actor": actor, "action": action, "since": since, "until": until},
        check=audit_log.check(desk.session, actor) if actor and _asked("check") else None,
    )


def _asked(name: str) -> str:
    return request.args.get(name, "")[:100].replace("\x00", "")


def _day(name: str) -> date | None:
    """A day of the address; one that is none filters nothing."""
    try:
        day = date.fromisoformat(_asked(name))
    except ValueError:
        return None
    return day if 2000 <= day.year < 2100 else None


def _before() -> int | None:
    typed = _asked("before")
    return min(int(typed), HIGHEST_ID) if typed.isascii() and typed.isdigit() and len(typed) < 20 else None


def _more(rows: Sequence[AuditEntry]) -> str | None:
    """The address of the next page."""
    if len(rows) <= PAGE:
        return None
    kept: dict[str, Any] = {name: value for name in FILTERS if (value := _asked(name))}
    return url_for(".index", **kept, before=rows[PAGE - 1].id)


def _lines(desk: Desk, rows: Sequence[AuditEntry]) -> list[Line]:
    names = _names(desk, {text for row in rows for text in (row.actor, row.subject)})
    return [_line(desk, row, names) for row in rows]


def _line(desk: Desk, row: AuditEntry, names: Mapping[str, str]) -> Line:
    detail = {name: value for name, value in row.detail.items() if name not in OPAQUE}
    change = None
    if {"before", "after"} <= set(detail):
        change = (_plain(desk, detail.pop("before")), _plain(desk, detail.pop("after")))
    source = words.SOURCES.get(row.source)
    return Line(
        id=row.id,
        at=row.at,
        actor=names.get(row.actor) or _who(desk, row.actor),
        deed=deeds.in_words(row.action, desk.locale),
        subject="" if row.subject == row.actor else _subject(desk, row.subject, names),
        url=_url(desk, row.subject),
        change=change,
        facts=[(deeds.fact(name, desk.locale), _plain(desk, value)) for name, value in sorted(detail.items())],
        source=source.in_(desk.locale) if source is not None else row.source,
    )


def _names(desk: Desk, texts: set[str]) -> dict[str, str]:
    """Names of the people and places spoken of, with a query for each kind."""
    ids: dict[str, list[str]] = {}
    for kind, _, public_id in (text.partition(":") for text in texts):
        ids.setdefault(kind, []).append(public_id)
    session = desk.session
    staff = session.scalars(select(StaffMember).where(StaffMember.public_id.in_(ids.get("staff", []))))
    imports = session.scalars(select(ImportBatch).where(ImportBatch.public_id.in_(ids.get("import", []))))
    people = session.scalars(select(Customer).where(Customer.public_id.in_(ids.get("customer", [])))).all()
    held = searching.hold_keys(session, people)
    found = {f"staff:{each.public_id}": accounts.name_of(session, each) for each in staff}
    found |= {f"channel:{kind}": name for kind, name in steps.NAMES.items()}
    found |= {f"import:{each.public_id}": batches.title_of(session, each) for each in imports}
    for kind, model in NAMED.items():
        rows = session.execute(select(model.public_id, model.name).where(model.public_id.in_(ids.get(kind, []))))
        found |= {f"{kind}:{public_id}": name for public_id, name in rows}
    found |= {f"customer:{each.public_id}": profiles.name_of(session, each) or "" for each in people}
    del held
    return found


def _who(desk: Desk, actor: str) -> str:
    kind = ACTORS.get(actor) or KINDS.get(actor.partition(":")[0])
    return kind.in_(desk.locale) if kind is not None else actor


def _subject(desk: Desk, subject: str, names: Mapping[str, str]) -> str:
    """The name of what it was done to; without one, its kind and its number or id."""
    if name := names.get(subject):
        return name
    kind, _, which = subject.partition(":")
    if kind in SAID:
        return ""
    known = KINDS.get(kind)
    return f"{known.in_(desk.locale)} {which}" if known is not None else subject


def _url(desk: Desk, subject: str) -> str | None:
    """Where the subject is shown, if it has a page this person may open."""
    kind, _, which = subject.partition(":")
    endpoint = PAGES.get(kind, "")
    return url_for(endpoint, public_id=which) if which and is_open(endpoint, desk) else None


def _plain(desk: Desk, value: Any) -> str:
    text = _text(desk, value)
    return text if len(text) <= LONGEST_DETAIL else text[:LONGEST_DETAIL] + "…"


def _text(desk: Desk, value: Any) -> str:
    if isinstance(value, bool):
        return desk.t("có", "yes") if value else desk.t("không", "no")
    if isinstance(value, list):
        return ", ".join(_text(desk, each) for each in value)
    if isinstance(value, dict):
        return ", ".join(f"{deeds.fact(name, desk.locale)} {_text(desk, each)}" for name, each in value.items())
    return deeds.value(str(value), desk.locale)


def _actor_options(desk: Desk) -> list[tuple[str, str]]:
    """Everybody who ever did something, by name; who left is told apart."""
    actors = audit_log.list_actors(desk.session)
    names = _names(desk, set(actors))
    return sorted(
        ((actor, names.get(actor) or _who(desk, actor)) for actor in actors), key=lambda pair: pair[1].lower()
    )


def _action_options(desk: Desk) -> list[tuple[str, str]]:
    found = [(action, told.in_(desk.locale)) for action, told in deeds.known().items()]
    return sorted(found, key=lambda pair: pair[1].lower())
