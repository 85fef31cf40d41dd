"""What the store hands out: frozen records without a database behind them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any


class Surface(StrEnum):
    """The two kinds of account, each with its own login URL, cookie and SSO URL."""

    USER = "user"
    AGENT = "agent"


class CallState(StrEnum):
    """What an agent is doing, as the agent's desktop shows it (documented)."""

    READY = "Ready"
    NOT_READY = "Not Ready"
    IN_CALL = "In Call"
    WRAP_UP = "Wrap-up"


ON_CALL = frozenset((CallState.IN_CALL, CallState.WRAP_UP))
"""States in which nobody is to be interrupted."""


class Method(StrEnum):
    """How a session was opened."""

    PASSWORD = "password"  # noqa: S105 - the name of a login method, not a password
    SAML = "saml"
    OIDC = "oidc"
    RECOVERY = "recovery"
    """A recovery code of safe mode: a session for the Security tab alone."""


class Channel(StrEnum):
    """Who carries the session: a browser in a cookie, or an API caller in LV-Session."""

    BROWSER = "browser"
    API = "api"


class Standard(StrEnum):
    """The field *Authentication Standard* of the Security tab; SAML is the documented default."""

    SAML = "SAML"
    OIDC = "OIDC"


class MetadataMode(StrEnum):
    """Whether a client's SAML metadata is read by the green arrow alone (documented), or again and again."""

    IMPORT_ONCE = "import_once"
    REFRESH = "refresh"


@dataclass(frozen=True)
class Client:
    """A LiveVox client (tenant). ``code`` is the Client Code in every URL."""

    id: int
    code: str
    name: str
    single_sign_on_flag: bool
    sso_enabled: bool
    revision: int
    """The current revision of the SSO configuration; 0 when nothing was ever saved."""
    metadata_mode: MetadataMode = MetadataMode.IMPORT_ONCE
    knobs: Mapping[str, str] = field(default_factory=dict)
    """Knobs of `policy` that Customer Care has turned for this client alone."""


@dataclass(frozen=True)
class Account:
    """A user or an agent of one client. Agents have no role (empty string)."""

    id: int
    client_id: int
    kind: Surface
    login: str
    email: str
    role: str
    first_name: str
    last_name: str
    active: bool
    locked: bool
    password_hash: str = field(repr=False)
    last_login_at: datetime | None = None
    password_expired: bool = False
    """A temporary or expired password: it must be replaced before it opens a session again."""
    call_state: str = CallState.NOT_READY
    """An agent's state; it belongs to the agent and outlives sessions. Of users it says nothing."""


@dataclass(frozen=True)
class SamlConfig:
    """The SAML part of the Security tab. Every field is text; empty means not filled in."""

    metadata_url: str = ""
    single_sign_on_url: str = ""
    issuer_url: str = ""
    certificate_x509: str = ""
    """One or more PEM blocks (normalised at save)."""
    single_logout_url: str = ""
    """Where the IdP takes logout messages; empty: logging out ends the session here alone (ours)."""


@dataclass(frozen=True)
class OidcConfig:
    """The OIDC part of the Security tab. The secret is never rendered, logged or audited."""

    authorization_id: str = ""
    authorization_secret: str = field(default="", repr=False)
    issuer: str = ""
    authorization_endpoint: str = ""
    token_endpoint: str = ""
    jwks_uri: str = ""
    discovery_url: str = ""


@dataclass(frozen=True)
class SsoConfig:
    """One revision of a client's SSO configuration, with the state of the switch beside it."""

    revision: int = 0
    enabled: bool = False
    """True when Customer Care's flag and the client's switch are both on."""
    authentication_standard: Standard = Standard.SAML
    saml: SamlConfig = field(default_factory=SamlConfig)
    oidc: OidcConfig = field(default_factory=OidcConfig)

    def missing(self) -> tuple[str, ...]:
        """Return the labels of the fields that a login needs and that are empty."""
        if self.authentication_standard is Standard.SAML:
            needed = {
                "Single Sign On URL": self.saml.single_sign_on_url,
                "Issuer URL": self.saml.issuer_url,
                "Certificate X.509": self.saml.certificate_x509,
            }
        else:
            needed = {
                "Authorization ID": self.oidc.authorization_id,
                "Authorization Secret": self.oidc.authorization_secret,
                "Issuer": self.oidc.issuer,
                "Authorization Endpoint": self.oidc.authorization_endpoint,
                "Token Endpoint": self.oidc.token_endpoint,
                "JWKS URI": self.oidc.jwks_uri,
            }
        return tuple(label for label, value in needed.items() if not value)


@dataclass(frozen=True)
class Revision:
    """One line of the configuration history."""

    config: SsoConfig
    saved_at: datetime
    saved_by: str
    restored_from: int | None


@dataclass(frozen=True)
class RefreshedMetadata:
    """What the last reading of a client's metadata link found, and when the next one is due."""

    client_id: int
    revision: int
    """The revision whose link was read; another revision's certificates count anew."""
    certificate_x509: str
    """PEM blocks; empty while no reading has succeeded."""
    due_at: datetime


@dataclass(frozen=True)
class LoginRequest:
    """An outstanding login: what was sent to the IdP and must come back with its answer."""

    id: str
    """AuthnRequest ID (SAML) or ``state`` (OIDC)."""
    client_id: int
    protocol: Method
    surface: Surface
    revision: int
    deep_link: str
    browser_binding: str = field(repr=False)
    """A value that only the browser that started the login can show again (store a hash)."""
    expires_at: datetime
    nonce: str = field(default="", repr=False)
    verifier: str = field(default="", repr=False)
    trial: str = ""
    """The test sign-in that this is, empty for a login: the answer to a test opens no session."""


@dataclass(frozen=True)
class IdpSession:
    """How the IdP named the person and its own session in its message; absent parts are empty.

    `id_token` is kept for a logout at an OpenID provider alone, which wants it as its hint.
    """

    issuer: str
    name_id: str
    name_id_format: str
    session_index: str
    id_token: str = field(default="", repr=False)


@dataclass(frozen=True)
class LogoutRequest:
    """An outstanding logout, by the ID of the LogoutRequest that was sent to the IdP."""

    id: str
    client_id: int
    surface: Surface
    started_at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class PlatformKey:
    """A key of the platform and its self-signed certificate, both as PEM."""

    private_key: str = field(repr=False)
    certificate: str


class KeyUse(IntEnum):
    """What a key of the platform is for; there is one for each."""

    SIGNING = 1
    ENCRYPTION = 2


@dataclass(frozen=True)
class Admission:
    """A verified login that waits for the same-site hop to show the browser's own cookie."""

    client_id: int
    account_id: int
    protocol: Method
    surface: Surface
    deep_link: str
    browser_binding: str = field(repr=False)
    named: IdpSession
    expires_at: datetime


@dataclass(frozen=True)
class LiveSession:
    """An open session and the account it belongs to."""

    key: str = field(repr=False)
    client_id: int
    account: Account
    surface: Surface
    channel: Channel
    method: Method
    csrf_token: str = field(repr=False)
    created_at: datetime
    last_seen_at: datetime


@dataclass(frozen=True)
class AuditEntry:
    """One line of the audit trail; ``seq`` only grows."""

    seq: int
    at: datetime
    actor: str
    action: str
    result: str
    reason: str
    reference: str
    source: str
    detail: dict[str, Any]


@dataclass(frozen=True)
class Trial:
    """A test sign-in of safe mode: a link that anybody may open, and the result that its last use had."""

    id: str
    """The hash of the link's token."""
    client_id: int
    surface: Surface
    revision: int
    fingerprint: str = field(repr=False)
    """Of the configuration that it tests."""
    asked_by: str
    asked_at: datetime
    finished_at: datetime | None = None
    confirmed: bool = False
    """Whether the browser that was at the IdP has seen the result; only then it counts."""
    passed: bool = False
    reason: str = ""
    """The code of the refusal; empty when it passed."""
    sentence: str = ""
    detail: str = ""
    email: str = ""
    account_id: int | None = None
    account: str = ""
    received: dict[str, Any] = field(default_factory=dict)
    ticket_hash: str = field(default="", repr=False)
    browser_binding: str = field(default="", repr=False)
