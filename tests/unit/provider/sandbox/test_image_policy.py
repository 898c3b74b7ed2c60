from typing import Any

import pytest

from chainfaas.domain.manifests import Image
from chainfaas.provider.errors import ImageRefusedError
from chainfaas.provider.sandbox.image_policy import AcceptedImage, ImagePolicy, accept_image

IMAGE = Image("registry.example:5000/me/f", "sha256:" + 64 * "a")
GOOD: dict[str, Any] = {
    "Id": "sha256:" + 64 * "b",
    "RepoDigests": [IMAGE.reference],
    "Os": "linux",
    "Architecture": "amd64",
    "Size": 1_000,
    "RootFS": {"Layers": ["sha256:1"]},
    "Config": {"Entrypoint": ["/f"], "Cmd": ["x"], "WorkingDir": "/app", "Volumes": None},
}


def with_config(**settings: object) -> dict[str, Any]:
    return {"Config": {**GOOD["Config"], **settings}}


def test_accept_image__good_one__its_command_and_folder() -> None:
    accepted = accept_image(IMAGE, GOOD, ImagePolicy(), "x86_64")
    assert accepted == AcceptedImage(GOOD["Id"], ("/f", "x"), "/app")


def test_accept_image__imported_one_without_settings__root_folder_and_no_command() -> None:
    document = {**GOOD, "Config": None}
    assert accept_image(IMAGE, document, ImagePolicy(), "amd64") == AcceptedImage(GOOD["Id"], (), "/")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"RepoDigests": ["registry.example:5000/me/f@sha256:" + 64 * "c"]}, "another digest"),
        ({"RepoDigests": None}, "another digest"),
        ({"Os": "windows"}, "Linux"),
        ({"Architecture": "arm64"}, "arm64, not for amd64"),
        ({"Size": 1_001}, "larger than 1000 bytes"),
        ({"RootFS": {"Layers": 3 * ["sha256:1"]}}, "more than 2 layers"),
        (with_config(Volumes={"/data": {}}), "volumes"),
        (with_config(WorkingDir="/proc/self/fd/8"), "working folder"),
        (with_config(WorkingDir="/app/../proc"), "working folder"),
        (with_config(WorkingDir="relative"), "working folder"),
        (with_config(WorkingDir="/sys"), "working folder"),
    ],
)
def test_accept_image__each_fault__refused_with_its_reason(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(ImageRefusedError, match=reason):
        accept_image(IMAGE, {**GOOD, **change}, ImagePolicy(max_bytes=1_000, max_layers=2), "x86_64")


@pytest.mark.parametrize(
    ("allowed", "fits"),
    [
        ((), False),
        (("registry.example:5000",), True),
        (("registry.example:5000/",), True),
        (("registry.example:5000/me",), True),
        (("registry.example:5000/me/f",), True),
        (("registry.example",), False),
        (("registry.example:5000/m",), False),
        (("other.example", "registry.example:5000/me"), True),
    ],
)
def test_check_repository__allow_list__whole_names_only(allowed: tuple[str, ...], fits: bool) -> None:
    policy = ImagePolicy(repositories=allowed)
    if fits:
        policy.check_repository(IMAGE)
    else:
        with pytest.raises(ImageRefusedError, match="not fetched here"):
            policy.check_repository(IMAGE)
