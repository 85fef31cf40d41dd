"""Faults in the text of a signed SAML Response, which two parsers or readers understand differently."""
