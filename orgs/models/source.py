"""Who keeps a membership as it is."""

from django.db import models


class Source(models.TextChoices):
    """What comes from a directory is overwritten by it: at the next sign-in (idp), or whenever it says so (scim)."""

    MANUAL = "manual", "By hand"
    IDP = "idp", "Single sign-on"
    SCIM = "scim", "Directory (SCIM)"
