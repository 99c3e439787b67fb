"""Zalo's token pairs as its OAuth plays them: one valid access token, refresh tokens spent by one use.

A token names its generation and carries a MAC, so that a simulator whose memory was thrown away still knows its own.
"""

import hmac
import re
import time

from bots.simulator.store import Store

LIFETIME = 90_000  # seconds; 25 hours, as Zalo's since 2022
FIRST = "0"  # the generation of the settings' pair

_TOKEN = re.compile(r"demo([0-9]{0,20})-(access|refresh)-([0-9]{1,9})(?:-([0-9]{1,12})-([0-9a-f]{32}))?")


class Tokens:
    """The pairs of one OA of the app; `account` is "" for the OA of the settings."""

    def __init__(self, store: Store, secret: str, account: str = "") -> None:
        self._store, self._account = store, account
        self._counter = f"token:{account}" if account else "token"
        self._secret = secret.encode()

    def is_begun(self) -> bool:
        """Whether any pair was ever given out."""
        return self._store.counter(self._counter) > 0

    def is_valid(self, access: str) -> bool:
        """Whether calls with this token are served: it is the newest, 25 hours old at most, and not ended by hand."""
        found = self._read("access", access)
        if found is None:
            return False
        generation, issued = found
        is_fresh = generation == 0 or time.time() - issued < LIFETIME
        by_hand = 0 if self._account else self._store.counter("expired:zalo")
        ended = max(self._store.counter(self._counter), by_hand)
        return is_fresh and generation >= ended

    def refresh(self, token: str) -> tuple[str, str] | None:
        """A new pair for an unspent refresh token; None for any other.

        The settings' first token is taken again and again: whoever empties the shop's database starts from it, as if
        the administrator had consented anew.
        """
        found = self._read("refresh", token)
        if found is None:
            return None
        generation = self._store.next_generation(found[0], self._counter)
        return None if generation is None else self._pair(generation)

    def issue(self) -> tuple[str, str]:
        """The first pair of a consent: whatever was valid before is so no longer."""
        generation = self._store.next_generation(0, self._counter)
        assert generation is not None
        return self._pair(generation)

    def _pair(self, generation: int) -> tuple[str, str]:
        return self._write("access", generation), self._write("refresh", generation)

    def _write(self, kind: str, generation: int) -> str:
        head = f"demo{self._account}-{kind}-{generation}-{int(time.time())}"
        return f"{head}-{self._mac(head)}"

    def _read(self, kind: str, token: str) -> tuple[int, int] | None:
        """Generation and time of issue (seconds) of a token we wrote."""
        found = _TOKEN.fullmatch(token)
        if found is None or (found[1], found[2]) != (self._account, kind):
            return None
        if found[5] is None:
            return (0, 0) if found[3] == FIRST and not self._account else None
        head = token.rpartition("-")[0]
        return (int(found[3]), int(found[4])) if hmac.compare_digest(found[5], self._mac(head)) else None

    def _mac(self, head: str) -> str:
        return hmac.digest(self._secret, head.encode(), "sha256").hex()[:32]
