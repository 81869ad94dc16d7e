"""People and how they sign in."""

from accounts.models.user import People, User

__all__ = ["People", "User"]
