"""An envelope opens whole, with its key, as it was sealed; or it says that it is damaged."""

import io
from collections.abc import Iterator

import pytest

from loyalty.installation.backups import envelope
from loyalty.installation.backups.envelope import BadBackup, Reader, Writer
from tests.builders import NOON

ROOT, OTHER_ROOT = b"r" * 32, b"o" * 32
LINES = [f"dòng {number:04d} {'x' * 20}\n".encode() for number in range(200)]


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(envelope, "CHUNK", 500)


def sealed(root: bytes = ROOT, lines: list[bytes] = LINES) -> bytes:
    file = io.BytesIO()
    writer = Writer(file, root, kind="data", installation="i", schema="0001", created_at=NOON)
    for line in lines:
        writer.write(line)
    writer.finish()
    return file.getvalue()


def opened(content: bytes, root: bytes = ROOT) -> list[bytes]:
    return list(Reader(io.BytesIO(content), (root,)).lines())


def pieces(content: bytes) -> tuple[bytes, list[bytes]]:
    """What is in clear, and each chunk with its length."""
    start = len(envelope.FORMAT) + content[len(envelope.FORMAT) :].index(b"\n") + 1
    return content[:start], list(_chunks(content[start:]))


def _chunks(rest: bytes) -> Iterator[bytes]:
    while rest:
        size = 4 + (int.from_bytes(rest[:4], "big") & ~envelope.LAST)
        yield rest[:size]
        rest = rest[size:]


def test_what_was_sealed_is_what_opens() -> None:
    content = sealed()
    assert opened(content) == LINES
    assert len(pieces(content)[1]) > 10


def test_an_empty_envelope_opens_empty() -> None:
    assert opened(sealed(lines=[])) == []


def test_the_header_tells_what_is_inside_without_a_key_and_no_more() -> None:
    header = Reader(io.BytesIO(sealed()), (ROOT,)).header
    assert (header.kind, header.schema, header.created_at) == ("data", "0001", NOON)
    assert b"dong" not in sealed() and "dòng".encode() not in sealed()


def test_two_envelopes_of_the_same_text_share_no_chunk() -> None:
    first, second = pieces(sealed())[1], pieces(sealed())[1]
    assert not set(first) & set(second)


def test_another_root_key_is_refused_by_its_fingerprint() -> None:
    with pytest.raises(BadBackup) as refused:
        opened(sealed(), OTHER_ROOT)
    assert refused.value.code == "backup_root_missing"


def test_every_changed_byte_is_noticed() -> None:
    content = sealed(lines=LINES[:20])
    for place in range(len(content)):
        changed = content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
        with pytest.raises(BadBackup):
            opened(changed)


def test_every_cut_is_noticed() -> None:
    content = sealed(lines=LINES[:40])
    for size in range(len(content)):
        with pytest.raises(BadBackup):
            opened(content[:size])


def test_something_behind_the_end_is_noticed() -> None:
    with pytest.raises(BadBackup):
        opened(sealed() + b"\0")


def test_chunks_missing_doubled_or_in_another_order_are_noticed() -> None:
    clear, chunks = pieces(sealed())
    for other in (chunks[1:], chunks[:1] + chunks, [chunks[1], chunks[0], *chunks[2:]], chunks[:3] + chunks[-1:]):
        with pytest.raises(BadBackup):
            opened(clear + b"".join(other))


def test_a_chunk_of_another_file_is_noticed() -> None:
    clear, chunks = pieces(sealed())
    stranger = pieces(sealed())[1]
    with pytest.raises(BadBackup):
        opened(clear + b"".join([chunks[0], stranger[1], *chunks[2:]]))


def test_a_header_of_another_file_is_noticed() -> None:
    clear, _chunks_of_it = pieces(sealed())
    with pytest.raises(BadBackup):
        opened(clear + b"".join(pieces(sealed())[1]))


@pytest.mark.parametrize(
    "content", [b"", b"\0" * 100, envelope.FORMAT, envelope.FORMAT + b"{}\n", b"SQLite format 3\0"]
)
def test_what_is_no_backup_is_refused(content: bytes) -> None:
    with pytest.raises(BadBackup):
        opened(content)


def test_bytes_and_texts_survive_as_they_are() -> None:
    row = [1, None, 'Đặng «ạ» \u2028 "\n', b"\x00\xff\n", -(2**62)]
    assert envelope.value(envelope.line(row)) == row
