"""The web application: console, admin and API."""

import os

from django.core.wsgi import get_wsgi_application

from keyvault import write_behind
from keyvault.processes.linux import forbid_inspection
from keyvault.processes.workers import end_with_server

forbid_inspection()
end_with_server()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keyvault.settings")
application = get_wsgi_application()
write_behind.start()
