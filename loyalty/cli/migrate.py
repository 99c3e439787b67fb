"""`loyalty migrate`: the database brought to the newest schema."""

import click

from loyalty.cli import common
from loyalty.cli.common import Both
from loyalty.installation import opening, schema

DONE = Both(
    vi="✓ Cơ sở dữ liệu đã ở phiên bản {schema}, mới nhất.", en="✓ The database is at schema {schema}, the newest."
)


@click.command()
def migrate() -> None:
    """Bring the database to the newest schema; two at once: one waits."""
    opening.migrate(common.chosen())
    newest = schema.newest()
    common.emit({"schema": newest}, DONE(schema=newest))


commands = [migrate]
