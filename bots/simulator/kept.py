"""What the platforms remember, row by row: its tables in SQLite, and what each row is here."""

import json
import sqlite3
from dataclasses import dataclass
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS chat (
  channel TEXT NOT NULL, user TEXT NOT NULL, person TEXT NOT NULL, name TEXT NOT NULL, phone TEXT,
  follows INTEGER NOT NULL, interacted_at INTEGER NOT NULL, typing_until INTEGER NOT NULL DEFAULT 0,
  account TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (channel, user)
);
CREATE TABLE IF NOT EXISTS message (
  id INTEGER PRIMARY KEY, mid TEXT NOT NULL UNIQUE, channel TEXT NOT NULL, user TEXT NOT NULL, mine INTEGER NOT NULL,
  body TEXT NOT NULL, at INTEGER NOT NULL, state TEXT NOT NULL, note TEXT NOT NULL DEFAULT '', revision INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS message_chat ON message (channel, user, revision);
CREATE TABLE IF NOT EXISTS event (
  id INTEGER PRIMARY KEY, channel TEXT NOT NULL, user TEXT NOT NULL, message_id INTEGER, body BLOB NOT NULL,
  state TEXT NOT NULL, attempts INTEGER NOT NULL, due_at INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS event_waiting ON event (due_at, id) WHERE state = 'waiting';
CREATE TABLE IF NOT EXISTS upload (
  name TEXT PRIMARY KEY, channel TEXT NOT NULL, mime TEXT NOT NULL, content BLOB NOT NULL, at INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Chat:
    """One person at one OA or page, by whose own id of them. Times are milliseconds since 1970; 0: never."""

    channel: str
    account: str
    user: str
    person: str  # key of loyalty.demo.people, or "stranger"
    name: str
    phone: str | None  # E.164; what the platform attests when asked
    follows: bool
    interacted_at: int
    typing_until: int


@dataclass(frozen=True, slots=True)
class Event:
    """A webhook call to make; `attempts` before this one."""

    id: int
    channel: str
    message_id: int | None
    body: bytes
    attempts: int


@dataclass(frozen=True, slots=True)
class Message:
    """A bubble. `mine`: the person wrote it, and `state` is waiting, accepted or refused; else delivered or seen."""

    id: int
    mid: str
    mine: bool
    body: dict[str, Any]
    at: int
    state: str
    note: str  # what the shop answered to a delivery that did not go through


@dataclass(frozen=True, slots=True)
class Upload:
    """A picture a platform keeps for the shop, under the platform's name for it."""

    name: str
    channel: str
    mime: str
    content: bytes
    at: int


def chat(row: sqlite3.Row) -> Chat:
    return Chat(**{**dict(row), "follows": bool(row["follows"])})


def message(row: sqlite3.Row) -> Message:
    body = json.loads(row["body"])
    return Message(row["id"], row["mid"], bool(row["mine"]), body, row["at"], row["state"], row["note"])


def event(row: sqlite3.Row) -> Event:
    return Event(row["id"], row["channel"], row["message_id"], row["body"], row["attempts"])
