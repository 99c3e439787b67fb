"""What `loyalty serve` starts."""

from dataclasses import replace

from loyalty.cli import serve
from loyalty.settings import Settings


def test_there_are_as_many_workers_as_can_write_side_by_side(settings: Settings) -> None:
    lone = serve._workers(replace(settings, database_url="sqlite:///var/loyalty.db"))
    several = serve._workers(replace(settings, database_url="postgresql+psycopg://shop@db/loyalty"))
    assert [child.arguments for child in lone] == [["worker"]]
    assert [child.arguments for child in several] == [["worker"], ["worker"]]
