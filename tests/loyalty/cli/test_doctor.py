"""`loyalty doctor` finds each fault, names its cure, and is content with a shop that is well."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from loyalty import settings as settings_module
from loyalty.alerts import raising
from loyalty.channels import accounts, tokens
from loyalty.channels.tokens import Pair
from loyalty.cli import common, loyalty
from loyalty.db import Database, new_public_id
from loyalty.installation import checks, cures
from loyalty.installation.backups import shelf
from loyalty.messaging.models import InboundEvent, OutboundMessage
from loyalty.messaging.outbox import Lane
from loyalty.settings import Settings, SettingsError
from loyalty.vault.models import CryptoKey
from tests.builders import NOON
from tests.builders_backups import back_up, make_message
from tests.builders_customers import make_account, make_customer
from tests.fakes_http import Answer, RecordingServer

OA, PAGE = "579745863508352884", "102030405060708"
Examine = Callable[..., dict[str, Any]]


@pytest.fixture
def server() -> Iterator[RecordingServer]:
    with RecordingServer() as running:
        yield running


@pytest.fixture
def chosen(settings: Settings, server: RecordingServer, tmp_path: Path) -> Settings:
    """A shop with everything a shop needs, on both channels."""
    (tmp_path / "secret.key").unlink(missing_ok=True)
    return replace(
        settings,
        shop_contact="0912 000 000",
        base_url="https://may.example.vn",
        zalo_app_id="1",
        zalo_app_secret="app-secret",
        zalo_oa_id=OA,
        zalo_oa_secret_key="oa-secret",
        zalo_access_token="access",
        zalo_refresh_token="refresh",
        zalo_api_url=server.url,
        zalo_oauth_url=server.url,
        messenger_page_id=PAGE,
        messenger_page_token="page-token",
        messenger_app_secret="page-secret",
        messenger_verify_token="verify",
        messenger_api_url=server.url,
    )


def nightly(database: Database, settings: Settings) -> Path:
    assert database.keyring is not None
    return shelf.nightly(settings, database.keyring)


@pytest.fixture
def well(database: Database, chosen: Settings) -> Settings:
    """… which has heard from both, and has its backup of last night."""
    with database.transaction() as session:
        for kind, account in (("zalo", OA), ("messenger", PAGE)):
            make_event(session, kind, account)
    back_up(database, chosen, nightly(database, chosen), now=NOON - timedelta(hours=9))
    return chosen


@pytest.fixture
def examine(monkeypatch: pytest.MonkeyPatch, chosen: Settings) -> Examine:
    """Run `loyalty doctor --json`; what it found, by name, faults only unless `everything`."""
    monkeypatch.setattr(common, "now", lambda: NOON)

    def run(settings: Settings = chosen, *arguments: str, everything: bool = False) -> dict[str, Any]:
        monkeypatch.setattr(settings_module, "load", lambda: settings)
        result = CliRunner().invoke(loyalty, ["doctor", "--json", *arguments])
        found = json_of(result)
        assert result.exit_code == (1 if any(not each["ok"] for each in found) else 0)
        return {each["fault"] or each["name"]: each for each in found if everything or not each["ok"]}

    return run


def json_of(result: Any) -> list[dict[str, Any]]:
    import json

    assert result.stdout, result.stderr
    return list(json.loads(result.stdout))


def make_event(session: Any, kind: str, account: str, state: str = "processed", at: datetime = NOON) -> None:
    session.add(
        InboundEvent(
            public_id=new_public_id(),
            channel=kind,
            account=account,
            event_id=new_public_id(),
            sender="s",
            name="user_send_text",
            state=state,
            received_at=at,
            due_at=at,
            attempts=0,
        )
    )
    session.flush()


@pytest.fixture(autouse=True)
def _same_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests' noon is not the server's now."""
    monkeypatch.setattr(checks, "SKEW", timedelta(days=36500))


def test_a_shop_that_is_well_has_no_fault(well: Settings, examine: Examine) -> None:
    found = examine(everything=True)
    assert [each["text"] for each in found.values() if not each["ok"]] == []
    assert {"settings", "database", "schema", "keys", "disk", "base_url", "events", "backup", "alerts"} <= set(found)


def test_a_variable_that_is_no_setting_is_named_with_the_one_that_was_meant(
    well: Settings, examine: Examine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOYALTY_QUITE_HOURS", "21:00-08:00")
    found = examine()
    assert list(found) == ["variable_misspelt"]
    assert "LOYALTY_QUITE_HOURS" in found["variable_misspelt"]["text"]
    assert "LOYALTY_QUIET_HOURS" in found["variable_misspelt"]["cure"]


@pytest.mark.parametrize(("secret", "faults"), [("x" * 7, ["secret_short"]), ("x" * 8, [])])
def test_a_secret_that_can_be_guessed_is_named(
    well: Settings, examine: Examine, secret: str, faults: list[str]
) -> None:
    assert list(examine(replace(well, secret_key=secret))) == faults


def test_the_report_for_people_marks_each_line(
    well: Settings, examine: Examine, monkeypatch: pytest.MonkeyPatch
) -> None:
    examine()
    monkeypatch.setattr(settings_module, "load", lambda: replace(well, shop_contact="", locale="en"))
    result = CliRunner().invoke(loyalty, ["doctor"])
    assert result.exit_code == 1
    assert "✓ The root key opens the data" in result.stdout
    assert "✗ The privacy notice names no contact → Set LOYALTY_SHOP_CONTACT" in result.stdout
    assert result.stdout.splitlines()[-1] == "1 to mend."


def test_settings_that_cannot_be_read_end_it(examine: Examine, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> Settings:
        raise SettingsError("LOYALTY_LOCALE", "must be vi or en")

    monkeypatch.setattr(settings_module, "load", refuse)
    result = CliRunner().invoke(loyalty, ["doctor", "--json"])
    found = json_of(result)
    assert result.exit_code == 1
    assert [each["fault"] for each in found] == ["settings_wrong"]
    assert "LOYALTY_LOCALE" in found[0]["text"]


def test_a_database_nobody_answers_for(chosen: Settings, examine: Examine) -> None:
    found = examine(replace(chosen, database_url="postgresql+psycopg://nobody@127.0.0.1:9/none"))
    assert "database_unreachable" in found and "LOYALTY_DATABASE_URL" in found["database_unreachable"]["cure"]


def test_an_old_schema_names_migrate(chosen: Settings, examine: Examine, tmp_path: Path) -> None:
    found = examine(replace(chosen, database_url=f"sqlite:///{tmp_path / 'empty.db'}"))
    assert found["schema_old"]["cure"] == "loyalty migrate"


def test_a_root_key_that_does_not_open(chosen: Settings, examine: Examine) -> None:
    found = examine(replace(chosen, data_keys=(b"?" * 32,)))
    assert "keys_missing" in found and "LOYALTY_DATA_KEYS" in found["keys_missing"]["cure"]


def test_an_old_engine(well: Settings, examine: Examine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "OLDEST_SQLITE", (99, 0, 0))
    monkeypatch.setattr(checks, "OLDEST_POSTGRESQL", 99)
    assert set(examine()) == {"database_old"}


def test_a_clock_that_differs(well: Settings, examine: Examine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "SKEW", timedelta(seconds=5))
    expected = set() if well.database_url.startswith("sqlite") else {"clock_skew"}
    assert set(examine()) == expected  # the fixture's noon is days away from the server's


def test_a_key_file_others_can_read(well: Settings, examine: Examine) -> None:
    (well.var / "data.key").write_text("x")
    (well.var / "data.key").chmod(0o644)
    found = examine()
    assert set(found) == {"key_open"}
    assert found["key_open"]["cure"] == f"chmod 600 {well.var / 'data.key'}"


def test_a_full_disk(well: Settings, examine: Examine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "LEAST_SPACE", 2**80)
    assert set(examine()) == {"disk_full"}


def test_a_folder_that_is_not_there(well: Settings, examine: Examine, tmp_path: Path) -> None:
    assert "var_closed" in examine(replace(well, var=tmp_path / "none"))


@pytest.mark.parametrize(
    "url", ["http://may.example.vn", "https://localhost", "https://192.168.1.9", "https://shop.local"]
)
def test_platforms_need_a_public_address(well: Settings, examine: Examine, url: str) -> None:
    assert set(examine(replace(well, base_url=url))) == {"base_url_private"}


def test_without_a_channel_no_public_address_is_needed(
    database: Database, settings: Settings, examine: Examine
) -> None:
    be_born(database, NOON - timedelta(days=9))
    assert set(examine(settings)) == {"shop_contact_missing", "channels_none", "backup_none"}


def be_born(database: Database, at: datetime) -> None:
    """The installation is as old as its keys."""
    with database.transaction() as session:
        session.execute(sa.update(CryptoKey).values(created_at=at))


def test_a_credential_that_cannot_be_one(well: Settings, examine: Examine) -> None:
    found = examine(replace(well, messenger_page_token="với dấu"))
    assert "LOYALTY_MESSENGER_PAGE_TOKEN" in found["credentials_wrong"]["text"]


def test_a_webhook_that_was_never_called_is_told_its_address(
    database: Database, chosen: Settings, examine: Examine
) -> None:
    with database.transaction() as session:
        make_event(session, "messenger", PAGE)
    found = examine()
    assert f"{chosen.base_url}/webhooks/zalo" in found["events_none"]["cure"]


def test_a_stopped_channel(well: Settings, database: Database, examine: Examine) -> None:
    with database.transaction() as session:
        account = accounts.ensure(session, "zalo", OA, window=timedelta(hours=48), now=NOON)
        accounts.stop(session, account.id, "-216", now=NOON)
    found = examine()
    assert set(found) == {"channel_stopped"} and "-216" in found["channel_stopped"]["text"]


@pytest.mark.parametrize(
    ("lost", "lives", "fault"), [(True, 20, "token_lost"), (False, -1, "token_expired"), (False, 20, None)]
)
def test_the_state_of_a_token(
    well: Settings, database: Database, examine: Examine, lost: bool, lives: int, fault: str | None
) -> None:
    with database.transaction() as session:
        account = accounts.ensure(session, "zalo", OA, window=timedelta(hours=48), now=NOON)
        tokens.grant(session, account.id, Pair("a", "r", NOON + timedelta(hours=lives)), now=NOON)
        if lost:
            tokens.release(session, account.id, lost=True)
    assert set(examine()) == ({fault} if fault else set())


def test_a_channel_whose_tokens_rotate_needs_a_first_pair(well: Settings, examine: Examine) -> None:
    assert set(examine(replace(well, zalo_access_token="", zalo_refresh_token=""))) == {"token_missing"}


def test_what_waits_is_told(well: Settings, database: Database, examine: Examine) -> None:
    with database.transaction() as session:
        make_event(session, "zalo", OA, "parked")
        make_event(session, "zalo", OA, "received", NOON - timedelta(minutes=6))
        customer = make_customer(session)
        message = make_message(session, customer.id, make_account(session).id, "u", Lane.PROMOTION)
        session.get_one(OutboundMessage, message).state = "unknown"
        raising.raise_alert(session, "event_parked", "x", "ValueError", now=NOON)
    found = examine()
    assert set(found) == {"inbox_late", "parked_some", "unknown_some", "alerts_open"}
    assert "event_parked ×1" in found["alerts_open"]["text"]
    assert "loyalty worker" in found["inbox_late"]["cure"]


def test_an_old_backup(database: Database, well: Settings, examine: Examine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "BACKUP_AGE", timedelta(hours=8))
    assert set(examine()) == {"backup_old"}


def test_a_backup_without_its_keys(database: Database, well: Settings, examine: Examine) -> None:
    (nightly(database, well) / shelf.KEYS_NAME).unlink()
    assert set(examine()) == {"backup_keyless"}


def test_a_backup_that_cannot_be_read(database: Database, well: Settings, examine: Examine) -> None:
    shelf.data_files(nightly(database, well))[0].write_bytes(b"?")
    assert set(examine()) == {"backup_unreadable"}


def test_a_young_shop_may_wait_for_its_first_backup(database: Database, well: Settings, examine: Examine) -> None:
    shelf.data_files(nightly(database, well))[0].unlink()
    be_born(database, NOON - timedelta(days=2))
    assert set(examine()) == {"backup_none"}
    be_born(database, NOON - timedelta(hours=3))
    assert set(examine()) == set()


def test_online_asks_each_platform(well: Settings, examine: Examine, server: RecordingServer) -> None:
    from bots.messenger import FIELDS

    server.default = lambda request: Answer(
        {"error": 0, "data": {"oa_id": OA}}
        if "getoa" in request.path
        else {"data": [{"id": "1", "subscribed_fields": list(FIELDS)}]}
    )
    assert examine(well, "--online") == {}
    assert len(server.requests) == 2


def test_online_says_what_a_platform_refuses(well: Settings, examine: Examine, server: RecordingServer) -> None:
    server.default = lambda request: Answer(
        {"error": -216, "message": "Access token is invalid"}
        if "getoa" in request.path
        else {"data": [{"id": "1", "subscribed_fields": ["messages"]}]}
    )
    found = examine(well, "--online")
    assert set(found) == {"online_refused", "online_unsubscribed"} and "-216" in found["online_refused"]["text"]


def test_online_notices_another_accounts_token(well: Settings, examine: Examine, server: RecordingServer) -> None:
    server.default = lambda request: Answer({"error": 0, "data": {"oa_id": "1"}})
    assert "online_other_account" in examine(well, "--online")


def test_without_online_nobody_is_asked(well: Settings, examine: Examine, server: RecordingServer) -> None:
    examine()
    assert server.requests == []


def test_every_fault_and_every_name_has_its_sentences() -> None:
    source = Path(checks.__file__).read_text(encoding="utf-8")
    assert {name for name in cures.FINE if f'Check("{name}"' in source} >= {"schema", "keys", "token", "inbox"}
    for wrong, cure in cures.CURES.values():
        assert wrong.vi != wrong.en and cure.vi
