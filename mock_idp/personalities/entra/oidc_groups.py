"""Entra's groups claim: object IDs up to a limit, and what stands in its place beyond."""

from __future__ import annotations

from mock_idp.personalities.entra.identity import group_id
from mock_idp.personalities.oidc_base import Login

JWT_LIMIT = 200
"""Groups in a token from the token endpoint (documented)."""
IMPLICIT_LIMIT = 5
"""Groups in a token that the browser carries: documented as five; excerpts of issues say six as well."""


def group_claims(directory_id: str, login: Login, *, implicit: bool) -> dict[str, object]:
    """`groups`, or the overage: the distributed claim of OIDC Core 5.6.2, or `hasgroups` (quoted in issues).

    Nothing without a groups claim in the application's registration, and nothing for nobody's groups.
    """
    claim, person = login.app.groups_claim, login.person
    if claim is None or "id_token" not in claim.include or not person.groups:
        return {}
    if implicit and len(person.groups) > IMPLICIT_LIMIT:
        return {"hasgroups": True}
    if len(person.groups) > JWT_LIMIT:
        address = f"https://graph.windows.net/{directory_id}/users/{person.user_id}/getMemberObjects"
        return {"_claim_names": {"groups": "src1"}, "_claim_sources": {"src1": {"endpoint": address}}}
    if claim.format == "name":
        return {"groups": list(person.groups)}
    return {"groups": [group_id(directory_id, group) for group in person.groups]}
