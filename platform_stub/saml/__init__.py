"""Sign-in by SAML 2.0: the platform as a strict service provider. The e-mail rule is in `identity`.

Importing this package stays cheap; pysaml2 is imported at the first login or by `warm_up`.
"""

from datetime import UTC, datetime

from platform_stub.policy import STRICT
from platform_stub.saml.logout_routes import start_logout
from platform_stub.saml.routes import register, start_login


def warm_up() -> None:
    """Import pysaml2 with its schemas and make one request, so that the first person does not wait for it."""
    from platform_stub.saml import signature  # noqa: F401, PLC0415 - the import is the warming
    from platform_stub.saml.authn_request import Wish, authn_request  # noqa: PLC0415 - pysaml2 is slow to import
    from platform_stub.saml.names import ServiceProvider  # noqa: PLC0415 - only needed here

    names = ServiceProvider(*(f"http://localhost/{name}" for name in ("sp", "user", "agent", "logout")))
    wish = Wish(
        id="id-warm-up",
        single_sign_on_url="http://localhost/sso",
        acs_url=names.user_acs_url,
        relay_state="",
        now=datetime.now(UTC),
        policy=STRICT,
        key=None,
    )
    authn_request(names, wish)


__all__ = ["register", "start_login", "start_logout", "warm_up"]
