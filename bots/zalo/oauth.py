"""Zalo's OAuth v4 for an OA: asking consent, the first pair of tokens, and the next.

An access token lives 25 hours and ends at once when a new one is issued; a refresh token lives three months and is
spent by one use (Zalo's OAuth page, 2026-10). No token appears in a log, an exception or a repr here.
"""

import base64
import hashlib
import secrets
import string
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import requests

from bots.channel import Action
from bots.strict_json import clean
from bots.zalo import transport
from bots.zalo.errors import ZaloReplyException, send_error

OAUTH_URL = "https://oauth.zaloapp.com"
LIFETIME = timedelta(hours=25)  # of an access token whose `expires_in` cannot be read

_BUSY = "-32"
_PASSING = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.REQUEST_TIMEOUT)


class TokenRefused(Exception):
    """No new tokens. `terminal`: an administrator of the OA must consent again; otherwise it may be tried later."""

    def __init__(self, code: str, terminal: bool) -> None:
        super().__init__(f"{code} ({'consent is needed' if terminal else 'for now'})")
        self.code = code
        self.terminal = terminal


class TokenAnswerLost(Exception):
    """The request went out and no whole answer came: the old refresh token may be spent already.

    One more try with the same token is all that is left; `-14020` then means it is lost.
    """


@dataclass(frozen=True, slots=True)
class TokenPair:
    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_at: datetime  # of the access token, aware UTC


def refresh(app_id: str, app_secret: str, refresh_token: str, *, oauth_url: str = OAUTH_URL) -> TokenPair:
    """Spend `refresh_token` for a new pair: to be stored before anything else is done with it.

    Raises TokenRefused, TokenAnswerLost.
    """
    return _ask(refresh_form(app_id, refresh_token), app_secret, oauth_url)


def exchange(app_id: str, app_secret: str, code: str, verifier: str, *, oauth_url: str = OAUTH_URL) -> TokenPair:
    """The first pair for the `code` a consent came back with: one use, ten minutes. Raises as `refresh` does."""
    return _ask(code_form(app_id, code, verifier), app_secret, oauth_url)


def permission_url(
    app_id: str,
    redirect_uri: str,
    *,
    challenge: str | None = None,
    state: str | None = None,
    oauth_url: str = OAUTH_URL,
) -> str:
    """Where an administrator of the OA consents; they come back to `redirect_uri` with `code`, `oa_id` and `state`.

    `redirect_uri` must equal the Official Account Callback URL of the app's console, else -14003.
    """
    query = {"app_id": app_id, "redirect_uri": redirect_uri, "code_challenge": challenge, "state": state}
    known = {name: value for name, value in query.items() if value is not None}
    return f"{oauth_url.rstrip('/')}/v4/oa/permission?{urlencode(known)}"


def new_verifier() -> str:
    """43 random letters and digits, to be kept beside `state` until the consent comes back."""
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(43))


def challenge(verifier: str) -> str:
    """What the permission page is told of `verifier`: its SHA-256 in base64url without padding."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def token_url(oauth_url: str) -> str:
    return f"{oauth_url.rstrip('/')}/v4/oa/access_token"


def code_form(app_id: str, code: str, verifier: str) -> dict[str, str]:
    return {"code": code, "app_id": app_id, "grant_type": "authorization_code", "code_verifier": verifier}


def refresh_form(app_id: str, refresh_token: str) -> dict[str, str]:
    return {"refresh_token": refresh_token, "app_id": app_id, "grant_type": "refresh_token"}


def token_pair(reply: dict[str, Any]) -> TokenPair | None:
    """The pair in a token reply; None unless both tokens are there."""
    access, following = reply.get("access_token"), reply.get("refresh_token")
    if not (isinstance(access, str) and access and isinstance(following, str) and following):
        return None
    return TokenPair(access, following, datetime.now(UTC) + _lifetime(reply.get("expires_in")))


def _lifetime(seconds: object) -> timedelta:
    """Zalo writes the seconds as a string. A pair must never be lost over a damaged one."""
    text = str(seconds).strip() if isinstance(seconds, (str, int)) else ""
    return timedelta(seconds=int(text)) if text.isascii() and text.isdecimal() and len(text) < 9 else LIFETIME


def _ask(form: dict[str, str], app_secret: str, oauth_url: str) -> TokenPair:
    """Ask once, in a session of its own: it happens about once a day."""
    headers = {"secret_key": app_secret}
    try:
        with transport.session() as session:
            response = transport.call(
                session, "POST", token_url(oauth_url), transport.TIMEOUT, data=form, headers=headers
            )
    except (requests.RequestException, ZaloReplyException) as error:
        # None: the chain would carry the request, and with it the tokens
        raise _unanswered(error) from None
    return _answered(response)


def _unanswered(error: requests.RequestException | ZaloReplyException) -> Exception:
    verdict = send_error(error)
    return TokenAnswerLost(verdict.code) if verdict.action is Action.UNKNOWN else TokenRefused(verdict.code, False)


def _answered(response: requests.Response) -> TokenPair:
    status = response.status_code
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise TokenAnswerLost(f"http {status}")
    try:
        reply = response.json()
    except (ValueError, RecursionError):
        reply = None
    if not isinstance(reply, dict):
        raise _no_object(status)
    if status == HTTPStatus.OK and (pair := token_pair(reply)):
        return pair
    if reply.get("access_token"):
        raise TokenAnswerLost("half a pair")
    code = reply.get("error", f"http {status}")
    raise TokenRefused(clean(str(code))[:40], terminal=str(code) != _BUSY and status not in _PASSING)


def _no_object(status: int) -> Exception:
    if status == HTTPStatus.OK:
        return TokenAnswerLost("no JSON")
    return TokenRefused(f"http {status}", terminal=status not in _PASSING)
