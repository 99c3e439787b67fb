"""Both directions of a chat: what a person does becomes a signed event, what the shop sends becomes a bubble."""

import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bots.simulator import events, people
from bots.simulator.kept import Chat
from bots.simulator.moods import DOWN, Moods
from bots.simulator.server import Door
from bots.simulator.store import Store
from bots.simulator.zalo_consents import Consents
from loyalty.settings import Settings

LONGEST_TEXT = 2000  # characters a person can write at once
TYPING = timedelta(seconds=20)  # how long a platform shows the dots


class Refused(Exception):
    """A person cannot do this here; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Switchboard:
    """What both platforms share. `wake` is set whenever there is an event to deliver."""

    def __init__(self, store: Store, settings: Settings, clock: Callable[[], float] = time.time) -> None:
        self.store = store
        self.settings = settings
        self.events = events.of(settings)
        self.consents = Consents(store, settings)
        self.accounts = {"zalo": settings.zalo_oa_id, "messenger": settings.messenger_page_id}  # where people begin
        self.wake = threading.Event()
        self.moods = Moods(store)
        self.doors: dict[str, Door] = {}
        self.menu: list[dict[str, str]] = []  # what stands behind a page's menu button: `title` and `payload`
        self._clock = clock

    def now(self) -> int:
        """Milliseconds since 1970."""
        return int(self._clock() * 1000)

    def open_chats(self) -> None:
        """Give everybody of the demo shop a chat on both channels, as far as they have none yet."""
        for channel, account in self.accounts.items():
            self.store.put_account(channel, account)
        for person in people.PLAYED:
            for channel in people.CHANNELS:
                is_known = people.is_known_at(person, channel)
                spoke_at = self.now() - int(timedelta(days=person.silent_days) / timedelta(milliseconds=1))
                user = people.user_id(person, channel)
                times = spoke_at if is_known else 0
                who = (person.key, person.name, person.phone)
                self.store.add_chat(Chat(channel, self.accounts[channel], user, *who, is_known, times, 0))

    def meet_stranger(self, channel: str) -> Chat:
        """Somebody the shop has never heard of."""
        taken = {chat.name for chat in self.store.list_chats()}
        user, name, phone = people.new_stranger(channel, taken)
        chat = Chat(channel, self.accounts[channel], user, "stranger", name, phone, False, 0, 0)
        self.store.add_chat(chat)
        return chat

    def join(self, chat: Chat, account: str) -> Chat:
        """The same person's chat with another OA that agreed, begun if need be. Raises Refused: no_account."""
        if chat.channel != "zalo" or account not in self.consents.agreed():
            raise Refused("no_account")
        user = chat.user if chat.account == account else people.id_at(account, chat)
        self.store.add_chat(replace(chat, account=account, user=user, follows=False, interacted_at=0, typing_until=0))
        return self.store.get_chat(chat.channel, user)

    def write(self, chat: Chat, text: str) -> None:
        """Send typed words. Raises Refused: empty, too_long."""
        if not text.strip():
            raise Refused("empty")
        if len(text) > LONGEST_TEXT:
            raise Refused("too_long")
        self._say(chat, {"text": text}, lambda mid, at: self.events[chat.channel].text(chat, text, mid, at))

    def tap(self, chat: Chat, message_id: int, number: int) -> None:
        """Tap button `number` under a message of the shop. Raises Refused: no_button, no_phone."""
        message = self.store.find_message(chat, message_id)
        buttons = [] if message is None else message.body.get("buttons", [])
        if message is None or message.mine or message.body.get("spent") or not 0 <= number < len(buttons):
            raise Refused("no_button")
        button = buttons[number]
        if button["kind"] == "contact":
            self.share_contact(chat)
        else:
            self._press(chat, button["title"], button["payload"], is_postback=button["kind"] == "postback")
        if message.body.get("once"):
            self.store.change_body(message, spent=True)

    def tap_menu(self, chat: Chat, number: int) -> None:
        """Tap line `number` of the page's menu. Raises Refused: no_button."""
        if chat.channel != "messenger" or not 0 <= number < len(self.menu):
            raise Refused("no_button")
        self._press(chat, self.menu[number]["title"], self.menu[number]["payload"], is_postback=True)

    def move_door(self, channel: str) -> None:
        """A platform that is down answers nobody."""
        if door := self.doors.get(channel):
            if self.moods.of(channel).kind == DOWN:
                door.shut()
            else:
                door.open()

    def share_contact(self, chat: Chat) -> None:
        """Let the platform tell the shop this person's own phone. Raises Refused: no_phone."""
        if not chat.phone:
            raise Refused("no_phone")
        bubble = {"contact": chat.phone}
        self._say(chat, bubble, lambda mid, at: self.events[chat.channel].contact(chat, mid, at))

    def send_sticker(self, chat: Chat) -> None:
        self._say(chat, {"sticker": True}, lambda mid, at: self.events[chat.channel].sticker(chat, mid, at))

    def start(self, chat: Chat) -> None:
        """Follow the OA; tap Get Started."""
        self.store.update_chat(chat, follows=1)
        self._say(chat, {"started": True}, lambda _mid, at: self.events[chat.channel].start(chat, at))

    def leave(self, chat: Chat) -> None:
        """Unfollow the OA. Raises Refused: no_leaving, where the platform has no such thing."""
        at = self.now()
        event = self.events[chat.channel].leave(chat, at)
        if event is None:
            raise Refused("no_leaving")
        self.store.update_chat(chat, follows=0)
        self.store.write(chat, self.new_mid(chat.channel), {"left": True}, event, at=at)
        self.wake.set()

    def repeat(self, chat: Chat, message_id: int) -> None:
        """Deliver the event of a bubble once more, byte for byte, as platforms do. Raises Refused: no_event."""
        message = self.store.find_message(chat, message_id)
        event = None if message is None else self.store.event_of(message)
        if message is None or event is None:
            raise Refused("no_event")
        self.store.add_event(chat, event, at=self.now(), message_id=message.id)
        self.wake.set()

    def see(self, chat: Chat) -> None:
        """The person looks at the chat."""
        if mids := self.store.see(chat):
            at = self.now()
            self.store.add_event(chat, self.events[chat.channel].seen(chat, mids, at), at=at)
            self.wake.set()

    def deliver(self, chat: Chat, body: Mapping[str, Any]) -> str:
        """Show a message of the shop; returns its id. The echo and the receipt follow."""
        mid, at = self.new_mid(chat.channel), self.now()
        receipts = self.events[chat.channel].receipts(chat, body, mid, at)
        self.store.receive(chat, mid, body, receipts, at=at)
        self.wake.set()
        return mid

    def show_typing(self, chat: Chat, *, is_on: bool) -> None:
        until = self.now() + int(TYPING / timedelta(milliseconds=1)) if is_on else 0
        self.store.update_chat(chat, typing_until=until)

    def new_mid(self, channel: str) -> str:
        return secrets.token_hex(10) if channel == "zalo" else "m_" + secrets.token_urlsafe(48)

    def since_spoken(self, chat: Chat) -> timedelta:
        """How long ago the person last did something that opens the window; very long for never."""
        return timedelta(milliseconds=self.now() - chat.interacted_at)

    def _press(self, chat: Chat, title: str, payload: str, *, is_postback: bool) -> None:
        bubble, teller = {"text": title or payload}, self.events[chat.channel]
        tell = teller.postback if is_postback else teller.tap
        self._say(chat, bubble, lambda mid, at: tell(chat, title, payload, mid, at))

    def _say(self, chat: Chat, bubble: Mapping[str, Any], event: Callable[[str, int], bytes]) -> None:
        mid, at = self.new_mid(chat.channel), self.now()
        self.store.write(chat, mid, bubble, event(mid, at), at=at)
        self.wake.set()
