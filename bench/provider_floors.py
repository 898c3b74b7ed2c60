"""The same without a provider: a program by hand, a kit by hand, a container by the engine's client."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import time
from types import TracebackType
from typing import Any, Self

from docker import APIClient

from bench.provider_scene import ECHO_BUNDLE, KIT_FILE, TERMS
from chainfaas.domain.limits import MIB
from chainfaas.provider.sandbox.container_config import SANDBOX_USER, load_seccomp_profile

_HEADER = struct.Struct(">BI")
_BUNDLE, _CALL = 0x01, 0x02


def start_cat() -> subprocess.Popen[bytes]:
    """Start the program that is measured; it waits for its input."""
    return subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S607


class Kit:
    """A Python kit by hand, with its frames on descriptors 3 and 4."""

    def __enter__(self) -> Self:
        calls, to_kit = os.pipe()
        from_kit, results = os.pipe()
        script = f"exec 3<&{calls} 4>&{results}; exec {sys.executable} -u {KIT_FILE}"
        self._process = subprocess.Popen(  # noqa: S603
            ["bash", "-c", script],  # noqa: S607
            pass_fds=(calls, results),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(calls)
        os.close(results)
        self._to_kit, self._from_kit = os.fdopen(to_kit, "wb", 0), os.fdopen(from_kit, "rb")
        self._to_kit.write(_HEADER.pack(_BUNDLE, len(ECHO_BUNDLE)) + ECHO_BUNDLE)
        self._read()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._to_kit.close()
        self._from_kit.close()
        self._process.kill()
        self._process.wait()

    def call(self, content: bytes) -> bytes:
        """Make one call and return its output."""
        self._to_kit.write(_HEADER.pack(_CALL, len(content)) + content)
        return self._read()

    def _read(self) -> bytes:
        _, length = _HEADER.unpack(self._from_kit.read(_HEADER.size))
        return self._from_kit.read(length)


def plain_by_client(client: APIClient, image: str) -> tuple[str, float]:
    """Run a lean hardened container as one would with docker-py, and wait for its end.

    Returns:
        Its id, for the removal, and how long making, starting and waiting took, in milliseconds.
    """
    begun = time.perf_counter()
    made = client.create_container(
        image,
        ["true"],
        user=SANDBOX_USER,
        network_disabled=True,
        host_config=client.create_host_config(**_hardened()),
        entrypoint=[],
    )
    client.start(made["Id"])
    status = client.wait(made["Id"])["StatusCode"]
    taken = (time.perf_counter() - begun) * 1_000
    if status != 0:
        raise AssertionError(status)
    return str(made["Id"]), taken


def _hardened() -> dict[str, Any]:
    memory_bytes = TERMS.memory_mib * MIB
    return {
        "network_mode": "none",
        "read_only": True,
        "mem_limit": memory_bytes,
        "memswap_limit": memory_bytes,
        "pids_limit": 80,
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true", f"seccomp={load_seccomp_profile()}"],
        "log_config": {"Type": "none", "Config": {}},
        "ipc_mode": "private",
        "nano_cpus": 1_000_000_000,
    }
