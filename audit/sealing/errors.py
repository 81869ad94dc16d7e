"""Why the sealer does not sign."""


class SealerRefuses(Exception):
    """Signing now could contradict what was signed before. The text says what was found and what a person can do."""


class Inconsistent(SealerRefuses):
    """The database is not the one that was sealed: rolled back, restored or changed."""


class Cut(Inconsistent):
    """Of what was signed the newest is gone, and with it all that the database knew last."""
