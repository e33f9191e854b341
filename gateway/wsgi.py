"""The WSGI application that granian serves."""

import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from gateway.lifeline import follow_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gateway.settings")
follow_parent()  # a worker of `manage.py serve` must not outlive its server
application = get_wsgi_application()
import_module(settings.ROOT_URLCONF)  # all views, before the port is open rather than in somebody's first request
