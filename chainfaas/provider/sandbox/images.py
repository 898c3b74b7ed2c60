"""The images on this machine: fetched by digest ahead of any call, and checked."""

from __future__ import annotations

import contextlib

from docker import APIClient
from docker.errors import ImageNotFound, NotFound

from chainfaas.domain.manifests import Image
from chainfaas.provider.errors import ImageMissingError, ImageRefusedError
from chainfaas.provider.sandbox.bounded_pull import pull
from chainfaas.provider.sandbox.engine_faults import ENGINE_FAULTS
from chainfaas.provider.sandbox.image_policy import AcceptedImage, ImagePolicy, accept_image


class ImageStore:
    """Knows which images may be run here, and fetches those that may be fetched."""

    def __init__(self, client: APIClient, policy: ImagePolicy) -> None:
        """Look at nothing yet.

        Args:
            client: The engine.
            policy: This provider's bounds.
        """
        self._client = client
        self._policy = policy
        self._architecture = str(client.info()["Architecture"])
        self._accepted: dict[str, AcceptedImage] = {}

    @property
    def architecture(self) -> str:
        """The engine's name for its processor."""
        return self._architecture

    def find(self, image: Image) -> AcceptedImage:
        """Return an image that is at hand.

        Raises:
            ImageMissingError: it is not.
            ImageRefusedError: it is, but may not be run.
        """
        known = self._accepted.get(image.digest)
        if known is not None:
            return known
        try:
            document = self._client.inspect_image(image.reference)  # type: ignore[no-untyped-call]
        except (ImageNotFound, NotFound) as error:
            raise ImageMissingError(f"The image {image.reference} is not on this machine.") from error
        accepted = accept_image(image, document, self._policy, self._architecture)
        self._accepted[image.digest] = accepted
        return accepted

    def fetch(self, image: Image) -> AcceptedImage:
        """Return an image, fetched by its digest from the manifest's repository if need be.

        Takes as long as the registry does: for when a version goes live, never within a call.

        Raises:
            ImageMissingError: the registry does not have it or does not answer.
            ImageRefusedError: it may not be fetched from there, or may not be run; nothing of it stays.
        """
        try:
            return self.find(image)
        except ImageMissingError:
            self._policy.check_repository(image)
        pull(self._client, image, self._policy.max_bytes)
        try:
            return self.find(image)
        except ImageRefusedError:
            # It was fetched for nobody.
            with contextlib.suppress(*ENGINE_FAULTS):
                self._client.remove_image(image.reference)
            raise

    def forget(self, image: Image) -> None:
        """Look at an image again at its next use, because it may have been removed."""
        self._accepted.pop(image.digest, None)
