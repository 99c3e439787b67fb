"""The code of a redemption: eight signs people can read aloud, the last of which checks the others.

The places are weighted 13 … 6 and the sum must be divisible by 31. 31 is a prime above the number of signs and above
every weight, so one wrong sign and two signs in each other's places always leave a rest; of the seven drawn signs those
whose check would be a thirty-first sign are drawn again.
"""

import secrets

from loyalty.crypto import Keyring, aad
from loyalty.errors import Unreadable
from loyalty.typed import fold
from loyalty.typed.codes import CODE_ALPHABET, normalise_code

LENGTH = 8
EXAMPLE = "K7P4-M2QX"

_PRIME = 31
_WEIGHTS = range(13, 5, -1)  # any eight different ones do
_VALUE = {sign: value for value, sign in enumerate(CODE_ALPHABET)}


class RewardCodeUnclear(Unreadable):
    """Not a reward code: too short or long, or a sign is wrong; `typed` is what was read."""

    code = "reward_code_unclear"

    def __init__(self, typed: str) -> None:
        reason = "empty" if not typed.strip() else "unclear"
        super().__init__(typed=fold.quote(typed, 40), example=EXAMPLE, reason=reason)


def draw() -> str:
    """A new code, without its dash."""
    while True:
        drawn = "".join(secrets.choice(CODE_ALPHABET) for _ in range(LENGTH - 1))
        if (code := with_check(drawn)) is not None:
            return code


def with_check(signs: str) -> str | None:
    """The code that begins with these seven signs; None where no sign of ours checks them."""
    rest = -_sum(signs) * pow(_WEIGHTS[-1], -1, _PRIME) % _PRIME
    return signs + CODE_ALPHABET[rest] if rest < len(CODE_ALPHABET) else None


def is_code(text: str) -> bool:
    """Whether this can be a reward code, in any case, with spaces or dashes."""
    code = normalise_code(text)
    return len(code) == LENGTH and set(code) <= set(CODE_ALPHABET) and _sum(code) % _PRIME == 0


def parse(text: str) -> str:
    """The code as it is kept: eight signs. Raises RewardCodeUnclear."""
    if not is_code(text):
        raise RewardCodeUnclear(text)
    return normalise_code(text)


def write(code: str) -> str:
    """`K7P4-M2QX`, as people read it."""
    return f"{code[:4]}-{code[4:]}"


def hash_of(keys: Keyring, code: str) -> bytes:
    """What a code is looked up by."""
    return keys.code_hash("redemption", code)


def seal(keys: Keyring, code: str, public_id: str) -> bytes:
    return keys.seal(code.encode(), aad("redemption", "code", public_id))


def unseal(keys: Keyring, cell: bytes, public_id: str) -> str:
    return keys.open(cell, aad("redemption", "code", public_id)).decode()


def _sum(signs: str) -> int:
    return sum(weight * _VALUE[sign] for weight, sign in zip(_WEIGHTS, signs, strict=False))
