"""A mock Okta and Microsoft Entra ID: faithful on the wire, and wrong on purpose when asked."""
