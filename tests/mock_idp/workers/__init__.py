"""A server of several processes: what one of them did, every other one knows."""
