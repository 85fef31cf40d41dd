"""Faults in OpenID Connect messages, a module for each message or part; `drafts` is what they change.

ID token: `claims`, `header_keys`, `form`, `signature`, `tenant`. Answers: `response` (authorization),
`token_answer`, `userinfo`. Logout: `logout_token`."""
