"""Faults in SAML messages, in the order in which a message is made.

`message` is what all of them change. `content` is changed before signing, `signing` is how it is signed;
`wrapping` and `text` change what is signed already: its tree, its text.
Beside them: `encryption`, `form`, `logout`."""
