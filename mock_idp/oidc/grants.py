"""What has been issued: codes that work once, refresh tokens, access tokens. Kept in the tenant, bounded."""

from __future__ import annotations

from mock_idp.oidc.exchange import CodeGrant, Grant
from mock_idp.tenants import Tenant


class Grants:
    """A tenant's grants by code or token. An unknown string and a wrong kind are the same: None."""

    def __init__(self, tenant: Tenant) -> None:
        self._kept = tenant.grants
        self._atomic = tenant.atomic

    def keep_code(self, code: str, grant: CodeGrant) -> None:
        """Remember a fresh code."""
        self._kept.put(f"code:{code}", grant)

    def peek_code(self, code: str) -> CodeGrant | None:
        """What a code stands for, redeemed or not, without redeeming it."""
        found = self._kept.get(f"code:{code}") or self._kept.get(f"redeemed:{code}")
        return found if isinstance(found, CodeGrant) else None

    def redeem_code(self, code: str) -> CodeGrant | None:
        """What a code stands for, to the first caller only."""
        with self._atomic():
            found = self._kept.pop(f"code:{code}")
            if isinstance(found, CodeGrant):
                self._kept.put(f"redeemed:{code}", found)
                return found
        return None

    def keep_refresh_token(self, token: str, grant: Grant) -> None:
        """Remember a refresh token."""
        self._kept.put(f"refresh:{token}", grant)

    def refresh_token(self, token: str) -> Grant | None:
        """What a refresh token stands for."""
        return self._grant(f"refresh:{token}")

    def keep_access_token(self, token: str, grant: Grant) -> None:
        """Remember an access token, for userinfo."""
        self._kept.put(f"access:{token}", grant)

    def access_token(self, token: str) -> Grant | None:
        """What an access token stands for."""
        return self._grant(f"access:{token}")

    def forget_token(self, token: str) -> Grant | None:
        """Make one access or refresh token worthless; what it stood for, or None when it was none of ours."""
        found = self._kept.pop(f"access:{token}") or self._kept.pop(f"refresh:{token}")
        return found if isinstance(found, Grant) else None

    def revoke_family(self, grant: Grant) -> None:
        """Make every token worthless that descends from the same login (RFC 6749 section 4.1.2)."""
        self._kept.put(f"revoked:{grant.family}", grant)

    def _grant(self, key: str) -> Grant | None:
        found = self._kept.get(key)
        if not isinstance(found, Grant) or self._kept.get(f"revoked:{found.family}") is not None:
            return None
        return found
