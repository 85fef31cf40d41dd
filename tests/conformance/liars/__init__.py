"""Dishonest login apps, on which the oracle is tested; their contract is that of `targets/login_app.yaml`."""
