"""The hidden `loyalty simulator`: both platforms played on this machine, as `serve --demo` starts them."""

import click

from bots import simulator as platforms
from loyalty import logs, settings
from loyalty.cli import supervisor


@click.command(hidden=True)
@click.option("--port", type=int, required=True)
@click.option("--main", "main_url", required=True)
def simulator(port: int, main_url: str) -> None:
    """Play Zalo and Messenger on this port; events go to the main program's webhooks."""
    logs.configure()
    supervisor.follow_parent()
    platforms.run(port, main_url, settings.load().data_folder)


commands = [simulator]
