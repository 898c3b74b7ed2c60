"""Attacks by what an image brings: they run before any code of its own does, or should not run at all."""

from __future__ import annotations

from chainfaas.provider.doctor.attack import HELD, After, Attack, AttackClass, ImageKind, Refused
from chainfaas.provider.doctor.flags import Flag

_REFUSED = "image-refused"
_MISSING = "image-missing"
_NOTHING = ("exist", "/nothing")

ATTACKS = (
    Attack(
        id="image-volumes",
        kind=AttackClass.IMAGES,
        tries="declares a volume, which would be the host's disk without a bound",
        command=("create", "/volume"),
        limit="image policy",
        proves=(Flag.IMAGE_POLICY,),
        image=ImageKind.VOLUMES,
        ending=Refused(_REFUSED, "volumes"),
    ),
    Attack(
        id="image-working-folder",
        kind=AttackClass.IMAGES,
        tries="starts in a folder that leads out of the container (CVE-2024-21626)",
        command=_NOTHING,
        limit="image policy",
        proves=(Flag.IMAGE_POLICY,),
        image=ImageKind.WORKING_FOLDER,
        ending=Refused(_REFUSED, "working folder"),
    ),
    Attack(
        id="image-health-check",
        kind=AttackClass.IMAGES,
        tries="has the engine run a program of its own beside the job",
        command=("wait-for", "/tmp/planted", "1500"),
        limit="no health check",
        proves=(Flag.NO_HEALTH_CHECK,),
        image=ImageKind.HEALTH_CHECK,
    ),
    Attack(
        id="image-on-build",
        kind=AttackClass.IMAGES,
        tries="has something run by whoever uses it",
        command=("exist", "/open/planted"),
        limit="images are run, never built on",
        image=ImageKind.ON_BUILD,
    ),
    Attack(
        id="image-environment",
        kind=AttackClass.IMAGES,
        tries="bends process 1 by variables",
        command=_NOTHING,
        limit="process 1 is static and obeys none",
        image=ImageKind.ENVIRONMENT,
    ),
    Attack(
        id="image-root-user",
        kind=AttackClass.IMAGES,
        tries="names root as its user",
        command=("become-root",),
        limit="user 65532",
        proves=(Flag.USER,),
        image=ImageKind.ROOT_USER,
    ),
    Attack(
        id="image-labels",
        kind=AttackClass.IMAGES,
        tries="says that its containers belong to somebody else",
        command=_NOTHING,
        limit="the daemon's labels win",
        image=ImageKind.LABELS,
        ending=HELD,
        after=After.OWN_LABELS,
    ),
    Attack(
        id="image-huge",
        kind=AttackClass.IMAGES,
        tries="is small in the registry and too large on the disk",
        command=_NOTHING,
        limit="image policy: size",
        proves=(Flag.IMAGE_POLICY, Flag.IMAGE_SIZE),
        image=ImageKind.HUGE,
        ending=Refused(_REFUSED, "larger than"),
    ),
    Attack(
        id="image-layers",
        kind=AttackClass.IMAGES,
        tries="has more layers than it may",
        command=_NOTHING,
        limit="image policy: layers",
        proves=(Flag.IMAGE_POLICY, Flag.IMAGE_LAYERS),
        image=ImageKind.MANY_LAYERS,
        ending=Refused(_REFUSED, "layers"),
    ),
    Attack(
        id="image-platform",
        kind=AttackClass.IMAGES,
        tries="is made for another processor, which the host may have an emulator for",
        command=_NOTHING,
        limit="image policy: platform",
        proves=(Flag.IMAGE_POLICY,),
        image=ImageKind.OTHER_PLATFORM,
        ending=Refused(_REFUSED, "is made for"),
    ),
    Attack(
        id="image-moved-tag",
        kind=AttackClass.IMAGES,
        tries="moves its tag to another image after it was published",
        command=("exist", "/moved"),
        limit="images are fetched by digest",
        image=ImageKind.MOVED_TAG,
    ),
    Attack(
        id="image-swapped",
        kind=AttackClass.IMAGES,
        tries="has its registry answer with another image than was asked for",
        command=_NOTHING,
        limit="images are fetched by digest",
        image=ImageKind.SWAPPED,
        ending=Refused(_MISSING),
    ),
    Attack(
        id="image-elsewhere",
        kind=AttackClass.IMAGES,
        tries="has this machine fetch from a registry of its choice",
        command=_NOTHING,
        limit="image policy: repositories",
        proves=(Flag.IMAGE_REPOSITORIES,),
        image=ImageKind.ELSEWHERE,
        ending=Refused(_REFUSED, "are not fetched here"),
    ),
)
