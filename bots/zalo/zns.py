"""Template messages to a phone number: ZNS, since 2026-01-01 part of ZBS Template Message with the same calls."""

from enum import Enum
from typing import Any

from bots.zalo.base import BaseClient
from bots.zalo.messages import Json

PREFIX = "https://business.openapi.zalo.me"


class ZNSTemplateStatus(Enum):
    Enabled = 1
    PendingReview = 2
    Reject = 3
    Disabled = 4


class ZNSClient(BaseClient):
    """`zalo_sdk.zns.Client`, and the look-ups it lacks. Refusals are plain ZaloException."""

    def __init__(
        self, app_id: str, secret_key: str, access_token: str = "", refresh_token: str = "", **kwargs: Any
    ) -> None:
        super().__init__(app_id, secret_key, access_token, refresh_token, **{"endpoint_prefix": PREFIX} | kwargs)

    def send_zns_message(
        self,
        contact_phone: str,
        template_id: str,
        template_data: Json,
        tracking_id: str | None = None,
        dev_mode: bool = False,
    ) -> Json:
        """Costs money. `contact_phone` is `84…`; `tracking_id`, at most 48 characters, is no idempotency key at Zalo.

        `dev_mode` reaches administrators of the app and the OA only.
        """
        body = {"phone": contact_phone, "template_id": template_id, "template_data": template_data}
        if tracking_id is not None:
            body["tracking_id"] = tracking_id
        if dev_mode:
            body["mode"] = "development"
        return self._post("/message/template", body)

    def get_template_list(self, offset: int, limit: int, status: ZNSTemplateStatus | None = None) -> Json:
        """At most 100 at a time."""
        wanted = {} if status is None else {"status": status.value}
        return self._get("/template/all", offset=offset, limit=limit, **wanted)

    def get_template_info(self, template_id: str) -> Json:
        """`data.listParams` with types and lengths, `price_sdt` (by phone) and `price_uid` (by user id) in VND."""
        return self._get("/template/info/v2", template_id=template_id)

    def get_message_status(self, message_id: str) -> Json:
        """`data.status`: -1 unknown, 0 pushed, 1 delivered."""
        return self._get("/message/status", message_id=message_id)

    def get_message_quota(self) -> Json:
        return self._get("/message/quota")

    def get_quality(self) -> Json:
        """`data.oaCurrentQuality` and `data.oa7dayQuality`: HIGH, MEDIUM, LOW or UNDEFINED."""
        return self._get("/quality")

    def _get(self, path: str, **params: Any) -> Json:
        url = self.endpoint_prefix + path
        return self._proven(
            lambda: self._reply(self.send_request("GET", url, params=params, headers=self._head("GET")))
        )

    def _post(self, path: str, body: Json) -> Json:
        url = self.endpoint_prefix + path
        return self._proven(lambda: self._reply(self.send_request("POST", url, body=body, headers=self._head("POST"))))

    def _head(self, method: str) -> dict[str, str]:
        return self.create_request_header(method)

    def _reply(self, response: Any) -> Json:
        reply = self._decoded(response)
        self.check_zalo_zns_error(reply)
        return reply
