"""Settings: SQLite, or the PostgreSQL database named by `LMS_POSTGRES` as `host/database`."""

import os
from pathlib import Path

SECRET_KEY = os.environ.get("LMS_SECRET_KEY", "only for trying it out")
DEBUG = True
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "lms.urls"
KWIGA_ORDERS_HOST = "lms.host.LmsHost"
LOGIN_URL = "/login/"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "kwiga_orders.contrib.django",
    "lms",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

_FILE = Path(__file__).parent.parent / "lms.sqlite3"
_SQLITE = {
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": _FILE,
    "OPTIONS": {
        # a transaction locks the file when it begins, so that writers wait instead of failing
        "transaction_mode": "IMMEDIATE",
        # readers do not wait for writers
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL",
    },
}
_HOST, _, _NAME = os.environ.get("LMS_POSTGRES", "").rpartition("/")
_POSTGRES = {
    "ENGINE": "django.db.backends.postgresql",
    "HOST": _HOST,
    "NAME": _NAME,
    "USER": os.environ.get("LMS_POSTGRES_USER", "postgres"),
    "PASSWORD": os.environ.get("LMS_POSTGRES_PASSWORD", ""),
    # statements of orders are long, so the server should keep them prepared
    "OPTIONS": {"prepare_threshold": 5},
}
DATABASES = {"default": _POSTGRES if _NAME else _SQLITE}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DEFAULT_FROM_EMAIL = "school@school.example"
EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
USE_TZ = True
TIME_ZONE = "Europe/Kyiv"
