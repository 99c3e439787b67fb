"""The Zalo Official Account interface behind the names of PyPI's zalo-sdk 0.3.0, without its faults.

Method names (two of them misspelt), positional order, defaults and replies are theirs, so that either client can stand
in for the other. Every call is bounded in time and size; a refused token is always ZaloOAAuthTokenExpiredException.
"""

import io
from collections.abc import Mapping
from typing import Any

import requests

from bots.zalo.base import BaseClient
from bots.zalo.errors import (
    ZaloException,
    ZaloHTTPException,
    ZaloOAAuthTokenExpiredException,
    ZaloOAException,
    ZaloReplyException,
)
from bots.zalo.messages import (
    Json,
    Part,
    ZaloAction,
    ZaloAttachment,
    ZaloAttachmentFile,
    ZaloAttachmentTemplate,
    ZaloMessage,
    ZaloMessageBody,
    ZaloPayloadType,
    ZaloRecipient,
    ZaloTemplateElement,
    ZaloTemplateType,
)
from bots.zalo.zns import ZNSClient, ZNSTemplateStatus

__all__ = [
    "BaseClient",
    "Client",
    "ZNSClient",
    "ZNSTemplateStatus",
    "ZaloAction",
    "ZaloAttachment",
    "ZaloAttachmentFile",
    "ZaloAttachmentTemplate",
    "ZaloException",
    "ZaloHTTPException",
    "ZaloMessage",
    "ZaloMessageBody",
    "ZaloOAAuthTokenExpiredException",
    "ZaloOAException",
    "ZaloPayloadType",
    "ZaloRecipient",
    "ZaloReplyException",
    "ZaloTemplateElement",
    "ZaloTemplateType",
]

PREFIX = "https://openapi.zalo.me"

Parts = Part | Mapping[str, Any] | None  # zalo-sdk has no class for some recipients: groups, anonymous people

_MESSAGE_PATHS = {
    "consultant": "/v3.0/oa/message/cs",
    "transaction": "/v3.0/oa/message/transaction",
    "media": "/v3.0/oa/message/promotion",
    "action": "/v2.0/oa/message",
}
_UPLOADS = ("file", "image", "gif")
_QUOTA_OWNERS = ("OA", "App")
_PRODUCT_TYPES = ("cs", "transaction")
_QUOTA_TYPES = ("sub_quota", "purchase_quota", "reward_quota")


class Client(BaseClient):
    """`zalo_sdk.oa.Client`, and the calls it lacks. Refusals are ZaloOAException."""

    def __init__(
        self, app_id: str, secret_key: str, access_token: str = "", refresh_token: str = "", **kwargs: Any
    ) -> None:
        super().__init__(app_id, secret_key, access_token, refresh_token, **{"endpoint_prefix": PREFIX} | kwargs)

    def create_request_body(self, recipient: Parts, body: Parts = None, action: Parts = None) -> Json:
        return ZaloMessage(recipient, body, action).toDict()

    def send_message(
        self,
        recipient: Parts,
        body: Parts = None,
        action: Parts = None,
        category: str = "consultant",
        files: Mapping[str, Any] | None = None,
    ) -> Json:
        """Send a consultation message, or with `category="action"` a reaction; `data.message_id` names it.

        Zalo announced the end of `transaction` and `media` (promotion) for 2026-03-01: `send_template_message`
        took their place. They stay callable for whoever still has them. `quota` absent from the reply: it was billed.
        """
        path = _MESSAGE_PATHS.get(category)
        if path is None:
            raise ValueError(f"category {category!r} is none of {', '.join(_MESSAGE_PATHS)}")
        return self._post(path, self.create_request_body(recipient, body, action), files)

    def send_template_message(self, user_id: str, template_id: str, template_data: Json) -> Json:
        """An approved ZBS template by user id, outside every window. Costs money; keep `data.message_id` at once."""
        body = {"user_id": user_id, "template_id": template_id, "template_data": template_data}
        return self._post("/v3.0/oa/message/template", body)

    def upload_file(self, file_data: bytes, file_type: str = "file", file_name: str = "", mime_type: str = "") -> Json:
        """Upload a "file" (pdf, doc, docx, csv; 5 MB), "image" (jpg, png; 1 MB) or "gif". Ids end after 7 days.

        `data.token` names a file, `data.attachment_id` the others.
        """
        if file_type not in _UPLOADS:
            raise ValueError(f"file_type {file_type!r} is none of {', '.join(_UPLOADS)}")
        url = f"{self.endpoint_prefix}/v2.0/oa/upload/{file_type}"

        def call() -> Json:
            headers = self.create_request_header("POST", type="file")
            files = {"file": (file_name, io.BytesIO(file_data), mime_type)}
            return self._validate_zalo_response(self.send_request("POST", url, headers=headers, files=files))

        return self._proven(call)

    def get_free_response_quota(self, message_id: str) -> Json:
        return self._post("/v2.0/oa/quota/message", {"message_id": message_id})

    def get_zalo_oa_quotas(self, quota_owner: str, product_type: str = "", quota_type: str = "") -> Json:
        """Owner OA or App; product cs or transaction; quota sub_quota, purchase_quota or reward_quota."""
        body = {"quota_owner": _one_of(_QUOTA_OWNERS, "quota_owner", quota_owner)}
        if product_type:
            body["product_type"] = _one_of(_PRODUCT_TYPES, "product_type", product_type)
        if quota_type:
            body["quota_type"] = _one_of(_QUOTA_TYPES, "quota_type", quota_type)
        return self._post("/v3.0/oa/quota/message", body)

    def get_zalo_user_quotas(self, user_id: str) -> Json:
        """`data.last_interaction` (milliseconds since 1970, as a string), `cs_reply`, `promotion`."""
        return self._post("/v3.0/oa/quota/message", {"user_id": user_id})

    def get_oa(self) -> Json:
        """The OA itself: id, name, package; a good test of the token."""
        return self._get("/v2.0/oa/getoa")

    def get_profile(self, user_id: str) -> Json:
        """The older form of `get_user_detail`."""
        return self._get("/v2.0/oa/getprofile", {"user_id": user_id})

    def get_user_detail(self, user_id: str) -> Json:
        """`data.display_name` and more; -213 for somebody who does not follow."""
        return self._get("/v3.0/oa/user/detail", {"user_id": user_id})

    def get_list(self, data: Json) -> Json:
        """`offset` (at most 9951), `count` (at most 50), and `tag_name`, `last_interaction_period`, `is_follower`."""
        return self._get("/v3.0/oa/user/getlist", data)

    def get_followers(self, data: Json) -> Json:
        """The older form of `get_list`."""
        return self._get("/v2.0/oa/getfollowers", data)

    def update_user(self, user_id: str, user_alias: str | None = None, shared_info: Json | None = None) -> Json:
        """Change the OA's own notes about a person: an alias, and name, phone, address, city, district."""
        changes = {"user_alias": user_alias, "shared_info": shared_info}
        known = {name: value for name, value in changes.items() if value is not None}
        return self._post("/v3.0/oa/user/update", {"user_id": user_id} | known)

    def get_conversation(self, user_id: str, offset: int = 0, count: int = 10) -> Json:
        """The messages exchanged with one person, newest first, at most ten."""
        return self._get("/v2.0/oa/conversation", {"user_id": user_id, "offset": offset, "count": count})

    def get_recent_chats(self, offset: int = 0, count: int = 10) -> Json:
        """The newest message of each conversation, at most ten."""
        return self._get("/v2.0/oa/listrecentchat", {"offset": offset, "count": count})

    def tag_follower(self, user_id: str, tag_name: str) -> Json:
        """The tag is made if need be."""
        return self._post("/v2.0/oa/tag/tagfollower", {"user_id": user_id, "tag_name": tag_name})

    def rm_follower_from_tag(self, user_id: str, tag_name: str) -> Json:
        return self._post("/v2.0/oa/tag/rmfollowerfromtag", {"user_id": user_id, "tag_name": tag_name})

    def get_tags_of_oa(self) -> Json:
        return self._get("/v2.0/oa/tag/gettagsofoa")

    def rm_tag(self, tag_name: str) -> Json:
        return self._post("/v2.0/oa/tag/rmtag", {"tag_name": tag_name})

    def _get(self, path: str, data: Json | None = None) -> Json:
        def call() -> Json:
            headers = self.create_request_header("GET")
            response = self.send_request("GET", self.endpoint_prefix + path, body=data, headers=headers)
            return self._validate_zalo_response(response)

        return self._proven(call)

    def _post(self, path: str, body: Json, files: Mapping[str, Any] | None = None) -> Json:
        def call() -> Json:
            headers = self.create_request_header("POST")
            response = self.send_request("POST", self.endpoint_prefix + path, body=body, headers=headers, files=files)
            return self._validate_zalo_response(response)

        return self._proven(call)

    def _validate_zalo_response(self, response: requests.Response) -> Json:
        reply = self._decoded(response)
        self.check_zalo_oa_error(reply)
        return reply


def _one_of(allowed: tuple[str, ...], name: str, value: str) -> str:
    if value not in allowed:
        raise ValueError(f"{name} {value!r} is none of {', '.join(allowed)}")
    return value
