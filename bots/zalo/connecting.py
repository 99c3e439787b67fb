"""Consent of an OA, from the click to the tokens: to Zalo's page with a challenge, back with a code, then exchanged.

No token, code or verifier appears in a log or an exception here.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import requests
from sqlalchemy.orm import Session
from structlog import get_logger

from bots.strict_json import clean
from bots.zalo import client, oauth
from bots.zalo.errors import ZaloException
from bots.zalo.event import identifier
from loyalty.alerts import raising
from loyalty.channels import granting
from loyalty.channels.connectors import Journey
from loyalty.channels.granting import GrantOther, Taken
from loyalty.channels.tokens import Pair
from loyalty.db import Database
from loyalty.errors import LoyaltyError, RuleViolation
from loyalty.settings import Settings
from loyalty.staff import audit

log = get_logger()
CALLBACK = "/channels/zalo/callback"


class ConsentRefused(RuleViolation):
    """Zalo gave no tokens; `platform_code` is its own code, or what went wrong."""

    code = "consent_refused"

    def __init__(self, platform_code: str) -> None:
        super().__init__(platform_code, platform_code=platform_code)


class ZaloConnector:
    """Consents for the OAs of the app in the settings."""

    kind = "zalo"

    def __init__(
        self, database: Database, settings: Settings, clock: Callable[[], datetime], *, window: timedelta
    ) -> None:
        self._database, self._settings, self._clock, self._window = database, settings, clock, window

    @property
    def callback(self) -> str:
        return f"{self._settings.base_url.rstrip('/')}{CALLBACK}"

    def begin(
        self, session: Session, *, wanted: str | None, by: str, source: str, in_browser: bool, now: datetime
    ) -> Journey:
        """Zalo's page for one consent, good for ten minutes: its verifier is this consent's alone."""
        verifier = oauth.new_verifier()
        asked = granting.ask(
            session,
            self.kind,
            wanted=wanted,
            verifier=verifier,
            by=by,
            source=source,
            in_browser=in_browser,
            now=now,
        )
        given, challenge = self._settings, oauth.challenge(verifier)
        url = oauth.permission_url(
            given.zalo_app_id, self.callback, challenge=challenge, state=asked.state, oauth_url=given.zalo_oauth_url
        )
        return Journey(url, asked.state, asked.browser, self.callback)

    def finish(self, came: Mapping[str, str], *, browser: str) -> str:
        """Exchange the code somebody came back with, once; the OA that consented, which may send from now on.

        Nothing stored changes when it is refused. Raises GrantUnknown, GrantLate, GrantElsewhere, GrantOther,
        ConsentRefused.
        """
        with self._database.transaction() as session:
            taken = granting.take(
                session, self.kind, clean(came.get("state"))[:200], browser=browser, now=self._clock()
            )
        try:
            oa_id, pair = self._exchange(taken, came)
        except LoyaltyError as refusal:
            fault = str(refusal.facts.get("platform_code") or refusal.code)
            with self._database.transaction() as session:
                granting.fail(session, taken, fault)
            log.warning("consent_refused", channel=self.kind, code=fault)
            raise
        self._keep(taken, oa_id, pair)
        return oa_id

    def _exchange(self, taken: Taken, came: Mapping[str, str]) -> tuple[str, Pair]:
        """The code for a pair of tokens; that they are the wanted OA's is asked of Zalo itself."""
        code, claimed = came.get("code", ""), identifier(came.get("oa_id"))
        if not code:
            raise ConsentRefused(identifier(came.get("error"))[:40] or "no_code")
        if taken.wanted and claimed and claimed != taken.wanted:
            raise GrantOther(wanted=taken.wanted, got=claimed)
        given = self._settings
        try:
            found = oauth.exchange(
                given.zalo_app_id, given.zalo_app_secret, code, taken.verifier, oauth_url=given.zalo_oauth_url
            )
        except oauth.TokenRefused as refusal:
            raise ConsentRefused(refusal.code) from None
        except oauth.TokenAnswerLost:
            raise ConsentRefused("answer_lost") from None
        oa_id = self._owner(found.access) or claimed
        if not oa_id:
            raise ConsentRefused("no_oa")
        if taken.wanted and oa_id != taken.wanted:
            raise GrantOther(wanted=taken.wanted, got=oa_id)
        return oa_id, Pair(found.access, found.refresh, found.expires_at)

    def _owner(self, access: str) -> str:
        """Whose token this is; "" when Zalo does not say just now: the pair must not be lost over that."""
        given = self._settings
        asking = client.Client(
            given.zalo_app_id, given.zalo_app_secret, access, endpoint_prefix=given.zalo_api_url.rstrip("/")
        )
        try:
            told = asking.get_oa().get("data")
        except (ZaloException, requests.RequestException):
            return ""
        finally:
            asking.close()
        return identifier(told.get("oa_id") or told.get("oaid")) if isinstance(told, dict) else ""

    def _keep(self, taken: Taken, oa_id: str, pair: Pair) -> None:
        with self._database.transaction() as session:
            now, subject = self._clock(), f"{self.kind}:{oa_id}"
            granting.keep(session, taken, oa_id, pair, window=self._window, now=now)
            for kind in ("token_lost", "channel_stopped"):
                raising.close(session, kind, subject, now=now)
            audit.record(
                session, taken.asked_by, "channel_connected", f"channel:{subject}", source=taken.source, now=now
            )
        log.info("consent_given", channel=self.kind)
