"""One settings file. Everything that differs between places comes from the environment."""

from celery.schedules import crontab
from csp.constants import NONCE, NONE, SELF

from kap_clinic import environment as env
from kap_clinic.accounts.cipher import playground_keys

BASE_DIR = env.BASE
env.load_run_file()

TESTING = env.flag("TESTING")
DEBUG = env.flag("DEBUG")
DEMO = env.flag("DEMO")
PLAYGROUND = DEBUG or DEMO or TESTING  # places that never hold a real patient

SECRET_KEY = env.secret("SECRET_KEY", "not-a-secret-for-tests-and-commands-only" if PLAYGROUND else None)
# SEC-49: what sealed fields are sealed with, newest first: k2:<32 bytes, base64>,k1:...
FIELD_KEYS = env.secret("FIELD_KEYS", playground_keys(SECRET_KEY) if PLAYGROUND else None)
BASE_URL = env.text("BASE_URL", "http://localhost:8000")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "localhost,127.0.0.1,testserver" if PLAYGROUND else "")

INSTALLED_APPS = [
    "kap_clinic.audit",
    "kap_clinic.web",
    "kap_clinic.accounts",
    "kap_clinic.documents",
    "kap_clinic.outbox",
    "patients",
    "screening",
    "sessions",
    "integration",
    "kap_clinic.desk",
    "kap_clinic.portal",
    "kap_clinic.reports",
    "kap_clinic.dev",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "crispy_forms",
    "crispy_bootstrap5",
    "csp",
    "django_htmx",
    "template_partials",
    "pgtrigger",
    "pghistory",
]

MIDDLEWARE = [
    "kap_clinic.web.health.livez",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "kap_clinic.web.middleware.headers",
    "kap_clinic.accounts.middleware.one_transaction",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "kap_clinic.web.middleware.no_nul",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "kap_clinic.accounts.middleware.clinic_wall",
    "kap_clinic.accounts.lock.middleware.SignInMiddleware",
    "kap_clinic.accounts.signin.second_factor.SecondFactorMiddleware",
    "kap_clinic.accounts.lock.middleware.IdleLockMiddleware",
    "kap_clinic.accounts.idempotency.OnceMiddleware",
    "kap_clinic.accounts.drafts.middleware.sent",
]

ROOT_URLCONF = "kap_clinic.urls"
WSGI_APPLICATION = "kap_clinic.wsgi.application"

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
                "kap_clinic.web.context_processors.page",
                "kap_clinic.accounts.context_processors.clinic",
            ],
            "builtins": ["kap_clinic.web.templatetags.kap", "kap_clinic.accounts.templatetags.accounts"],
        },
    }
]

# REL-22: nothing waits for ever.
_TIMEOUTS = "-c statement_timeout=10s -c lock_timeout=5s -c idle_in_transaction_session_timeout=15s"
DATABASES = {
    "default": {
        **env.database(env.secret("DATABASE_URL", "postgresql://kap_app@localhost/kap" if PLAYGROUND else "")),
        "CONN_HEALTH_CHECKS": True,
        "CONN_MAX_AGE": 0 if TESTING else 60,
        # REL-22: nothing waits for ever.
        "OPTIONS": {
            "options": "-c statement_timeout=10s -c lock_timeout=5s -c idle_in_transaction_session_timeout=15s",
            "prepare_threshold": 1,  # of statements the server binds (kap_clinic.reads); the ORM's own are not prepared
            "assume_role": env.text("DATABASE_ROLE", "") or None,  # for a login that is more than the application
        },
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["kap_clinic.dev.hashers.Quick" if TESTING else "django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGOUT_REDIRECT_URL = LOGIN_URL
ACCOUNT_ADAPTER = "kap_clinic.accounts.adapters.AccountAdapter"
ACCOUNT_FORMS = {"login": "kap_clinic.accounts.signin.forms.SignInForm"}
ACCOUNT_SESSION_REMEMBER = False  # the cookie ends with the browser, the session after 12 hours at most
ACCOUNT_RATE_LIMITS = MFA_RATE_LIMITS = False  # one limiter, in PostgreSQL: accounts/signin/throttle.py
MFA_ADAPTER = "kap_clinic.accounts.adapters.FactorAdapter"
MFA_FORMS = {
    "authenticate": "kap_clinic.accounts.signin.forms.CodeForm",
    "authenticate_webauthn": "kap_clinic.accounts.signin.forms.PasskeyForm",
    "login_webauthn": "kap_clinic.accounts.signin.forms.PasskeyOnlyForm",
}
MFA_SUPPORTED_TYPES = ["webauthn", "totp", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"  # a PIN or a finger each time: a passkey is two factors
MFA_TOTP_TOLERANCE = 1  # one step of 30 s either way
ALLAUTH_TRUSTED_PROXY_COUNT = int(env.flag("BEHIND_PROXY"))
PASSWORD_RESET_TIMEOUT = 3600

SESSION_ENGINE = "django.contrib.sessions.backends.db"  # PostgreSQL: the broker may be down (REL-23)
SESSION_COOKIE_AGE = 12 * 3600
SESSION_HOURS = 12  # SEC-21, absolute: counted from the sign-in, whatever is saved meanwhile
_SECURE = not PLAYGROUND
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _SECURE
SESSION_COOKIE_NAME = "__Host-session" if _SECURE else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if _SECURE else "csrf"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = _SECURE
SECURE_HSTS_SECONDS = 31_536_000 if _SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = _SECURE
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.flag("BEHIND_PROXY") else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")

# Django 6 has its own policy setting; until then it stays in this one place.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "worker-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "kap_clinic.web.finders.NpmFinder",
]
NPM_ROOT = BASE_DIR / "node_modules"
NPM_ASSETS = {
    "bootstrap": ["dist/css/bootstrap.min.css", "dist/css/bootstrap.min.css.map"],
    "@fontsource/atkinson-hyperlegible-next": [
        "files/atkinson-hyperlegible-next-latin-400-normal.woff2",
        "files/atkinson-hyperlegible-next-latin-600-normal.woff2",
        "files/atkinson-hyperlegible-next-latin-700-normal.woff2",
    ],
    "signature_pad": ["dist/signature_pad.js", "dist/signature_pad.js.map"],
}
_PLAIN = "django.contrib.staticfiles.storage.StaticFilesStorage"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": _PLAIN if TESTING or DEBUG else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = not (TESTING or DEBUG)
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = TESTING or DEBUG

# The first reads past what is too large or too many, before anything of it is kept (SEC-37).
FILE_UPLOAD_HANDLERS = [
    "kap_clinic.web.uploads.Limits",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

RAIL_COUNTS = "kap_clinic.desk.rail.counts"  # what waits, for the left rail

CRISPY_ALLOWED_TEMPLATE_PACKS = CRISPY_TEMPLATE_PACK = "bootstrap5"

# The broker only rings the bell; PostgreSQL holds every fact.
CELERY_BROKER_URL = env.secret("REDIS_URL", "redis://127.0.0.1:6379/0")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SOFT_TIME_LIMIT, CELERY_TASK_TIME_LIMIT = 60, 90
# REL-22: a bell waits 3 s at most, and never asks a broker that is down again; workers come back by themselves.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 300,
    "socket_timeout": 3,
    "socket_connect_timeout": 3,
    "max_retries": 0,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
# Tasks that stand in no app's tasks.py
CELERY_IMPORTS = (
    "patients.consents.tasks",
    "patients.notes.tasks",
    "sessions.discharge.tasks",
    "sessions.dosing.tasks",
    "sessions.visits.tasks",
    "sessions.orders.tasks",
    "sessions.record.tasks",
    "integration.papers.tasks",
)
CELERY_BEAT_SCHEDULE: dict[str, dict[str, object]] = {
    "heartbeat": {"task": "accounts.heartbeat", "schedule": 30.0},
    "let_go": {"task": "accounts.let_go", "schedule": 3600.0},
    "audit_alarms": {"task": "audit.watch", "schedule": 60.0},
    "audit_heads": {"task": "audit.write_heads", "schedule": 3600.0},
    "papers_of_consents": {"task": "patients.render_papers", "schedule": 30.0},
    "papers_of_notes": {"task": "patients.render_notes", "schedule": 30.0},
    "messages": {"task": "outbox.send_due", "schedule": 30.0},
    "papers_of_screenings": {"task": "screening.render_papers", "schedule": 30.0},
    "papers_of_orders": {"task": "sessions.render_orders", "schedule": 30.0},
    "cover": {"task": "sessions.end_cover", "schedule": crontab(hour=3, minute=40)},
    "papers_of_records": {"task": "sessions.render_records", "schedule": 30.0},
    "papers_of_courses": {"task": "integration.render_papers", "schedule": 30.0},
    "papers_of_leaving": {"task": "sessions.render_advice", "schedule": 30.0},
    "leaving_watch": {"task": "sessions.watch_leaving", "schedule": 60.0},
    "dosing_watch": {"task": "sessions.watch_dosing", "schedule": 30.0},
    "audit_verification": {"task": "audit.verify_nightly", "schedule": crontab(hour=3, minute=10)},
}

# The second place of the audit trail's heads: in production a disk that whoever owns the database cannot write.
AUDIT_HEADS_FILE = env.text("AUDIT_HEADS_FILE", str(BASE_DIR / "var" / "audit-heads.jsonl"))

EMAIL_BACKEND = env.text("EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend")
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "clinic@example.org")
# What carries a message out of the house, by channel; a channel without one holds its messages for a person.
MESSAGE_LINES = {"email": "kap_clinic.outbox.gateways.Mail", "sms": env.text("SMS_LINE", "")}
EMAIL_TIMEOUT = 10
EMAIL_HOST, EMAIL_PORT = env.text("EMAIL_HOST", "localhost"), int(env.text("EMAIL_PORT", "25"))
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_USER", ""), env.secret("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS")  # STARTTLS; anything that leaves the host needs it (SEC-50)

PGHISTORY_CONTEXT_FIELD = None
