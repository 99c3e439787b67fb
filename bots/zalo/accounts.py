"""The OAs one app speaks for: the one of the settings, and those that consented since. Each has its own tokens."""

import os
import platform
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bots.zalo.tokens import TokenKeeper
from loyalty.channels import granting
from loyalty.db import Database
from loyalty.settings import Settings

KIND = "zalo"
LOOK_AGAIN = 5.0  # seconds what was read is good for
HARDLY = 0.5  # seconds after which somebody unheard of is looked up anew: a new consent works at once


class Accounts:
    """Which OAs there is a grant of, and who keeps their tokens. Threads may share it."""

    def __init__(
        self, database: Database, settings: Settings, clock: Callable[[], datetime], *, window: timedelta
    ) -> None:
        self._database, self._settings, self._clock, self._window = database, settings, clock, window
        self._lock = threading.Lock()
        self._known: tuple[Sequence[str], float] = ((), 0.0)

    def others(self) -> Sequence[str]:
        """The OAs besides that of the settings, as of a few seconds ago at most."""
        return self._read(LOOK_AGAIN)

    def has(self, oa_id: str) -> bool:
        """Whether one of the others is this one."""
        return oa_id in self._read(LOOK_AGAIN) or oa_id in self._read(HARDLY)

    def _read(self, good_for: float) -> Sequence[str]:
        with self._lock:
            found, looked_at = self._known
            if looked_at and time.monotonic() - looked_at < good_for:
                return found
            with self._database.read_only() as session:
                granted = granting.granted(session, KIND)
            found = [oa_id for oa_id in granted if oa_id != self._settings.zalo_oa_id]
            self._known = (found, time.monotonic())
            return found

    def keeper(self, oa_id: str) -> TokenKeeper:
        """Who keeps this OA's tokens in this process; the first pair of the settings is only for the OA named there."""
        settings = self._settings
        if oa_id != settings.zalo_oa_id:
            settings = replace(settings, zalo_oa_id=oa_id, zalo_access_token="", zalo_refresh_token="")
        owner = f"{platform.node()}:{os.getpid()}"
        return TokenKeeper(self._database, settings, self._clock, owner=owner, window=self._window)
