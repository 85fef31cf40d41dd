"""Target adapters: how the suite operates a platform. Verbs operate; they never assert."""
