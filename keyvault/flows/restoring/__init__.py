"""After a restore: what was taken away since the backup is taken away again, then the database is accepted."""

from keyvault.flows.restoring.accepting import accept_by_log, accept_with_all_paused

__all__ = ["accept_by_log", "accept_with_all_paused"]
