"""The WSGI application that granian serves."""

import os

from django.core.wsgi import get_wsgi_application

from gateway.lifeline import follow_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gateway.settings")
follow_parent()  # a worker of `manage.py serve` must not outlive its server
application = get_wsgi_application()
