"""The settings of commands about channels: where none names an app, those of the demo that runs beside."""

import os

from bots import simulator
from loyalty import settings
from loyalty.cli import common
from loyalty.settings import Settings


def chosen() -> Settings:
    """The settings in force; without a Zalo app in them, with the platforms the demo on this machine plays."""
    given = common.chosen()
    played = {} if given.zalo_app_id else simulator.announced(given.data_folder)
    return settings.load(os.environ | played) if played else given
