"""Finding the client that a URL names."""

from flask import abort, g

from platform_stub.context import PlatformContext
from platform_stub.store import Client


def client_or_404(ctx: PlatformContext, code: str) -> Client:
    """Return the client with this Client Code, or answer 404. The error pages find it in ``g.client`` too."""
    with ctx.store.read() as tx:
        client = tx.clients.by_code(code)
    if client is None:
        abort(
            404,
            f"There is no client with the Client Code “{code}”. Check its spelling, upper and lower case.",
        )
    g.client = client
    return client
