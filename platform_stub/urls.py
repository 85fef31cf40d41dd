"""Every address of a LiveVox client, and the rule for deep links. Serving them is done elsewhere."""

from urllib.parse import quote, urlsplit

from platform_stub.context import PlatformContext
from platform_stub.store import Client, Surface

_LOGIN = {Surface.USER: "", Surface.AGENT: "/AgentLogin"}
_HOME = {Surface.USER: "/home", Surface.AGENT: "/agent"}


def client_path(client: Client) -> str:
    """Return the path that every page of the client starts with, without a slash at its end."""
    return f"/{quote(client.code)}"


def login_path(client: Client, surface: Surface) -> str:
    """Return the path of the user or agent login URL."""
    return client_path(client) + _LOGIN[surface]


def home_path(client: Client, surface: Surface) -> str:
    """Return the path of the page that a login ends on when no deep link was asked for."""
    return client_path(client) + _HOME[surface]


def login_url(ctx: PlatformContext, client: Client, surface: Surface) -> str:
    """Return the user or agent login URL."""
    return ctx.settings.base_url + login_path(client, surface)


def acs_url(ctx: PlatformContext, client: Client, surface: Surface) -> str:
    """Return the SAML single sign-on URL (assertion consumer service) of the surface."""
    return f"{ctx.settings.base_url}{client_path(client)}/sso/saml/{surface}/acs"


def entity_id(ctx: PlatformContext, client: Client) -> str:
    """Return the SAML entity ID, which is the audience and the address of the SP metadata."""
    own = client_path(client) if ctx.policy.entity_id_per_client else ""
    return f"{ctx.settings.base_url}{own}/sso/saml/metadata"


def single_logout_url(ctx: PlatformContext, client: Client) -> str:
    """Return the address for the identity provider's logout messages, one for both surfaces (ours)."""
    return f"{ctx.settings.base_url}{client_path(client)}/sso/saml/logout"


def redirect_uri(ctx: PlatformContext, client: Client, surface: Surface) -> str:
    """Return the OIDC redirect URI of the surface."""
    return f"{ctx.settings.base_url}{client_path(client)}/sso/oidc/{surface}/callback"


def signed_out_url(ctx: PlatformContext, client: Client, surface: Surface) -> str:
    """Return the post_logout_redirect_uri of the surface (ours), below its redirect URI."""
    return f"{redirect_uri(ctx, client, surface)}/signed-out"


def recovery_path(client: Client) -> str:
    """Return the path where a recovery code opens the Security tab (safe mode)."""
    return f"{client_path(client)}/recovery"


def instructions(ctx: PlatformContext, client: Client) -> dict[str, str]:
    """Return the values of *See Instructions*, by their names in the API."""
    end = "" if "instructions-exact" in ctx.policy.lifecycle_rules else "/"
    return {
        "user_single_sign_on_url": acs_url(ctx, client, Surface.USER) + end,
        "agent_single_sign_on_url": acs_url(ctx, client, Surface.AGENT) + end,
        "audience_restriction": entity_id(ctx, client),
        "single_logout_url": single_logout_url(ctx, client),
        "user_redirect_url": redirect_uri(ctx, client, Surface.USER),
        "agent_redirect_url": redirect_uri(ctx, client, Surface.AGENT),
    }


def tidied(target: str) -> str:
    """Return an address as browsers understand it (WHATWG URL Standard 4.4); for a weak policy only."""
    return "".join(letter for letter in target if ord(letter) > 0x20).replace("\\", "/")


def safe_deep_link(ctx: PlatformContext, client: Client, surface: Surface, target: str | None) -> str:
    """Return ``target`` when it is a path of this client and surface, else an empty string.

    Refused are other sites, ``//host``, backslashes, control characters, other clients, SSO endpoints and dot
    segments: a login must not become an open redirect.
    """
    if not target:
        return ""
    if not ctx.policy.deep_links_stay_inside:
        return tidied(target)
    if any(ord(letter) <= 0x20 or letter in "\\\x7f" for letter in target):
        return ""
    try:
        parts = urlsplit(target)
    except ValueError:  # for example an unfinished IPv6 address
        return ""
    root = client_path(client)
    foreign = parts.scheme or parts.netloc or target.startswith("//") or ".." in parts.path.split("/")
    inside = parts.path.startswith(
        f"{root}/agent" if surface is Surface.AGENT else (f"{root}/home", f"{root}/configure/")
    )
    return "" if foreign or not inside else target
