"""Keeping one OA's token pair alive across processes.

A refresh token is spent by one use and the old access token ends with it, so exactly one process refreshes, under a
lease committed before the call; the others wait for its result. A lost answer is tried once more with the same token;
refused then, the grant is lost and the owner is told.
"""

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy.orm import Session
from structlog import get_logger

from bots.channel import Action, SendError
from bots.zalo import oauth
from loyalty.alerts import raising
from loyalty.channels import accounts, tokens
from loyalty.channels.tokens import Pair
from loyalty.db import Database
from loyalty.settings import Settings

log = get_logger()
EARLY = timedelta(hours=5)  # of 25: a pair from the settings is refreshed 20 h after it was first seen
FRESH_FOR = 2.0  # seconds a token read from the database is used without looking again
PATIENCE = 45.0  # seconds to wait for another process's refresh: its lease and a little more
LOOK = 0.2
BUSY_WAIT = timedelta(seconds=5)  # of what found another process at the refresh all that time
REFUSED_WAIT = timedelta(seconds=30)  # of what Zalo would give no token for just now


class TokenKeeper:
    """The access token of one account, for the threads of one process."""

    def __init__(
        self, database: Database, settings: Settings, clock: Callable[[], datetime], *, owner: str, window: timedelta
    ) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._owner = owner
        self._window = window
        self._used = threading.local()
        self._account_id: int | None = None
        self._known: tuple[str, float] = ("", 0.0)

    def current(self) -> str:
        """The access token to use now. Raises SendError when consent is needed."""
        token, read_at = self._known
        if not token or time.monotonic() - read_at > FRESH_FOR:
            token = self._read().access
            self._known = (token, time.monotonic())
        self._used.token = token
        return token

    def renew(self) -> None:
        """Replace the token this thread used last, unless somebody has already. Raises SendError."""
        refused = getattr(self._used, "token", "") or self._read().access
        self._replace(refused)

    def upkeep(self) -> None:
        """Refresh early, before anybody is refused."""
        pair = self._read()
        if self._clock() >= pair.expires_at - EARLY:
            self._replace(pair.access)

    def _read(self) -> Pair:
        if self._account_id is None:
            self._account_id = self._introduce()  # known only once it is committed: other threads read what is there
        with self._database.read_only() as session:
            found = tokens.find(session, self._account_id)
        if found is None or found[1] != "ok":
            raise SendError(Action.STOP, "needs_consent", "the OA must consent again")
        return found[0]

    def _introduce(self) -> int:
        with self._database.transaction() as session:
            now = self._clock()
            account = accounts.ensure(session, "zalo", self._settings.zalo_oa_id, window=self._window, now=now)
            self._grant(session, account.id)
            return account.id

    def _grant(self, session: Session, account_id: int) -> None:
        given = self._settings
        if given.zalo_access_token and given.zalo_refresh_token:
            now = self._clock()
            pair = Pair(given.zalo_access_token, given.zalo_refresh_token, now + oauth.LIFETIME)
            tokens.grant(session, account_id, pair, now=now)

    def _replace(self, refused: str) -> None:
        self._known = ("", 0.0)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            pair = self._read()
            if pair.access != refused:
                return None
            assert self._account_id is not None
            with self._database.transaction() as session:
                mine = tokens.lease(session, self._account_id, refused, self._owner, now=self._clock())
            if mine is not None:
                return self._spend(self._account_id, mine)
            time.sleep(LOOK)
        raise SendError(Action.RETRY, "refresh_busy", retry_after=BUSY_WAIT)

    def _spend(self, account_id: int, pair: Pair) -> None:
        """Under the lease: ask for the next pair and store it before anybody uses it."""
        try:
            fresh = self._ask(pair)
        except (oauth.TokenRefused, oauth.TokenAnswerLost) as refusal:
            lost = not isinstance(refusal, oauth.TokenRefused) or refusal.terminal
            self._give_up(account_id, pair, lost=lost, code=getattr(refusal, "code", "answer_lost"))
            if lost:
                raise SendError(Action.STOP, "token_refused") from None
            raise SendError(Action.RETRY, "token_refused", retry_after=REFUSED_WAIT) from None
        with self._database.transaction() as session:
            now = self._clock()
            following = Pair(fresh.access, fresh.refresh, fresh.expires_at)
            tokens.replace(session, account_id, following, spent=pair.refresh, now=now)
            raising.close(session, "token_lost", self._subject, now=now)
        log.info("token_refreshed", channel="zalo")

    def _ask(self, pair: Pair) -> oauth.TokenPair:
        given = self._settings
        spend = partial(
            oauth.refresh, given.zalo_app_id, given.zalo_app_secret, pair.refresh, oauth_url=given.zalo_oauth_url
        )
        try:
            return spend()
        except oauth.TokenAnswerLost:
            return spend()

    def _give_up(self, account_id: int, pair: Pair, *, lost: bool, code: str) -> None:
        with self._database.transaction() as session:
            if tokens.release(session, account_id, lost=lost, spent=pair.refresh) and lost:
                raising.raise_alert(session, "token_lost", self._subject, code, now=self._clock())
        log.warning("token_refused", channel="zalo", code=code)

    @property
    def _subject(self) -> str:
        return f"zalo:{self._settings.zalo_oa_id}"
