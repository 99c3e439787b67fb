"""A restore killed at any moment leaves the database as it was, or as it should become; the next one succeeds."""

import base64
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from loyalty.db import Database
from loyalty.installation.backups.envelope import BadBackup
from loyalty.settings import Settings
from tests.builders_backups import back_up, contents, make_shop, restore
from tests.builders_customers import later, make_customer

STEPS = (1, 9, 33, 40, 40, 40, 40)  # lines of progress to wait for; 40 are all, then comes the replacing
SEED = 20261122


def test_killed_anywhere_the_database_is_whole(database: Database, settings: Settings, tmp_path: Path) -> None:
    make_shop(database)
    made = back_up(database, settings, tmp_path / "out")
    with database.transaction() as session:
        make_customer(session, name="Người đến sau")
    database.close()
    before = contents(settings)
    chance = random.Random(SEED)

    for lines in STEPS:
        start_and_kill(settings, made.path, lines, chance.random() / (4 if lines == 40 else 30))
        after = contents(settings)
        assert after == before or is_restored(after), f"neither old nor new after {lines} lines, seed {SEED}"

    restore_at_last(settings, made.path)
    assert is_restored(contents(settings))
    assert not (tmp_path / "loyalty.db.restoring").exists()


def is_restored(found: dict[str, list[tuple[object, ...]]]) -> bool:
    return len(found["customer"]) == len(found["customer_key"]) == 2 and len(found["ledger_entry"]) == 2


def start_and_kill(settings: Settings, path: Path, lines: int, pause: float) -> None:
    """Run the command, wait for that many lines of progress and a moment more, and kill it."""
    environment = {
        **os.environ,
        "LOYALTY_DATABASE_URL": settings.database_url,
        "LOYALTY_DATA_KEYS": base64.b64encode(settings.data_keys[0]).decode(),
        "LOYALTY_SECRET_KEY": settings.secret_key,
    }
    command = [sys.executable, "-c", "from loyalty.cli import main; main()", "restore", str(path)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        seen = 0
        while seen < lines and process.stderr.readline():
            seen += 1
        time.sleep(pause)
        process.send_signal(signal.SIGKILL)
        assert seen > 0, "it ended before its first line"


def restore_at_last(settings: Settings, path: Path) -> None:
    """PostgreSQL may need a moment to notice that a client was killed."""
    deadline = time.monotonic() + 20
    while True:
        try:
            restore(settings, path, now=later(5))
            return
        except BadBackup as refused:
            if refused.code != "backup_in_use" or time.monotonic() > deadline:
                pytest.fail(f"not restored: {refused.code}")
            time.sleep(0.2)
