"""The operator's command run inside the test, on either engine."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner, Result
from structlog.testing import capture_logs

from loyalty.cli import loyalty
from loyalty.settings import Settings

Run = Callable[..., Result]


@pytest.fixture
def environment(settings: Settings) -> dict[str, str]:
    """What names this test's database to another program."""
    return {
        "LOYALTY_DATABASE_URL": settings.database_url,
        "LOYALTY_DATA_KEYS": ",".join(base64.b64encode(key).decode() for key in settings.data_keys),
        "LOYALTY_SECRET_KEY": settings.secret_key,
        "LOYALTY_SHOP_NAME": settings.shop_name,
    }


@pytest.fixture
def run(environment: dict[str, str]) -> Run:
    """`run("staff", "list", LOYALTY_LOCALE="en")`: the arguments, and settings beside the usual ones."""

    def invoke(*arguments: str, **extra: str) -> Result:
        with capture_logs():  # `main` has them go to standard error
            return CliRunner(env=environment | extra).invoke(loyalty, arguments)

    return invoke


def document(result: Result) -> Any:
    """The one JSON document a command printed."""
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)
