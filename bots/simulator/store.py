"""What the platforms remember: chats, messages both ways, and events on their way to the shop. One SQLite file."""

import json
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bots.simulator import kept
from bots.simulator.kept import Chat, Event, Message, Upload

KEPT = 500  # messages of a chat
MOMENT = 300  # ms between an answer to the program and the platform's receipt for it


class Store:
    """Every call is one transaction of its own; threads and processes may share the file."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path = path
        self._writing = threading.Lock()
        with self._open() as database:
            database.execute("PRAGMA journal_mode=WAL")
            database.executescript(kept.SCHEMA)
            if "account" not in {row["name"] for row in database.execute("PRAGMA table_info(chat)")}:
                database.execute("ALTER TABLE chat ADD COLUMN account TEXT NOT NULL DEFAULT ''")

    def counter(self, name: str) -> int:
        with self._open() as database:
            return _counter(database, name)

    def set_counter(self, name: str, value: int) -> None:
        with self._transaction() as database:
            _set_counter(database, name, value)

    def list_counters(self, prefix: str) -> list[str]:
        """What follows `prefix` in the names of counters that are not 0."""
        with self._open() as database:
            rows = database.execute("SELECT name FROM counter WHERE value <> 0 ORDER BY name").fetchall()
        return [row["name"].removeprefix(prefix) for row in rows if row["name"].startswith(prefix)]

    def spend(self, name: str) -> bool:
        """Set a counter to 1; False when it was already."""
        with self._transaction() as database:
            return not _counter(database, name) and bool(_set_counter(database, name, 1))

    def next_generation(self, spent: int, name: str = "token") -> int | None:
        """The generation after the newest, or None when `spent` was followed by another already."""
        with self._transaction() as database:
            newest = _counter(database, name)
            if 0 < spent < newest:
                return None
            return _set_counter(database, name, max(newest, spent) + 1)

    def add_chat(self, chat: Chat) -> None:
        """Make a chat; one that exists stays as it is."""
        with self._transaction() as database:
            database.execute(
                "INSERT OR IGNORE INTO chat (channel, account, user, person, name, phone, follows, interacted_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(chat.channel, chat.account, chat.user, chat.person, chat.name, chat.phone),
                    *(chat.follows, chat.interacted_at),
                ),
            )

    def put_account(self, channel: str, account: str) -> None:
        """Chats kept since before they had one are with this one."""
        with self._transaction() as database:
            database.execute("UPDATE chat SET account = ? WHERE channel = ? AND account = ''", (account, channel))

    def find_chat(self, channel: str, user: str) -> Chat | None:
        with self._open() as database:
            row = database.execute("SELECT * FROM chat WHERE channel = ? AND user = ?", (channel, user)).fetchone()
        return kept.chat(row) if row else None

    def get_chat(self, channel: str, user: str) -> Chat:
        found = self.find_chat(channel, user)
        assert found is not None
        return found

    def find_by_phone(self, phone: str) -> Chat | None:
        """Somebody on Zalo by their phone (E.164), in the first chat they had."""
        with self._open() as database:
            query = "SELECT * FROM chat WHERE channel = 'zalo' AND phone = ? ORDER BY rowid LIMIT 1"
            row = database.execute(query, (phone,)).fetchone()
        return kept.chat(row) if row else None

    def list_chats(self) -> list[Chat]:
        with self._open() as database:
            return [kept.chat(row) for row in database.execute("SELECT * FROM chat ORDER BY rowid")]

    def list_followers(self, account: str) -> list[str]:
        """Who follows an OA, by its own ids of them."""
        with self._open() as database:
            rows = database.execute("SELECT user FROM chat WHERE account = ? AND follows ORDER BY rowid", (account,))
            return [row["user"] for row in rows]

    def update_chat(self, chat: Chat, **changes: int) -> None:
        """Set `follows`, `interacted_at` or `typing_until`."""
        columns = ", ".join(f"{name} = :{name}" for name in changes)
        with self._transaction() as database:
            statement = f"UPDATE chat SET {columns} WHERE channel = :channel AND user = :user"  # noqa: S608  # our names
            database.execute(statement, {**changes, "channel": chat.channel, "user": chat.user})

    def add_message(self, chat: Chat, mid: str, body: Mapping[str, Any], *, mine: bool, at: int) -> int:
        with self._transaction() as database:
            return _add_message(database, chat, mid, body, mine=mine, at=at)

    def write(self, chat: Chat, mid: str, body: Mapping[str, Any], event: bytes, *, at: int) -> int:
        """The person writes: the bubble, and the event that tells the shop."""
        with self._transaction() as database:
            message_id = _add_message(database, chat, mid, body, mine=True, at=at)
            _add_event(database, chat, event, at, message_id)
            database.execute(
                "UPDATE chat SET interacted_at = ? WHERE channel = ? AND user = ?", (at, chat.channel, chat.user)
            )
            return message_id

    def receive(self, chat: Chat, mid: str, body: Mapping[str, Any], events: Sequence[bytes], *, at: int) -> None:
        """The shop writes: the bubble, and the platform's receipts for it."""
        with self._transaction() as database:
            _add_message(database, chat, mid, body, mine=False, at=at)
            for event in events:
                _add_event(database, chat, event, at + MOMENT, None)
            database.execute(
                "UPDATE chat SET typing_until = 0 WHERE channel = ? AND user = ?", (chat.channel, chat.user)
            )

    def add_event(self, chat: Chat, body: bytes, *, at: int, message_id: int | None = None) -> None:
        with self._transaction() as database:
            _add_event(database, chat, body, at, message_id)

    def find_message(self, chat: Chat, message_id: int) -> Message | None:
        with self._open() as database:
            row = database.execute(
                "SELECT * FROM message WHERE id = ? AND channel = ? AND user = ?", (message_id, chat.channel, chat.user)
            ).fetchone()
        return kept.message(row) if row else None

    def has_message(self, mid: str) -> bool:
        with self._open() as database:
            return database.execute("SELECT 1 FROM message WHERE mid = ?", (mid,)).fetchone() is not None

    def change_body(self, message: Message, **changes: Any) -> None:
        with self._transaction() as database:
            values = (json.dumps(message.body | changes), _next(database, "revision"), message.id)
            database.execute("UPDATE message SET body = ?, revision = ? WHERE id = ?", values)

    def news(self, chat: Chat, since: int) -> tuple[list[Message], int]:
        """Messages of a chat that are new or changed after revision `since`, oldest first, and the revision now."""
        with self._open() as database:
            revision = _counter(database, "revision")
            rows = database.execute(
                "SELECT * FROM (SELECT * FROM message WHERE channel = ? AND user = ? AND revision > ?"
                " ORDER BY id DESC LIMIT ?) ORDER BY id",
                (chat.channel, chat.user, since, KEPT),
            ).fetchall()
        return [kept.message(row) for row in rows], revision

    def unread(self) -> dict[tuple[str, str], int]:
        """How many of the shop's messages were not seen, by chat."""
        with self._open() as database:
            rows = database.execute(
                "SELECT channel, user, count(*) FROM message WHERE mine = 0 AND state <> 'seen' GROUP BY channel, user"
            )
            return {(channel, user): count for channel, user, count in rows}

    def see(self, chat: Chat) -> list[str]:
        """Mark everything the shop wrote as seen; the message ids that were not before."""
        with self._transaction() as database:
            rows = database.execute(
                "SELECT id, mid FROM message WHERE channel = ? AND user = ? AND mine = 0 AND state <> 'seen'",
                (chat.channel, chat.user),
            ).fetchall()
            for row in rows:
                _set_state(database, row["id"], "seen", "")
            return [row["mid"] for row in rows]

    def event_of(self, message: Message) -> bytes | None:
        """The event that told the shop of a person's message."""
        with self._open() as database:
            row = database.execute("SELECT body FROM event WHERE message_id = ? LIMIT 1", (message.id,)).fetchone()
        return row["body"] if row else None

    def next_event(self, now: int) -> Event | None:
        """The next webhook call that is due; none overtakes an earlier one of its person that failed."""
        with self._open() as database:
            row = database.execute(
                "SELECT e.* FROM event e WHERE e.state = 'waiting' AND e.due_at <= ? AND NOT EXISTS"
                " (SELECT 1 FROM event o WHERE o.state = 'waiting' AND o.attempts > 0 AND o.id < e.id"
                " AND o.channel = e.channel AND o.user = e.user) ORDER BY e.due_at, e.id LIMIT 1",
                (now,),
            ).fetchone()
        return kept.event(row) if row else None

    def settle_event(self, event: Event, state: str, note: str = "", *, due_at: int = 0) -> None:
        """Record what the shop answered: accepted, refused, or waiting until `due_at` for another try."""
        with self._transaction() as database:
            database.execute(
                "UPDATE event SET state = ?, attempts = attempts + 1, due_at = ? WHERE id = ?",
                (state, due_at, event.id),
            )
            if event.message_id is not None:
                _set_state(database, event.message_id, state, note)

    def keep_upload(self, upload: Upload) -> None:
        with self._transaction() as database:
            values = (upload.name, upload.channel, upload.mime, upload.content, upload.at)
            database.execute("INSERT INTO upload (name, channel, mime, content, at) VALUES (?, ?, ?, ?, ?)", values)

    def find_upload(self, name: str) -> Upload | None:
        with self._open() as database:
            row = database.execute("SELECT * FROM upload WHERE name = ?", (name,)).fetchone()
        return Upload(**row) if row else None

    def clear(self) -> None:
        """Forget every message, every event and every stranger; the shop forgets nothing."""
        with self._transaction() as database:
            for statement in ("DELETE FROM event", "DELETE FROM message", "DELETE FROM chat WHERE person = 'stranger'"):
                database.execute(statement)
            _next(database, "revision")

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        database = sqlite3.connect(self._path, timeout=10, isolation_level=None)
        database.row_factory = sqlite3.Row
        try:
            database.execute("PRAGMA synchronous=NORMAL")
            yield database
        finally:
            database.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._writing, self._open() as database:
            database.execute("BEGIN IMMEDIATE")
            try:
                yield database
            except BaseException:
                database.execute("ROLLBACK")
                raise
            database.execute("COMMIT")


def _add_message(
    database: sqlite3.Connection, chat: Chat, mid: str, body: Mapping[str, Any], *, mine: bool, at: int
) -> int:
    values = (
        *(mid, chat.channel, chat.user, mine, json.dumps(body), at),
        *("waiting" if mine else "delivered", _next(database, "revision")),
    )
    added = database.execute(
        "INSERT INTO message (mid, channel, user, mine, body, at, state, revision) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        values,
    )
    return int(added.lastrowid or 0)


def _add_event(database: sqlite3.Connection, chat: Chat, body: bytes, due_at: int, message_id: int | None) -> None:
    database.execute(
        "INSERT INTO event (channel, user, message_id, body, state, attempts, due_at)"
        " VALUES (?, ?, ?, ?, 'waiting', 0, ?)",
        (chat.channel, chat.user, message_id, body, due_at),
    )


def _set_state(database: sqlite3.Connection, message_id: int, state: str, note: str) -> None:
    database.execute(
        "UPDATE message SET state = ?, note = ?, revision = ? WHERE id = ?",
        (state, note, _next(database, "revision"), message_id),
    )


def _counter(database: sqlite3.Connection, name: str) -> int:
    row = database.execute("SELECT value FROM counter WHERE name = ?", (name,)).fetchone()
    return int(row["value"]) if row else 0


def _set_counter(database: sqlite3.Connection, name: str, value: int) -> int:
    database.execute(
        "INSERT INTO counter (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (name, value),
    )
    return value


def _next(database: sqlite3.Connection, name: str) -> int:
    return _set_counter(database, name, _counter(database, name) + 1)
