"""Files that are saved, never shown."""

from urllib.parse import quote

from starlette.responses import Response


def attached(file: str, content: bytes, kind: str) -> Response:
    """Return a file to be saved, never shown."""
    plain = "".join(char if char.isascii() and (char.isalnum() or char in "._- ") else "-" for char in file)
    named = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file)}"
    return Response(content, media_type=kind, headers={"Content-Disposition": named, "Cache-Control": "no-store"})
