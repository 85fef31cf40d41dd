"""One running platform: context, portal, Customer Care's plane and their listeners, put together."""

import contextlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace

from platform_stub import oidc, saml, weaknesses
from platform_stub.app import create_app
from platform_stub.care import create_care_app
from platform_stub.clock import SystemClock, TestClock
from platform_stub.context import PlatformContext
from platform_stub.policy import STRICT
from platform_stub.protocols import Protocols
from platform_stub.server import Listener
from platform_stub.settings import Settings
from platform_stub.store import Standard, Store

_HERE = {"127.0.0.1", "::1", "localhost", "0.0.0.0", "::"}  # noqa: S104 - names to compare, nothing is bound
PROTOCOLS: Protocols = {Standard.SAML: saml, Standard.OIDC: oidc}


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the command line decides."""

    host: str
    port: int
    care_port: int
    operator_token: str
    database_url: str | None
    weaknesses: Sequence[str]
    password_cost: int
    test_clock: bool = False
    safe_mode: bool = False


class Platform:
    """A platform that listens. Raises PortError, StoreError or UnknownWeaknessError when it cannot start."""

    def __init__(self, options: Options) -> None:
        self._stopped = threading.Event()
        with contextlib.ExitStack() as undo:
            portal = Listener(options.host, options.port)
            undo.callback(portal.stop)
            care = Listener(options.host, options.care_port)
            undo.callback(care.stop)
            base = replace(STRICT, safe_mode="on" if options.safe_mode else "off")
            policy = weaknesses.apply(options.weaknesses, base)
            store = Store(options.database_url)
            undo.callback(store.close)
            self.settings = Settings(
                base_url=_url(options.host, portal.port),
                care_url=_url(options.host, care.port),
                operator_token=options.operator_token,
                database_url=options.database_url,
                weaknesses=tuple(options.weaknesses),
                password_cost=options.password_cost,
            )
            clock = TestClock() if options.test_clock else SystemClock()
            ctx = PlatformContext(settings=self.settings, store=store, policy=policy, clock=clock)
            portal.start(create_app(ctx, PROTOCOLS))
            care.start(create_care_app(ctx, self.request_stop))
            self._close = undo.pop_all()

    def warm_up(self) -> None:
        """Import in the background what the first login would otherwise wait for."""
        for protocol in PROTOCOLS.values():
            threading.Thread(target=protocol.warm_up, name="warm-up", daemon=True).start()

    def request_stop(self) -> None:
        """Ask for the end; returns at once, so that a request or a signal handler may call it."""
        self._stopped.set()

    def wait(self) -> None:
        """Block until somebody asks for the end."""
        self._stopped.wait()

    def close(self) -> None:
        """Stop listening and close the store."""
        self._close.close()


def _url(host: str, port: int) -> str:
    """Return the address that people use: localhost, which for a browser is another site than the IdP's."""
    name = "localhost" if host in _HERE else host
    return f"http://{f'[{name}]' if ':' in name else name}:{port}"
