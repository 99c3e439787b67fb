"""What the OA client and the ZNS client share: tokens, headers, requests, refusals."""

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import requests

from bots.zalo import oauth, transport
from bots.zalo.errors import (
    ZaloException,
    ZaloOAAuthTokenExpiredException,
    ZaloOAException,
    ZaloReplyException,
    http_error,
)
from bots.zalo.messages import Json

PROOF_WANTED = (-242, -1241)  # the app asks for `appsecret_proof`; nothing was done
TOKEN_REFUSED = (-216, -220)  # -216 reads "Access token is invalid" on the live interface, so its text says nothing


class BaseClient:
    """One app's view of one OA. May be shared by a small pool of threads.

    `token`, if given, is asked for the access token before every call instead of the one kept here. `proof` adds
    `appsecret_proof` to every call (the app's setting "require app secret proof"); without it, it is added from the
    first call on that Zalo refuses for lack of it. `timeout` is the seconds to
    connect and the seconds for everything. Calls return Zalo's whole reply and raise ZaloException, or
    requests.RequestException when the network failed.
    """

    def __init__(
        self,
        app_id: str,
        secret_key: str,
        access_token: str = "",
        refresh_token: str = "",
        *,
        endpoint_prefix: str = "",
        expire_at: int | str = 0,
        oauth_url: str = oauth.OAUTH_URL,
        token: Callable[[], str] | None = None,
        proof: bool = False,
        timeout: tuple[float, float] = transport.TIMEOUT,
    ) -> None:
        self.endpoint_prefix = endpoint_prefix
        self._app_id, self._secret_key = app_id, secret_key
        self._access_token, self._refresh_token, self._expire_at = access_token, refresh_token, int(expire_at)
        self._oauth_url, self._token, self._proof, self._timeout = oauth_url, token, proof, timeout
        self._session = transport.session()
        self._refreshing = threading.Lock()

    @property
    def access_token(self) -> str:
        return self._token() if self._token else self._access_token

    @access_token.setter
    def access_token(self, token: str) -> None:
        self._access_token = token

    @property
    def refresh_token(self) -> str:
        return self._refresh_token

    @refresh_token.setter
    def refresh_token(self, token: str) -> None:
        self._refresh_token = token

    def close(self) -> None:
        self._session.close()

    def create_request_header(
        self,
        method: str,
        xtra_headers: Mapping[str, str] = {},
        type: str = "",  # noqa: A002 - zalo-sdk's name
    ) -> dict[str, str]:
        """Headers of a GET, a POST, or (`type="file"`) a multipart POST, whose content type `requests` sets itself."""
        if method not in ("GET", "POST"):
            raise ValueError(f"unknown method {method!r}")
        token = self.access_token
        headers = {"access_token": token}
        if method == "POST" and type != "file":
            headers["Content-Type"] = "application/json"
        if self._proof:
            headers["appsecret_proof"] = hmac.new(self._secret_key.encode(), token.encode(), hashlib.sha256).hexdigest()
        return headers | dict(xtra_headers)

    def send_request(
        self,
        method: str,
        url: str,
        body: Json | None = None,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] = {},
        files: Mapping[str, Any] | None = None,
    ) -> requests.Response:
        """One request. A GET carries `body` as JSON in its query parameter `data`.

        A POST with `files` carries each member of `body` as a form field holding JSON, beside the files.
        """
        query = dict(params or {})
        if method == "GET":
            query |= {} if body is None else {"data": json.dumps(body)}
            return self._call("GET", url, params=query, headers=headers)
        if method != "POST":
            raise ValueError(f"unknown method {method!r}")
        if files is None:
            return self._call("POST", url, json=body or {}, headers=headers)
        form = {name: json.dumps(value) for name, value in (body or {}).items()}
        multipart = {name: value for name, value in headers.items() if name.lower() != "content-type"}
        return self._call("POST", url, data=form, files=files, headers=multipart)

    def check_http_error(self, response: requests.Response) -> None:
        if response.status_code != 200:
            raise http_error(response)

    def check_zalo_oa_error(self, response: Json) -> None:
        """Raise the refusal an OA reply holds; they come with HTTP 200."""
        code, message = _refusal(response)
        if code in TOKEN_REFUSED:
            raise ZaloOAAuthTokenExpiredException(code, message)
        if code != 0:
            raise ZaloOAException(code, message)

    def check_zalo_zns_error(self, response: Json) -> None:
        code, message = _refusal(response)
        if code == -124:
            raise ZaloOAAuthTokenExpiredException(code, message)
        if code != 0:
            raise ZaloException(code, message)

    def request_authoriation_code_url(
        self, callback_url: str, code_challenge: str | None = None, state: str | None = None
    ) -> str:
        """Where an administrator of the OA gives consent. (Its name is misspelt as in zalo-sdk.)"""
        return oauth.permission_url(
            self._app_id, callback_url, challenge=code_challenge, state=state, oauth_url=self._oauth_url
        )

    def isAccessTokenExpired(self) -> bool:  # noqa: N802 - zalo-sdk's name
        """Whether the kept `expire_at` (seconds since 1970, UTC) has passed; never, if there is none."""
        return self._expire_at != 0 and self._expire_at < time.time()

    def get_access_token_from_authorization_code(
        self, authorization_code: str, code_verifier: str
    ) -> tuple[str, str, int]:
        """The first pair of tokens and when the access token ends; also kept here."""
        with self._refreshing:
            return self._keep(oauth.code_form(self._app_id, authorization_code, code_verifier))

    def refresh_acccess_token(self) -> tuple[str, str, int]:
        """A new pair of tokens; also kept here. (Its name is misspelt as in zalo-sdk.)

        The refresh token is spent by it. Threads that ask at the same time share one refresh.
        """
        spent = self._refresh_token
        with self._refreshing:
            if self._refresh_token != spent:
                return self._access_token, self._refresh_token, self._expire_at
            return self._keep(oauth.refresh_form(self._app_id, spent))

    def check_and_set_token(self, zalo_response: Json) -> None:
        """Keep the pair a token reply holds. Raises ZaloException, keeping the old one, when it holds none."""
        pair = oauth.token_pair(zalo_response)
        if pair is None:
            raise ZaloException(-1, "the answer holds no pair of tokens")
        self._access_token, self._refresh_token = pair.access, pair.refresh
        self._expire_at = int(pair.expires_at.timestamp())

    def _keep(self, form: dict[str, str]) -> tuple[str, str, int]:
        url = oauth.token_url(self._oauth_url)
        response = self._call("POST", url, data=form, headers={"secret_key": self._secret_key})
        reply = self._decoded(response)
        self.check_zalo_oa_error(reply)
        self.check_and_set_token(reply)
        return self._access_token, self._refresh_token, self._expire_at

    def _call(self, method: str, url: str, **parts: Any) -> requests.Response:
        return transport.call(self._session, method, url, self._timeout, **parts)

    def _proven(self, call: Callable[[], Json]) -> Json:
        """The reply of a call, made once more with a proof where Zalo turns out to want one."""
        try:
            return call()
        except ZaloException as refusal:
            if self._proof or refusal.code not in PROOF_WANTED:
                raise
            self._proof = True
            return call()

    def _decoded(self, response: requests.Response) -> Json:
        self.check_http_error(response)
        try:
            reply = json.loads(response.content)
        except (ValueError, RecursionError):
            raise ZaloReplyException(-1, "no JSON") from None
        if not isinstance(reply, dict):
            raise ZaloReplyException(-1, "no JSON object")
        return reply


def _refusal(reply: Json) -> tuple[object, str | None]:
    """The error code, 0 for none, and its text. Numbers arrive as strings here and there."""
    code, message = reply.get("error", 0), reply.get("message")
    if isinstance(code, str) and code.strip().lstrip("-").isdecimal() and len(code) < 12:
        code = int(code)
    return code, message if isinstance(message, str) else None
