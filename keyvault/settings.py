"""All settings, each read once from the environment; ``NAME_FILE`` names a file that holds the value instead."""

import datetime as dt
from pathlib import Path
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.FileAwareEnv()

# Where and how this installation runs. `manage.py` sets KEYVAULT_EMBEDDED when it starts its own servers.
EMBEDDED = env.bool("KEYVAULT_EMBEDDED", default=False)
DATA_DIR = Path(env.str("KEYVAULT_DATA_DIR", default=str(BASE_DIR / "var")))
KEYVAULT_WEB_HOST = env.str("KEYVAULT_WEB_HOST", default="127.0.0.1")
KEYVAULT_WEB_PORT = env.int("KEYVAULT_WEB_PORT", default=8000)
KEYVAULT_WEB_WORKERS = env.int("KEYVAULT_WEB_WORKERS", default=2)  # processes
KEYVAULT_WEB_THREADS = env.int("KEYVAULT_WEB_THREADS", default=12)  # in each of them; each may hold a connection
KEYVAULT_TLS_CERTIFICATE = env.str("KEYVAULT_TLS_CERTIFICATE", default="")
KEYVAULT_TLS_KEY = env.str("KEYVAULT_TLS_KEY", default="")
KEYVAULT_URL = env.str("KEYVAULT_URL", default=f"http://127.0.0.1:{KEYVAULT_WEB_PORT}").rstrip("/")
KEYVAULT_SIGNUP = env.str("KEYVAULT_SIGNUP", default="open" if EMBEDDED else "first")
KEYVAULT_TRUSTED_PROXIES = env.list("KEYVAULT_TRUSTED_PROXIES", default=[])
KEYVAULT_ADMIN_NETWORKS = env.list("KEYVAULT_ADMIN_NETWORKS", default=[])
KEYVAULT_OPERATOR_CONNECTION = env.str("KEYVAULT_OPERATOR_CONNECTION", default="")  # the key of an SSO connection
KEYVAULT_OPERATOR_ROLES = env.list("KEYVAULT_OPERATOR_ROLES", default=[])  # claim=value:role
KEYVAULT_CORS_ORIGINS = env.list("KEYVAULT_CORS_ORIGINS", default=[])
# purpose@host=network. The embedded default has one: an address where nothing is but the provider of `make demo`.
KEYVAULT_EGRESS_ALLOW = env.list(
    "KEYVAULT_EGRESS_ALLOW", default=["gateway@127.86.75.1=127.86.75.1/32"] if EMBEDDED else []
)
KEYVAULT_EGRESS_CA = env.str("KEYVAULT_EGRESS_CA", default="")
KEYVAULT_DNS_SERVERS = env.list("KEYVAULT_DNS_SERVERS", default=[])
KEYVAULT_ROOT_KEYS = env.list("KEYVAULT_ROOT_KEYS", default=[])
KEYVAULT_GATEWAY_ROOT_KEYS = env.list("KEYVAULT_GATEWAY_ROOT_KEYS", default=[])
KEYVAULT_GATEWAY_HOST = env.str("KEYVAULT_GATEWAY_HOST", default="127.0.0.1")
KEYVAULT_GATEWAY_PORT = env.int("KEYVAULT_GATEWAY_PORT", default=8001)
KEYVAULT_GATEWAY_WORKERS = env.int("KEYVAULT_GATEWAY_WORKERS", default=2)  # processes
KEYVAULT_GATEWAY_URL = env.str("KEYVAULT_GATEWAY_URL", default=f"http://127.0.0.1:{KEYVAULT_GATEWAY_PORT}").rstrip("/")
KEYVAULT_GATEWAY_DOMAIN = env.str("KEYVAULT_GATEWAY_DOMAIN", default="")  # of openai.<domain>, <member>.<domain>
KEYVAULT_GATEWAY_CLIENT = env.str("KEYVAULT_GATEWAY_CLIENT", default="own")  # to the providers: own, aiohttp
KEYVAULT_GATEWAY_JOURNAL = Path(env.str("KEYVAULT_GATEWAY_JOURNAL", default=str(DATA_DIR / "journal")))
KEYVAULT_GATEWAY_JOURNAL_IN_MEMORY = env.bool("KEYVAULT_GATEWAY_JOURNAL_IN_MEMORY", default=False)
KEYVAULT_GATEWAY_PRICES = env.str("KEYVAULT_GATEWAY_PRICES", default="")  # a price list in the place of prices.toml
KEYVAULT_LISTEN_URL = env.str("KEYVAULT_LISTEN_URL", default="")  # to PostgreSQL itself, where a pooler stands between
KEYVAULT_TOKEN_RATE = env.int("KEYVAULT_TOKEN_RATE", default=6000)  # requests a minute for one token
KEYVAULT_ADDRESS_RATE = env.int("KEYVAULT_ADDRESS_RATE", default=12000)  # requests a minute for one address block
KEYVAULT_ANONYMOUS_RATE = env.int("KEYVAULT_ANONYMOUS_RATE", default=300)  # refused requests a minute, same block
KEYVAULT_SEALER_DIR = Path(env.str("KEYVAULT_SEALER_DIR", default=str(DATA_DIR / "sealer")))
KEYVAULT_SEAL_SECONDS = env.int("KEYVAULT_SEAL_SECONDS", default=5)  # how long the sealer rests between looks
KEYVAULT_WITNESS_PATHS = env.list("KEYVAULT_WITNESS_PATHS", default=[])
KEYVAULT_WITNESS_URLS = env.list("KEYVAULT_WITNESS_URLS", default=[])
KEYVAULT_WITNESS_EMAILS = env.list("KEYVAULT_WITNESS_EMAILS", default=[])
KEYVAULT_TRANSACTION_POOLER = env.bool("KEYVAULT_TRANSACTION_POOLER", default=False)

_url = urlsplit(KEYVAULT_URL)
_https = _url.scheme == "https"

SECRET_KEY = env.str("KEYVAULT_SECRET_KEY")
DEBUG = False
ALLOWED_HOSTS = env.list(
    "KEYVAULT_ALLOWED_HOSTS", default=[_url.hostname or "localhost", "localhost", "127.0.0.1", "[::1]"]
)
CSRF_TRUSTED_ORIGINS = [KEYVAULT_URL]
ROOT_URLCONF = "keyvault.urls"
WSGI_APPLICATION = "keyvault.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
APPEND_SLASH = False

INSTALLED_APPS = [
    "keyvault.admin.apps.OperatorsAdmin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.github",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.socialaccount.providers.saml",
    "django_otp",
    "django_otp_webauthn",
    "axes",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
    "django_htmx",
    "keyvault",
    "keyvault.installation",
    "keyvault.keyring",
    "keyvault.jobs",
    "audit",
    "accounts",
    "orgs",
    "keyvault.secrets",
    "tokens",
    "gateway",
    "keyvault.flows.streams",
    "keyvault.flows.sweeps",
    "keyvault.flows.leaks",
    "keyvault.flows.public_texts",
    "keyvault.flows.feedback",
    "alerts",
]

MIDDLEWARE = [
    "keyvault.scheme.ProxiedScheme",
    "keyvault.middleware.RequestOrigin",
    "keyvault.middleware.Cors",
    "keyvault.transport.NoTokensInTheClear",
    "django.middleware.security.SecurityMiddleware",
    "keyvault.fastpath.middleware.FastPath",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "keyvault.console.signed_out.LeadToSignIn",
    "keyvault.session_limits.SessionLimits",
    "keyvault.own_database.OwnDatabaseOnly",
    "keyvault.flows.mfa_policy.MfaRequired",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "keyvault.pages.RefusalPages",
    "axes.middleware.AxesMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "keyvault.console.appearance.looks",
            ]
        },
    }
]

# Off loopback the way to PostgreSQL and Redis is TLS that is verified, see keyvault/backends.py.
KEYVAULT_ALLOW_PLAINTEXT_BACKENDS = env.bool("KEYVAULT_ALLOW_PLAINTEXT_BACKENDS", default=False)

# PostgreSQL only. Persistent connections; statements are prepared unless a transaction pooler stands between.
_database = env.db_url("DATABASE_URL", engine="django.db.backends.postgresql")
DATABASES = {
    "default": {
        **_database,
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": KEYVAULT_TRANSACTION_POOLER,
        "OPTIONS": {
            **_database.get("OPTIONS", {}),
            "connect_timeout": 5,
            "application_name": "keyvault",
            "prepare_threshold": None if KEYVAULT_TRANSACTION_POOLER else 5,
            "server_side_binding": not KEYVAULT_TRANSACTION_POOLER,
        },
    }
}
APP_DATABASE_ROLE = DATABASES["default"]["USER"]  # whom migrations give rights, while the connection is the owner's
OWNER_DATABASE_URL = env.str("KEYVAULT_OWNER_DATABASE_URL", default="")
SEALER_DATABASE_URL = env.str("KEYVAULT_SEALER_DATABASE_URL", default="")
GATEWAY_DATABASE_URL = env.str("KEYVAULT_GATEWAY_DATABASE_URL", default="")

REDIS_URL = env.str("REDIS_URL")
CACHES = {"default": {"BACKEND": "keyvault.cache.FallbackCache", "LOCATION": REDIS_URL}}

CELERY_BROKER_URL = REDIS_URL
if REDIS_URL.startswith("rediss:"):  # without it Celery would encrypt, and believe any certificate
    CELERY_BROKER_USE_SSL = {"ssl_cert_reqs": "required", "ssl_check_hostname": True}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_CONCURRENCY = env.int("KEYVAULT_WORKER_PROCESSES", default=2)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_connect_timeout": 0.5, "socket_timeout": 5, "max_retries": 1}
CELERY_BEAT_SCHEDULE = {
    "sweep-jobs": {"task": "keyvault.jobs.tasks.sweep", "schedule": 10},
    "look-for-alerts": {"task": "alerts.tasks.look", "schedule": 10},
    "look-at-the-log": {"task": "alerts.tasks.look_at_the_log", "schedule": 60},
    "forget-old-alerts": {"task": "alerts.tasks.forget_old", "schedule": 24 * 3600},
    "feed-streams": {"task": "keyvault.flows.streams.tasks.look", "schedule": 10},
    "look-at-sweeps": {"task": "keyvault.flows.sweeps.tasks.look", "schedule": 60},
}

# People
AUTH_USER_MODEL = "accounts.User"
SILENCED_SYSTEM_CHECKS = [
    "axes.W006",  # by account alone, on purpose: addresses are easily changed
    "auth.W004",  # an address is unique whatever its case: email_belongs_to_one_person
    *([] if _https else ["otp_webauthn.E031"]),  # localhost is a secure context without TLS (W3C Secure Contexts §3.1)
]
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "keyvault.flows.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_FORMS = {
    "login": "keyvault.flows.forms.SignInForm",
    "signup": "keyvault.flows.forms.SignUpForm",
    "reset_password": "keyvault.flows.forms.AskForResetForm",
    "reset_password_from_key": "keyvault.flows.forms.ResetPasswordForm",
    "change_password": "keyvault.flows.forms.ChangePasswordForm",
}
ACCOUNT_RATE_LIMITS = {"login_failed": "30/m/ip", "sso_start": "30/m/ip"}  # by account axes counts, see below
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_MODEL_EMAIL_FIELD = "email"
ACCOUNT_EMAIL_VERIFICATION = env.str("KEYVAULT_EMAIL_VERIFICATION", default="optional" if EMBEDDED else "mandatory")
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_LOGIN_ON_PASSWORD_RESET = False
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGIN_TIMEOUT = 600
ACCOUNT_EMAIL_NOTIFICATIONS = True

# Lockout: 5 failures lock an account for 15 minutes, see keyvault/flows/lockout.py
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = dt.timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = ["username"]
AXES_USERNAME_CALLABLE = "keyvault.flows.lockout.counter_of"
AXES_CLIENT_IP_CALLABLE = "keyvault.flows.lockout.address_of"
AXES_LOCKOUT_CALLABLE = "keyvault.pages.locked_page"
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_DISABLE_ACCESS_LOG = True  # the log of events has it
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "login", "email", "password", "code", "next", "token"]

# Single sign-on: connections stand in a table of ours, and what a provider says is stored nowhere
SOCIALACCOUNT_ADAPTER = "keyvault.flows.sso.adapter.SocialAccountAdapter"
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False  # which account it is, is decided in keyvault.flows.sso.landing
SOCIALACCOUNT_EMAIL_VERIFICATION = "none"
SOCIALACCOUNT_LOGIN_ON_GET = False
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_QUERY_EMAIL = True

# Passkeys are bound to the host of KEYVAULT_URL; browsers make none for an address, so on 127.0.0.1 it is localhost.
OTP_WEBAUTHN_RP_ID = "localhost" if _url.hostname == "127.0.0.1" else _url.hostname
OTP_WEBAUTHN_RP_NAME = "KeyVault"
OTP_WEBAUTHN_ALLOWED_ORIGINS = [KEYVAULT_URL.replace("//127.0.0.1", "//localhost")]

SESSION_ENGINE = "accounts.session_store"
SESSION_COOKIE_NAME = "__Host-keyvault" if _https else "keyvault"
DEVICE_COOKIE_NAME = "__Host-known-device" if _https else "known-device"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = _https
CSRF_COOKIE_NAME = "__Host-csrf" if _https else "csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = _https

# The browser's fences
SECURE_SSL_REDIRECT = _https
SECURE_REDIRECT_EXEMPT = ["^healthz$", "^readyz$"]  # probes come from beside the server
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = _https
SECURE_REFERRER_POLICY = "same-origin"  # under no-referrer browsers post forms with "Origin: null", which CSRF refuses
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
# Never into a temporary file: what is uploaded may hold values. What is larger than 2.5 MiB is no upload at all.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]

# Mail
EMAIL_TIMEOUT = 10  # seconds that a request waits for the mail server
if EMBEDDED and not env.str("KEYVAULT_EMAIL_URL", default=""):
    EMAIL_BACKEND = "accounts.mail.FileAndLogBackend"
    EMAIL_FILE_PATH = str(DATA_DIR / "mail")
else:
    vars().update(env.email_url("KEYVAULT_EMAIL_URL", default="smtp://127.0.0.1:25"))
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("KEYVAULT_FROM_EMAIL", default=f"KeyVault <keyvault@{_url.hostname}>")

# The API
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["keyvault.api.authentication.BearerToken"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": ["keyvault.api.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["keyvault.api.renderers.JSONRenderer"],
    "DEFAULT_PAGINATION_CLASS": "keyvault.api.pagination.CursorPagination",
    "DEFAULT_THROTTLE_CLASSES": ["keyvault.api.throttles.TokenThrottle"],
    "DEFAULT_SCHEMA_CLASS": "keyvault.api.schema.Schema",
    "EXCEPTION_HANDLER": "keyvault.api.problems.exception_handler",
    "UNAUTHENTICATED_USER": None,
    "PAGE_SIZE": 50,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "KeyVault API",
    "DESCRIPTION": "Store a key once, hand out narrow revocable tokens, find every use in the log.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "POSTPROCESSING_HOOKS": [],  # choices stand where they belong, without components of invented names
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"persistAuthorization": False, "validatorUrl": None},  # no token kept, nothing sent out
}

# Language, time, files
LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "static/"
# With embedded servers files are served from where they are written; nobody has to collect them.
STATIC_ROOT = None if EMBEDDED else env.str("KEYVAULT_STATIC_ROOT", default=str(BASE_DIR / "static_collected"))
WHITENOISE_USE_FINDERS = EMBEDDED
WHITENOISE_AUTOREFRESH = False

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(levelname)s %(name)s: %(message)s"}, "event": {"format": "%(message)s"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "line"},
        "events": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "event"},
    },
    "loggers": {
        "keyvault.events": {"handlers": ["events"], "level": "INFO", "propagate": False},
        "axes": {"level": "ERROR"},  # failed sign-ins are events
    },
    "root": {"handlers": ["stderr"], "level": env.str("KEYVAULT_LOG_LEVEL", default="INFO")},
}
