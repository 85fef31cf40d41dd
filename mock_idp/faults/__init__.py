"""Deliberate faults. One decorated pure function is one fault; `registry` finds their modules.

`saml` and `oidc` hold the faults of each standard, by what they change."""
