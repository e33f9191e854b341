"""The WSGI application that granian serves."""

import os

from django.core.wsgi import get_wsgi_application

from gateway.lifeline import follow_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gateway.settings")
if os.environ.get("GATEWAY_SERVES"):  # a worker of `manage.py serve`: it must not outlive its server
    follow_parent()
application = get_wsgi_application()
