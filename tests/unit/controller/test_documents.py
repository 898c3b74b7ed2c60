from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from chainfaas.controller.problems import STATUS_OF_ERROR
from chainfaas.controller.settings import ControllerSettings
from chainfaas.domain.errors import ChainFaaSError
from tests.unit.controller.small_controller import SmallController

DOCS = Path(__file__).resolve().parents[3] / "docs"
OF_PROVIDERS = ("/v1/provider/", "/v1/jobs/<job>/")


def kinds_below(kind: type[ChainFaaSError]) -> Iterator[type[ChainFaaSError]]:
    for each in kind.__subclasses__():
        yield each
        yield from kinds_below(each)


def test_settings__each__stands_in_the_guide_with_its_words() -> None:
    guide = (DOCS / "guides" / "controller.md").read_text()
    missing = [
        name
        for name, setting in ControllerSettings.model_fields.items()
        if f"| `{name}` |" not in guide or str(setting.description) not in guide
    ]
    assert missing == []


def test_problems__each_code_of_the_controller__stands_in_the_reference(controller: SmallController) -> None:
    page = (DOCS / "reference" / "problems.md").read_text()
    own = {kind for kind in kinds_below(ChainFaaSError) if kind.__module__ == "chainfaas.controller.errors"}
    missing = sorted(
        kind.code
        for kind in own
        if "code" in vars(kind) and f"| {status_of(kind)} | `{kind.code}` |" not in page
    )
    assert missing == []


def status_of(kind: type[ChainFaaSError]) -> int:
    return next(STATUS_OF_ERROR[each] for each in kind.__mro__ if each in STATUS_OF_ERROR)


def test_routes__each__stands_in_the_reference(controller: SmallController) -> None:
    pages = "".join(
        (DOCS / "reference" / name).read_text() for name in ("http-api.md", "provider-protocol.md")
    )
    known = {
        f"{method} {rule.rule}"
        for rule in controller.app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    missing = sorted(route for route in known if not any(named(route, pages)))
    assert missing == []


def named(route: str, pages: str) -> Iterator[bool]:
    method, rule = route.split(" ")
    path = rule
    for part in rule.split("/"):
        if part.startswith("<"):
            path = path.replace(part, "{")
    heads = [path.split("{")[0]] if "{" in path else [path]
    for head in heads:
        yield f"{method} {head}" in pages or f"`{head}" in pages
