"""The OpenID Connect plane of a tenant: what happens at each endpoint. What differs by vendor is in personalities."""
