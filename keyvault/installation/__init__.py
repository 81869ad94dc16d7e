"""Whether this database is the one it was: a backup that was put back must not revive what was revoked since.

The database says in a row where it lives: in which server, on which timeline, under which numbers. A copy of it brings
the row along and not the place. What has the same place and went back in time is told by whoever remembers more than
the database does: every process its last look, and the sealer what it signed.
"""
