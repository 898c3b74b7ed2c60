"""The systemd unit of a provider, filled in for this machine."""

from __future__ import annotations

import grp
import pwd
import string
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from chainfaas.domain.errors import InvalidInputError
from chainfaas.provider.engine.find_engine import USUAL_SOCKET

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chainfaas.provider.settings import ProviderSettings

STOP_MARGIN_SECONDS = 30
"""On top of the time that a stop may wait for jobs."""
USUAL_GROUP = "docker"

_FORBIDDEN = frozenset("\"'\\\n\r\t;$")
"""What a unit file would read as something else than a part of a word."""


@dataclass(frozen=True, slots=True)
class UnitPlace:
    """Where and as whom a provider runs.

    Attributes:
        name: The provider's name.
        home: The state folder.
        program: The words that start this command line, the program with its whole path first.
    """

    name: str
    home: Path
    program: Sequence[str]

    @property
    def unit_name(self) -> str:
        """What the file is called."""
        return f"chainfaas-provider-{self.name}.service"


def service_unit(place: UnitPlace, settings: ProviderSettings) -> str:
    """Return the unit file's text: it runs as the state folder's owner, in the engine's socket's group.

    Args:
        place: Where and as whom.
        settings: What the provider was told.

    Raises:
        InvalidInputError: A path cannot be written in a unit file.
    """
    words = (*place.program, "--home", str(place.home), "provider", "start", place.name)
    socket = Path(settings.docker_socket) if settings.docker_socket else USUAL_SOCKET
    template = resources.files(__package__).joinpath("provider.service").read_text(encoding="utf-8")
    return string.Template(template).substitute(
        name=unit_word(place.name),
        unit_name=place.unit_name,
        user=pwd.getpwuid(place.home.stat().st_uid).pw_name,
        engine_group=_group_of(socket),
        command=" ".join(unit_word(word) for word in words),
        stop_seconds=settings.drain_seconds + STOP_MARGIN_SECONDS,
        home=unit_word(str(place.home)),
    )


def unit_word(word: str) -> str:
    """Return a word as a unit file has to spell it; see systemd.syntax(7).

    Args:
        word: The word.

    Raises:
        InvalidInputError: It has characters that mean something else there.
    """
    if not word or _FORBIDDEN & set(word):
        raise InvalidInputError(
            f"{word!r} cannot be written in a unit file.", remedy="Move it to a path of plain characters."
        )
    spelled = word.replace("%", "%%")
    return f'"{spelled}"' if " " in spelled else spelled


def _group_of(socket: Path) -> str:
    try:
        return grp.getgrgid(socket.stat().st_gid).gr_name
    except (OSError, KeyError):
        return USUAL_GROUP
