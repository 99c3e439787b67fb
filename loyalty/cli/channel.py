"""`loyalty channel`: a group; each of its commands is a module `channel_….py` beside this one with a list `below`."""

from importlib import import_module
from pkgutil import iter_modules

import click

from loyalty import cli


@click.group()
def channel() -> None:
    """The accounts the shop speaks through: grants, menus, health."""


for _module in iter_modules(cli.__path__):
    if _module.name.startswith("channel_"):
        for _command in import_module(f"{cli.__name__}.{_module.name}").below:
            channel.add_command(_command)

commands: list[click.Command] = [channel]
