import copy
import json
from pathlib import Path
from typing import Any

import pytest

from chainfaas.domain.identifiers import VersionId
from chainfaas.domain.manifests import Image, Manifest, Mode, Warm
from chainfaas.provider.doctor.flags import POLICY_FLAGS, Flag, without
from chainfaas.provider.doctor.hostile_images import MAX_BYTES, MAX_LAYERS, strict_policy
from chainfaas.provider.doctor.weakened import weaken_policy
from chainfaas.provider.sandbox.container_config import SandboxKind, container_config, load_seccomp_profile
from chainfaas.provider.sandbox.image_policy import AcceptedImage
from chainfaas.provider.sandbox.init_program import InitProgram
from chainfaas.provider.sandbox.runtime import SandboxRequest

MANIFEST = Manifest(
    Image("r/f", "sha256:" + 64 * "a"), "text/plain", Mode.ONESHOT, Warm(prestart=False, reuse=False), (), 9
)
KIND = SandboxKind(InitProgram(Path("/x/init"), "ff"), load_seccomp_profile())


def asked_for() -> dict[str, Any]:
    request = SandboxRequest(VersionId(1), MANIFEST, 64)
    return dict(container_config(request, AcceptedImage("sha256:1", ("/f",), "/"), KIND, {}))


@pytest.mark.parametrize("flag", [flag for flag in Flag if flag not in POLICY_FLAGS])
def test_without__each_flag__another_container_and_the_first_untouched(flag: Flag) -> None:
    config = asked_for()
    before = copy.deepcopy(config)
    assert without(flag, config, "/secret") != before
    assert config == before


@pytest.mark.parametrize("flag", sorted(POLICY_FLAGS))
def test_without__flag_of_the_policy__the_same_container(flag: Flag) -> None:
    assert without(flag, asked_for(), "/secret") == asked_for()


def test_without__no_new_privileges__filter_stays_but_for_what_the_engine_needs() -> None:
    (option,) = without(Flag.NO_NEW_PRIVILEGES, asked_for(), "")["HostConfig"]["SecurityOpt"]
    profile = json.loads(option.removeprefix("seccomp="))
    ours = json.loads(load_seccomp_profile())
    assert profile["syscalls"][:-1] == ours["syscalls"]
    assert profile["syscalls"][-1]["names"] == ["capset"]


def test_weaken_policy__each_bound__one_falls_and_no_other() -> None:
    strict = strict_policy("r:1")
    size, layers, places = (
        weaken_policy(strict, flag) for flag in (Flag.IMAGE_SIZE, Flag.IMAGE_LAYERS, Flag.IMAGE_REPOSITORIES)
    )
    assert size.max_bytes > MAX_BYTES
    assert size.max_layers == MAX_LAYERS
    assert layers.max_layers > MAX_LAYERS
    assert layers.max_bytes == MAX_BYTES
    assert places.repositories == ("r:1",)
    assert weaken_policy(strict, Flag.SECCOMP) == strict == weaken_policy(strict, None)
