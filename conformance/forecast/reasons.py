"""Why somebody is locked out: a code for programs, a title for people, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Reason:
    """One outcome of an account. `action` is empty where there is nothing to do."""

    code: str
    title: str
    action: str = ""
    locks_out: bool = True


OK: Final = Reason("ok", "Gets in", locks_out=False)
INACTIVE: Final = Reason("inactive", "Cannot sign in today either", locks_out=False)

NO_EMAIL: Final = Reason(
    "no-email",
    "No e-mail address on the platform",
    "Enter the address that the identity provider sends, letter for letter.",
)
SIP: Final = Reason(
    "sip-address",
    "A SIP address in “Email / SIP Address”",
    "An identity provider sends e-mail addresses, so this cannot match. Put the agent's e-mail there.",
)
DUPLICATE: Final = Reason(
    "duplicate-email",
    "Several accounts share the address",
    "Nobody can tell which account is meant, so none opens. Leave the address on one account of its kind.",
)
MALFORMED: Final = Reason(
    "malformed-email",
    "Not an e-mail address",
    "Correct the address on the platform: one address, name@domain.",
)
WHITE_SPACE: Final = Reason(
    "white-space",
    "White space or an invisible character",
    "Remove it where it stands, on the platform or at the identity provider.",
)
LOOK_ALIKE: Final = Reason(
    "look-alike",
    "Looks the same, is another character",
    "Type the address anew on the platform; it was probably pasted. Make sure that it is the same person.",
)
CASE: Final = Reason(
    "case-differs",
    "Upper and lower case differ",
    "Matching is case-sensitive. Write the address on the platform as the identity provider sends it.",
)
SENDS_OTHER: Final = Reason(
    "idp-sends-other",
    "The platform has the address that is not sent",
    "Change the address on the platform, or have the identity provider send the other value.",
)
NO_MAIL: Final = Reason(
    "idp-sends-nothing",
    "The identity provider has no address to send",
    "Fill in the person's e-mail address at the identity provider, or have it send the other value.",
)
GUEST: Final = Reason(
    "guest",
    "A guest whose address is not sent",
    "What arrives is the name with #EXT#. Fill in the guest's mail at Entra ID and send user.mail.",
)
NOT_AT_IDP: Final = Reason(
    "not-at-idp",
    "Unknown at the identity provider",
    "Create or import the person there, or correct the address here (a slip, or an old domain).",
)
DISABLED: Final = Reason(
    "idp-disabled",
    "Disabled at the identity provider",
    "Reactivate the person there, if they should still sign in.",
)
LOCKED: Final = Reason(
    "idp-locked", "Locked at the identity provider", "Unlock the person there (too many wrong passwords)."
)
NOT_ACTIVATED: Final = Reason(
    "idp-not-activated",
    "Never activated at the identity provider",
    "Activate the person there, and have them open the activation e-mail.",
)
NOT_ASSIGNED: Final = Reason(
    "not-assigned",
    "Not assigned to the application",
    "Assign the application to the person, or to one of their groups.",
)

NEW_PASSWORD: Final = Reason(
    "idp-new-password",
    "Must set a new password first",
    "They get in after they set a new password at the identity provider. Tell them before.",
    locks_out=False,
)
SEVERAL_PEOPLE: Final = Reason(
    "idp-several",
    "Several people send this address",
    "Each of them would get into this account. Make the address unique at the identity provider.",
    locks_out=False,
)
STATUS_UNKNOWN: Final = Reason(
    "idp-status-unknown",
    "A status that is not known here",
    "Counted as able to sign in. Look the person up at the identity provider.",
    locks_out=False,
)

WARNINGS: Final = (NEW_PASSWORD, SEVERAL_PEOPLE, STATUS_UNKNOWN)
LOCKOUTS: Final = (
    NO_EMAIL,
    SIP,
    DUPLICATE,
    MALFORMED,
    WHITE_SPACE,
    LOOK_ALIKE,
    CASE,
    SENDS_OTHER,
    NO_MAIL,
    GUEST,
    NOT_AT_IDP,
    DISABLED,
    LOCKED,
    NOT_ACTIVATED,
    NOT_ASSIGNED,
)
"""Every reason to be locked out, those first that only the platform's own roster shows."""
