"""A registry on loopback that serves the images of the attacks, and lies where one of them is about that.

As much of the Docker Registry HTTP API V2 as an engine needs to pull.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from chainfaas.domain.manifests import Image
from chainfaas.provider.doctor.hostile_images import HostileImages
from chainfaas.provider.doctor.image_content import MANIFEST_TYPE, digest_of

_LOOPBACK = "127.0.0.1"
_BLOB_TYPE = "application/octet-stream"
_TAG = "latest"
_PARTS = 5
"""Of a path such as ``/v2/name/blobs/sha256:…``."""


class HostileRegistry:
    """Serves images until it is closed."""

    def __init__(self, served: HostileImages) -> None:
        """Listen on a port that is free.

        Args:
            served: The images, by repository.
        """
        self._images = served.images
        contents = [*served.images.values(), *served.tagged.values(), *served.swapped.values()]
        kept = {digest: blob for content in contents for digest, blob in content.blobs.items()}

        class Handler(_Handler):
            manifests = _manifests(served)
            blobs = kept

        self._server = ThreadingHTTPServer((_LOOPBACK, 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="hostile-registry", daemon=True
        )
        self._thread.start()

    @property
    def port(self) -> int:
        """Its port on loopback."""
        return int(self._server.server_address[1])

    @property
    def address(self) -> str:
        """Host and port."""
        return f"{_LOOPBACK}:{self.port}"

    def image(self, name: str) -> Image:
        """Return what a manifest says of one of the images.

        Args:
            name: Its repository here.
        """
        return Image(f"{self.address}/{name}", self._images[name].digest)

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _manifests(served: HostileImages) -> Mapping[str, bytes]:
    by_digest = {f"{name}/{content.digest}": content.manifest for name, content in served.images.items()}
    by_tag = {f"{name}/{_TAG}": content.manifest for name, content in (served.images | served.tagged).items()}
    lies = {
        f"{name}/{served.images[name].digest}": content.manifest for name, content in served.swapped.items()
    }
    return {**by_digest, **by_tag, **lies}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    manifests: Mapping[str, bytes] = {}
    blobs: Mapping[str, bytes] = {}

    def do_GET(self) -> None:
        """Answer a request of the engine's."""
        self._answer(with_content=True)

    def do_HEAD(self) -> None:
        """Answer with no more than the headers."""
        self._answer(with_content=False)

    def _answer(self, *, with_content: bool) -> None:
        content, media_type = self._found()
        self.send_response(HTTPStatus.NOT_FOUND if content is None else HTTPStatus.OK)
        self.send_header("Content-Length", str(len(content or b"")))
        if content is not None:
            self.send_header("Content-Type", media_type)
            self.send_header("Docker-Content-Digest", digest_of(content))
        self.end_headers()
        if with_content and content is not None:
            self.wfile.write(content)

    def _found(self) -> tuple[bytes | None, str]:
        parts = self.path.split("/")
        if self.path == "/v2/":
            return b"{}", "application/json"
        if len(parts) != _PARTS:
            return None, ""
        name, kind, reference = parts[2:]
        if kind == "manifests":
            return self.manifests.get(f"{name}/{reference}"), MANIFEST_TYPE
        return self.blobs.get(reference), _BLOB_TYPE

    def log_message(self, *arguments: Any) -> None:  # noqa: ANN401 - as the class above declares it
        """Say nothing: what went wrong is the engine's to tell."""
