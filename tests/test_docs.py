"""What the documents promise is there, and what is there is documented."""

import re
from pathlib import Path

import pytest

from jobs import registry
from loyalty.cli import loyalty
from loyalty.settings import Settings

ROOT = Path(__file__).parent.parent
DOCS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "bots").rglob("README.md"))]
SECRET_PLACES = re.compile(r"/(?:work|farm|root)/\w|pythonhosted|npmjs|deb\.debian")


def test_every_setting_is_documented() -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    names = [f"LOYALTY_{name.upper()}" for name in Settings.__dataclass_fields__ if name != "var"]
    assert [name for name in names if f"`{name}`" not in page] == []


def test_every_command_is_documented() -> None:
    import click

    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    context = click.Context(loyalty)
    assert isinstance(loyalty, click.Group)
    found = [
        name for name in loyalty.list_commands(context) if not getattr(loyalty.get_command(context, name), "hidden", 0)
    ]
    assert [name for name in found if f"loyalty {name}" not in page] == []


def test_every_job_and_pump_is_documented() -> None:
    registry.discover()
    page = (ROOT / "docs" / "jobs.md").read_text(encoding="utf-8")
    assert [name for name in [*registry.JOBS, *registry.PUMPS] if f"`{name}`" not in page] == []


@pytest.mark.parametrize("page", DOCS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", DOCS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_page_names_a_machine_or_a_registry(page: Path) -> None:
    assert SECRET_PLACES.search(page.read_text(encoding="utf-8")) is None
