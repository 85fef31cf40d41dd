"""The OpenID Connect plane of a tenant: what happens at each endpoint. Vendors differ in personalities."""
