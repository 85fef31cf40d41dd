"""Faults in what a SAML Response says: it is signed afterwards and verifies."""
