"""What the serve command is told, with its defaults. How options are parsed is `cli`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class Settings:
    """The settings of one process. Port 0 means a free port; `token` opens the control API."""

    token: str
    host: str = "127.0.0.1"
    port: int = 8400
    control_port: int = 8401
    ready_file: Path | None = None
    tls: bool = False
    tls_dir: Path | None = None
    """Where the certificate and its authority are kept; None makes them for this process alone."""
    quiet: bool = False
    exit_with_parent: bool = False
    public_url: str | None = None
    """Where browsers find the IdP, if that is another address than the one it listens on."""

    workers: int = 1
    """How many processes answer at the IdP's URLs."""
    store: str | None = None
    """Where they keep what they share, as `sqlite:///PATH` of a new file; None is a temporary one."""

    @property
    def is_shared(self) -> bool:
        """Whether the state of tenants is shared by processes, instead of being in the memory of this one."""
        return self.workers > 1 or self.store is not None

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the listeners."""
        return self.host in LOOPBACK
