"""`loyalty serve`: web, worker and scheduler from one command, and with `--demo` the simulator beside them."""

import os
import signal
import socket
import threading
import time
import urllib.error
import urllib.request
from types import FrameType

import click

from bots import registry
from bots import simulator as platforms
from jobs.registry import utc_now
from loyalty import demo, logs, settings
from loyalty.cli import way_in
from loyalty.cli.common import Refused
from loyalty.cli.supervisor import Child, Supervisor
from loyalty.installation import misspelt, opening
from loyalty.settings import Settings

START_WITHIN = 60.0  # seconds until the web half must answer


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--demo", "with_demo", is_flag=True, help="Demo people and the simulator; never beside real people.")
def serve(host: str, port: int, with_demo: bool) -> None:
    """Everything from one command: migrates, then web, worker and scheduler, until Ctrl-C."""
    logs.configure()
    misspelt.tell()
    chosen = settings.load()
    _refuse_taken(host, port)
    opening.migrate(chosen)
    children = [Child("web", ["web", "--host", host, "--port", str(port)]), *_workers(chosen)]
    environment = dict(os.environ)
    if with_demo:
        simulated, played = _play(chosen, port)
        environment |= played
        demo.fill(settings.load(environment), say=lambda line: click.echo(line, err=True))
        address = ["--port", str(simulated), "--main", f"http://127.0.0.1:{port}"]
        children.append(Child("simulator", ["simulator", *address]))
    _try_channels(settings.load(environment))
    everything = Supervisor(children, environment)
    _stop_on_signals(everything)
    everything.start()
    threading.Thread(target=_announce, args=(everything, chosen, port, with_demo), daemon=True).start()
    everything.run()


def _play(chosen: Settings, port: int) -> tuple[int, dict[str, str]]:
    """The simulator's port, announced to other windows, and the settings of a program that plays against it."""
    simulated, own = platforms.find_port(port), _own_address(chosen, port)
    platforms.announce(chosen.data_folder, simulated, own)
    return simulated, platforms.environment(simulated, chosen) | {"LOYALTY_BASE_URL": own}


def _own_address(chosen: Settings, port: int) -> str:
    """Where the demo's consents come back to and its links lead: here, unless somebody said otherwise."""
    return f"http://127.0.0.1:{port}" if chosen.base_url == Settings().base_url else chosen.base_url


def _workers(chosen: Settings) -> list[Child]:
    """Two where they can write side by side: one process alone spends a whole core on fifty messages a second."""
    count = 1 if chosen.database_url.startswith("sqlite") else 2
    return [Child("worker", ["worker"]) for _ in range(count)]


def _try_channels(chosen: Settings) -> None:
    """Wrong credentials stop the start here, in one line, not a child again and again."""
    database = opening.open_database(chosen)
    registry.build(chosen, database, utc_now)
    database.close()


def _refuse_taken(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Refused(
                f"Port {port} on {host} cannot be used ({error.strerror}). Choose another: --port 9000"
            ) from None


def _stop_on_signals(everything: Supervisor) -> None:
    def stop(_number: int, _frame: FrameType | None) -> None:
        everything.stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)


def _announce(everything: Supervisor, chosen: Settings, port: int, with_demo: bool) -> None:
    """Wait until the web half answers, then say where to go."""
    address = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + START_WITHIN
    while not _answers(f"{address}/healthz"):
        if everything.stopping.wait(0.1):
            return
        if time.monotonic() > deadline:
            click.echo(f"The web half does not answer on {address} yet; see the lines above.", err=True)
            return
    click.echo("\n".join(["", *_signposts(chosen, address, with_demo), ""]))


def _signposts(chosen: Settings, address: str, with_demo: bool) -> list[str]:
    keys = "LOYALTY_DATA_KEYS" if chosen.data_keys else str(chosen.var / "data.key")
    play = [f"  Chat thử, vai khách và nhân viên / play both sides:  {address}/simulator/"] if with_demo else []
    return [
        f"  Khách Quen đang chạy / is running:  {address}",
        *play,
        way_in.signpost(chosen, address),
        f"  API:  {address}/api/v1/docs  (key: .venv/bin/loyalty apikey create me --scope customers:read)",
        f"  Khóa dữ liệu, giữ thật kỹ / the data key, keep it safe:  {keys}",
        "  Dừng / stop:  Ctrl-C",
    ]


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310  # our own address
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


commands = [serve]
