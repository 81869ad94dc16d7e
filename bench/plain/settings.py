"""KeyVault's settings with the ordinary road: ORM, DRF views, no tuning but a persistent connection."""

from keyvault.settings import *  # noqa: F403 - settings build on settings

ROOT_URLCONF = "bench.plain.urls"
MIDDLEWARE = ["django.middleware.security.SecurityMiddleware", "django.middleware.common.CommonMiddleware"]
REST_FRAMEWORK = {"UNAUTHENTICATED_USER": None}
DATABASES["default"]["OPTIONS"] = {"connect_timeout": 5}  # noqa: F405
