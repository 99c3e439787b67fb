"""The OA and the page of the demo shop: invented ids and secrets, the same everywhere."""

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


def environment(port: int, settings: Settings | None = None) -> dict[str, str]:
    """The LOYALTY_* variables that connect the program to the platforms played on `port`.

    With `settings`, a channel that has credentials of its own there is left as it is.
    """
    base = f"http://127.0.0.1:{port}"
    zalo = ZALO | {
        "LOYALTY_ZALO_API_URL": f"{base}/zalo",
        "LOYALTY_ZALO_OAUTH_URL": f"{base}/zalo-oauth",
        "LOYALTY_ZALO_ZNS_URL": f"{base}/zalo-zns",
    }
    messenger = MESSENGER | {"LOYALTY_MESSENGER_API_URL": f"{base}/messenger"}
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
