from __future__ import annotations

import pytest

from chainfaas.observability.service_notices import ServiceNotices


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, ServiceNotices()),
        ({"NOTIFY_SOCKET": "/run/notify"}, ServiceNotices("/run/notify")),
        (
            {"NOTIFY_SOCKET": "@abstract", "WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "17"},
            ServiceNotices("@abstract", 30.0),
        ),
        ({"NOTIFY_SOCKET": "/n", "WATCHDOG_USEC": "1500000"}, ServiceNotices("/n", 1.5)),
        (
            {"NOTIFY_SOCKET": "/n", "WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "18"},
            ServiceNotices("/n"),
        ),
        ({"NOTIFY_SOCKET": "/n", "WATCHDOG_USEC": "0"}, ServiceNotices("/n")),
        ({"NOTIFY_SOCKET": "/n", "WATCHDOG_USEC": "soon"}, ServiceNotices("/n")),
        ({"NOTIFY_SOCKET": "vsock:2:1"}, ServiceNotices()),
        ({"WATCHDOG_USEC": "30000000"}, ServiceNotices()),
    ],
)
def test_of_environment__what_systemd_sets__taken(
    environment: dict[str, str], expected: ServiceNotices
) -> None:
    assert ServiceNotices.of_environment(environment, pid=17) == expected


def test_ready__nobody_listens__nothing_happens() -> None:
    ServiceNotices().ready()
