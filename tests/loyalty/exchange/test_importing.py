"""A spreadsheet is looked at, then written: each row once, nothing that stands changed, nobody consented for."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from loyalty.activity.models import Activity
from loyalty.customers import notes, profiles
from loyalty.customers.models import ConsentEvent, Customer, CustomerStats
from loyalty.db import Database
from loyalty.exchange import batches, running, writing
from loyalty.exchange.batches import FileKnown, WrongState
from loyalty.exchange.columns import ColumnsUnclear, Field
from loyalty.exchange.models import Fate, ImportBatch, ImportChunk, ImportRow, Kind, Outcome, State
from loyalty.exchange.sheets import BadFile
from loyalty.points import ledger
from loyalty.shop import Shop
from loyalty.staff import audit
from loyalty.staff.models import AuditEntry
from tests.builders import NOON
from tests.builders_customers import LAN, MINH, kinds, make_customer
from tests.builders_exchange import bring_in, check, make_csv, make_xlsx, outcomes, receive, rows_of, undo, work, write
from tests.builders_points import problems

HOA = "+84903111222"
FILE = make_xlsx(
    ("Nguyễn Thị Lan", 912345678, "lan@example.com", date(2024, 11, 20), 1250),
    ("Trần Minh", "0987 654 321", None, None, None),
    ("Hoa", "9.12E+08", None, None, 5),
    ("Lan lần hai", "0912345678", None, None, 10),
)


def find(database: Database, phone: str) -> dict[str, Any] | None:
    """Who has this phone, as a page would show them."""
    with database.read_only() as session:
        customer = profiles.find_by_phone(session, phone)
        if customer is None:
            return None
        return {
            "name": profiles.name_of(session, customer),
            "email": profiles.email_of(session, customer),
            "joined": customer.joined_at,
            "points": ledger.balance(session, customer.id),
            "proof": customer.phone_proof,
            "source": customer.source,
        }


def count(database: Database, model: Any, *conditions: Any) -> int:
    with database.read_only() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(model).where(*conditions)) or 0


def midnight(database: Database, day: date) -> datetime:
    assert isinstance(database.shop, Shop)
    return database.shop.midnight(day)


def test_the_dry_run_tells_each_row_its_outcome_and_writes_nobody(database: Database) -> None:
    batch = check(database, FILE)

    assert batch.state == State.CHECKED
    assert outcomes(database, batch) == {
        2: (Outcome.NEW, None),
        3: (Outcome.NEW, None),
        4: (Outcome.REFUSED, "phone_scientific"),
        5: (Outcome.DUPLICATE, "same_phone"),
    }
    assert batch.counts["check"] == {"new": 2, "refused": 1, "duplicate": 1, "notices": 1, "points": 1250}
    assert count(database, Customer) == 0


def test_writing_makes_the_customers_and_gives_their_points(database: Database) -> None:
    batch = bring_in(database, FILE)

    assert batch.state == State.DONE
    assert find(database, LAN) == {
        "name": "Nguyễn Thị Lan",
        "email": "lan@example.com",
        "joined": midnight(database, date(2024, 11, 20)),
        "points": 1250,
        "proof": None,
        "source": "import",
    }
    assert find(database, MINH) == {
        "name": "Trần Minh", "email": None, "joined": None, "points": 0, "proof": None, "source": "import",
    }  # fmt: skip
    assert batch.counts["write"] == {"new": 2, "written": 2, "openings": 1, "points": 1250}
    with database.read_only() as session:
        assert problems(session) == []


def test_nobody_is_asked_or_consented_by_a_list(database: Database) -> None:
    bring_in(database, FILE)
    assert count(database, ConsentEvent) == 0
    assert count(database, CustomerStats, CustomerStats.consent_promotion) == 0


def test_what_is_empty_is_filled_and_what_stands_stays(database: Database) -> None:
    with database.transaction() as session:
        lan = make_customer(session, phone=LAN, name="Lan", joined=False, proof="shared")
        make_customer(session, phone=MINH, joined=True, now=NOON - timedelta(days=9))
    batch = check(database, make_csv(
        ("Nguyễn Thị Lan", "0912345678", "lan@example.com", "20/11/2024", ""),
        ("Trần Minh", "0987654321", "", "1/1/2020", ""),
    ))  # fmt: skip

    with database.read_only() as session:
        rows = rows_of(session, batch)
    assert rows[2].detail == {"adds": ["email", "member"], "differs": ["name"]}
    assert rows[3].detail == {"adds": ["name"]}

    write(database, batch)
    told = find(database, LAN)
    assert told is not None
    assert (told["name"], told["email"], told["proof"]) == ("Lan", "lan@example.com", "shared")
    assert told["joined"] == midnight(database, date(2024, 11, 20))
    told = find(database, MINH)
    assert told is not None
    assert (told["name"], told["joined"]) == ("Trần Minh", NOON - timedelta(days=9))
    with database.read_only() as session:
        assert kinds(session, lan.id) == ["created", "joined"]


def test_an_address_somebody_has_is_left_out(database: Database) -> None:
    with database.transaction() as session:
        profiles.set_email(session, make_customer(session, phone=HOA), "lan@example.com")
    batch = bring_in(database, make_csv(
        ("Lan", "0912345678", "LAN@example.com", "", ""),
        ("Minh", "0987654321", "minh@example.com", "", ""),
        ("Nam", "0903000001", "Minh@example.com", "", ""),
    ))  # fmt: skip

    with database.read_only() as session:
        notices = {number: row.detail.get("notices") for number, row in rows_of(session, batch).items()}
    assert notices == {2: ["email_taken"], 3: None, 4: ["email_taken"]}
    assert [find(database, phone)["email"] for phone in (LAN, MINH, "+84903000001")] == [None, "minh@example.com", None]  # type: ignore[index]  # they are all there


def test_notes_come_along_once(database: Database) -> None:
    data = make_csv(("Lan", "0912345678", "không đường"), heads=("Tên", "SĐT", "Ghi chú"))
    bring_in(database, data)
    with database.read_only() as session:
        lan = profiles.find_by_phone(session, LAN)
        assert lan is not None
        assert [notes.words_of(session, note) for note in notes.list_newest(session, lan.id)] == ["không đường"]


BALANCES = make_csv(
    ("0912345678", 120, "31/3/2027"),
    ("0912345678", 30, ""),
    ("0912345678", 5, "31/3/2027"),
    ("0987654321", 40, ""),
    heads=("SĐT", "Điểm", "Hạn dùng"),
)


def test_balances_are_dated_lots_of_customers_there_are(database: Database) -> None:
    with database.transaction() as session:
        lan = make_customer(session, phone=LAN)
    batch = bring_in(database, BALANCES, Kind.BALANCES)

    assert outcomes(database, batch) == {
        2: (Outcome.KNOWN, None),
        3: (Outcome.KNOWN, None),
        4: (Outcome.DUPLICATE, "same_phone"),
        5: (Outcome.REFUSED, "unknown_customer"),
    }
    with database.read_only() as session:
        lots = session.execute(sa.text("SELECT points, expires_on FROM lot ORDER BY points")).all()
        assert [(points, str(on)) for points, on in lots] == [(30, "2027-11-22"), (120, "2027-03-31")]
        assert ledger.balance(session, lan.id) == 150
        assert problems(session) == []
    assert find(database, MINH) is None


def test_balances_make_the_customers_that_are_missing_when_asked_to(database: Database) -> None:
    batch = bring_in(database, BALANCES, Kind.BALANCES, create_missing=True)

    assert [outcome for outcome, _ in outcomes(database, batch).values()] == ["new", "known", "duplicate", "new"]
    assert [find(database, phone)["points"] for phone in (LAN, MINH)] == [150, 40]  # type: ignore[index]  # both are there
    assert find(database, MINH)["joined"] is None  # type: ignore[index]  # no column says that they joined


def test_opening_points_are_given_by_one_import_only(database: Database) -> None:
    first = bring_in(database, FILE)
    again = make_csv(("Lan", "0912345678", "", "", 99), ("Minh", "0987654321", "", "", 7))

    second = bring_in(database, again)

    assert outcomes(database, second) == {2: (Outcome.REFUSED, "already_opened"), 3: (Outcome.KNOWN, None)}
    undo(database, first)
    assert outcomes(database, check(database, again + b"\n,,,,"))[2] == (Outcome.NEW, None)


def test_the_same_file_is_not_taken_in_twice_as_long_as_it_stands(database: Database) -> None:
    batch = bring_in(database, FILE)
    with pytest.raises(FileKnown) as refused:
        receive(database, FILE)
    assert refused.value.facts["batch"] == batch.public_id
    undo(database, batch)
    assert receive(database, FILE).state == State.CHECKING


def test_a_file_whose_process_died_while_taking_it_in_may_come_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: Any, **__: Any) -> None:
        raise Killed

    with monkeypatch.context() as dying, pytest.raises(Killed):
        dying.setattr(batches, "put_chunks", die)
        receive(database, FILE)
    with pytest.raises(FileKnown):
        receive(database, FILE)  # it may still be at it
    later = NOON + 2 * batches.LEASE
    assert receive(database, FILE, now=later).state == State.CHECKING
    assert count(database, ImportBatch, ImportBatch.state == State.CANCELLED) == 1


def test_a_file_nothing_can_be_taken_from_leaves_nothing_behind(database: Database) -> None:
    with pytest.raises(BadFile):
        receive(database, b"%PDF")
    assert count(database, ImportBatch) == 0


def test_columns_that_are_not_certain_wait_for_a_person(database: Database) -> None:
    data = make_csv(("Lan", "0912345678", "0987654321"), heads=("Tên", "SĐT", "Điện thoại"))
    batch = receive(database, data)
    assert batch.state == State.COLUMNS

    with database.transaction() as session:
        held = batches.hold(session, batch.public_id, State.COLUMNS)
        with pytest.raises(ColumnsUnclear):
            batches.choose_columns(session, held, [(Field.NAME, 0)], 1, create_missing=False)
        named = [(Field.NAME, 0), (Field.PHONE, 2)]
        with pytest.raises(ColumnsUnclear) as twice:
            batches.choose_columns(session, held, named, 1, theirs=[("size", 3), ("size", 4)], create_missing=False)
        assert (twice.value.facts["doubled"], held.state) == (["own:size"], State.COLUMNS)
        batches.choose_columns(session, held, named, 1, create_missing=False)
    write(database, work(database, batch))
    assert find(database, MINH) is not None
    assert find(database, LAN) is None


def people(number: int) -> bytes:
    return make_csv(*((f"Khách {n}", f"0903{n:06}", f"k{n}@example.com", "", n % 3) for n in range(number)))


class Killed(Exception):
    """Stands for a process that is no more."""


@pytest.mark.parametrize("phase", ["check", "write", "undo"])
def test_a_process_that_dies_between_any_two_chunks_loses_and_doubles_nothing(
    database: Database, phase: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "MOST", 50)
    monkeypatch.setattr(running, "FIRST", 50)
    monkeypatch.setattr("loyalty.exchange.packing.CHUNK", 50)
    data = people(230)
    batch = receive(database, data)
    steps = {"check": work, "write": write, "undo": undo}
    for name, step in steps.items():
        batch = _through_deaths(database, batch, name) if name == phase else step(database, batch)
    assert (batch.state, batch.counts["write"]["written"]) == (State.UNDONE, 230)
    assert batch.counts["undo"] == {"undone": 230}
    assert count(database, ImportRow, ImportRow.fate == Fate.UNDONE) == 230
    assert count(database, Customer) == 230
    assert count(database, Customer, Customer.phone_key.is_not(None)) == 0
    assert count(database, Activity, Activity.kind == "points_opened") == 153
    with database.read_only() as session:
        assert problems(session) == []


def _through_deaths(database: Database, batch: ImportBatch, phase: str) -> ImportBatch:
    """Every process does one chunk and dies before it commits the next; the lease of each has run out for the next."""
    with database.transaction() as session:
        if phase == "write":
            batches.confirm(session, batch.public_id, author=audit.CLI, now=NOON)
        if phase == "undo":
            batches.begin_undo(session, batch.public_id, author=audit.CLI, now=NOON)
    for number in range(1, 30):
        now = NOON + number * 2 * batches.LEASE
        if _dies(database, batch, f"process {number}", now):
            continue
        with database.read_only() as session:
            return batches.get(session, batch.public_id)
    raise AssertionError("it never ended")


def _dies(database: Database, batch: ImportBatch, owner: str, now: datetime) -> bool:
    chunks = 0

    def die(done: int, total: int) -> None:
        nonlocal chunks
        chunks += 1
        if chunks == 2:
            raise Killed

    try:
        assert running.run(database, batch.id, owner=owner, clock=lambda: now, tell=die)
    except Killed:
        return True
    return False


def test_a_chunk_whose_process_dies_while_writing_is_written_anew(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = check(database, people(60))
    with database.transaction() as session:
        batches.confirm(session, batch.public_id, author=audit.CLI, now=NOON)
    mark = writing._mark
    monkeypatch.setattr(writing, "_mark", lambda *_: (_ for _ in ()).throw(Killed))
    with pytest.raises(Killed):
        running.run(database, batch.id, owner="first", clock=lambda: NOON)
    assert count(database, Customer) == 0

    monkeypatch.setattr(writing, "_mark", mark)
    assert not running.run(database, batch.id, owner="second", clock=lambda: NOON)  # the lease still runs
    assert running.run(database, batch.id, owner="second", clock=lambda: NOON + 2 * batches.LEASE)
    assert count(database, Customer) == 60


def test_somebody_who_became_a_customer_meanwhile_is_known_not_doubled(database: Database) -> None:
    batch = check(database, make_csv(("Lan", "0912345678", "", "", 10), ("Minh", "0987654321", "", "", 20)))
    with database.transaction() as session:
        make_customer(session, phone=LAN, name="Lan ở quầy")
    done = write(database, batch)

    assert outcomes(database, done) == {2: (Outcome.KNOWN, None), 3: (Outcome.NEW, None)}
    assert count(database, Customer) == 2
    lan = find(database, LAN)
    assert lan is not None
    assert (lan["name"], lan["points"]) == ("Lan ở quầy", 10)


def test_somebody_who_becomes_a_customer_between_judging_and_writing_is_known(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = check(database, make_csv(("Lan", "0912345678", "", "", 10), ("Minh", "0987654321", "", "", 20)))
    prepare = writing.Writing.prepare

    def late(self: writing.Writing, *arguments: Any) -> Any:
        ready = prepare(self, *arguments)
        if ready is not None:
            with database.transaction() as session:
                make_customer(session, phone=LAN, name="Lan ở quầy")
        return ready

    monkeypatch.setattr(writing.Writing, "prepare", late)
    done = write(database, batch)

    assert outcomes(database, done) == {2: (Outcome.KNOWN, None), 3: (Outcome.NEW, None)}
    lan = find(database, LAN)
    assert lan is not None
    assert (lan["name"], lan["points"]) == ("Lan ở quầy", 10)


def test_stopping_leaves_the_rest_unwritten_and_confirming_goes_on(database: Database) -> None:
    batch = check(database, people(20))
    with database.transaction() as session:
        held = batches.confirm(session, batch.public_id, author=audit.CLI, now=NOON)
        batches.stop(session, held)
        with pytest.raises(WrongState):
            batches.cancel(session, batch.public_id, author=audit.CLI, now=NOON)
    assert not running.run(database, batch.id, owner="any", clock=lambda: NOON)
    write(database, batch)
    assert count(database, Customer) == 20


def test_a_process_asked_to_stop_lets_the_next_one_go_on_at_once(database: Database) -> None:
    batch = receive(database, FILE)
    assert not running.run(database, batch.id, owner="first", clock=lambda: NOON, is_stopping=lambda: True)
    assert work(database, batch, owner="second").state == State.CHECKED


def test_confirming_or_undoing_twice_is_once(database: Database) -> None:
    batch = check(database, FILE)
    with database.transaction() as session:
        for _ in range(2):
            batches.confirm(session, batch.public_id, author=audit.CLI, now=NOON)
    work(database, batch)
    undo(database, batch)
    with database.transaction() as session:
        assert batches.begin_undo(session, batch.public_id, author=audit.CLI, now=NOON).state == State.UNDONE
    deeds = ["import_confirmed", "import_done", "import_undo_asked", "import_undone"]
    with database.read_only() as session:
        assert list(session.scalars(sa.select(AuditEntry.action).order_by(AuditEntry.id))) == deeds


def test_the_audit_counts_and_names_nobody(database: Database) -> None:
    batch = bring_in(database, FILE)
    with database.read_only() as session:
        entries = session.scalars(sa.select(AuditEntry)).all()
    assert {entry.subject for entry in entries} == {f"import:{batch.public_id}"}
    assert entries[-1].detail["write"] == {"new": 2, "written": 2, "openings": 1, "points": 1250}
    assert not any(word in str(entry.detail) for entry in entries for word in ("Lan", "912345678", "khách.xlsx"))


def test_a_cancelled_file_is_gone_at_once(database: Database) -> None:
    batch = check(database, FILE)
    with database.transaction() as session:
        batches.cancel(session, batch.public_id, author=audit.CLI, now=NOON)
    assert count(database, ImportChunk) == 0
    assert count(database, Customer) == 0
    with database.transaction() as session, pytest.raises(WrongState):
        batches.confirm(session, batch.public_id, author=audit.CLI, now=NOON)


def test_what_waits_for_a_day_is_forgotten(database: Database) -> None:
    waiting, written = check(database, FILE), bring_in(database, people(3))
    for later, expected in ((timedelta(hours=23), 2), (timedelta(hours=25), 0)):
        with database.transaction() as session:
            while batches.forget_old(session, now=NOON + later):
                pass
        assert count(database, ImportChunk) == expected
    with database.transaction() as session:
        states = {each.public_id: each.state for each in batches.list_newest(session)}
        assert states == {waiting.public_id: State.CANCELLED, written.public_id: State.DONE}
        assert batches.forget_rows(session, limit=2) == 2
        assert batches.forget_rows(session, limit=9) == 2
        assert len(rows_of(session, written)) == 3


def test_nothing_of_a_file_lies_in_the_database_in_clear(database: Database) -> None:
    bring_in(database, FILE)
    with database.read_only() as session:
        tables = ("import_batch", "import_chunk", "import_row", "customer", "activity", "audit_entry")
        stored = [row for table in tables for row in session.execute(sa.text(f"SELECT * FROM {table}"))]
    text = b" ".join(cell if isinstance(cell, bytes) else str(cell).encode() for row in stored for cell in row)
    for secret in ("Nguyễn Thị Lan", "912345678", "0987 654 321", "lan@example.com", "khách.xlsx"):
        assert secret.encode() not in text
