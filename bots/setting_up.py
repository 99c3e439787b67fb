"""What a channel shows of itself, set from the command line or the console: one entry for each channel that is on."""

from collections.abc import Callable, Mapping

from bots.channel import Channel, SendError
from bots.messenger import MessengerChannel
from bots.messenger import menu as messenger_menu
from loyalty.channels.accounts import ChannelRefused

SetUp = Callable[[str], None]  # takes the shop's name


def menus(channels: Mapping[str, Channel]) -> dict[str, SetUp]:
    """How to set the menu of each channel that has one to be set: the platform is called, nothing is stored."""
    return {kind: _of(channel) for kind, channel in channels.items() if isinstance(channel, MessengerChannel)}


def _of(channel: MessengerChannel) -> SetUp:
    def set_up(shop: str) -> None:
        """Raises ChannelRefused."""
        try:
            messenger_menu.apply(channel, shop)
        except SendError as error:
            raise ChannelRefused(error.code, error.detail) from None

    return set_up
