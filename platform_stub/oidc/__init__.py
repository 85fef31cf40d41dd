"""Sign-in by OpenID Connect: the platform as a strict relying party. The e-mail rule is in `identity`.

Importing this package stays cheap; oic is imported at the first login or by `warm_up`.
"""

from platform_stub.oidc.routes import register, start_login, start_logout


def warm_up() -> None:
    """Import oic and the HTTP client, so that the first person does not wait for it."""
    import httpcore  # noqa: F401, PLC0415 - the import is the warming

    from platform_stub.oidc import relying_party, signature  # noqa: F401, PLC0415 - likewise


__all__ = ["register", "start_login", "start_logout", "warm_up"]
