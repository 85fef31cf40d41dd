"""Let the platform import metadata: the IdP's own, from another address, or a spoilt copy of it."""

from __future__ import annotations

from conformance.catalogue.verbs import ImportMetadata
from conformance.judge import judge_state, unsaid
from conformance.model import Check, Level
from conformance.steps.arena import Arena
from conformance.steps.metadata_site import MetadataSite
from conformance.template import fill
from conformance.wire import exchange_once


class MetadataImports:
    """The imports of one case; the site of spoilt copies starts when it is needed, and ends with `close`."""

    def __init__(self, arena: Arena) -> None:
        self._arena = arena
        self._site: MetadataSite | None = None

    def read(self, args: ImportMetadata, level: Level, *, diagnosed: bool) -> Check:
        """Import, and judge whether the metadata was read or refused, with `says` where causes are told."""
        what = f"metadata: {args.document}" if args.document else "the IdP's metadata"
        title = args.title or f"the platform reads {args.url or what}"
        if self._site is not None:
            self._site.beyond("")  # what earlier imports asked for says nothing about this one
        sentence = self._sent(args)
        due = args.says if diagnosed else []
        missing = unsaid(due, sentence)
        observed = "refused" if sentence else "read"
        beyond = self._site.beyond(args.document) if self._site and args.document and sentence else []
        if beyond:
            observed += f", after it was followed to {', '.join(beyond)}"
        note = f"{sentence} Nothing says {', '.join(missing)}." if missing else sentence
        if missing:
            observed += ", without naming the cause"
        return judge_state(title, args.expect, observed, level, note=note)

    def _sent(self, args: ImportMetadata) -> str:
        """Import in the way that the step says; return the platform's sentence, if it took nothing."""
        url = self._url(args)
        if args.by == "link":
            return self._arena.import_metadata(url)
        if self._arena.saml is None:
            raise LookupError("`import_metadata` is for SAML")
        link = url or self._arena.saml.metadata_url
        answer = exchange_once("GET", link, trust=self._arena.tenant.client.trust)
        return self._arena.session.import_metadata_text(answer.text)

    def _url(self, args: ImportMetadata) -> str:
        """Return where the metadata is; empty is the application's own link."""
        if args.document:
            return self._started().url(args.document)
        if "{site.port}" in args.url:
            return str(fill(args.url, {"site.port": self._started().port}))
        return args.url

    def _started(self) -> MetadataSite:
        if self._site is None:
            if self._arena.saml is None:
                raise LookupError("`import_metadata` is for SAML")
            self._site = MetadataSite(self._arena.saml.metadata_url, self._arena.tenant.client.trust)
        return self._site

    def close(self) -> None:
        """End the site, if it runs."""
        if self._site is not None:
            self._site.close()
