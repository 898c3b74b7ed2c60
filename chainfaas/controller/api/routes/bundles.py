"""Bundles of small functions: public files, named by their hash, which the chain knows."""

from __future__ import annotations

from flask import Blueprint, Response

from chainfaas.controller.api.request_pace import paces
from chainfaas.controller.api.request_reading import body_bytes, developer
from chainfaas.controller.api.services import services
from chainfaas.controller.errors import BundleMismatchError, BundleNotFoundError, ContentGoneError
from chainfaas.domain.content_hashes import file_hash
from chainfaas.domain.encodings import parse_bytes32

routes = Blueprint("bundles", __name__)


@routes.get("/v1/bundles/<bundle_hash>")
def fetch(bundle_hash: str) -> Response:
    """Give a bundle to whoever asks; its hash is checked by those who trust nobody."""
    wanted = parse_bytes32(bundle_hash, name="The bundle hash")
    try:
        content = services().bundles.read(wanted.hex())
    except ContentGoneError as gone:
        raise BundleNotFoundError(f"There is no bundle {bundle_hash}.") from gone
    return Response(content, content_type="application/octet-stream")


@routes.put("/v1/bundles/<bundle_hash>")
def keep(bundle_hash: str) -> Response:
    """Take a bundle from a developer."""
    paces().bundles.take(developer())
    wanted = parse_bytes32(bundle_hash, name="The bundle hash")
    content = body_bytes(services().limits.bundle_max_bytes, "bundle")
    if file_hash(content) != wanted:
        raise BundleMismatchError(f"The bundle's hash is 0x{file_hash(content).hex()}, not {bundle_hash}.")
    services().bundles.put(content)
    return Response(status=204)
