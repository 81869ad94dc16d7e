"""A sign-in, or a try at one, as its person sees it on their own page."""

from django.db import models

from accounts.models.user import User
from keyvault.ids import uuid7


class SignIn(models.Model):
    """``method`` joins the steps by ``+``; ``reason`` says why it failed, and is empty for one that succeeded.

    The log of events is the organizations'; this is the person's own, who may be in several, and is forgotten after a
    year.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sign_ins")
    at = models.DateTimeField(auto_now_add=True)
    address = models.GenericIPAddressField(null=True)
    agent = models.CharField(max_length=200, blank=True)
    method = models.CharField(max_length=40, blank=True)
    reason = models.CharField(max_length=40, blank=True)
    new_device = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["user", "-at"], name="sign_ins_of_person")]

    def __str__(self) -> str:
        return f"{self.user} {self.reason or 'signed in'}"
