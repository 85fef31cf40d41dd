"""The conformance suite: plays logins against a platform, asks who is logged in, and judges."""
