"""The bytes of a text file as text: UTF-8, UTF-16, Windows-1258, and TCVN3 of the old «ABC» fonts.

TCVN 5712:1993 (VN3): one byte per letter with its tone, capitals with a tone drawn by a font of capitals.
"""

import codecs
import re
import unicodedata
from collections.abc import Callable
from itertools import islice

from loyalty.typed import fold

SAMPLE = 64 * 1024  # bytes that decide between two one-byte encodings
LOOK = 400  # words of them

_ABC = dict(
    zip(
        bytes.fromhex(
            "a1a2a3a4a5a6a7 a8a9aaabacadae b5b6b7b8b9 bbbcbdbec6 c7c8c9cacb cccecfd0d1 d2d3d4d5d6 d7d8dcddde "
            "dfe1e2e3e4 e5e6e7e8e9 eaebecedee eff1f2f3f4 f5f6f7f8f9 fafbfcfdfe"
        ),
        "ĂÂÊÔƠƯĐăâêôơưđàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ",
        strict=True,
    )
)
_TCVN3 = "".join(_ABC.get(byte, chr(byte)) for byte in range(256))
_WORD = re.compile(r"[^\s\d!-/:-@\[-`{-~]+")
_SYLLABLE = re.compile(
    r"(ngh|ng|nh|gh|gi|kh|ph|th|tr|ch|qu|[bcdghklmnpqrstvx])?[aeiouy]{1,3}(ch|nh|ng|[cmnpt])?", re.ASCII
)
_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")


class Undecodable(Exception):
    """Neither text of a known encoding, nor a spreadsheet."""


def decode(data: bytes) -> tuple[str, str]:
    """The text in NFC, and the name of its encoding. Raises Undecodable."""
    for name, read in (("utf-16", _utf16), ("utf-8", _utf8)):
        if (text := read(data)) is not None:
            return unicodedata.normalize("NFC", text), name
    if b"\0" in data:
        raise Undecodable
    readers: tuple[tuple[str, Callable[[bytes], str]], ...] = (("cp1258", _cp1258), ("tcvn3", tcvn3))
    name, read_all = max(readers, key=lambda each: _likeness(each[1](data[:SAMPLE])))
    return unicodedata.normalize("NFC", read_all(data)), name


def tcvn3(data: bytes) -> str:
    """Total: a byte without a letter stays what Latin-1 makes of it."""
    return codecs.charmap_decode(data, "replace", _TCVN3)[0]


def mend(text: str) -> str:
    """`NguyÔn V¨n` typed in an «ABC» font, as the letters it shows; any other text as it is."""
    if text.isascii():
        return text
    try:
        mended = tcvn3(text.encode("latin-1"))
    except UnicodeEncodeError:  # a letter that Latin-1 has not
        return text
    return mended if _likeness(mended) > _likeness(text) else text


def _utf16(data: bytes) -> str | None:
    """With a mark, or recognised by its zeros: half the bytes of a mostly Latin text."""
    if data[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return _strictly(data, "utf-16")
    head = data[:SAMPLE]
    if len(head) >= 4 and head[1::2].count(0) > len(head) // 4 and not head[::2].count(0):
        return _strictly(data, "utf-16-le")
    if len(head) >= 4 and head[::2].count(0) > len(head) // 4 and not head[1::2].count(0):
        return _strictly(data, "utf-16-be")
    return None


def _utf8(data: bytes) -> str | None:
    return None if b"\0" in data else _strictly(data, "utf-8-sig")


def _strictly(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _cp1258(data: bytes) -> str:
    return unicodedata.normalize("NFC", data.decode("cp1258", errors="replace"))


def _likeness(text: str) -> int:
    """How many of the words with marks are Vietnamese syllables, less those that are none."""
    marked = (word for word in _WORD.findall(text) if not word.isascii())
    return sum(1 if _is_syllable(word) else -1 for word in islice(marked, LOOK))


def _is_syllable(word: str) -> bool:
    if not (word.islower() or word.isupper() or word.istitle()):
        return False
    tones = sum(char in _TONES for char in unicodedata.normalize("NFD", word))
    return tones <= 1 and _SYLLABLE.fullmatch(fold.fold(word)) is not None
