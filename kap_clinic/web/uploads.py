"""How much a browser may send as files, enforced while it is read and before anything is kept (SEC-37)."""

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest

MEGABYTE = 2**20
LARGEST = 20 * MEGABYTE
MOST_FILES = 10


class Limits(FileUploadHandler):
    """First of the upload handlers. A file that is too large, or one too many, is read past and never kept.

    The rest of the form arrives, so that what was typed can be shown again; `too_much(request)` says what was left out.
    """

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self.count = self.size = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.count, self.size = self.count + 1, 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        # Not in new_file: leaving there would close the file before this one.
        self.size += len(raw_data)
        if self.count > MOST_FILES:
            self._leave_out("many")
        if self.size > LARGEST:
            self._leave_out("large")
        return raw_data

    def file_complete(self, file_size: int) -> UploadedFile | None:
        return None

    def _leave_out(self, why: str) -> None:
        self.request.too_much = too_much(self.request) | {why}  # type: ignore[union-attr]
        raise SkipFile


def too_much(request: HttpRequest | None) -> frozenset[str]:
    """Why files of this request were left out: "large" for one over 20 MB, "many" for more than 10; else nothing."""
    return getattr(request, "too_much", frozenset())
