"""One HTTP exchange at a time, bounded as a whole, over kept connections. Neither cookies nor redirects here.

Underneath is the standard library's client: a case over HTTP is some twenty exchanges, each of which costs a
third of what it costs with httpx, and httpx bounds single waits only: a server that drips never ends one.
"""

from conformance.wire.answer import Answer, Headers, decoded_json
from conformance.wire.connection import EndlessError, WireError, basic_credentials
from conformance.wire.connections import Connections, exchange_once

__all__ = [
    "Answer",
    "Connections",
    "EndlessError",
    "Headers",
    "WireError",
    "basic_credentials",
    "decoded_json",
    "exchange_once",
]
