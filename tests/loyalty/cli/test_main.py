"""The shape of the whole command: streams, exits, `--json` anywhere, one line for whatever goes wrong."""

import base64
import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from loyalty import settings as settings_module
from loyalty.cli import common, loyalty, refusals
from loyalty.errors import Conflict
from loyalty.installation import schema
from loyalty.settings import ROOT, Settings
from tests.loyalty.cli.conftest import Run, document

COMMANDS = ["apikey", "inbox", "migrate", "outbox", "staff", "verify"]


def _program(environment: dict[str, str], *arguments: str) -> "subprocess.CompletedProcess[str]":
    """The installed command in a process of its own, somewhere else."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("LOYALTY_")}
    program = Path(sys.executable).with_name("loyalty")
    return subprocess.run(
        [program, *arguments], env=clean | environment, cwd="/", capture_output=True, text=True, check=False
    )


def test_the_installed_command_keeps_streams_and_exits_apart(environment: dict[str, str]) -> None:
    added = _program(environment, "--json", "staff", "add", "Nguyễn Thu", "--role", "cashier")
    twice = _program(environment, "staff", "add", "Nguyễn Thu", "--role", "cashier", "--json")
    wrong = _program(environment, "staff", "add", "--json")

    assert (added.returncode, added.stderr) == (0, "")
    assert json.loads(added.stdout)["name"] == "Nguyễn Thu"
    assert (twice.returncode, twice.stdout, len(twice.stderr.splitlines())) == (1, "", 1)
    assert (wrong.returncode, wrong.stdout) == (2, "")


def test_vietnamese_is_printed_wherever_the_terminal_was_made(environment: dict[str, str]) -> None:
    told = _program(environment | {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, "staff", "list")
    assert told.returncode == 0, told.stderr
    assert "Chưa có nhân viên nào" in told.stdout


def test_migrating_from_nothing_and_again_is_one_thing(tmp_path: Path) -> None:
    key = base64.b64encode(b"k" * 32).decode()
    environment = {"LOYALTY_DATABASE_URL": f"sqlite:///{tmp_path / 'new.db'}", "LOYALTY_DATA_KEYS": key}

    early = _program(environment, "staff", "list")
    first, second = (_program(environment, "migrate", "--json") for _ in range(2))

    assert early.returncode == 1
    assert "loyalty migrate" in early.stderr
    assert json.loads(first.stdout) == json.loads(second.stdout) == {"schema": schema.newest()}
    assert _program(environment, "staff", "list", "--json").stdout == "[]\n"


@pytest.mark.parametrize(
    "arguments", [("--json", "staff", "list"), ("staff", "--json", "list"), ("staff", "list", "--json")]
)
def test_json_may_be_asked_for_anywhere(run: Run, arguments: tuple[str, ...]) -> None:
    assert document(run(*arguments)) == []


def test_a_wrong_setting_is_one_line_that_names_it(run: Run) -> None:
    result = run("staff", "list", LOYALTY_TIMEZONE="Mars/Olympus")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("LOYALTY_TIMEZONE: ")
    assert len(result.stderr.splitlines()) == 1


def test_a_database_without_its_key_is_refused(run: Run) -> None:
    result = run("staff", "list", LOYALTY_DATA_KEYS=base64.b64encode(b"x" * 32).decode())
    assert result.exit_code == 1
    assert result.stderr.startswith("LOYALTY_DATA_KEYS: ")


@pytest.mark.parametrize(
    "address", ["sqlite:////nowhere/at/all/loyalty.db", "postgresql+psycopg://shop:hush@127.0.0.1:1/shop"]
)
def test_a_database_that_cannot_be_opened_is_one_line_without_its_password(address: str) -> None:
    result = CliRunner(env={"LOYALTY_DATABASE_URL": address}).invoke(loyalty, ["staff", "list"])
    assert (result.exit_code, result.stdout) == (1, "")
    assert "LOYALTY_DATABASE_URL" in result.stderr
    assert "hush" not in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_file_that_is_no_database_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "loyalty.db").write_bytes(b"nonsense " * 200)
    environment = {"LOYALTY_DATABASE_URL": f"sqlite:///{tmp_path / 'loyalty.db'}"}
    result = CliRunner(env=environment).invoke(loyalty, ["staff", "list"])
    assert result.exit_code == 1
    assert "not a database" in result.stderr


@pytest.mark.parametrize("argument", ["\udcff", "a\x00b"])
def test_what_is_no_text_is_wrong_usage(run: Run, argument: str) -> None:
    for arguments in (("staff", "code", argument), ("inbox", "replay", argument), (argument,)):
        assert run(*arguments).exit_code == 2


@pytest.mark.parametrize("value", ["'; DROP TABLE staff_member; --", "💥" * 500, "\u202egnp", "%s{name}", "0912345678"])
def test_any_other_text_is_answered(run: Run, value: str) -> None:
    for arguments in (
        ("staff", "code", value),
        ("staff", "add", "A", "--role", "owner", "--store", value),
        ("apikey", "revoke", value),
        ("inbox", "replay", value),
        ("outbox", "settle", value, "--as", "sent"),
    ):
        result = run(*arguments)
        assert (result.exit_code, result.stdout) == (1, "")
        assert "chương trình" not in result.stderr


def _failing(error: Exception) -> click.Command:
    @click.command()
    def fail() -> None:
        with refusals.told():
            raise error

    return common.accept_json(fail)


def test_a_bug_is_told_by_class_and_place_without_its_words() -> None:
    result = CliRunner().invoke(_failing(KeyError("0912345678")), [])
    assert result.exit_code == 1
    assert "KeyError" in result.stderr
    assert "tests/loyalty/cli/test_main.py:" in result.stderr
    assert "0912345678" not in result.stderr


def test_a_refusal_nobody_put_into_words_is_told_by_its_code() -> None:
    result = CliRunner().invoke(_failing(Conflict("it is so already")), [])
    assert result.exit_code == 1
    assert result.stderr == "Không làm được (conflict): it is so already\n"


def test_a_file_that_cannot_be_written_is_named() -> None:
    result = CliRunner().invoke(_failing(PermissionError(13, "Permission denied", "/var/data.key")), [])
    assert "/var/data.key (Permission denied)" in result.stderr


def test_every_command_is_found_by_itself_and_described(run: Run) -> None:
    told = run("--help")
    assert told.exit_code == 0
    for name in COMMANDS:
        assert name in told.stdout
        help_ = run(name, "--help").stdout
        assert "--json" in help_
        assert len(help_.splitlines()) > 3


def test_every_command_is_documented() -> None:
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    context = click.Context(loyalty)
    for name in COMMANDS:
        command = loyalty.get_command(context, name)
        below = command.commands if isinstance(command, click.Group) else {"": command}
        for each in below:
            assert f"loyalty {name} {each}".strip() in page


def test_an_unknown_command_is_wrong_usage(run: Run) -> None:
    assert run("fly").exit_code == 2


@pytest.mark.parametrize(
    ("count", "locale", "written"), [(0, "vi", "0"), (1234567, "vi", "1.234.567"), (1234567, "en", "1,234,567")]
)
def test_counts_are_written_as_people_read_them(count: int, locale: str, written: str) -> None:
    with click.Context(loyalty, obj=common.State(chosen=Settings(locale=locale))):
        assert common.whole(count) == written


def test_settings_are_read_once_per_run(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([Settings(locale="en")])  # asked a second time, it has none
    monkeypatch.setattr(settings_module, "load", lambda: next(answers))
    with click.Context(loyalty):
        assert common.chosen() is common.chosen()
        assert common.locale() == "en"
