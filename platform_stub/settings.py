"""What one running platform was told at its start; how a person says it is in ``cli``."""

from dataclasses import dataclass, field
from datetime import timedelta


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Addresses, limits and costs of one platform process. URLs have no trailing slash."""

    base_url: str = "http://localhost:8500"
    care_url: str = "http://localhost:8501"
    operator_token: str = field(repr=False)
    database_url: str | None = None
    """SQLAlchemy URL; None is a private temporary SQLite database that goes when the process ends."""
    weaknesses: tuple[str, ...] = ()
    password_cost: int = 14
    """The exponent of scrypt's N: 14 is N = 16384, about 50 ms; tests take 4."""
    max_failed_logins: int = 5
    """So many wrong passwords in a row lock an account (documented default)."""
    session_idle: timedelta = timedelta(hours=2)
    """A session ends after this long without use (API: documented two-hour rolling window)."""
    login_request_lifetime: timedelta = timedelta(minutes=10)
    """How long a person may take at the IdP before the answer is refused as expired."""
    trial_lifetime: timedelta = timedelta(minutes=15)
    """How long a test sign-in's link works, and how long its result counts (safe mode)."""
    recovery_session: timedelta = timedelta(minutes=15)
    """How long a recovery code lets somebody in, used or not."""
    recovery_attempts: int = 5
    """So many wrong recovery codes from one address within ``recovery_window`` are listened to."""
    recovery_window: timedelta = timedelta(minutes=15)
    import_timeout_seconds: float = 5.0
    import_max_bytes: int = 1_048_576
