"""Django's sessions, but for one thing: the table holds a digest of the key, so that who reads it takes over nobody.

NOTE: the asynchronous methods are Django's own and know no digests; nothing here calls them.
"""

import hashlib
from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone

_CONTEXT = b"kv-session-v1\0"


def digest_of_key(session_key: str) -> str:
    """SHA-256("kv-session-v1" 00 || key), its first 20 bytes in hex. A key has 165 random bits: nobody guesses it."""
    return hashlib.sha256(_CONTEXT + session_key.encode()).digest()[:20].hex()


class SessionStore(db.SessionStore):
    def exists(self, session_key: str) -> bool:
        return super().exists(digest_of_key(session_key))

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        row: Session = super().create_model_instance(data)  # type: ignore[assignment] # the stubs know the base only
        row.session_key = digest_of_key(row.session_key)
        return row

    def delete(self, session_key: str | None = None) -> None:
        """The row of the sign-in ends with it, whoever asked."""
        from accounts.services.sessions import close_session  # models are not there yet when Django loads this

        key = session_key or self.session_key
        if key:
            digest = digest_of_key(key)
            super().delete(digest)
            close_session(digest)

    def cycle_key(self) -> None:
        """A new key for the same session: the row of the sign-in goes with it."""
        from accounts.services.sessions import move_session

        before, kept = self.session_key, self._session  # type: ignore[attr-defined] # Django's, unknown to the stubs
        self.create()
        self._session_cache = kept
        if before and self.session_key:
            move_session(digest_of_key(before), digest_of_key(self.session_key))
            self.delete(before)

    def _get_session_from_db(self) -> Session | None:
        found = Session.objects.filter(
            session_key=digest_of_key(self.session_key or ""), expire_date__gt=timezone.now()
        ).first()
        if found is None:
            self._session_key = None
        return found
