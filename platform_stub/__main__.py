"""``python -m platform_stub``."""

from platform_stub.cli import main

main()
