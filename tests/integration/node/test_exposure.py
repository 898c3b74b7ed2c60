"""Who can reach a signer: nobody but its owner, on this machine."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from chainfaas.chain.node.local_network import LocalNetwork

LOOPBACK = {"0100007F", "00000000000000000000000001000000"}
LISTENING = "0A"


def _listening_addresses(pid: int) -> dict[str, str]:
    """Return what a process listens on, from proc(5): inode to local address."""
    inodes = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = str(descriptor.readlink())
        except OSError:
            continue
        if target.startswith("socket:["):
            inodes.add(target[8:-1])
    found = {}
    for table in ("tcp", "tcp6", "udp", "udp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[9] in inodes and (fields[3] == LISTENING or table.startswith("udp")):
                found[fields[9]] = fields[1].partition(":")[0]
    return found


def _pid(network: LocalNetwork, number: int) -> int:
    process = network.node(number).process()
    assert process is not None
    return process.pid


@pytest.mark.skipif(not Path("/proc/self/net/tcp").exists(), reason="needs proc(5)")
def test_start__every_node__listens_on_loopback_alone(network: LocalNetwork) -> None:
    for node in network.nodes:
        addresses = _listening_addresses(_pid(network, node.number))

        # Peers, and the engine API with its token.
        assert len(addresses) == 2
        assert set(addresses.values()) <= LOOPBACK


def test_start__every_node__secrets_in_no_argument_and_no_open_file(network: LocalNetwork) -> None:
    for node in network.nodes:
        arguments = Path(f"/proc/{_pid(network, node.number)}/cmdline").read_bytes()
        variables = Path(f"/proc/{_pid(network, node.number)}/environ").read_bytes()
        key = network.signer_key(node.number).private_key
        for secret in (node.files.password.read_bytes().strip(), key, key.hex().encode()):
            assert secret not in arguments
            assert secret not in variables
            assert secret not in node.files.log.read_bytes()
        files = (node.files.password, node.files.keystore, node.files.log, node.files.data / "geth/jwtsecret")
        assert {path.stat().st_mode & 0o077 for path in files} == {0}


def test_start__socket__for_the_owner_alone(network: LocalNetwork) -> None:
    for node in network.nodes:
        mode = node.files.socket.stat().st_mode

        assert stat.S_ISSOCK(mode)
        assert mode & 0o077 == 0


def test_start__stranger_on_loopback__is_no_peer(network: LocalNetwork, tmp_path: Path) -> None:
    stranger = LocalNetwork.create(tmp_path / "s", signers=1, period_seconds=0)
    try:
        stranger.start()
        node = stranger.node(1)
        node.endpoint.request("admin_addPeer", network.node(1).read_enode())
        node.endpoint.request("admin_addTrustedPeer", network.node(1).read_enode())

        assert len(network.node(1).read_peers()) == 2
        assert node.read_peers() == frozenset()
    finally:
        stranger.stop()
