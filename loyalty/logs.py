"""Logs: one JSON object per line, made of machines' words. What people say, are called or can be reached by stays out.

Three walls: a field that is not in `FIELDS` is dropped; a value with a space, an accent, a long run of digits or the
length of a token is hidden; an exception is told by class, file, line and function, never by its message.
"""

import json
import logging
import re
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from traceback import walk_tb
from types import FrameType
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, WrappedLogger

from loyalty.settings import ROOT

_FIELDS = """
action actor alert attempt attempts batch bytes campaign channel channel_account child code count customer due_at
duration_ms entry error event_id exit field file host ids job kind lane limit lived logger message_id method module
nearest outcome owner pid place port process pump purpose reason recipient reference retry_after right role rows
run schema scope seconds segment signal size source staff state status step store subject times total tries
variable version wait wanted worker
"""
FIELDS = frozenset(_FIELDS.split())
HIDDEN = "[hidden]"
LONGEST = 200  # characters of one value
FRAMES = 40  # innermost ones of one exception

_EVENT = re.compile(r"[a-z][a-z0-9_]{0,79}")
_NUMBER = re.compile(r"\d(?:[ .-]?\d){8,}")  # a phone, a platform's id of a person
_TOKEN = re.compile(r"[A-Za-z0-9_+/=-]{32,}")


def configure(stream: TextIO | None = None) -> None:
    """Write every log of this process to `stream`, or to standard error; repeating replaces the earlier choice."""
    lines = _Lines(stream)
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, structlog.processors.add_log_level, guard, _render],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_names: lines,
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    for handler in [known for known in root.handlers if isinstance(known, _Libraries)]:
        root.removeHandler(handler)
    root.addHandler(_Libraries(lines))


def guard(_logger: WrappedLogger, _method: str, event_dict: EventDict) -> EventDict:
    """Keep of a log call what may be kept; the name of the event must be an identifier."""
    name = str(event_dict.get("event"))
    safe: EventDict = {
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "level": event_dict.get("level", ""),
        "event": name if _EVENT.fullmatch(name) else "unnamed_event",
    }
    safe.update({field: _safe(value) for field, value in event_dict.items() if field in FIELDS})
    if error := _error(event_dict.get("exc_info")):
        safe["exception"] = describe(error)
    return safe


def describe(error: BaseException) -> list[dict[str, Any]]:
    """An exception and what led to it, each by class and places (`file:line function`), innermost place last."""
    return [
        {"class": f"{type(each).__module__}.{type(each).__qualname__}", "places": places(each)}
        for each in _led_to(error)
    ]


def places(error: BaseException) -> list[str]:
    """Where an exception went through, outermost first."""
    return [_place(trace, line) for trace, line in walk_tb(error.__traceback__)][-FRAMES:]


class _Lines:
    """Writes a finished line, whatever the level. Standard error is looked up each time, for it may be replaced."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream

    def write(self, line: str) -> None:
        stream = self._stream or sys.stderr
        stream.write(line + "\n")  # one write per line: lines of two threads do not mix
        stream.flush()

    debug = info = warning = warn = error = exception = critical = fatal = msg = write


class _Libraries(logging.Handler):
    """What libraries say from warnings on: the template of the message, without the values put into it."""

    def __init__(self, lines: _Lines) -> None:
        super().__init__(logging.WARNING)
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        place = f"{_short(record.pathname)}:{record.lineno}"
        told = {"event": "library", "level": record.levelname.lower(), "logger": record.name, "place": place}
        safe = guard(None, "", {**told, "exc_info": record.exc_info})
        if record.args and isinstance(record.msg, str):  # without values, the text itself may be made of them
            safe["template"] = _hide(record.msg[:LONGEST])
        self._lines.write(_render(None, "", safe))


def _render(_logger: WrappedLogger, _method: str, event_dict: EventDict) -> str:
    return json.dumps(event_dict)


def _safe(value: Any) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, (int, float)):
        number = round(value, 3)
        return number if abs(number) < 10**8 else HIDDEN
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, str):
        word = str(value)
        return _hide(word[:LONGEST]) if word.isascii() and word.isprintable() and " " not in word else HIDDEN
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_safe(each) for each in list(value)[:FRAMES]]
    return HIDDEN


def _hide(text: str) -> str:
    return _TOKEN.sub(HIDDEN, _NUMBER.sub(HIDDEN, text))


def _error(exc_info: Any) -> BaseException | None:
    """The exception meant by what callers and libraries pass as `exc_info`."""
    if isinstance(exc_info, BaseException):
        return exc_info
    found = exc_info if isinstance(exc_info, tuple) else sys.exc_info() if exc_info else (None, None, None)
    return found[1] if isinstance(found[1], BaseException) else None


def _led_to(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    each: BaseException | None = error
    while each is not None and id(each) not in seen:
        yield each
        seen.add(id(each))
        each = each.__cause__ or (None if each.__suppress_context__ else each.__context__)


def _place(frame: FrameType, line: int) -> str:
    return f"{_short(frame.f_code.co_filename)}:{line} {frame.f_code.co_qualname}"


def _short(path: str) -> str:
    """A file as one finds it: from the top of the repository, or of the installed libraries."""
    parts = Path(path).parts
    if "site-packages" in parts:
        return "/".join(parts[parts.index("site-packages") + 1 :])
    return str(Path(path).relative_to(ROOT)) if Path(path).is_relative_to(ROOT) else Path(path).name
