"""The OA and the page of the demo shop: invented ids and secrets, the same everywhere."""

from urllib.parse import urlsplit

from loyalty.settings import Settings

ZALO = {
    "LOYALTY_ZALO_APP_ID": "1000000000000000001",
    "LOYALTY_ZALO_APP_SECRET": "demo-zalo-app-secret",
    "LOYALTY_ZALO_OA_ID": "4000000000000000001",
    "LOYALTY_ZALO_OA_SECRET_KEY": "demo-zalo-webhook-key",
    "LOYALTY_ZALO_ACCESS_TOKEN": "demo-access-0",
    "LOYALTY_ZALO_REFRESH_TOKEN": "demo-refresh-0",
}
MESSENGER = {
    "LOYALTY_MESSENGER_PAGE_ID": "100000000000001",
    "LOYALTY_MESSENGER_PAGE_TOKEN": "demo-page-token",
    "LOYALTY_MESSENGER_APP_SECRET": "demo-messenger-app-secret",
    "LOYALTY_MESSENGER_VERIFY_TOKEN": "demo-verify-token",
}


DOORS = {"zalo": 1, "messenger": 2}  # each platform's port, counted from the desk's


def environment(port: int, settings: Settings | None = None) -> dict[str, str]:
    """The LOYALTY_* variables that connect the program to the platforms played beside the desk's `port`.

    With `settings`, a channel that has credentials of its own there is left as it is.
    """
    zalo_base, graph_base = (f"http://127.0.0.1:{port + DOORS[channel]}" for channel in ("zalo", "messenger"))
    zalo = ZALO | {
        "LOYALTY_ZALO_API_URL": f"{zalo_base}/zalo",
        "LOYALTY_ZALO_OAUTH_URL": f"{zalo_base}/zalo-oauth",
        "LOYALTY_ZALO_ZNS_URL": f"{zalo_base}/zalo-zns",
    }
    messenger = MESSENGER | {"LOYALTY_MESSENGER_API_URL": f"{graph_base}/messenger"}
    own_oa = settings is not None and settings.zalo_oa_id
    own_page = settings is not None and settings.messenger_page_id
    return ({} if own_oa else zalo) | ({} if own_page else messenger)


def played(settings: Settings) -> dict[str, str]:
    """The channels the simulator plays under these settings, each with the address of its platform."""
    is_zalo = settings.zalo_oa_id == ZALO["LOYALTY_ZALO_OA_ID"]
    is_messenger = settings.messenger_page_id == MESSENGER["LOYALTY_MESSENGER_PAGE_ID"]
    return ({"zalo": settings.zalo_api_url} if is_zalo else {}) | (
        {"messenger": settings.messenger_api_url} if is_messenger else {}
    )


def desk(settings: Settings) -> str:
    """The address of the simulator's desk; "" when it plays nothing under these settings."""
    for channel, address in played(settings).items():
        parts = urlsplit(address)
        return f"{parts.scheme}://{parts.hostname}:{(parts.port or 0) - DOORS[channel]}"
    return ""
