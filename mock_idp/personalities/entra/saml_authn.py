"""How people sign in, in Entra's three vocabularies: claim values, context classes and error texts."""

from __future__ import annotations

from collections.abc import Mapping

from mock_idp.saml_app import AuthnMethod

METHOD = "http://schemas.microsoft.com/ws/2008/06/identity/authenticationmethod"
CLASSES = "urn:oasis:names:tc:SAML:2.0:ac:classes"
WINDOWS_CLASS = "urn:federation:authentication:windows"

METHOD_URIS: Mapping[AuthnMethod, str] = {
    "password": f"{METHOD}/password",
    "windows": f"{METHOD}/windows",
    "x509": f"{METHOD}/x509",
    "multipleauthn": "http://schemas.microsoft.com/claims/multipleauthn",
    "onetimepasscode": f"{METHOD}/unspecified",  # unconfirmed: no capture of a passcode guest
    "unspecified": f"{METHOD}/unspecified",
}
"""Values of the authnmethodsreferences claim; password, x509, windows and multipleauthn are captured."""

METHOD_WORDS: Mapping[AuthnMethod, str] = {
    "password": "Password, ProtectedTransport",
    "windows": "WindowsIntegrated",  # unconfirmed
    "x509": "X509",
    "multipleauthn": "MultiFactor",
    "onetimepasscode": "OneTimePasscode",
    "unspecified": "Unspecified",  # unconfirmed
}
"""The words of AADSTS75011 in the order in which Entra lists them: 'X509, MultiFactor' (kimai#3698),
'MultiFactor, OneTimePasscode' (php-saml#567)."""

CONTEXT_WORDS = {
    f"{CLASSES}:Password": "Password",
    f"{CLASSES}:PasswordProtectedTransport": "Password, ProtectedTransport",
    f"{CLASSES}:X509": "X509",
    WINDOWS_CLASS: "WindowsIntegrated",  # unconfirmed
}


def contexts_met(methods: tuple[AuthnMethod, ...]) -> tuple[str, ...]:
    """The context classes that a sign-in by `methods` satisfies, when a request asks for them.

    That a password with a second factor still counts as a password is unconfirmed."""
    met: list[str] = []
    if "password" in methods:
        met += [f"{CLASSES}:Password", f"{CLASSES}:PasswordProtectedTransport"]
    if "x509" in methods:
        met.append(f"{CLASSES}:X509")
    if "windows" in methods:
        met.append(WINDOWS_CLASS)
    return (*met, f"{CLASSES}:unspecified")


def context_of(methods: tuple[AuthnMethod, ...]) -> str:
    """The class sent when no class was asked for: Password even after a second factor (personalities 4.3)."""
    return WINDOWS_CLASS if "windows" in methods and "password" not in methods else f"{CLASSES}:Password"


def method_names(methods: tuple[AuthnMethod, ...]) -> str:
    """How the user signed in, as AADSTS75011 says it."""
    return ", ".join(word for method, word in METHOD_WORDS.items() if method in methods)


def context_names(contexts: tuple[str, ...]) -> str:
    """What was asked for, as AADSTS75011 says it."""
    return ", ".join(CONTEXT_WORDS.get(context, context.rpartition(":")[2]) for context in contexts)
