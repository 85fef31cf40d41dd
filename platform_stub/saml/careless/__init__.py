"""Readers of SAML with one published mistake each, which planted weaknesses choose; strict policy uses none.

They are small readers in the way of the libraries that had these mistakes, not the strict one with a hole:
strict refuses in several layers, so a hole in one of them would open nothing.
"""

from __future__ import annotations

from typing import Final

from platform_stub.reader_names import SamlReader
from platform_stub.saml.careless import choosing, parsing, transforming, verifying
from platform_stub.saml.careless.habits import Habits
from platform_stub.saml.careless.reading import assertion, document
from platform_stub.saml.document import parse_safely

READERS: Final[dict[SamlReader, Habits]] = {
    "first-assertion": Habits(assertion=choosing.first_in_document),
    "response-child": Habits(assertion=choosing.child_of_response),
    "last-assertion": Habits(assertion=choosing.last_in_document),
    "last-of-one-id": Habits(target=choosing.last_with_id, assertion=choosing.first_in_document),
    "any-id": Habits(assertion=choosing.by_any_id),
    "signature-anywhere": Habits(),
    "first-signed-assertion": Habits(signatures=choosing.every_signature),
    "some-signature": Habits(signatures=choosing.every_signature, some_suffice=True),
    "digest-only": Habits(value_holds=verifying.value_ignored),
    "missing-digest": Habits(digest_holds=verifying.missing_digest_holds),
    "digest-first-node": Habits(digest_value=verifying.first_node_of_digest),
    "digest-first-of-document": Habits(digest_value=verifying.first_digest_of_document),
    "first-signed-info": Habits(infos=verifying.first_info_judged, assertion=verifying.around_signature),
    "nothing-referenced": Habits(
        references=verifying.any_number_of_references,
        dangling_holds=True,
        assertion=verifying.around_signature,
    ),
    "first-reference": Habits(references=verifying.first_reference, assertion=verifying.around_signature),
    "around-signature": Habits(assertion=verifying.around_signature),
    "fetched-references": Habits(
        target=transforming.fetched_target, value_holds=transforming.fetched_certificate
    ),
    "every-transform": Habits(octets=transforming.transformed),
    "certificate-by-name": Habits(value_holds=verifying.certificate_known_by_name),
    "shown-key-value": Habits(value_holds=verifying.shown_key_value),
    "hmac-by-certificate": Habits(value_holds=verifying.hmac_by_certificate),
    "hmac-of-any-length": Habits(value_holds=verifying.hmac_of_any_length),
    "failure-to-verify": Habits(value_holds=verifying.failure_holds),
    "first-text-node": Habits(reads=parsing.first_text_nodes, assertion=parsing.only_one_in_this_tree),
    "last-text-node": Habits(reads=parsing.last_text_nodes, assertion=parsing.only_one_in_this_tree),
    "instruction-data": Habits(
        parses=parsing.instructions_as_text,
        reads=parsing.without_instructions,
        assertion=parsing.same_in_this_tree,
    ),
    "entity-dropped": Habits(
        parses=parsing.obeying_dtd,
        reads=parse_safely,
        assertion=parsing.same_in_this_tree,
        text=parsing.before_entities,
    ),
    "entity-in-id": Habits(
        parses=parsing.without_doctype, reads=parsing.obeying_dtd, assertion=parsing.same_in_this_tree
    ),
    "dtd-obeyed": Habits(parses=parsing.obeying_dtd),
    "entities-without-limit": Habits(parses=parsing.expanding_everything),
    "pattern-cleaned-reading": Habits(reads=parsing.cleaned_by_pattern, assertion=choosing.child_of_response),
    "pattern-cleaned-verifying": Habits(
        parses=parsing.cleaned_by_pattern, reads=parse_safely, assertion=choosing.child_of_response
    ),
    "undeclared-attributes": Habits(reads=parsing.without_doctype, assertion=choosing.child_of_response),
    "local-names": Habits(assertion=choosing.first_by_local_name, text=parsing.in_one_namespace),
    "void-is-nothing": Habits(
        parses=parsing.whatever_comes,
        octets=parsing.octets_or_nothing,
        canonical=parsing.canonical_or_nothing,
        text=parsing.untouched,
    ),
    "last-root": Habits(
        parses=parsing.every_root, reads=parsing.last_root, assertion=choosing.child_of_response
    ),
    "first-root": Habits(
        parses=parsing.every_root, reads=parsing.first_root, assertion=choosing.child_of_response
    ),
}
"""By the names of the policy: everything but "strict"."""

__all__ = ["READERS", "Habits", "assertion", "document"]
