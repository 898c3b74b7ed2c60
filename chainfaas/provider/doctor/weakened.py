"""The daemon's own sandboxes and image policy with one flag dropped, or none: then they are the daemon's."""

from __future__ import annotations

from dataclasses import replace

from docker import APIClient

from chainfaas.domain.canonical_json import JsonValue
from chainfaas.domain.limits import MIB
from chainfaas.domain.manifests import Image
from chainfaas.provider.doctor.flags import Flag, without
from chainfaas.provider.errors import ImageRefusedError
from chainfaas.provider.sandbox.docker_runtime import DockerRuntime
from chainfaas.provider.sandbox.image_policy import AcceptedImage, ImagePolicy
from chainfaas.provider.sandbox.images import ImageStore
from chainfaas.provider.sandbox.runtime import SandboxRequest


class WeakenedRuntime(DockerRuntime):
    """Makes containers as the daemon does, but for one flag."""

    _dropped: Flag | None = None
    _host_folder = ""

    def drop(self, flag: Flag | None, host_folder: str) -> None:
        """Make containers without a flag from now on.

        Args:
            flag: Which; none where it is absent.
            host_folder: A folder of the host's that would stand open.
        """
        self._dropped, self._host_folder = flag, host_folder

    def configure(
        self, request: SandboxRequest, image: AcceptedImage, labels: dict[str, str]
    ) -> dict[str, JsonValue]:
        """Return the body of ContainerCreate."""
        config = super().configure(request, image, labels)
        return config if self._dropped is None else without(self._dropped, config, self._host_folder)


class WeakenedImages(ImageStore):
    """Takes images as the daemon does, or any image where the policy is dropped."""

    def __init__(self, client: APIClient, policy: ImagePolicy, dropped: Flag | None) -> None:
        """Look at nothing yet."""
        super().__init__(client, policy)
        self._engine = client
        self._takes_all = dropped is Flag.IMAGE_POLICY

    def find(self, image: Image) -> AcceptedImage:
        """Return an image that is at hand."""
        try:
            return super().find(image)
        except ImageRefusedError:
            if not self._takes_all:
                raise
        document = self._engine.inspect_image(image.reference)  # type: ignore[no-untyped-call]
        return AcceptedImage(str(document["Id"]), (), document["Config"].get("WorkingDir") or "/")


def weaken_policy(policy: ImagePolicy, dropped: Flag | None) -> ImagePolicy:
    """Return a policy without one of its bounds.

    Args:
        policy: The bounds.
        dropped: Which flag falls away.
    """
    match dropped:
        case Flag.IMAGE_SIZE:
            return replace(policy, max_bytes=1_024 * MIB)
        case Flag.IMAGE_LAYERS:
            return replace(policy, max_layers=127)
        case Flag.IMAGE_REPOSITORIES:
            return replace(
                policy, repositories=tuple({name.partition("/")[0] for name in policy.repositories})
            )
        case _:
            return policy
