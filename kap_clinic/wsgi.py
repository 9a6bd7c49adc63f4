"""The web process's way in."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kap_clinic.settings")
application = get_wsgi_application()

from kap_clinic.accounts.boot import refuse_unsafe_start  # noqa: E402  # needs the settings read

refuse_unsafe_start()
