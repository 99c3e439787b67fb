"""The operator's command, `loyalty`. A command is a file here: every module with a list `commands` is found."""

import sys
from collections.abc import Iterator, Sequence
from importlib import import_module
from io import TextIOWrapper
from pkgutil import iter_modules
from typing import Any

import click

from loyalty import logs
from loyalty.cli import common, refusals


class Main(click.Group):
    """Looks into the module of the asked name first, so that `loyalty staff` does not load what `serve` needs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(name for module in _modules() for name in _commands_of(module))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        for module in sorted(_modules(), key=lambda module: module != cmd_name):
            if found := _commands_of(module).get(cmd_name):
                return found
        return None

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not all(_is_text(each) for each in args):
            ctx.fail("an argument is not UTF-8 text; check the terminal's encoding")
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        with refusals.told():
            return super().invoke(ctx)


@click.command(cls=Main, help="Khách Quen: the loyalty programme of a shop that lives in Zalo and Messenger.")
def loyalty() -> None:
    """Only its commands do something."""


common.accept_json(loyalty)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and end the process: 0 done, 1 refused or failed, 2 wrong usage."""
    logs.configure()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    loyalty(arguments, prog_name="loyalty")


def _modules() -> Iterator[str]:
    return (module.name for module in iter_modules(__path__))


def _commands_of(module: str) -> dict[str, click.Command]:
    found: Sequence[click.Command] = getattr(import_module(f"{__name__}.{module}"), "commands", ())
    return {command.name: common.accept_json(command) for command in found if command.name}


def _is_text(argument: str) -> bool:
    try:
        argument.encode()
    except UnicodeEncodeError:
        return False
    return "\x00" not in argument
