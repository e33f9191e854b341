"""`manage.py documents FOLDER`: write the OpenAPI document of every API into a folder."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from messaging import dialect
from messaging.documents.generator import document
from messaging.documents.own import own_document


class Command(BaseCommand):
    help = "Write the OpenAPI document of our own API and of every API style as JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="Made if it is not there.")

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        documents = {"api": own_document()} | {style.mount: document(style) for style in dialect.found().values()}
        for name, found in documents.items():
            (folder / f"{name}.json").write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n")
            self.stdout.write(str(folder / f"{name}.json"))
