"""Signature wrapping: what was signed stays intact somewhere, and a forged copy stands where it is read."""
