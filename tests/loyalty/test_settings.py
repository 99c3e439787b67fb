"""A wrong or missing value names its variable and the cure in one line."""

import base64
from datetime import time
from pathlib import Path

import pytest

from loyalty import settings
from loyalty.settings import Hours, SettingsError

KEY = base64.b64encode(b"k" * 32).decode()
ZALO = {f"LOYALTY_ZALO_{name}": "x" for name in ("APP_ID", "APP_SECRET", "OA_ID", "OA_SECRET_KEY")}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://x"),
        ("DATABASE_URL", "sqlite:///"),
        ("DATABASE_URL", "postgresql+psycopg://h:abc/x"),
        ("DATA_KEYS", "short"),
        ("DATA_KEYS", f"{KEY},zz"),
        ("BASE_URL", "shop.example"),
        ("TIMEZONE", "Mars"),
        ("QUIET_HOURS", "9pm-8am"),
        ("LOCALE", "fr"),
        ("MONTHLY_BUDGET", "-1"),
        ("MONTHLY_BUDGET", "1.5"),
        ("API_RATE", "many"),
        ("MESSENGER_API_VERSION", "zz"),
        ("DATA_KEYS_FILE", "/nowhere"),
        ("ZALO_OA_ID", "alone"),
        ("ZALO_REFRESH_TOKEN", "without access"),
    ],
)
def test_a_wrong_value_is_refused_in_one_line_that_names_it(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as refused:
        settings.load({f"LOYALTY_{name}": value})
    line = str(refused.value)
    assert line.startswith("LOYALTY_") and "\n" not in line
    assert name.split("_")[0] in line


def test_nothing_set_means_a_shop_in_vietnam() -> None:
    found = settings.load({})
    assert (found.locale, found.api_rate, str(found.timezone)) == ("vi", 1200, "Asia/Ho_Chi_Minh")
    assert found.quiet_hours == Hours(time(21), time(8))


def test_empty_quiet_hours_mean_none() -> None:
    assert settings.load({"LOYALTY_QUIET_HOURS": ""}).quiet_hours is None


@pytest.mark.parametrize(("clock", "quiet"), [("20:59", False), ("21:00", True), ("07:59", True), ("08:00", False)])
def test_quiet_hours_begin_with_their_start_and_end_before_their_end(clock: str, quiet: bool) -> None:
    assert Hours(time(21), time(8)).contain(time.fromisoformat(clock)) is quiet


def test_a_plain_postgresql_address_is_read_as_psycopg() -> None:
    assert (
        settings.load({"LOYALTY_DATABASE_URL": "postgres://u@h/shop"}).database_url == "postgresql+psycopg://u@h/shop"
    )


def test_a_secret_may_lie_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text(f"{KEY}\n")
    assert settings.load({"LOYALTY_DATA_KEYS_FILE": str(tmp_path / "keys")}).data_keys == (b"k" * 32,)


def test_all_credentials_of_a_channel_go_together() -> None:
    assert settings.load(ZALO).zalo_oa_id == "x"


def test_no_secret_shows_in_a_settings_repr() -> None:
    shown = repr(settings.load({**ZALO, "LOYALTY_DATA_KEYS": KEY, "LOYALTY_SECRET_KEY": "hush hush"}))
    assert "hush" not in shown and "k" * 32 not in shown
