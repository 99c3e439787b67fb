"""The hidden `loyalty web`: the web half, as `serve` starts it."""

from typing import Any

import click
from gunicorn.app.base import BaseApplication

import wsgi
from loyalty import collecting, logs, settings
from loyalty.cli import supervisor
from loyalty.settings import Settings


@click.command(hidden=True)
@click.option("--host", default="127.0.0.1")
@click.option("--port", default=8000, type=int)
def web(host: str, port: int) -> None:
    """The web half, as `serve` starts it."""
    logs.configure()
    supervisor.follow_parent()
    WebServer(settings.load(), f"{host}:{port}").run()


class WebServer(BaseApplication):  # type: ignore[misc]  # gunicorn carries no types
    """gunicorn with threads; SQLite is served by one process, for one may write at a time."""

    def __init__(self, chosen: Settings, address: str) -> None:
        self._settings = chosen
        self._address = address
        super().__init__()

    def load_config(self) -> None:
        on_sqlite = self._settings.database_url.startswith("sqlite")
        options: dict[str, Any] = {
            "bind": self._address,
            "worker_class": "gthread",
            "workers": 1 if on_sqlite else 2,
            "threads": 16,
            "timeout": 60,
            "graceful_timeout": 10,
            "keepalive": 15,
            "backlog": 2048,
            "loglevel": "warning",
            "proc_name": "loyalty-web",
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        app = wsgi.build(self._settings)
        collecting.spare_loaded()
        return app


commands = [web]
