"""The sample of the documents is the one the console gives."""

from pathlib import Path

from loyalty.exchange import lists, samples

DOCS = Path(__file__).parents[3] / "docs" / "samples" / "khach-hang.csv"


def test_the_documents_have_the_sample_the_console_gives() -> None:
    assert DOCS.read_bytes() == b"".join(lists.write_csv(samples.CUSTOMERS))
