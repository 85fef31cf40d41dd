"""Measures the mock IdP's own speed as shares of the machine's RSA-2048 signing rate; see `figures`."""
