"""JSON without blanks, members in their order, as `json.JSONEncoder(separators=(",", ":"))` writes it.

The standard library makes its C encoder anew for every value; here each is made once."""

from __future__ import annotations

import json
from collections.abc import Callable
from json import encoder


def _encoder(*, ascii_only: bool) -> Callable[[object], str]:
    plain = json.JSONEncoder(separators=(",", ":"), ensure_ascii=ascii_only, check_circular=False)
    make = getattr(encoder, "c_make_encoder", None)
    if make is None:  # a Python without the C accelerator
        return plain.encode
    text = encoder.encode_basestring_ascii if ascii_only else encoder.encode_basestring
    chunks = make(None, plain.default, text, None, ":", ",", False, False, True)
    return lambda value: "".join(chunks(value, 0))


compact = _encoder(ascii_only=False)
"""The text of a value; of other alphabets the letters themselves."""
compact_ascii = _encoder(ascii_only=True)
"""The text of a value, in ASCII."""
