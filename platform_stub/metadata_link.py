"""The field *Url where you can get the SAML Metadata*: reading it once, or again and again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from cryptography import x509

from platform_stub import audit
from platform_stub.certificates import parse_certificates, to_pem
from platform_stub.context import PlatformContext
from platform_stub.fetch import Fetched, FetchError, fetch
from platform_stub.refusals import RefusalError
from platform_stub.saml_metadata import IdpMetadata, MetadataError, parse_idp_metadata
from platform_stub.store import Client, MetadataMode, RefreshedMetadata, SsoConfig

REFRESH_AFTER: Final = timedelta(hours=12)
"""How old a reading may be before a login makes the platform read the link again (our choice)."""
RETRY_AFTER: Final = timedelta(minutes=5)
"""How long a link that did not answer is left alone; until then the last good certificates count."""
_ACTOR: Final = "metadata refresh"


def read_metadata(ctx: PlatformContext, url: str) -> IdpMetadata:
    """Fetch and read the metadata; raises FetchError or MetadataError."""
    if not url:
        raise FetchError("Enter the address of the metadata first.")
    answer = _fetched(ctx, url)
    if answer.status != 200 and "success-only" in ctx.policy.metadata_rules:
        raise FetchError(f"“{url}” answered with HTTP status {answer.status}; expected 200.")
    if answer.content_type in {"text/html", "application/xhtml+xml"}:
        raise MetadataError("The answer is a web page, perhaps a sign-in page; expected SAML metadata (XML).")
    return read_document(ctx, answer.body)


def read_document(ctx: PlatformContext, document: bytes) -> IdpMetadata:
    """Return what metadata says that is at hand. Raises MetadataError."""
    found = parse_idp_metadata(document, ctx.clock.now(), ctx.policy)
    if ctx.policy.metadata_certificates == "first":
        return replace(found, certificate_x509=to_pem(parse_certificates(found.certificate_x509)[:1]))
    return found


def _fetched(ctx: PlatformContext, url: str) -> Fetched:
    limits, rules = ctx.settings, ctx.policy.metadata_rules
    return fetch(
        url,
        timeout_seconds=limits.import_timeout_seconds if "bounded" in rules else 60,
        max_bytes=limits.import_max_bytes if "bounded" in rules else 2**30,
        anywhere="public-addresses" not in rules,
        redirects=0 if "no-redirects" in rules else 5,
    )


def refreshed_certificates(
    ctx: PlatformContext, client: Client, config: SsoConfig, saved: Sequence[x509.Certificate]
) -> tuple[x509.Certificate, ...]:
    """Return the certificates that count now: `saved`, or what the metadata link of this client lists.

    The link is read again when its last reading is older than REFRESH_AFTER. Whatever goes wrong with it is
    in the audit, and the certificates of the last good reading go on counting.
    """
    once = client.metadata_mode is MetadataMode.IMPORT_ONCE and "import-once" in ctx.policy.lifecycle_rules
    if once or not config.saml.metadata_url:
        return tuple(saved)
    if ctx.policy.metadata_refresh == "never":
        return tuple(saved)
    with ctx.store.read() as tx:
        last = tx.configurations.refreshed_metadata(client.id)
    if last is None or last.revision != config.revision:
        last = RefreshedMetadata(client.id, config.revision, to_pem(tuple(saved)), ctx.clock.now())
    if ctx.clock.now() >= last.due_at:
        last = _read_again(ctx, client, config, last)
    return parse_certificates(last.certificate_x509)


def _read_again(
    ctx: PlatformContext, client: Client, config: SsoConfig, last: RefreshedMetadata
) -> RefreshedMetadata:
    """Read the link, keep and return what counts from now on."""
    url, now = config.saml.metadata_url, ctx.clock.now()
    try:
        found = _of_same_issuer(read_metadata(ctx, url), config.saml.issuer_url)
    except (FetchError, MetadataError) as error:
        detail: dict[str, object] = {"url": url, "detail": str(error)}
        if ctx.policy.metadata_refresh == "forgets":
            raise RefusalError("certificate-unusable", f"The metadata cannot be read: {error}") from error
        result: audit.Result = "failed"
        fresh = replace(last, due_at=now + RETRY_AFTER)
    else:
        pem = _added(last, found) if ctx.policy.metadata_refresh == "adds" else found.certificate_x509
        detail = {
            "url": url,
            "old": audit.fingerprint(last.certificate_x509),
            "new": audit.fingerprint(pem),
        }
        result = "ok"
        fresh = replace(last, certificate_x509=pem, due_at=now + REFRESH_AFTER)
    with ctx.store.write() as tx:
        tx.configurations.keep_metadata(fresh)
        audit.record(
            ctx, client=client, actor=_ACTOR, action="sso.refreshed", result=result, detail=detail, tx=tx
        )
    return fresh


def _of_same_issuer(found: IdpMetadata, issuer_url: str) -> IdpMetadata:
    """Another identity provider at the same link is never trusted by itself; raises MetadataError."""
    if found.issuer_url != issuer_url:
        raise MetadataError(f"The metadata is of “{found.issuer_url}” now; the Issuer URL is “{issuer_url}”.")
    return found


def _added(last: RefreshedMetadata, found: IdpMetadata) -> str:
    """What only a weakened policy trusts: every certificate that was ever listed."""
    ever = parse_certificates(last.certificate_x509 + found.certificate_x509)
    return to_pem(tuple(dict.fromkeys(ever)))
