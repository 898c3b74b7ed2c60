import gc
import os
import tempfile
from pathlib import Path

import pytest
from docker import APIClient

from chainfaas.domain.encodings import format_hex
from chainfaas.domain.outcomes import Status
from chainfaas.provider.doctor.attack import Attack, AttackClass, ImageKind
from chainfaas.provider.doctor.attack_table import ATTACKS, choose_attacks
from chainfaas.provider.doctor.examination import Finding, examine
from chainfaas.provider.doctor.flags import Flag
from chainfaas.provider.doctor.ward import Ward, open_ward
from chainfaas.provider.errors import ImageMissingError, ImageRefusedError
from chainfaas.provider.sandbox.container_config import DEFAULT_RUNTIME
from chainfaas.provider.sandbox.oci_runtime import sandbox_kind
from chainfaas.provider.sandbox.ownership import NETWORK_LABEL
from chainfaas.provider.sandbox.runtime import Call

MIB = 1 << 20
PEACEFUL = Attack(
    id="peaceful", kind=AttackClass.OTHER_JOBS, tries="nothing", command=("exist", "/nothing"), limit=""
)
GREEDY = {
    AttackClass.BOMBS,
    AttackClass.MEMORY,
    AttackClass.OUTPUT,
    AttackClass.PROCESS_1,
    AttackClass.BEFORE_INPUT,
}


def memory_bytes(field: str) -> int:
    """This process's resident memory: VmRSS now, VmHWM at most since it was last reset (proc(5))."""
    lines = Path("/proc/self/status").read_text().splitlines()
    (line,) = [line for line in lines if line.startswith(f"{field}:")]
    return int(line.split()[1]) * 1024


def finding_of(ward: Ward, attack: Attack, *, gvisor: bool = False) -> Finding:
    (finding,) = examine(ward, [attack], gvisor=gvisor)
    return finding


def answers(ward: Ward) -> bool:
    """Whether a call that harms nobody is answered."""
    sandbox = ward.runtime.prepare(ward.request(PEACEFUL))
    try:
        result = sandbox.run(Call(b"", 20_000, 100))
    finally:
        sandbox.discard()
    return (result.status, result.output) == (Status.SUCCEEDED, b"held\n")


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.id)
def test_examine__each_attack__held_and_the_daemon_unharmed(attack: Attack, ward: Ward) -> None:
    gc.collect()
    before = memory_bytes("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")
    finding = finding_of(ward, attack)
    risen = memory_bytes("VmHWM") - before
    assert finding.fault == ""
    if attack.kind is not AttackClass.IMAGES:
        # The registry of hostile images is in this process, so that their content counts as ours.
        assert risen < 32 * MIB
    if attack.kind in GREEDY:
        assert answers(ward)


@pytest.mark.parametrize("attack", choose_attacks(gvisor=True), ids=lambda attack: attack.id)
def test_examine__each_attack_in_gvisor__held(attack: Attack, gvisor_ward: Ward) -> None:
    assert finding_of(gvisor_ward, attack, gvisor=True).fault == ""
    if attack.kind in GREEDY:
        assert answers(gvisor_ward)


@pytest.mark.parametrize("flag", Flag)
def test_examine__one_flag_dropped__what_it_proves_gets_through(flag: Flag, client: APIClient) -> None:
    attacks = choose_attacks(without=flag)
    with open_ward(client, sandbox_kind(client, DEFAULT_RUNTIME), flag) as weakened:
        held = [finding.attack.id for finding in examine(weakened, attacks) if finding.held]
    assert attacks
    assert held == []


@pytest.mark.parametrize("kind", [ImageKind.HUGE, ImageKind.BOMB, ImageKind.VOLUMES])
def test_fetch__image_that_is_refused__nothing_of_it_stays(kind: ImageKind, ward: Ward) -> None:
    image = ward.image(kind)
    with pytest.raises(ImageRefusedError):
        ward.images.fetch(image)
    with pytest.raises(ImageMissingError):
        ward.images.find(image)


def leftovers() -> set[Path]:
    """Files of this process's doctors in the host's own places."""
    folders = (Path(tempfile.gettempdir()), Path("/dev/shm"))  # noqa: S108 - the host's own
    return {path for folder in folders for path in folder.glob(f"chainfaas-doctor-{os.getpid()}-*")}


def test_open_ward__closed__nothing_left(client: APIClient) -> None:
    before, volumes = leftovers(), client.volumes()["Volumes"]
    with open_ward(client, sandbox_kind(client, DEFAULT_RUNTIME)) as made:
        found = list(examine(made, choose_attacks(["image-volumes", "image-huge", "image-moved-tag"])))
        label = f"{NETWORK_LABEL}={format_hex(made.owner.genesis_hash)}"
        assert client.containers(filters={"label": label})
        assert leftovers() > before
    assert [finding.fault for finding in found] == 3 * [""]
    assert client.containers(all=True, filters={"label": label}) == []
    assert [one for one in client.images(all=True) if made.registry.address in str(one["RepoDigests"])] == []
    assert client.volumes()["Volumes"] == volumes
    assert leftovers() <= before
