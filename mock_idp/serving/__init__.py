"""HTTP/1.1 in front of any WSGI application: one event loop for each listener."""
