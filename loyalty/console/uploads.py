"""Uploads stay in memory: a file of customers must not lie on the disk in clear, not even for a moment."""

from io import BytesIO
from typing import IO

from flask import Request


class InMemory(Request):
    """Werkzeug would put what is larger than 500 kB into a temporary file. How much may come is limited anyway."""

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        return BytesIO()
