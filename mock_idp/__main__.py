"""`python -m mock_idp serve | catalog`."""

from mock_idp.cli import main

main()
