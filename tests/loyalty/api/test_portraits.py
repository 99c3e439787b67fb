"""/segments/{id}/portrait and /insights/months: read as kept, asked for anew."""

from loyalty.db import Database
from loyalty.settings import Settings
from tests.builders_portraits import draw, make_sold_segment
from tests.loyalty.api.conftest import Caller


def test_a_portrait_is_pending_then_read_then_asked_for_anew(
    api: Caller, database: Database, settings: Settings
) -> None:
    with database.transaction() as session:
        segment = make_sold_segment(session)
    assert api.get(f"/segments/{segment}/portrait").json == {"taken_at": None, "pending": True, "portrait": None}
    draw(database, settings)

    kept = api.get(f"/segments/{segment}/portrait").json
    latte = {"name": "Latte đá", "sales": 270_000, "buyers": 3, "again": 0, "times_tenths": None, "sure": False}
    assert (kept["pending"], kept["portrait"]["people"], kept["portrait"]["products"]) == (False, 3, [latte])
    months = api.get("/insights/months").json["months"]
    assert [(each["month"], each["revenue"]) for each in months] == [("2025-11", 45_000), ("2026-11", 270_000)]
    asked = api.post(f"/segments/{segment}/portrait")
    assert (asked.status_code, asked.json["pending"], asked.json["portrait"]) == (202, True, kept["portrait"])
