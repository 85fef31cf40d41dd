"""`python -m mock_idp serve | bench | catalog`."""

from mock_idp.cli import main

main()
