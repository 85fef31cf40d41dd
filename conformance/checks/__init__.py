"""What a login attempt led to, asked from the target's session. Severity-blind: the case decides."""
