"""KeyVault's settings with the ordinary road: the middleware of a new project, ORM, DRF views, a lasting connection."""

from keyvault.settings import *  # noqa: F403 - settings build on settings

ROOT_URLCONF = "bench.plain.urls"
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
REST_FRAMEWORK = {"UNAUTHENTICATED_USER": None}
DATABASES["default"]["OPTIONS"] = {"connect_timeout": 5}  # noqa: F405
