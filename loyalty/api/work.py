"""One request, one transaction: opened when it is first needed, committed with the answer it is kept under.

An effect and its idempotency record commit together. A process that dies leaves neither, so nothing blocks a retry.
"""

import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from flask import Response, current_app, g, request
from sqlalchemy.orm import Session, SessionTransaction
from werkzeug.exceptions import HTTPException

from loyalty.api import answers, problems, scopes
from loyalty.api.answers import Answer, Name
from loyalty.api.problems import InProgress, Invalid, KeyReused
from loyalty.db import Database, new_public_id
from loyalty.errors import LoyaltyError
from loyalty.staff import audit
from loyalty.typed import strict_json
from loyalty.typed.strict_json import Malformed

HEADER = "Idempotency-Key"
REVEAL = scopes.declare("customers:reveal")
NOT_KEPT = frozenset({401, 403, 409, 429})  # nor any 5xx: the same request may fare better later
_KEY = re.compile(r"[\x21-\x7e]{1,255}")


@dataclass(frozen=True, slots=True)
class Caller:
    """The holder of the key a request came with."""

    id: int
    public_id: str
    scopes: frozenset[str]

    @property
    def actor(self) -> str:
        return f"key:{self.public_id}"

    @property
    def reveals(self) -> bool:
        return REVEAL in self.scopes


class Turns:
    """Idempotency keys being answered in this process."""

    def __init__(self) -> None:
        self._taken: set[tuple[int, str]] = set()
        self._lock = threading.Lock()

    @contextmanager
    def take(self, name: Name) -> Iterator[None]:
        """Raises InProgress when another thread has it."""
        turn = (name.api_key_id, name.key)
        with self._lock:
            if turn in self._taken:
                raise InProgress("a request under this key is still being answered")
            self._taken.add(turn)
        try:
            yield
        finally:
            with self._lock:
                self._taken.discard(turn)


class _Replayed(Exception):  # a way out, no error
    """Another transaction has answered meanwhile."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


@dataclass
class Work:
    """What one request does in the database."""

    database: Database
    caller: Caller
    writes: bool
    name: Name | None  # None: the request may not be repeated under a key
    revealed: set[str] = field(default_factory=set)  # customers whose phone or e-mail the answer shows
    _stack: ExitStack = field(default_factory=ExitStack)
    _session: Session | None = None
    _savepoint: SessionTransaction | None = None

    @property
    def session(self) -> Session:
        """The request's session; a transaction that writes is opened here, not while the body is being read."""
        if self._session is None:
            opened = self.database.transaction() if self.writes else self.database.read_only()
            self._session = self._stack.enter_context(opened)
            if self.name is not None:
                self._begin(self._session, self.name)
        return self._session

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: Any) -> None:
        self._stack.__exit__(*raised)

    def perform(self, view: Callable[[], Any]) -> Response:
        """The answer: the first one again, or the view's, kept when it is worth keeping. A refusal undoes the view."""
        if self.name is not None and (earlier := self._look(self.name)) is not None:
            return earlier
        try:
            response = current_app.make_response(view())
        except (LoyaltyError, HTTPException) as refused:
            response = problems.answer(refused)
            if self.name is None or not _is_kept(response):
                raise
            assert self.session is not None
            if self._savepoint is not None:
                self._savepoint.rollback()
        self._close(response)
        return response

    def _look(self, name: Name) -> Response | None:
        """An answer there already, found without taking the writers' turn."""
        with self.database.read_only() as session:
            return _replay(session, name)

    def _begin(self, session: Session, name: Name) -> None:
        if not answers.take_turn(session, name):
            raise InProgress("a request under this key is still being answered")
        if (earlier := _replay(session, name)) is not None:
            raise _Replayed(earlier)
        self._savepoint = session.begin_nested()

    def _close(self, response: Response) -> None:
        if self.revealed:
            self._note_reveal()
        if self.name is not None and _is_kept(response):
            headers = {name: value for name, value in response.headers if name in ("Content-Type", "Location")}
            kept = Answer(response.status_code, headers, response.get_data())
            answers.keep(self.session, self.name, kept, now=now())

    def _note_reveal(self) -> None:
        """Before anything is shown, it is written down who saw it."""
        with self.database.transaction() if not self.writes else nullcontext(self.session) as session:
            detail = {"customers": sorted(self.revealed), "address": request.path}
            audit.record(session, self.caller.actor, "reveal", "customers", source="api", detail=detail, now=now())


def perform(caller: Caller, view: Callable[[], Any], *, writes: bool) -> Response:
    """Run a view in its transaction; every refusal becomes a problem document."""
    database: Database = current_app.extensions["loyalty_database"]
    try:
        name = _name(database, caller) if writes else None
        with _turn(name), Work(database, caller, writes, name) as work:
            g.work = work
            return work.perform(view)
    except _Replayed as earlier:
        return earlier.response
    except (LoyaltyError, HTTPException) as refused:
        return problems.answer(refused)


def here() -> Work:
    """The work of this request."""
    work = g.work
    assert isinstance(work, Work)
    return work


def now() -> datetime:
    instant = current_app.extensions["loyalty_clock"]()
    assert isinstance(instant, datetime)
    return instant


def new_key() -> str:
    """Names this request's effect inside. It is kept from being repeated by its receipt or its `Idempotency-Key`."""
    return f"api:{here().caller.public_id}:{new_public_id()}"


def note(action: str, subject: str, **detail: Any) -> None:
    """Write down who did it; last, for it locks the end of the caller's chain."""
    work = here()
    audit.record(work.session, work.caller.actor, action, subject, source="api", detail=detail, now=now())


def _turn(name: Name | None) -> AbstractContextManager[None]:
    turns: Turns = current_app.extensions["loyalty_api_turns"]
    return nullcontext() if name is None else turns.take(name)


def _name(database: Database, caller: Caller) -> Name | None:
    key = request.headers.get(HEADER)
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        raise Invalid({HEADER: ["Must be 1 to 255 visible ASCII characters."]})
    address = f"{request.method} {request.path}?".encode() + request.query_string
    asked = address + b"\n" + _canonical(request.get_data(cache=True))
    assert database.keyring is not None
    return Name(caller.id, key, database.keyring.code_hash("request", hashlib.sha256(asked).hexdigest()))


def _canonical(body: bytes) -> bytes:
    """Equal for bodies that say the same: spaces and the order of keys do not matter."""
    try:
        return json.dumps(strict_json.loads(body), sort_keys=True, separators=(",", ":")).encode()
    except Malformed:
        return body


def _replay(session: Session, name: Name) -> Response | None:
    earlier = answers.find(session, name, now=now())
    if earlier is None:
        return None
    if not earlier.is_same:
        raise KeyReused("this key was used for another request")
    return Response(earlier.body, earlier.status, {**earlier.headers, "Idempotency-Replayed": "true"})


def _is_kept(response: Response) -> bool:
    return response.status_code < 500 and response.status_code not in NOT_KEPT
