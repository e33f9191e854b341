"""`/v1/media`: files to send, and files that were received."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.http import FileResponse, HttpResponse
from rest_framework.request import Request

from messaging import media
from messaging.dialects.startmessaging.serializers import read_media_id, render_media_id
from messaging.dialects.startmessaging.views import View
from messaging.edge import json_response
from messaging.uploading import Upload
from tokens.scopes import Scope


class Media(Upload, View):
    needs: ClassVar[Mapping[str, Scope]] = {"POST": Scope.MEDIA_WRITE}

    def post(self, request: Request) -> HttpResponse:
        return json_response({"media_id": render_media_id(self.store().pk)})


class OneMedia(View):
    needs: ClassVar[Mapping[str, Scope]] = {"GET": Scope.MEDIA_READ}

    def get(self, request: Request, media_id: str) -> FileResponse:
        return media.served(media.find(self.caller.account, read_media_id(media_id)))
