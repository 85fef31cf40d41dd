"""Where a tenant's logins leave their traces: in the memory of one process, or in a file that several share.

Everything kept here is data that can be pickled, so that a login may go on in another process.
"""
