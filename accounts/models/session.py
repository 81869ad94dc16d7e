"""A browser that is signed in, and how that came to an end."""

from django.db import models
from django.db.models import Q

from accounts.models.user import User
from keyvault.ids import uuid7


class BrowserSession(models.Model):
    """One row for each sign-in, beside Django's session, which holds what the pages need and is gone when it ends.

    allauth.usersessions keeps such a table too; ours also says how somebody signed in, which organization's single
    sign-on it was, and why the session ended, and its end is an event. ``key`` is what :mod:`accounts.session_store`
    stores, never the cookie's value. ``sso_org`` is the one organization that the session reaches, if it is bound.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    key = models.CharField(max_length=40, unique=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="browser_sessions")
    method = models.CharField(max_length=40, blank=True)
    sso_org = models.UUIDField(null=True)
    address = models.GenericIPAddressField(null=True)
    agent = models.CharField(max_length=200, blank=True)
    began_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_because = models.CharField(max_length=40, blank=True)

    class Meta:
        indexes = [models.Index("user", "began_at", name="sessions_of_person")]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_because="") | (Q(ended_at__isnull=False) & ~Q(ended_because="")),
                name="an_ended_session_says_why",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} from {self.address or 'nowhere'}"
