"""Faults in how a SAML Response is signed: by whom (`signature`), over what (`reference`), the `value`."""
