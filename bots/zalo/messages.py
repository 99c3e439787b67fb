"""The parts of a message, as zalo-sdk names them; each turns itself into the JSON Zalo reads."""

import enum
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

Json = dict[str, Any]


class Part(Protocol):
    """Anything that can be put into a message: ours, or an object of zalo-sdk itself."""

    def toDict(self) -> Json:  # noqa: N802 - zalo-sdk's name
        ...


class _Part:
    def fields(self) -> Json:
        raise NotImplementedError

    def toDict(self) -> Json:  # noqa: N802 - zalo-sdk's name
        """Only what was given: None is left out."""
        return {name: _plain(value) for name, value in self.fields().items() if value is not None}


class ZaloPayloadType(enum.Enum):
    file = enum.auto()
    template = enum.auto()


class ZaloTemplateType(enum.Enum):
    media = enum.auto()
    list = enum.auto()
    request_user_info = enum.auto()


class ZaloMessage(_Part):
    """The whole body of a send: whom, what, and a reaction."""

    def __init__(
        self,
        recipient: Part | Mapping[str, Any] | None = None,
        message_body: Part | Mapping[str, Any] | None = None,
        action: Part | Mapping[str, Any] | None = None,
    ) -> None:
        self.msg = {"recipient": recipient, "message": message_body, "sender_action": action}

    def fields(self) -> Json:
        return dict(self.msg)


class ZaloRecipient(_Part):
    """Whom: an answer to a message before a user id before a broadcast `target`; the first one given counts."""

    def __init__(
        self, message_id: str | None = None, user_id: str | None = None, target: Mapping[str, Any] | None = None
    ) -> None:
        self.message_id = message_id
        self.user_id = user_id
        self.target = target

    def fields(self) -> Json:
        ways = {"message_id": self.message_id, "user_id": self.user_id, "target": self.target}
        return next(({name: way} for name, way in ways.items() if way is not None), {})


class ZaloAttachment(_Part):
    """`payload_type` is "template" or "file" (or the ZaloPayloadType of that name)."""

    def __init__(self, payload_type: str | ZaloPayloadType, payload: Mapping[str, Any] | Part | None = None) -> None:
        self.payload_type = payload_type
        self.payload = {} if payload is None else payload

    def fields(self) -> Json:
        return {"type": self.payload_type, "payload": self.payload}


class ZaloMessageBody(_Part):
    def __init__(
        self, text: str | None = None, attachment: Part | None = None, quote_message_id: str | None = None
    ) -> None:
        self.body = {"text": text, "attachment": attachment, "quote_message_id": quote_message_id}

    def fields(self) -> Json:
        return dict(self.body)


class ZaloAction(_Part):
    """A reaction to a message: /-strong, /-heart, :>, --b, :-((, :-h, :o; /-remove takes it back."""

    def __init__(self, react_icon: str, react_message_id: str) -> None:
        self.react_icon = react_icon
        self.react_message_id = react_message_id

    def fields(self) -> Json:
        return {"react_icon": self.react_icon, "react_message_id": self.react_message_id}


class ZaloTemplateElement(_Part):
    """One element of a template; any of the six names below."""

    _NAMES = ("media_type", "url", "title", "subtitle", "image_url", "default_action")

    def __init__(self, **kwargs: Any) -> None:
        self.elem = {name: kwargs.get(name) for name in self._NAMES}

    def fields(self) -> Json:
        return dict(self.elem)


class ZaloAttachmentTemplate(_Part):
    """The payload of a template attachment. Zalo takes at most five elements and five buttons."""

    def __init__(
        self,
        template_type: ZaloTemplateType,
        elements: Sequence[Part | Mapping[str, Any]] | None,
        buttons: Sequence[Part | Mapping[str, Any]] | None,
    ) -> None:
        self.template_type = template_type
        self.elements = elements
        self.buttons = buttons

    def fields(self) -> Json:
        return {
            "template_type": self.template_type,
            "buttons": list(self.buttons or ()),
            "elements": list(self.elements) if self.elements else None,
        }


class ZaloAttachmentFile(_Part):
    """A file by the token `upload_file` returned."""

    def __init__(self, payload_token: Any) -> None:
        self.payload = payload_token

    def fields(self) -> Json:
        return {"payload": self.payload}


def _plain(value: Any) -> Any:
    """JSON values of what a message part may hold."""
    if isinstance(value, enum.Enum):
        return value.name
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.toDict() if hasattr(value, "toDict") else value
