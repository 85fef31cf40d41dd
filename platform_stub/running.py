"""One running platform: context, portal, Customer Care's plane and their listeners, put together."""

import contextlib
import secrets
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
_CLOSE_SECONDS = 5.0
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
    patience: float = 5.0
    test_clock: bool = False
    safe_mode: bool = False
    more_platforms: bool = False
    """Whether Customer Care's API opens further platforms in this process, with weaknesses of their own."""


class Platform:
    """A platform that listens. Raises PortError, StoreError or UnknownWeaknessError when it cannot start."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._stopped = threading.Event()
        self._others: dict[Platform, threading.Thread] = {}
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
                import_timeout_seconds=options.patience,
            )
            clock = TestClock() if options.test_clock else SystemClock()
            ctx = PlatformContext(settings=self.settings, store=store, policy=policy, clock=clock)
            portal.start(create_app(ctx, PROTOCOLS))
            undo.callback(self._stop_others)
            more = self._open_another if options.more_platforms else None
            care.start(create_care_app(ctx, self.request_stop, more))
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

    def _open_another(self, names: Sequence[str]) -> Settings:
        """Open a platform with these weaknesses beside this one, at free ports and with a store of its own.

        It closes when its own plane is told to shut down. Raises UnknownWeaknessError, PortError, StoreError.
        """
        other = Platform(
            replace(
                self._options,
                port=0,
                care_port=0,
                operator_token=secrets.token_urlsafe(24),
                database_url=None,
                weaknesses=tuple(names),
                more_platforms=False,
            )
        )
        closer = threading.Thread(
            target=self._close_when_stopped, args=(other,), name="platform", daemon=True
        )
        self._others[other] = closer
        closer.start()
        return other.settings

    def _close_when_stopped(self, other: "Platform") -> None:
        other.wait()
        other.close()
        del self._others[other]

    def _stop_others(self) -> None:
        closers = dict(self._others)
        for other in closers:
            other.request_stop()
        for closer in closers.values():
            closer.join(_CLOSE_SECONDS)


def _url(host: str, port: int) -> str:
    """Return the address that people use: localhost, which for a browser is another site than the IdP's."""
    name = "localhost" if host in _HERE else host
    return f"http://{f'[{name}]' if ':' in name else name}:{port}"
