"""The ways in, for tests: people with passwords, links, and a browser that uses them."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

from loyalty.db import Database
from loyalty.settings import Settings
from loyalty.staff import audit, invitations, passwords
from loyalty.staff.invitations import Kind
from loyalty.staff.models import StaffMember
from tests.builders import NOON
from tests.builders_console import Browser, Console, make_console
from tests.builders_staff import make_staff

RIGHT = "ba con mèo ngủ trưa"
MINUTE = timedelta(minutes=1)


def somebody(
    console: Console, role: str = "cashier", name: str = "Nguyễn Thu", password: str | None = RIGHT
) -> StaffMember:
    with console.database.transaction() as session:
        member = make_staff(session, role, name)
        if password is not None:
            passwords.choose(session, member, password, by=audit.CLI, now=NOON)
    return member


def link_for(console: Console, member: StaffMember, kind: Kind = Kind.PASSWORD) -> str:
    with console.database.transaction() as session:
        return "/console/welcome/" + invitations.issue(session, member.id, kind, by=audit.CLI, now=console.clock())


def demo_console(database: Database, settings: Settings) -> Console:
    shop = database.shop
    assert shop is not None
    database.shop = replace(shop, demo=True)
    return make_console(database, settings)


def enter(browser: Browser, name: str = "nguyen thu", password: str = RIGHT, **more: Any) -> Any:
    browser.get("/console/signin")
    return browser.post("/console/signin", follow=False, name=name, password=password, **more)


def is_in(browser: Browser) -> bool:
    return browser.get("/console/me").status_code == 200


def secret_on(page: str) -> str:
    found = re.search(r'id="totp-secret"[^>]*>([A-Z2-7]+)<', page)
    assert found is not None
    return found.group(1)


def codes_on(page: str) -> list[str]:
    return re.findall(r"\b[2-9A-Z]{5}-[2-9A-Z]{5}\b", page)


def secret_on_or_none(page: str) -> str | None:
    found = re.search(r'id="totp-secret"', page)
    return found.group(0) if found else None


def cookie_of(answer: Any) -> str:
    found = re.search(r"kq_seat=([^;]+)", "\n".join(answer.headers.getlist("Set-Cookie")))
    assert found is not None
    return found.group(1)


def token_on(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None
    return found.group(1)
