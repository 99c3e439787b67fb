"""What the operator decides, read once from LOYALTY_* variables or a `.env` file beside pyproject.toml."""

import base64
import binascii
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from dotenv import dotenv_values
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var"


class SettingsError(Exception):
    """A wrong or missing value. The message is one line: the variable, what is wrong, the cure."""

    def __init__(self, variable: str, cure: str) -> None:
        super().__init__(f"{variable}: {cure}")
        self.variable = variable


@dataclass(frozen=True, slots=True)
class Hours:
    """A daily span of local time, [start, end); it may cross midnight."""

    start: time
    end: time

    def contain(self, moment: time) -> bool:
        if self.start <= self.end:
            return self.start <= moment < self.end
        return moment >= self.start or moment < self.end


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting of docs/settings.md. Secrets are kept out of `repr`."""

    database_url: str = field(default=f"sqlite:///{VAR / 'loyalty.db'}", repr=False)
    secret_key: str = field(default="", repr=False)
    data_keys: tuple[bytes, ...] = field(default=(), repr=False)  # 32 bytes each, newest first
    shop_name: str = ""
    shop_contact: str = ""
    base_url: str = "http://127.0.0.1:8000"
    timezone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Ho_Chi_Minh"))
    quiet_hours: Hours | None = field(default_factory=lambda: Hours(time(21), time(8)))
    locale: str = "vi"
    monthly_budget: int = 0  # whole ₫
    api_rate: int = 1200  # calls a minute and key; 0: no limit
    zalo_app_id: str = ""
    zalo_app_secret: str = field(default="", repr=False)
    zalo_oa_id: str = ""
    zalo_oa_secret_key: str = field(default="", repr=False)
    zalo_access_token: str = field(default="", repr=False)
    zalo_refresh_token: str = field(default="", repr=False)
    zalo_verifier: str = ""
    zalo_api_url: str = "https://openapi.zalo.me"
    zalo_oauth_url: str = "https://oauth.zaloapp.com"
    zalo_zns_url: str = "https://business.openapi.zalo.me"
    messenger_page_id: str = ""
    messenger_page_token: str = field(default="", repr=False)
    messenger_app_secret: str = field(default="", repr=False)
    messenger_verify_token: str = field(default="", repr=False)
    messenger_api_url: str = "https://graph.facebook.com"
    messenger_api_version: str = "v26.0"
    var: Path = VAR  # keys, the embedded database, backups

    @property
    def data_folder(self) -> Path:
        """Where files that belong to this database lie: beside an embedded one, else in `var`."""
        path = self.database_url.removeprefix("sqlite:///")
        return Path(path).parent if path != self.database_url else self.var


SECRETS = (
    "SECRET_KEY",
    "DATA_KEYS",
    "DATABASE_URL",
    "ZALO_APP_SECRET",
    "ZALO_OA_SECRET_KEY",
    "ZALO_ACCESS_TOKEN",
    "ZALO_REFRESH_TOKEN",
    "MESSENGER_PAGE_TOKEN",
    "MESSENGER_APP_SECRET",
    "MESSENGER_VERIFY_TOKEN",
)
ALWAYS_TOGETHER = {
    "ZALO": ("ZALO_APP_ID", "ZALO_APP_SECRET", "ZALO_OA_ID", "ZALO_OA_SECRET_KEY"),
    "MESSENGER": (
        "MESSENGER_PAGE_ID",
        "MESSENGER_PAGE_TOKEN",
        "MESSENGER_APP_SECRET",
        "MESSENGER_VERIFY_TOKEN",
    ),
}


def environment(root: Path = ROOT) -> dict[str, str]:
    """The environment of the process over `.env`."""
    kept = {name: value for name, value in dotenv_values(root / ".env").items() if value is not None}
    return {**kept, **os.environ}


def variables() -> frozenset[str]:
    """The names of all that `load` reads."""
    names = [name.upper() for name in Settings.__dataclass_fields__ if name != "var"]
    return frozenset(f"LOYALTY_{name}" for name in [*names, *(f"{secret}_FILE" for secret in SECRETS)])


def load(environ: Mapping[str, str] | None = None, *, root: Path = ROOT) -> Settings:
    """The settings in force. Without `environ`: those of `environment`. Raises SettingsError."""
    environ = environment(root) if environ is None else environ
    given = {name.removeprefix("LOYALTY_"): value for name, value in environ.items() if name.startswith("LOYALTY_")}
    values = {name: value.strip() for name, value in _with_files(given).items()}
    _refuse_halves(values)
    readers = {
        "DATABASE_URL": _database_url,
        "DATA_KEYS": _data_keys,
        "BASE_URL": _address,
        "TIMEZONE": _timezone,
        "QUIET_HOURS": _hours,
        "LOCALE": _locale,
        "MONTHLY_BUDGET": _count,
        "API_RATE": _count,
        "ZALO_API_URL": _address,
        "ZALO_OAUTH_URL": _address,
        "ZALO_ZNS_URL": _address,
        "MESSENGER_API_URL": _address,
        "MESSENGER_API_VERSION": _version,
    }
    names = {name.upper(): name for name in Settings.__dataclass_fields__ if name != "var"}
    chosen = {
        names[name]: readers.get(name, _text)(name, value)
        for name, value in values.items()
        if name in names and (value or name == "QUIET_HOURS")
    }
    return Settings(**chosen)  # type: ignore[arg-type]  # each reader returns its field's type


def _with_files(given: Mapping[str, str]) -> dict[str, str]:
    """A secret may lie in a file named by NAME_FILE; the variable itself wins."""
    values = dict(given)
    for name in SECRETS:
        path = given.get(f"{name}_FILE", "")
        if path and not given.get(name):
            try:
                values[name] = Path(path).read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise SettingsError(
                    f"LOYALTY_{name}_FILE", f"cannot read {path} ({error}); name a readable file"
                ) from None
    return values


def _refuse_halves(values: Mapping[str, str]) -> None:
    """A channel is on with all of its credentials, off with none; a half is a mistake worth a word."""
    for channel, names in ALWAYS_TOGETHER.items():
        missing = [name for name in names if not values.get(name)]
        if missing and len(missing) < len(names):
            raise SettingsError(
                f"LOYALTY_{missing[0]}", f"is missing; set it, or unset every LOYALTY_{channel}_ credential"
            )
    if values.get("ZALO_REFRESH_TOKEN") and not values.get("ZALO_ACCESS_TOKEN"):
        raise SettingsError("LOYALTY_ZALO_ACCESS_TOKEN", "is missing; set both tokens of the pair, or neither")


def _text(_name: str, value: str) -> str:
    return value


def _database_url(name: str, value: str) -> str:
    if value.startswith(("postgres://", "postgresql://")):
        value = "postgresql+psycopg://" + value.split("://", 1)[1]
    try:
        known = make_url(value).drivername in ("sqlite", "postgresql+psycopg")
    except (ArgumentError, ValueError):
        known = False
    if known and value.removeprefix("sqlite:///") and value.startswith(("sqlite:///", "postgresql+psycopg://")):
        return value
    raise SettingsError(
        f"LOYALTY_{name}", "must be sqlite:///FILE or postgresql+psycopg://USER:PASSWORD@HOST/NAME; mend or unset it"
    )


def _data_keys(name: str, value: str) -> tuple[bytes, ...]:
    try:
        keys = tuple(base64.b64decode(part.strip(), validate=True) for part in value.split(","))
    except binascii.Error:
        keys = ()
    if not keys or any(len(key) != 32 for key in keys):
        raise SettingsError(
            f"LOYALTY_{name}",
            "must be 32 random bytes in base64 (several: commas, newest first); make one: openssl rand -base64 32",
        )
    return keys


def _address(name: str, value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise SettingsError(f"LOYALTY_{name}", "must be an address such as https://shop.example; mend or unset it")
    return value.rstrip("/")


def _timezone(name: str, value: str) -> ZoneInfo:
    try:
        return ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise SettingsError(f"LOYALTY_{name}", f"knows no zone {value!r}; for Vietnam: Asia/Ho_Chi_Minh") from None


def _hours(name: str, value: str) -> Hours | None:
    if not value:
        return None
    try:
        start, end = (time.fromisoformat(part.strip()) for part in value.split("-"))
    except ValueError:
        raise SettingsError(f"LOYALTY_{name}", "must be like 21:00-08:00, or empty for none") from None
    return None if start == end else Hours(start, end)


def _locale(name: str, value: str) -> str:
    if value not in ("vi", "en"):
        raise SettingsError(f"LOYALTY_{name}", "must be vi or en")
    return value


def _version(name: str, value: str) -> str:
    if not re.fullmatch(r"v\d{1,3}\.\d{1,2}", value):
        raise SettingsError(f"LOYALTY_{name}", "must be like v26.0")
    return value


def _count(name: str, value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) <= 12):
        raise SettingsError(f"LOYALTY_{name}", "must be a whole number, 0 or more")
    return int(value)
