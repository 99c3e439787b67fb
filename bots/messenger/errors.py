"""Graph's refusals, and what each asks of us. Only code and subcode decide: the sentences are localised."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bots import strict_json
from bots.channel import Action, SendError
from bots.messenger.usage import wait_wished

DETAIL_LIMIT = 300  # characters kept for people


class MessengerError(Exception):
    """Graph answered with an `error` object. `wait` is its own wish, from the usage headers."""

    def __init__(
        self,
        code: int,
        subcode: int,
        detail: str = "",
        fbtrace_id: str = "",
        is_transient: bool = False,
        http_status: int = 400,
        wait: timedelta | None = None,
    ) -> None:
        super().__init__(f"{code}/{subcode} {detail}".strip())
        self.code = code
        self.subcode = subcode  # 0: none given
        self.detail = detail
        self.fbtrace_id = fbtrace_id
        self.is_transient = is_transient
        self.http_status = http_status
        self.wait = wait

    @classmethod
    def from_answer(cls, error: Mapping[str, Any], http_status: int, headers: Mapping[str, str]) -> "MessengerError":
        """The typed form of an `error` object, however damaged."""
        return cls(
            code=_number(error.get("code")),
            subcode=_number(error.get("error_subcode")),
            detail=strict_json.clean(error.get("message"))[:DETAIL_LIMIT],
            fbtrace_id=strict_json.clean(error.get("fbtrace_id"))[:64],
            is_transient=error.get("is_transient") is True,
            http_status=http_status,
            wait=wait_wished(headers),
        )

    @property
    def name(self) -> str:
        """ "10/2018278", or "190" without a subcode."""
        return f"{self.code}/{self.subcode}" if self.subcode else str(self.code)


@dataclass(frozen=True, slots=True, eq=False)  # compared by identity: UNLISTED is not CONTENT
class Verdict:
    action: Action
    wait: timedelta | None = None  # our own figure, where Graph names none


AGAIN = Verdict(Action.RETRY)
LIMIT = Verdict(Action.RETRY, timedelta(minutes=1))
BUSY = Verdict(Action.RETRY, timedelta(minutes=2))  # another app or a questionnaire holds the thread
WINDOW = Verdict(Action.WINDOW)
PERSON = Verdict(Action.PERSON)
CONTENT = Verdict(Action.CONTENT)
STOP = Verdict(Action.STOP)
UNLISTED = Verdict(Action.CONTENT)

ANY = 0
SENT_ANYWAY = (1, 1357046)  # "invalid JSON reply": the message did go out
NOT_ALLOWED = {(3, 0), (10, 0), (200, 0), (200, 2018028), (200, 2018027), (230, 0), (100, 1893061)}
FORGOTTEN = 2018074  # an attachment id that is unknown, or older than 90 days
NO_PROFILE = {(100, 33), (100, 2018001), (ANY, 2018218), (ANY, 2018247)}

# (code, subcode), from Meta's "Common Error Codes" of 25 June 2026 and the general Graph table. A number Meta prints
# without a partner stands with ANY and is found in either place. 1545041 is "person unavailable" on one page and
# "window closed" on another: the first reading keeps us from writing again.
VERDICTS: dict[tuple[int, int], Verdict] = {
    **dict.fromkeys([(1, ANY), (1, 99), (2, ANY), (1200, ANY)], AGAIN),
    **dict.fromkeys([(4, ANY), (17, ANY), (32, ANY), (341, ANY), (613, ANY), (613, 2534040)], LIMIT),
    **dict.fromkeys([(code, ANY) for code in range(80000, 80015)], LIMIT),
    **dict.fromkeys([(10, 2018336), (100, 2534037), (ANY, 2018300), (ANY, 2018321)], BUSY),
    **dict.fromkeys([(10, 2018278), (10, 2534022), (10, 2018065)], WINDOW),
    **dict.fromkeys([(10, 2018108), (10, 1893015), (100, 2018001), (551, ANY), (ANY, 1545041)], PERSON),
    **dict.fromkeys([(10, ANY), (3, ANY), (200, ANY), (200, 2018028), (200, 2018027), (230, ANY), (2, 2018344)], STOP),
    **dict.fromkeys([(10, 1893063), (10, 1404170), (613, 2018338), (368, ANY), (2022, ANY)], STOP),
    **dict.fromkeys([(100, 33), (100, 1893061), (100, 2018014), (100, 2018164)], STOP),
    **dict.fromkeys([(190, ANY), (102, ANY)], STOP),
    **dict.fromkeys([(4, 2018354), (9, 2018352), (613, 1893016), (506, ANY), (10303, ANY), (9000001, ANY)], CONTENT),
    **dict.fromkeys([(100, 2018008), (ANY, 2018047), (ANY, 2018074), (ANY, 2018109), (ANY, 2018294)], CONTENT),
    (100, ANY): CONTENT,
}


def classify(code: int, subcode: int = 0) -> Verdict:
    """The verdict on a pair: the pair itself, then the subcode alone, then the code alone; UNLISTED when new to us."""
    keys = [(code, subcode), (ANY, subcode), (code, ANY), (ANY, code)]
    return next((VERDICTS[key] for key in keys if key in VERDICTS), UNLISTED)


def send_error(error: MessengerError) -> SendError:
    """What a refused send asks of us. With a 5xx even "try again" may have gone out, unless a limit stopped it."""
    verdict = classify(error.code, error.subcode)
    action = verdict.action
    if error.http_status >= 500 and verdict in (AGAIN, UNLISTED):
        action = Action.UNKNOWN
    elif error.is_transient and verdict is UNLISTED:
        action = Action.RETRY
    wait = (error.wait or verdict.wait) if action is Action.RETRY else None
    detail = f"{error.detail} (fbtrace {error.fbtrace_id})" if error.fbtrace_id else error.detail
    return SendError(action, error.name, detail, retry_after=wait)


def is_not_allowed(error: MessengerError) -> bool:
    """Whether this way of sending, not sending as such, is what the app may not do: a feature waits for its review."""
    return (error.code, error.subcode) in NOT_ALLOWED


def is_sent(error: MessengerError) -> bool:
    """Whether this "error" tells of a message that did go out."""
    return (error.code, error.subcode) == SENT_ANYWAY


def is_forgotten(error: MessengerError) -> bool:
    """Whether the picture uploaded for a message is known no more; the message did not go."""
    return error.subcode == FORGOTTEN


def has_no_profile(error: MessengerError) -> bool:
    """Whether Graph has nothing to tell of a person, or not to us: no reason to worry (User Profile page, 2026)."""
    return not NO_PROFILE.isdisjoint([(error.code, error.subcode), (ANY, error.subcode), (ANY, error.code)])


def _number(value: object) -> int:
    """A count or code as a non-negative int; 0 for anything else. Graph prints some numbers as text."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 18:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
