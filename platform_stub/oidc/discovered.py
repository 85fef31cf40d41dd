"""What a provider publishes and this process keeps for a while: its keys, userinfo and logout endpoints."""

from __future__ import annotations

import ipaddress
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from platform_stub.context import PlatformContext
from platform_stub.fetch import is_loopback, url_problem
from platform_stub.oidc.checks import issuer_words
from platform_stub.oidc.transport import ask, json_object
from platform_stub.refusals import RefusalError
from platform_stub.store import Client, SsoConfig

Keys = tuple[Mapping[str, Any], ...]

_KEEP: Final = timedelta(minutes=10)
_ASK_ANEW_AFTER: Final = timedelta(minutes=1)
"""How long unknown key IDs are believed to be unknown after the keys were fetched for one."""
_MODULUS: Final = re.compile(r"[A-Za-z0-9_-]{342,1366}")  # 2048 to 8192 bits in base64url
_EXPONENT: Final = re.compile(r"[A-Za-z0-9_-]{2,11}")
_NAMES_ISSUER: Final = "authorization_response_iss_parameter_supported"
_WELL_KNOWN: Final = "/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True)
class _Kept:
    value: Any
    until: datetime


class Discovered:
    """One platform's memory of its providers, by client and configuration revision; safe between threads."""

    def __init__(self, ctx: PlatformContext) -> None:
        self._ctx = ctx
        self._kept: dict[tuple[str, int, int], _Kept] = {}
        self._first_sets: dict[tuple[str, int, int], Keys] = {}
        """Keys that only a weakened policy goes on trusting."""
        self._lock = threading.Lock()

    def keys(self, client: Client, config: SsoConfig, *, anew: bool = False) -> Keys:
        """Return the provider's RSA signing keys as JWKs, fetched again with `anew`.

        `anew` is for an unknown key ID and works once in a while only, so that nobody can make this platform
        ask for every token. Raises RefusalError `idp-unreachable`, `malformed`.
        """
        key = ("keys", client.id, config.revision)
        former = self._first_sets.get(key, ())
        if former and self._ctx.policy.jwks_refresh == "never":
            return former
        found = None if anew and self._may_ask_anew(client, config) else self._recall(key)
        keys: Keys = found or self._keep(key, self._fetch_keys(config.oidc.jwks_uri))
        if self._ctx.policy.oidc_keys_of == "every-issuer":
            keys = self._of_every_issuer(keys)
        if self._ctx.policy.jwks_refresh != "replaces":
            keys = self._first_sets[key] = (*keys, *(one for one in former if one not in keys))
        return keys

    def _of_every_issuer(self, own: Keys) -> Keys:
        with self._lock:
            others = [kept.value for (what, *_), kept in self._kept.items() if what == "keys"]
        return (*own, *(key for keys in others for key in keys if key not in own))

    def _may_ask_anew(self, client: Client, config: SsoConfig) -> bool:
        key = ("asked-anew", client.id, config.revision)
        if self._recall(key):
            return False
        self._keep(key, True, _ASK_ANEW_AFTER)
        return True

    def userinfo_endpoint(self, client: Client, config: SsoConfig) -> str:
        """Return the userinfo endpoint of the provider's own discovery document, "" when it names none.

        Raises RefusalError `idp-unreachable`, `malformed`, `issuer-mismatch`.
        """
        return self._endpoint("userinfo_endpoint", client, config)

    def end_session_endpoint(self, client: Client, config: SsoConfig) -> str:
        """Return the logout endpoint likewise (RP-Initiated Logout 1.0 section 2.1)."""
        return self._endpoint("end_session_endpoint", client, config)

    def answers_name_issuer(self, client: Client, config: SsoConfig) -> bool:
        """Say whether the provider promises an iss in each answer (RFC 9207 section 3).

        A document that cannot be had promises nothing, and is not asked for again in a while: logins do not
        need it otherwise."""
        key = (_NAMES_ISSUER, client.id, config.revision)
        found = self._recall(key)
        if found is None:
            try:
                found = self._keep(key, self._document(config).get(_NAMES_ISSUER) is True)
            except RefusalError:
                found = self._keep(key, False, _ASK_ANEW_AFTER)
        return bool(found)

    def _endpoint(self, member: str, client: Client, config: SsoConfig) -> str:
        key = (member, client.id, config.revision)
        found = self._recall(key)
        return str(found if found is not None else self._keep(key, self._fetch_endpoint(member, config)))

    def _fetch_keys(self, jwks_uri: str) -> Keys:
        answer = ask(self._ctx, jwks_uri)
        if answer.status != 200:
            raise RefusalError("idp-unreachable", f"The JWKS URI answered with status {answer.status}.")
        keys = json_object(answer, "The JWKS URI").get("keys")
        if not isinstance(keys, list):
            raise RefusalError("malformed", 'The JWKS document has no list "keys".')
        return tuple(_plain(key) for key in keys if isinstance(key, dict) and _is_for_rs256(key))

    def _fetch_endpoint(self, member: str, config: SsoConfig) -> str:
        endpoint = self._document(config).get(member, "")
        if isinstance(endpoint, str) and endpoint and "discovery-endpoints" in self._ctx.policy.oidc_checks:
            _require_no_detour(endpoint, _address(config))
        return endpoint if isinstance(endpoint, str) else ""

    def _document(self, config: SsoConfig) -> Mapping[str, Any]:
        url = _address(config)
        answer = ask(self._ctx, url)
        if answer.status != 200:
            raise RefusalError(
                "idp-unreachable", f"The discovery document answered with status {answer.status}."
            )
        document = json_object(answer, "The discovery document")
        named = document.get("issuer") == config.oidc.issuer
        if not named and "discovery-issuer" in self._ctx.policy.oidc_checks:
            raise RefusalError(
                "issuer-mismatch",
                f"The discovery document names {document.get('issuer')!r}, saved is {config.oidc.issuer!r}.",
                sentence=issuer_words(config.oidc.issuer, str(document.get("issuer"))),
            )
        return document

    def _recall(self, key: tuple[str, int, int]) -> Any:  # noqa: ANN401 - either of the two kinds of value
        with self._lock:
            kept = self._kept.get(key)
        return kept.value if kept is not None and self._ctx.clock.now() < kept.until else None

    def _keep(self, key: tuple[str, int, int], value: Any, span: timedelta = _KEEP) -> Any:  # noqa: ANN401 - either of the two kinds of value
        now = self._ctx.clock.now()
        with self._lock:
            self._kept = {k: kept for k, kept in self._kept.items() if kept.until > now}
            self._kept[key] = _Kept(value, now + span)
        return value


def _address(config: SsoConfig) -> str:
    """Where the provider's discovery document is."""
    return config.oidc.discovery_url or config.oidc.issuer.rstrip("/") + _WELL_KNOWN


def _require_no_detour(endpoint: str, read_from: str) -> None:
    """Refuse an endpoint that leads inside: to this computer or network, unless the document itself is there.

    The document's address is the administrator's own word; the issuer's name need not be an address at all
    (version 1.0 of Entra ID signs as sts.windows.net).
    A provider could name a service that trusts whoever is inside. `network` looks again where a name leads.
    """
    host = urlsplit(endpoint).hostname or ""
    own = urlsplit(endpoint).netloc == urlsplit(read_from).netloc
    from platform_stub.network import is_public  # noqa: PLC0415 - imports httpcore, which the start need not

    inside = is_loopback(host) or (_is_address(host) and not is_public(host))
    problem = url_problem(endpoint)
    if problem or (inside and not own):
        raise RefusalError(
            "malformed",
            problem or f"The document at {read_from} names an endpoint inside this network, {endpoint!r}.",
            sentence="The identity provider's discovery document names an address that cannot be its own.",
        )


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_for_rs256(key: Mapping[str, Any]) -> bool:
    """Say whether this JWK is an RSA key for signatures of 2048 bits or more (RFC 7518 3.3)."""
    modulus, exponent = key.get("n"), key.get("e")
    return (
        key.get("kty") == "RSA"
        and key.get("use", "sig") == "sig"
        and isinstance(modulus, str)
        and isinstance(exponent, str)
        and _MODULUS.fullmatch(modulus) is not None
        and _EXPONENT.fullmatch(exponent) is not None
    )


def _plain(key: Mapping[str, Any]) -> dict[str, str]:
    # Only what verification needs: certificates and vendors' own members are nobody's business there.
    kid = key.get("kid", "")
    return {
        "kty": "RSA",
        "use": "sig",
        "kid": kid if isinstance(kid, str) else "",
        "n": key["n"],
        "e": key["e"],
    }
