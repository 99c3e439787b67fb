"""The channels page: what it shows of accounts, stuck events and outgoing messages, and what one may do about them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from jobs.registry import Context
from jobs.tokens import keep_channels
from loyalty.alerts import raising
from loyalty.channels import accounts, figures, tokens
from loyalty.channels.models import ChannelAccount, ChannelToken
from loyalty.channels.tokens import Pair
from loyalty.console.channels import steps
from loyalty.db import Database, keyring
from loyalty.messaging import inbox, outbox, traffic, verdicts
from loyalty.messaging.inbox import Arrival
from loyalty.messaging.models import InboundEvent, OutboundMessage
from loyalty.messaging.outbox import Lane
from loyalty.settings import Settings
from loyalty.staff import stores
from loyalty.staff.audit import CLI
from tests.builders import NOON
from tests.builders_console import Browser, Console, make_console
from tests.builders_customers import make_customer
from tests.fakes import FakeChannel
from tests.loyalty.channels.test_doors import grant

OA = "579745863508352884"
HOUR = timedelta(hours=1)


@pytest.fixture
def connected(settings: Settings) -> Settings:
    return replace(
        settings,
        base_url="https://may.example.vn",
        zalo_app_id="1",
        zalo_app_secret="hush-app",
        zalo_oa_id=OA,
        zalo_oa_secret_key="hush-oa",
    )


@pytest.fixture
def console(database: Database, connected: Settings) -> Console:
    with database.transaction() as session:
        accounts.ensure(session, "zalo", OA, window=timedelta(hours=48), now=NOON)
    return make_console(database, connected)


@pytest.fixture
def owner(console: Console) -> Browser:
    return console.sign_in("owner")


def account(console: Console) -> ChannelAccount:
    with console.database.read_only() as session:
        found = accounts.find(session, "zalo", OA)
        assert found is not None
        return found


def put(session: Session, key: str, *, state: str = "unknown", reason: str | None = "unknown", **values: object) -> str:
    found = accounts.find(session, "zalo", OA)
    assert found is not None
    customer = make_customer(session, name=f"Khách {key}")
    made = outbox.enqueue(
        session,
        dedupe_key=key,
        lane=Lane.NOTICE,
        channel_account_id=found.id,
        user_id=key,
        customer_id=customer.id,
        text=f"Bạn được cộng 25 điểm ({key})",
        now=NOON,
    )
    row = session.get_one(OutboundMessage, made)
    row.state, row.reason, row.settled_at = state, reason, NOON
    for name, value in values.items():
        setattr(row, name, value)
    session.flush()
    return row.public_id


def park(
    session: Session, number: int = 1, body: bytes = b'{"event_name": "user_send_text", "message": {"text": "Lan"}}'
) -> str:
    arrival = Arrival("zalo", OA, f"e-{number}", f"zalo:{OA}:u{number}", "user_send_text", body, ignored=False)
    row = inbox.row(keyring(session), arrival, NOON)
    session.execute(inbox.INSERT, row)
    parked = sa.update(InboundEvent).where(InboundEvent.public_id == row["public_id"])
    session.execute(parked.values(state="parked", settled_at=NOON, error="KeyError", attempts=5))
    raising.raise_alert(session, "event_parked", str(row["public_id"]), "KeyError", now=NOON)
    return str(row["public_id"])


def state(console: Console, public_id: str) -> tuple[str, str | None]:
    with console.database.read_only() as session:
        row = session.scalars(sa.select(OutboundMessage).filter_by(public_id=public_id)).one()
        return row.state, row.reason


def test_a_channel_shows_its_health_and_its_token(console: Console, owner: Browser) -> None:
    with console.database.transaction() as session:
        found = accounts.find(session, "zalo", OA)
        assert found is not None
        tokens.grant(session, found.id, Pair("a", "r", NOON + 20 * HOUR), now=NOON)
        put(session, "lost", state="failed", reason="person")
        put(session, "old", state="failed", reason="content", settled_at=NOON - 25 * HOUR)
        put(session, "went", state="sent", reason=None, settled_at=NOON - HOUR)
    owner.get("/console/channels")
    assert "chờ tin đầu tiên" in owner.page
    with console.database.transaction() as session:
        park(session)
    owner.get("/console/channels")
    assert "đang chạy" in owner.page and "1 khách chặn hoặc không nhận tin" in owner.page
    assert "nền tảng chê nội dung" not in owner.page  # more than a day ago
    assert "Tin đi gần nhất 11:00" in owner.page and "tốt, tự làm mới trước 23/11 08:00" in owner.page
    assert "chưa nối" in owner.page  # Messenger


def test_a_channel_without_a_good_token_says_so(console: Console, owner: Browser) -> None:
    owner.get("/console/channels/of/zalo")
    assert "thiếu token" in owner.page and "chưa gửi được tin nào" in owner.page
    owner.get("/console/channels/checks")
    assert "Zalo: chưa có token" in owner.page and "bots/zalo/README.md" in owner.page


def test_the_steps_are_ticked_by_what_is_so(console: Console, owner: Browser) -> None:
    owner.get("/console/channels/of/zalo")
    assert "https://may.example.vn/webhooks/zalo" in owner.page
    done = owner.html.count('<li class="is-done">')
    assert done == 3  # the address, the app, the webhook's key; no proof, no token, no event yet
    assert "LOYALTY_ZALO_OA_SECRET_KEY" in owner.page and "hush" not in owner.html


def test_only_the_owner_sees_the_lines_of_the_environment(console: Console) -> None:
    manager = console.sign_in("manager")
    manager.get("/console/channels/of/zalo")
    assert "LOYALTY_ZALO" not in manager.page and "do chủ cửa hàng đặt" in manager.page


def test_a_channel_switched_off_stays_off_until_somebody_switches_it_on(
    console: Console, owner: Browser, connected: Settings
) -> None:
    owner.post("/console/channels/of/zalo/off")
    assert account(console).stopped_reason == accounts.BY_HAND and "Đã tắt gửi qua Zalo." in owner.page
    channel = FakeChannel()
    channel.account = OA
    keep_channels(Context(console.database, connected, {"zalo": channel}, lambda: NOON), NOON)
    assert account(console).stopped_at is not None
    owner.post("/console/channels/of/zalo/on")
    assert account(console).stopped_at is None


def test_a_further_account_is_shown_with_its_quotas_checked_and_switched_by_itself(
    console: Console, owner: Browser
) -> None:
    with console.database.transaction() as session:
        other = accounts.ensure(session, "zalo", "4000000000000000002", window=timedelta(hours=48), now=NOON)
        facts = {"access": b"a", "refresh": b"r", "state": "needs_consent", "version": 1, "first_pair": ""}
        session.add(ChannelToken(channel_account_id=other.id, updated_at=NOON, expires_at=NOON, **facts))
        figures.put(session, other.id, "quota:templates_day", {"left": 7, "total": 900}, at=NOON)
    page = owner.get("/console/channels/of/zalo").text
    assert "4000000000000000002" in page and "900" in page
    owner.post("/console/channels/of/zalo/off?account=4000000000000000002")
    with console.database.read_only() as session:
        stopped = accounts.find(session, "zalo", "4000000000000000002")
        assert stopped is not None and stopped.stopped_reason == accounts.BY_HAND
    assert account(console).stopped_at is None
    assert owner.get("/console/channels/checks").text.count("4000000000000000002") >= 1
    assert owner.post("/console/channels/of/zalo/off?account=1").status_code == 404


def test_links_of_a_store_open_the_account_chosen_for_it(console: Console, owner: Browser) -> None:
    second = "4000000000000000002"
    with console.database.transaction() as session:
        for each in (OA, second):
            grant(session, each)
        stores.add(session, "LELOI", "Mây Lê Lợi", by=CLI, now=NOON)
    assert "Liên kết và mã QR" in owner.get("/console/channels/of/zalo").text
    owner.post("/console/channels/of/zalo/door?place=LELOI", account=second)
    assert f"Liên kết nay mở {second}." in owner.page
    assert f"zalo.me/{second}" in owner.get("/console/poster?store=LELOI").text
    assert f"zalo.me/{OA}" in owner.get("/console/poster?store=MAIN").text
    owner.post("/console/channels/of/zalo/door?place=LELOI&account=")
    assert f"zalo.me/{OA}" in owner.get("/console/poster?store=LELOI").text
    for wrong, account in (("zalo/door?place=NOWHERE", second), ("zalo/door", "1"), ("viber/door", second)):
        assert owner.post(f"/console/channels/of/{wrong}", account=account).status_code == 404


def test_tags_go_together_with_an_oa_only_once_switched_on(console: Console, owner: Browser) -> None:
    row = account(console)
    assert (row.mirrors_tags, row.takes_tags) == (False, False)
    assert "Thẻ của khách trên OA" in owner.get("/console/channels/of/zalo").text
    for way in ("out", "in"):
        owner.post(f"/console/channels/tags/{row.id}/{way}/on")
    assert (account(console).mirrors_tags, account(console).takes_tags) == (True, True)
    owner.post(f"/console/channels/tags/{row.id}/out/off")
    assert (account(console).mirrors_tags, account(console).takes_tags) == (False, True)
    assert owner.post(f"/console/channels/tags/{row.id}/sideways/on").status_code == 404
    assert console.sign_in("manager").post(f"/console/channels/tags/{row.id}/out/on").status_code == 403


def test_trying_a_refused_channel_again_ends_its_alert(console: Console, owner: Browser) -> None:
    with console.database.transaction() as session:
        accounts.stop(session, account(console).id, "-216", now=NOON)
        raising.raise_alert(session, "channel_stopped", f"zalo:{OA}", "-216", now=NOON)
    assert "mã -216" in owner.get("/console/channels/of/zalo").text
    owner.post("/console/channels/of/zalo/on")
    with console.database.read_only() as session:
        assert raising.list_open(session) == [] and account(console).stopped_at is None


@pytest.mark.parametrize("kind", ["viber", "messenger"])
def test_an_account_that_is_not_there_cannot_be_switched(owner: Browser, kind: str) -> None:
    assert owner.post(f"/console/channels/of/{kind}/off").status_code == 404


def test_the_checks_say_what_doctor_says(console: Console, owner: Browser) -> None:
    with console.database.transaction() as session:
        park(session)
    owner.get("/console/channels/checks")
    assert "1 sự kiện bị gác lại" in owner.page and "→ loyalty inbox list --state parked" in owner.page
    assert "Không có tin nào chưa rõ" in owner.page


def test_a_stuck_event_shows_its_shape_and_hides_its_words(console: Console, owner: Browser) -> None:
    with console.database.transaction() as session:
        public_id = park(
            session, body=b'{"event_name": "user_send_text", "message": {"text": "<b>0912345678", "n": [7]}}'
        )
    owner.get("/console/channels/events")
    assert "user_send_text" in owner.page and "KeyError" in owner.page
    owner.get(f"/console/channels/events/{public_id}")
    assert (
        '"event_name": "user_send_text"' in owner.page
        and "0912345678" not in owner.html
        and '"text": "•••"' in owner.page
    )


def test_a_stuck_event_is_tried_again_and_its_alert_ends(console: Console, owner: Browser) -> None:
    with console.database.transaction() as session:
        first, second = park(session, 1), park(session, 2)
    owner.post(f"/console/channels/events/{first}/replay")
    with console.database.read_only() as session:
        states = {row[0]: row[1] for row in session.execute(sa.select(InboundEvent.public_id, InboundEvent.state))}
        assert states == {first: "received", second: "parked"}
        assert [alert.subject for alert in raising.list_open(session)] == [second]
    assert owner.post(f"/console/channels/events/{first}/replay").status_code == 404
    owner.post("/console/channels/events/replay")
    assert "Đang thử lại 1 sự kiện." in owner.page


def test_stuck_events_come_in_pages(console: Console, owner: Browser) -> None:
    with console.database.transaction() as session:
        for number in range(32):
            park(session, number)
    owner.get("/console/channels/events")
    assert owner.html.count("KeyError") == 30
    with console.database.read_only() as session:
        last = traffic.list_parked(session, limit=30)[-1].id
    owner.get(f"/console/channels/events?before={last}")
    assert owner.html.count("KeyError") == 2
    assert owner.get("/console/channels/events?before=x").status_code == 200


@pytest.mark.parametrize(("verdict", "after"), [("sent", "sent"), ("failed", "failed"), ("resend", "waiting")])
def test_a_person_decides_about_an_unknown_message(console: Console, owner: Browser, verdict: str, after: str) -> None:
    with console.database.transaction() as session:
        public_id = put(session, "Lan")
    owner.get("/console/channels/messages?state=unknown")
    assert "Thông báo · Khách Lan" in owner.page and "Bạn được cộng 25 điểm (Lan)" in owner.page
    owner.post(f"/console/channels/messages/{public_id}/settle/{verdict}")
    assert state(console, public_id) == (after, "by hand")
    assert owner.post(f"/console/channels/messages/{public_id}/settle/{verdict}").status_code == 404


def test_a_decision_is_taken_back_and_the_text_is_still_there(console: Console, owner: Browser) -> None:
    with console.database.transaction() as session:
        public_id = put(session, "Lan")
    owner.post(f"/console/channels/messages/{public_id}/settle/failed")
    owner.post(f"/console/channels/messages/{public_id}/unsettle")
    assert state(console, public_id) == ("unknown", "unknown")
    owner.get("/console/channels/messages?state=unknown")
    assert "Bạn được cộng 25 điểm (Lan)" in owner.page


def test_what_the_program_settled_itself_is_not_taken_back(console: Console, owner: Browser) -> None:
    with console.database.transaction() as session:
        public_id = put(session, "Lan", state="sent", reason=None)
    assert owner.post(f"/console/channels/messages/{public_id}/unsettle").status_code == 404
    owner.post(f"/console/channels/messages/{public_id}/settle/nonsense")
    assert state(console, public_id) == ("sent", None)


@pytest.mark.parametrize("wanted", [None, *traffic.STATES])
def test_every_state_is_listed_in_pages_without_a_gap_or_a_repeat(console: Console, wanted: str | None) -> None:
    with console.database.transaction() as session:
        for number in range(7):
            put(
                session,
                f"k{number}",
                state=wanted or "sent",
                settled_at=NOON + timedelta(minutes=number // 2),
                due_at=NOON + timedelta(minutes=number % 3),
                lane=number % 3,
            )
        seen: list[int] = []
        cursor: str | None = ""
        while cursor is not None:
            rows, cursor = traffic.list_messages(session, wanted, after=cursor, limit=3)
            seen += [row.id for row in rows]
    assert len(seen) == len(set(seen)) == 7


@pytest.mark.parametrize("cursor", ["x", "~", "1~2~3~4", "1~nonsense~3", "2026-11-22T05:00:00~5", "9" * 40, "0~2026~1"])
@pytest.mark.parametrize("wanted", ["", "waiting", "unknown"])
def test_an_address_made_up_shows_the_first_page(owner: Browser, cursor: str, wanted: str) -> None:
    assert owner.get(f"/console/channels/messages?state={wanted}&after={cursor}").status_code == 200


@pytest.mark.parametrize("role", ["cashier", "marketer"])
@pytest.mark.parametrize("page", ["", "/checks", "/events", "/messages", "/of/zalo"])
def test_channels_are_for_those_in_charge(console: Console, role: str, page: str) -> None:
    assert console.sign_in(role).get(f"/console/channels{page}").status_code == 403


def test_pages_and_figures_find_their_rows_by_index(database: Database, console: Console) -> None:
    looks: list[Callable[[Session], object]] = [
        lambda session: traffic.list_parked(session),
        lambda session: traffic.count_lost(session, now=NOON),
        *[lambda session, wanted=wanted: traffic.list_messages(session, wanted) for wanted in (None, *traffic.STATES)],
    ]
    if not database.is_sqlite:
        return
    seen: list[tuple[str, object]] = []

    def listen(_connection: object, _cursor: object, text: str, values: object, *_rest: object) -> None:
        seen.append((text, values))

    sa.event.listen(database.engine, "before_cursor_execute", listen)
    with database.read_only() as session:
        for look in looks:
            look(session)
    sa.event.remove(database.engine, "before_cursor_execute", listen)
    assert len(seen) >= len(looks)
    with database.engine.connect() as connection:
        raw = connection.connection.dbapi_connection
        assert raw is not None
        for text, values in seen:
            plan = [row[3] for row in raw.execute(f"EXPLAIN QUERY PLAN {text}", values).fetchall()]
            assert not [step for step in plan if "TEMP B-TREE" in step], (text, plan)


def test_every_step_names_settings_that_exist() -> None:
    names = Settings.__dataclass_fields__
    for kind in steps.NAMES:
        assert steps.ACCOUNT[kind] in names
        assert {name for step in steps.STEPS[kind] for name in step.variables} >= set(steps.CREDENTIALS[kind])
        assert all(name in names for step in steps.STEPS[kind] for name in step.variables)


def test_what_the_platform_told_is_shown_in_words(console: Console, owner: Browser) -> None:
    with console.database.transaction() as session:
        found = account(console).id
        day = {"left": 1499, "total": 5000, "until": "2026-12-31", "note": "HIGH"}
        figures.put(session, found, "quota:templates_day", day, at=NOON)
        figures.put(session, found, "template:250001:status", {"now": "DISABLE", "before": "ENABLE"}, at=NOON)
        figures.put(session, found, "quota:new_sort", {"left": 3}, at=NOON)
    owner.get("/console/channels/of/zalo")
    assert "Tin theo mẫu trong ngày còn 1.499 / 5.000, đến 31/12/2026, chất lượng cao" in owner.page
    assert "Mẫu 250001: trạng thái bị tắt ← dùng được" in owner.page
    assert "new_sort còn 3 / ?" in owner.page


def test_a_block_by_the_platform_is_told_as_one_and_ended_by_hand(console: Console, owner: Browser) -> None:
    with console.database.transaction() as session:
        row = accounts.find(session, "zalo", OA)
        assert row is not None
        verdicts.block(session, row, "spam", at=NOON)

    owner.get("/console/channels/of/zalo")
    assert "chặn tài khoản vì vi phạm" in owner.page and "tự thử" not in owner.page
    owner.post("/console/channels/of/zalo/on")

    assert account(console).stopped_at is None
    with console.database.read_only() as session:
        assert raising.list_open(session) == []
