#!/usr/bin/env python
"""Run one of the gateway's commands; `manage.py help` lists them."""

import os
import sys

from gateway.launching import choose_data_folder


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gateway.settings")
    choose_data_folder(sys.argv)
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
