"""What the owner of this machine lets run on it: when, whose functions, which images, what a script says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chainfaas.domain.encodings import format_hex
from chainfaas.provider.offers.admission import Admitted, Refusal, RefusalReason
from chainfaas.provider.offers.schedule import Schedule

if TYPE_CHECKING:
    from chainfaas.domain.identifiers import Address
    from chainfaas.domain.wire.polls import AssignedJob

_ALWAYS = Schedule()


@dataclass(frozen=True, slots=True)
class HouseRules:
    """The rules; without any, everything may run that passes the other checks.

    Attributes:
        schedule: When jobs are taken at all; whoever decides looks there first.
        owners_allowed: Developers whose functions alone are run; anybody's if there are none.
        owners_denied: Developers whose functions are not run.
        images_denied: Digests that are not run, and repositories below which none is.
        ask: Asks the accept hook: returns why not, or None for yes; absent where there is no hook.
    """

    schedule: Schedule = _ALWAYS
    owners_allowed: frozenset[Address] = frozenset()
    owners_denied: frozenset[Address] = frozenset()
    images_denied: tuple[str, ...] = ()
    ask: Callable[[dict[str, object]], str | None] | None = None

    def decide(self, job: AssignedJob, admitted: Admitted) -> Refusal | None:
        """Return why a job is not run, or None if it may.

        Args:
            job: The job.
            admitted: What the own node knows of it.
        """
        developer = admitted.version.developer
        if developer in self.owners_denied or (self.owners_allowed and developer not in self.owners_allowed):
            return Refusal(RefusalReason.OWNER, "This provider does not run this developer's functions.")
        image = admitted.manifest.image
        if any(_is_meant(each, image.repository, image.digest) for each in self.images_denied):
            return Refusal(RefusalReason.IMAGE, "This provider does not run this image.")
        if self.ask is None:
            return None
        why_not = self.ask(_facts(job, admitted))
        return None if why_not is None else Refusal(RefusalReason.HOOK, why_not)


def _is_meant(denied: str, repository: str, digest: str) -> bool:
    return denied in (digest, repository) or repository.startswith(f"{denied.rstrip('/')}/")


def _facts(job: AssignedJob, admitted: Admitted) -> dict[str, object]:
    assignment, version = job.assignment, admitted.version
    return {
        "job": str(assignment.job_id),
        "version": assignment.version_id,
        "function": version.function_id,
        "developer": str(version.developer),
        "repository": admitted.manifest.image.repository,
        "digest": format_hex(version.image_digest),
        "memoryMiB": version.terms.memory_mib,
        "timeoutMs": version.terms.timeout_ms,
        "inputBytes": job.input.size_bytes,
        "mostCost": str(admitted.reserved),
    }
