"""Everything the platform remembers. Callers see ``Store`` and frozen records, never a database row."""

from platform_stub.store.database import Store, Transaction
from platform_stub.store.engines import StoreError, without_password
from platform_stub.store.records import (
    Account,
    Admission,
    AuditEntry,
    Channel,
    Client,
    LiveSession,
    LoginRequest,
    MetadataMode,
    Method,
    OidcConfig,
    RefreshedMetadata,
    Revision,
    SamlConfig,
    SsoConfig,
    Standard,
    Surface,
)

__all__ = [
    "Account",
    "Admission",
    "AuditEntry",
    "Channel",
    "Client",
    "LiveSession",
    "LoginRequest",
    "MetadataMode",
    "Method",
    "OidcConfig",
    "RefreshedMetadata",
    "Revision",
    "SamlConfig",
    "SsoConfig",
    "Standard",
    "Store",
    "StoreError",
    "Surface",
    "Transaction",
    "without_password",
]
