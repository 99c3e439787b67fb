"""`loyalty worker`: inbox, outbox and scheduled jobs."""

import click

from jobs import worker as background
from loyalty import logs, settings
from loyalty.cli import supervisor
from loyalty.installation import misspelt, opening


@click.command()
def worker() -> None:
    """Inbox, outbox and scheduled jobs, until SIGTERM; as many as wanted."""
    logs.configure()
    supervisor.follow_parent()
    misspelt.tell()
    chosen = settings.load()
    background.run(opening.open_database(chosen), chosen)


commands = [worker]
