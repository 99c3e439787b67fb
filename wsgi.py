"""The web half put together: `gunicorn wsgi:app`."""

import sys

from flask import Flask, redirect

from bots import connecting, pages, privacy, registry, setting_up, texts, voice, webhooks
from loyalty import logs, settings
from loyalty.app import create_app, utc_now
from loyalty.channels.connectors import EXTENSION
from loyalty.errors import LoyaltyError
from loyalty.installation import misspelt, opening
from loyalty.messaging.intake import Intake
from loyalty.settings import Settings, SettingsError

GIVE_UP = 4  # gunicorn's own «the application cannot be loaded»: it ends instead of trying for ever


def build(chosen: Settings) -> Flask:
    """The application over the database the settings name. Raises SettingsError, OldSchema."""
    database = opening.open_database(chosen)
    channels = registry.build(chosen, database, utc_now)
    blueprints = [webhooks.blueprint(channels, Intake(database), utc_now), pages.blueprint(chosen, database, utc_now)]
    connectors = connecting.connectors(chosen, database, utc_now)
    blueprints.append(connecting.blueprint(connectors, database))
    blueprints.append(privacy.blueprint(channels, database, utc_now))
    front = "/privacy/"
    if database.shop is not None and database.shop.demo:
        from bots.simulator import page

        blueprints.append(page.blueprint(chosen))
        front = "/simulator/"
    app = create_app(chosen, database, blueprints)
    app.extensions.update(loyalty_voice=voice, loyalty_catalogue=texts.catalogue)
    app.extensions[EXTENSION] = connectors
    app.extensions["loyalty_menus"] = setting_up.menus(channels)
    app.add_url_rule("/", "front", lambda: redirect(front))
    database.close()  # connections are opened after the fork
    return app


def _start() -> Flask:
    logs.configure()
    misspelt.tell()
    try:
        return build(settings.load())
    except (SettingsError, LoyaltyError) as refusal:
        print(refusal, file=sys.stderr, flush=True)  # noqa: T201  # the one line an operator must see
        sys.exit(GIVE_UP)


def __getattr__(name: str) -> Flask:
    """`app` is built when a server asks for it, so that importing this module starts nothing."""
    if name != "app":
        raise AttributeError(name)
    app = _start()
    globals()["app"] = app
    return app
