"""The readiness forecast: who would be locked out by the switch, from files alone, without a connection."""
