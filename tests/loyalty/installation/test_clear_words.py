"""Tags and interests written in clear before schema 0051 are sealed on the way there, whatever breaks off."""

from typing import Any

import pytest

from loyalty.activity import timeline
from loyalty.db import Database
from loyalty.installation import clear_words, opening, schema
from loyalty.privacy import erasing
from loyalty.settings import Settings
from loyalty.vault import people
from tests.builders import NOON
from tests.builders_campaigns import make_person

BEFORE = "0050"
FACTS = {"tagged": {"tag": "nợ"}, "untagged": {"tag": "khách sỉ"}, "interest_told": {"interest": "đồ kiêng"}}


def told(database: Database, customer_id: int) -> dict[str, tuple[dict[str, Any], str | None]]:
    with database.read_only() as session:
        rows = [row for row in timeline.list_newest(session, customer_id) if row.kind in FACTS]
        return {row.kind: (row.data, timeline.words(session, row) if row.body else None) for row in rows}


def test_words_in_clear_are_sealed_before_the_schema_takes_them_out(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.transaction() as session:
        lan, minh = (make_person(session, name).id for name in ("Lan", "Minh"))
        for customer_id in (minh, lan):
            for kind, data in FACTS.items():
                timeline.record(session, customer_id, kind, at=NOON, data=data)
        erasing.erase(session, minh, by="cli", now=NOON)
    schema.downgrade(database, BEFORE)

    monkeypatch.setattr(clear_words, "CHUNK", 1)
    seal, sealed = people.seal, list[bytes]()

    def die_at_the_second(*args: Any) -> bytes:
        if len(sealed) == 1:
            raise InterruptedError
        sealed.append(seal(*args))
        return sealed[-1]

    with monkeypatch.context() as killed, pytest.raises(InterruptedError):
        killed.setattr(people, "seal", die_at_the_second)
        opening.migrate(settings)
    assert schema.current(database) == BEFORE
    assert told(database, lan) == {**{kind: (data, None) for kind, data in FACTS.items()}, "tagged": ({}, "nợ")}

    for _ in range(2):  # once more changes nothing
        opening.migrate(settings)
        assert {kind: words for kind, (_, words) in told(database, lan).items()} == {
            "tagged": "nợ",
            "untagged": "khách sỉ",
            "interest_told": "đồ kiêng",
        }
    assert {data == {} for who in (lan, minh) for data, _ in told(database, who).values()} == {True}
    assert {words for _, words in told(database, minh).values()} == {None}
