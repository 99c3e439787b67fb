"""The exceptions of the client, named as zalo-sdk names them, and what each means for a sender."""

import re
import secrets
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from http.client import responses

import requests
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from bots.channel import Action, SendError
from bots.strict_json import clean
from bots.zalo import codes

_TOO_MANY = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(days=1)


class ZaloException(Exception):
    """Zalo refused: its `code` and, if it gave one, its `message`. Raised as such by the ZNS client."""

    def __init__(self, code: object, custom_message: str | None = None) -> None:
        super().__init__(code, custom_message)
        self._code = code
        self._custom_message = custom_message
        self._msg = self._headline() + ("" if custom_message is None else f": {custom_message}")

    @property
    def code(self) -> object:
        """An int unless Zalo sent something else."""
        return self._code

    @property
    def message(self) -> str:
        return self._custom_message or ""

    def _headline(self) -> str:
        return f"Zalo error ({self._code})"

    def __str__(self) -> str:
        return self._msg


class ZaloOAException(ZaloException):
    """A refusal by the Official Account interface."""

    ERROR_CODE_TO_STR = {0: "success"} | {code: meaning for code, (_, meaning) in codes.OA.items()}

    def _headline(self) -> str:
        return f"Zalo OA error ({self._code}) [{self.errCodeToStr()}]"

    def errCodeToStr(self) -> str:  # noqa: N802 - zalo-sdk's name
        return (
            self.ERROR_CODE_TO_STR.get(self._code, "unknown error") if isinstance(self._code, int) else "unknown error"
        )


class ZaloOAAuthTokenExpiredException(ZaloOAException):
    """The access token is refused: get another. Codes -216 and -220, ZNS -124, HTTP 401."""


class ZaloHTTPException(ZaloException):
    """Another HTTP status than 200, redirects included: `code` is the status, `retry_after` Zalo's own wish."""

    def __init__(self, code: int, custom_message: str | None = None, retry_after: timedelta | None = None) -> None:
        super().__init__(code, custom_message)
        self.status = code
        self.retry_after = retry_after

    def _headline(self) -> str:
        return f"Zalo answered HTTP {self._code}"


class ZaloReplyException(ZaloException):
    """An answer came and cannot be read, so nobody knows what the call did."""

    def _headline(self) -> str:
        return "Zalo's answer cannot be read"


def http_error(response: requests.Response) -> ZaloException:
    """The exception for a reply whose status is not 200."""
    status = response.status_code
    phrase = responses.get(status)
    if status == HTTPStatus.UNAUTHORIZED:
        return ZaloOAAuthTokenExpiredException(status, phrase)
    return ZaloHTTPException(status, phrase, retry_after(response.headers.get("Retry-After", "")))


def retry_after(header: str) -> timedelta | None:
    """A Retry-After header, seconds or a date, as a wait of at most a day; None if it says nothing useful."""
    if re.fullmatch(r"[0-9]{1,9}", header.strip()):
        return min(timedelta(seconds=int(header)), _LONGEST_WAIT)
    try:
        wait = parsedate_to_datetime(header).astimezone(UTC) - datetime.now(UTC)
    except (ValueError, OverflowError):
        return None
    return min(wait, _LONGEST_WAIT) if wait > timedelta(0) else None


def send_error(error: ZaloException | requests.RequestException) -> SendError:
    """What a failed call means for the message it was to deliver."""
    match error:
        case requests.RequestException():
            return _from_network(error)
        case ZaloHTTPException():
            return _from_status(error)
        case ZaloReplyException():
            return SendError(Action.UNKNOWN, "reply", error.message)
        case ZaloOAAuthTokenExpiredException():
            return SendError(Action.REFRESH, str(error.code), _detail(error))
        case _:
            return _from_code(error, codes.OA if isinstance(error, ZaloOAException) else codes.ZNS)


def _from_code(error: ZaloException, table: dict[int, tuple[codes.Remedy, str]]) -> SendError:
    remedy = codes.remedy(table, error.code, error.message)
    wait = remedy.wait
    if remedy.is_night:
        wait = codes.until_morning(datetime.now(UTC), secrets.randbelow(codes.SPREAD))
    is_unknown = not codes.is_known(table, error.code)
    code = clean(str(error.code))[:40]
    return SendError(remedy.action, code, _detail(error), retry_after=wait, is_unknown=is_unknown)


def _from_network(error: requests.RequestException) -> SendError:
    name = type(error).__name__
    if isinstance(error, ValueError):  # requests' word for an address or a header it will not send
        return SendError(Action.STOP, "unusable", name)
    if any(isinstance(cause, (ConnectTimeoutError, NewConnectionError)) for cause in _causes(error)):
        return SendError(Action.RETRY, "connect", name)
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in _causes(error)):
        return SendError(Action.RETRY, "certificate", name)
    return SendError(Action.UNKNOWN, "timeout" if isinstance(error, requests.Timeout) else "connection", name)


def _causes(error: object) -> Iterator[BaseException]:
    """What `requests` wrapped, outermost first; only its arguments, since contexts may be of an earlier call."""
    if isinstance(error, BaseException):
        yield error
        for inner in (getattr(error, "reason", None), *error.args):
            yield from _causes(inner)


def _from_status(error: ZaloHTTPException) -> SendError:
    status, code = error.status, f"http {error.status}"
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return SendError(Action.RETRY, code, retry_after=error.retry_after or _TOO_MANY)
    if status == HTTPStatus.REQUEST_TIMEOUT:  # the server never got the whole request
        return SendError(Action.RETRY, code, retry_after=error.retry_after)
    if status >= 500 or status < 300:
        return SendError(Action.UNKNOWN, code, retry_after=error.retry_after)
    if status in (HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY):
        return SendError(Action.CONTENT, code)
    return SendError(Action.STOP, code, "the address of the interface is wrong, or it is closed to us")


def _detail(error: ZaloException) -> str:
    return clean(error.message)[:200]
