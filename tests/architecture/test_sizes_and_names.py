import re

import pytest

from tests.architecture.source_tree import project_files, shown

# A name that says nothing draws everything in.
DRAWERS = re.compile(r"(^|_)(utils?|helpers?|common|misc|managers?|base|stuff)$", re.IGNORECASE)


@pytest.mark.parametrize(("suffix", "lines"), [(".py", 300), (".sol", 400), (".go", 300), (".sh", 300)])
def test_source_file__each_language__within_its_length(suffix: str, lines: int) -> None:
    longer = [file for file in project_files(suffix) if len(file.read_text().splitlines()) > lines]
    assert shown(longer) == [], f"split these: more than {lines} lines"


def test_module_name__each_source__says_what_it_holds() -> None:
    sources = project_files(".py", ".sol", ".go", ".sh")
    drawers = [
        file
        for file in sources
        if DRAWERS.search(file.name.split(".")[0]) or any(DRAWERS.search(part.name) for part in file.parents)
    ]
    assert shown(drawers) == []


@pytest.mark.parametrize("name", ["utils", "string_utils", "common", "Helper", "node_manager", "misc"])
def test_drawers__names_that_say_nothing__found(name: str) -> None:
    assert DRAWERS.search(name)


@pytest.mark.parametrize("name", ["outbox", "commonwealth", "helpful", "utility_price", "transaction_sender"])
def test_drawers__names_that_say_something__left_alone(name: str) -> None:
    assert not DRAWERS.search(name)
