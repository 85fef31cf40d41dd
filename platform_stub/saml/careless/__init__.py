"""Readers of SAML with one published mistake each, which planted weaknesses choose; strict policy uses none.

They are small readers in the way of the libraries that had these mistakes, not the strict one with a hole:
strict refuses in several layers, so a hole in one of them would open nothing.
"""

from __future__ import annotations

from typing import Final

from platform_stub.policy import SamlReader
from platform_stub.saml.careless import choosing, transforming, verifying
from platform_stub.saml.careless.habits import Habits
from platform_stub.saml.careless.reading import assertion, document

READERS: Final[dict[SamlReader, Habits]] = {
    "first-assertion": Habits(assertion=choosing.first_in_document),
    "response-child": Habits(assertion=choosing.child_of_response),
    "last-assertion": Habits(assertion=choosing.last_in_document),
    "last-of-one-id": Habits(target=choosing.last_with_id, assertion=choosing.first_in_document),
    "any-id": Habits(assertion=choosing.by_any_id),
    "signature-anywhere": Habits(),
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
    "fetched-references": Habits(target=transforming.fetched_target),
    "every-transform": Habits(octets=transforming.transformed),
    "certificate-by-name": Habits(value_holds=verifying.certificate_known_by_name),
    "shown-key-value": Habits(value_holds=verifying.shown_key_value),
    "hmac-by-certificate": Habits(value_holds=verifying.hmac_by_certificate),
}
"""By the names of the policy: everything but "strict"."""

__all__ = ["READERS", "Habits", "assertion", "document"]
