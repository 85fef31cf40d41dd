"""What in an OpenID provider's discovery document would lock out everybody (OpenID Connect Discovery 3)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Final

from conformance.forecast.locations import has_placeholder, location_problem
from conformance.forecast.model import Fault

MAX_BYTES: Final = 1024 * 1024
ENDPOINTS: Final = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_SECRET_METHODS: Final = frozenset(("client_secret_basic", "client_secret_post"))
_GET_ANOTHER: Final = "Download the document again, from the issuer's /.well-known/openid-configuration."


@dataclass(slots=True)
class Discovery:
    """What the document says, and every fault in it."""

    issuer: str = ""
    endpoints: dict[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def read_discovery(document: bytes, file: str) -> Discovery:
    """Return what the discovery document says. Never raises for what stands in the document."""
    found = Discovery()
    try:
        content = json.loads(document)
    except json.JSONDecodeError as error:
        page = b"<html" in document[:2000].lower()
        what = "a web page, perhaps a login page" if page else f"no JSON ({error.msg}, column {error.colno})"
        where = f"{file}:{error.lineno}"
        found.faults.append(Fault("discovery-not-json", True, f"The file is {what}.", _GET_ANOTHER, where))
        return found
    except (ValueError, RecursionError) as error:  # no text, a number without end, brackets without end
        what = "nested without end" if isinstance(error, RecursionError) else f"not readable ({error})"
        found.faults.append(Fault("discovery-not-json", True, f"The JSON is {what}.", _GET_ANOTHER, file))
        return found
    if not isinstance(content, dict):
        what = f"The file is a JSON {type(content).__name__}, expected an object with names and values."
        found.faults.append(Fault("discovery-not-object", True, what, _GET_ANOTHER, file))
        return found
    _Checks(found, content, file).run()
    return found


class _Checks:
    def __init__(self, found: Discovery, content: dict[str, Any], file: str) -> None:
        self._found = found
        self._content = content
        self._file = file

    def run(self) -> None:
        self._issuer()
        for name in ENDPOINTS:
            self._endpoint(name)
        self._code_flow()
        self._algorithms()
        self._client_authentication()
        self._email()

    def _fault(self, code: str, found: str, do: str, *, fatal: bool = True) -> None:
        self._found.faults.append(Fault(code, fatal, found, do, self._file))

    def _issuer(self) -> None:
        issuer = self._text("issuer")
        self._found.issuer = issuer
        if not issuer:
            self._fault("issuer-missing", "There is no issuer, so no ID token can be checked.", _GET_ANOTHER)
        elif has_placeholder(issuer):
            self._fault(
                "issuer-placeholder",
                f"The issuer “{issuer}” is a template; no ID token will ever carry it.",
                "Use your own tenant's document, with the tenant's ID in the address instead of “common”.",
            )
        elif location_problem(issuer):
            found = f"issuer: {location_problem(issuer)}."
            self._fault("issuer-unusable", found, "Take the https issuer from the identity provider.")

    def _endpoint(self, name: str) -> None:
        url = self._text(name)
        self._found.endpoints[name] = url
        code = name.replace("_", "-")
        if not url:
            self._fault(f"{code}-missing", f"There is no {name}.", _GET_ANOTHER)
        elif location_problem(url):
            found = f"{name}: {location_problem(url)}."
            self._fault(f"{code}-unusable", found, "Take the https address from the identity provider.")

    def _code_flow(self) -> None:
        kinds = self._texts("response_types_supported")
        grants = self._texts("grant_types_supported")
        if kinds is not None and "code" not in kinds:
            found = f"response_types_supported has no “code”, only {_listed(kinds)}."
            self._fault("no-code-flow", found, "Allow the authorization code flow at the identity provider.")
        if grants is not None and "authorization_code" not in grants:
            found = f"grant_types_supported has no “authorization_code”, only {_listed(grants)}."
            self._fault(
                "no-code-grant", found, "Allow the authorization code grant at the identity provider."
            )

    def _algorithms(self) -> None:
        name = "id_token_signing_alg_values_supported"
        algorithms = self._texts(name)
        if algorithms is None:
            self._fault("algorithms-missing", f"There is no {name}.", _GET_ANOTHER, fatal=False)
        elif not any(algorithm[:2] in {"RS", "PS", "ES", "Ed"} for algorithm in algorithms):
            found = f"ID tokens are not signed with a public key: {name} is {_listed(algorithms)}."
            self._fault("algorithms-unusable", found, "Have the identity provider sign with RS256.")
        elif "RS256" not in algorithms:
            found = f"{name} has no RS256, which every party must support; only {_listed(algorithms)}."
            self._fault("algorithms-no-rs256", found, "Try one login before the switch.", fatal=False)

    def _client_authentication(self) -> None:
        methods = self._texts("token_endpoint_auth_methods_supported")
        if methods is not None and not _SECRET_METHODS.intersection(methods):
            found = f"The token endpoint takes no Authorization Secret, only {_listed(methods)}."
            self._fault("no-client-secret", found, "Allow client_secret_basic or client_secret_post.")

    def _email(self) -> None:
        scopes, claims = self._texts("scopes_supported"), self._texts("claims_supported")
        if (scopes is not None and "email" in scopes) or (claims is not None and "email" in claims):
            return
        if scopes is not None or claims is not None:
            found = "Neither scopes_supported nor claims_supported names “email”."
            do = "Try one login before the switch: without the claim email nobody is recognised."
            self._fault("no-email-claim", found, do, fatal=False)

    def _text(self, name: str) -> str:
        value = self._content.get(name)
        return value if isinstance(value, str) else ""

    def _texts(self, name: str) -> list[str] | None:
        value = self._content.get(name)
        return [item for item in value if isinstance(item, str)] if isinstance(value, list) else None


def _listed(values: list[str]) -> str:
    return ", ".join(values[:6]) or "an empty list"
