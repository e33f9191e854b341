"""Files that messages carry."""

from __future__ import annotations

from typing import ClassVar

from django.http import FileResponse, HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from messaging import media
from messaging.api import examples
from messaging.api.serializers.media import MediaIn, MediaOut
from messaging.api.views.base import View, read_id, show
from messaging.uploading import MULTIPART, Upload
from tokens.scopes import Scope


class Media(Upload, View):
    needs: ClassVar[dict[str, Scope]] = {"POST": Scope.MEDIA_WRITE}

    @extend_schema(
        operation_id="upload_media",
        summary="Upload a file",
        description='It is kept for 30 days. A message names it by its id: `{"image": {"id": …}}`. Images up to '
        "5 MB, video and audio up to 16 MB, documents up to 100 MB, stickers up to 500 KB.",
        request={MULTIPART: MediaIn},
        responses={201: MediaOut},
        examples=examples.UPLOAD_MEDIA,
    )
    def post(self, request: Request) -> HttpResponse:
        stored = self.store()
        response = show(MediaOut, stored, status=201)
        response.headers["Location"] = f"/api/v1/media/{stored.pk}"
        return response


class OneMedia(View):
    needs: ClassVar[dict[str, Scope]] = {"GET": Scope.MEDIA_READ}

    @extend_schema(operation_id="read_media", summary="What a file is", responses=MediaOut)
    def get(self, request: Request, id: str) -> HttpResponse:
        return show(MediaOut, media.find(self.caller.account, read_id(id)))


class Content(View):
    needs: ClassVar[dict[str, Scope]] = {"GET": Scope.MEDIA_READ}

    @extend_schema(
        operation_id="download_media",
        summary="Download a file",
        responses={(200, "*/*"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, id: str) -> FileResponse:
        return media.served(media.find(self.caller.account, read_id(id)))
