"""Graph API calls for one page: addresses, proofs, time limits, and nothing of what they mean to us."""

import json
import ssl
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import quote

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError, NewConnectionError

from bots import strict_json
from bots.channel import Action, Malformed, SendError
from bots.messenger.errors import MessengerError
from bots.messenger.signature import appsecret_proof
from bots.messenger.usage import Meter

API_URL = "https://graph.facebook.com"
API_VERSION = "v26.0"  # in force since August 2026
REPLY_LIMIT = 2**20  # bytes
TEMPLATE_PAGES = 20  # of a hundred: more than a page may have
CONNECTIONS = 32  # kept open, shared by the threads of a worker
MISWRITTEN = (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema, requests.exceptions.MissingSchema)


class GraphClient:
    """One page's calls; threads may share it.

    Every call raises MessengerError when Graph refuses, and SendError when there is no usable answer: retry when
    nothing can have been done, unknown when it may have been. `timeout` is (connect, each read) in seconds, `patience`
    the seconds a reply's body may take in all.
    """

    def __init__(
        self,
        page_id: str,
        token: str,
        secret: str,
        *,
        api_url: str = API_URL,
        api_version: str = API_VERSION,
        timeout: tuple[float, float] = (3.0, 10.0),
        patience: float = 15.0,
    ) -> None:
        self._page = quote(page_id, safe="")
        self._base = f"{api_url.rstrip('/')}/{api_version}"
        self._proof = appsecret_proof(token, secret)
        self._timeout = timeout
        self._patience = patience
        self._session = _session(token)
        self.meter = Meter()

    def send_message(
        self, user: str, message: Mapping[str, Any], messaging_type: str = "RESPONSE", tag: str | None = None
    ) -> str:
        """Send one `message` object to a PSID; returns Meta's message id. There is no idempotency key: twice is twice.

        An answer without an id leaves open whether the message went out: SendError, unknown.
        """
        body = {"recipient": {"id": user}, "messaging_type": messaging_type, "message": message}
        body |= {"tag": tag} if tag else {}
        message_id = self._call("POST", f"{self._page}/messages", body).get("message_id")
        if not isinstance(message_id, str) or not message_id:
            raise SendError(Action.UNKNOWN, "answer", "no message_id")
        return message_id

    def upload_image(self, content: bytes, mime: str) -> str:
        """Keep a picture at Meta, to be shown in any number of messages; its attachment id, good for 90 days."""
        kept = {"attachment": {"type": "image", "payload": {"is_reusable": True}}}
        file = (f"picture.{mime.rpartition('/')[2]}", content, mime)
        sent = {"data": {"message": json.dumps(kept)}, "files": {"filedata": file}}
        attachment_id = self._request("POST", f"{self._page}/message_attachments", {}, **sent).get("attachment_id")
        if not isinstance(attachment_id, str) or not attachment_id:
            raise SendError(Action.UNKNOWN, "answer", "no attachment_id")
        return attachment_id

    def sender_action(self, user: str, action: str) -> None:
        """Show `typing_on` (up to 20 s), `typing_off` or `mark_seen`; counts as a call."""
        self._call("POST", f"{self._page}/messages", {"recipient": {"id": user}, "sender_action": action})

    def profile(self, psid: str, fields: Sequence[str] = ("first_name", "last_name")) -> dict[str, Any]:
        """What Graph tells of a person. One field the app may not read fails the whole call."""
        return self._call("GET", quote(psid, safe=""), fields=",".join(fields))

    def subscribe(self, fields: Sequence[str]) -> None:
        """Have the page's events delivered to the app; repeating it is harmless and repairs a lost subscription."""
        self._call("POST", f"{self._page}/subscribed_apps", subscribed_fields=",".join(fields))

    def subscriptions(self) -> dict[str, frozenset[str]]:
        """The apps the page's events go to, by app id, each with its fields."""
        apps = self._call("GET", f"{self._page}/subscribed_apps").get("data")
        found = [app for app in apps if isinstance(app, dict)] if isinstance(apps, list) else []
        return {str(app.get("id")): _texts(app.get("subscribed_fields")) for app in found}

    def templates(self) -> list[Any]:
        """Every message template of the page, as Graph lists them: a hundred at a time."""
        rows: list[Any] = []
        after = ""
        for _page in range(TEMPLATE_PAGES):
            cursor = {"after": after} if after else {}
            fields = "name,language,status,category,components"
            answer = self._call("GET", f"{self._page}/message_templates", fields=fields, limit="100", **cursor)
            rows += answer["data"] if isinstance(answer.get("data"), list) else []
            after = _next(answer.get("paging"))
            if not after:
                break
        return rows

    def messenger_profile(self, fields: Sequence[str]) -> dict[str, Any]:
        """What is set of these; what is not, is absent."""
        found = self._call("GET", "me/messenger_profile", fields=",".join(fields)).get("data")
        parts = [part for part in found if isinstance(part, dict)] if isinstance(found, list) else []
        return {key: value for part in parts for key, value in part.items()}

    def set_messenger_profile(self, **settings: Any) -> None:
        """Set `get_started`, `greeting`, `persistent_menu` …; what is not named stays. Ten calls in ten minutes."""
        self._call("POST", "me/messenger_profile", settings)

    def clear_messenger_profile(self, fields: Sequence[str]) -> None:
        """Take settings away; those that are not set are no error."""
        self._call("DELETE", "me/messenger_profile", {"fields": list(fields)})

    def _call(self, method: str, path: str, body: Any = None, **params: str) -> dict[str, Any]:
        return self._request(method, path, params, json=body)

    def _request(self, method: str, path: str, params: Mapping[str, str], **sent: Any) -> dict[str, Any]:
        """`sent` is the body, as `requests` takes it."""
        asked = {**params, "appsecret_proof": self._proof}
        options: dict[str, Any] = {"timeout": self._timeout, "allow_redirects": False, "stream": True, **sent}
        try:
            with self._session.request(method, f"{self._base}/{path}", asked, **options) as response:
                self.meter.read(response.headers)
                return _judged(response, self._body(response))
        except (requests.RequestException, HTTPError) as error:
            raise _unanswered(error) from None  # its text holds the address and the proof

    def _body(self, response: requests.Response) -> bytes:
        """The reply as far as it came: a server that drips or floods gets no more of our time than it is worth."""
        deadline = time.monotonic() + self._patience
        body = bytearray()
        while chunk := response.raw.read1(2**16, decode_content=False):
            body += chunk
            if len(body) > REPLY_LIMIT or time.monotonic() > deadline:
                raise SendError(Action.UNKNOWN, "timeout" if len(body) <= REPLY_LIMIT else "answer", "reply cut off")
        return bytes(body)


def _session(token: str) -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # no proxy, no .netrc from the surroundings
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers.update({"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"})
    for scheme in ("https://", "http://"):
        session.mount(scheme, HTTPAdapter(pool_maxsize=CONNECTIONS))
    return session


def _judged(response: requests.Response, body: bytes) -> dict[str, Any]:
    """The answer, if it is one. The `error` object counts before the status: Graph sends it with 200 as well."""
    status = response.status_code
    try:
        answer = strict_json.loads(body)
    except Malformed:
        answer = None
    if answer and isinstance(answer.get("error"), dict):
        raise MessengerError.from_answer(answer["error"], status, response.headers)
    if answer is not None and 200 <= status < 300:
        return answer
    if 300 <= status < 500:  # refused by something before Graph
        raise SendError(Action.RETRY, f"http-{status}", retry_after=_retry_after(response))
    raise SendError(Action.UNKNOWN, f"http-{status}" if status >= 500 else "answer", "no usable answer")


def _unanswered(error: Exception) -> SendError:
    """Retry only where no connection was made; everything later may have been carried out."""
    reason = getattr(_first(error.args), "reason", None)
    is_untrusted = isinstance(_first(getattr(reason, "args", ())), ssl.SSLCertVerificationError)
    if isinstance(error, requests.ConnectTimeout) or isinstance(reason, NewConnectionError) or is_untrusted:
        return SendError(Action.RETRY, "connect", type(reason).__name__)
    if isinstance(error, MISWRITTEN):
        return SendError(Action.STOP, "address", "the Graph address is not one")
    return SendError(Action.UNKNOWN, "timeout" if "Timeout" in type(error).__name__ else "broken", type(error).__name__)


def _retry_after(response: requests.Response) -> timedelta | None:
    seconds = response.headers.get("Retry-After", "")
    is_number = seconds.isascii() and seconds.isdigit() and len(seconds) <= 5
    return timedelta(seconds=int(seconds)) if is_number else None


def _next(paging: object) -> str:
    """The cursor of the next page, "" on the last one."""
    fields = paging if isinstance(paging, dict) else {}
    cursors = fields.get("cursors")
    after = cursors.get("after") if fields.get("next") and isinstance(cursors, dict) else ""
    return after if isinstance(after, str) else ""


def _first(arguments: Sequence[object]) -> object:
    return arguments[0] if arguments else None


def _texts(values: object) -> frozenset[str]:
    return frozenset(value for value in values if isinstance(value, str)) if isinstance(values, list) else frozenset()
