import re
from pathlib import Path

from tests.architecture.source_tree import ROOT, project_files

LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
# Unfinished work belongs in an issue, and a path of somebody's machine leads nowhere.
FORBIDDEN = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK")) + r")\b")
PRIVATE_PATH = re.compile(r"(?<![\w.])/(root|home|Users)/\w")
GENERATED = {"package-lock.json", "dev.lock"}


def decisions() -> list[Path]:
    return sorted((ROOT / "docs" / "decisions").glob("*.md"))


def test_decisions__all__numbered_without_a_gap() -> None:
    numbers = [file.name[:4] for file in decisions()]
    assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)]


def test_decisions__each__named_and_titled() -> None:
    for file in decisions():
        assert re.fullmatch(r"\d{4}-[a-z0-9-]+\.md", file.name), file.name
        assert file.read_text().startswith("# "), file.name


def test_text__every_file__free_of_markers_and_private_paths() -> None:
    found = [
        f"{file.relative_to(ROOT)}:{number} {line.strip()[:80]}"
        for file in project_files(".md", ".py", ".sol", ".sh", ".toml", ".json", ".cjs", ".go", "Makefile")
        if file.name not in GENERATED
        for number, line in enumerate(file.read_text().splitlines(), 1)
        if FORBIDDEN.search(line) or PRIVATE_PATH.search(line)
    ]
    assert found == []


def test_links__each_relative_one__leads_to_a_file() -> None:
    broken = [
        f"{file.relative_to(ROOT)}: {target}"
        for file in project_files(".md")
        for target in LINK.findall(file.read_text())
        if "://" not in target and not target.startswith("mailto:") and not (file.parent / target).exists()
    ]
    assert broken == []


def test_lock_files__each__names_no_registry() -> None:
    assert '"resolved"' not in (ROOT / "package-lock.json").read_text()
    assert "--index-url" not in (ROOT / "requirements" / "dev.lock").read_text()


def test_lock_file__each_python_package__has_a_hash() -> None:
    blocks = re.split(r"^(?=[a-z0-9])", (ROOT / "requirements" / "dev.lock").read_text(), flags=re.MULTILINE)
    pinned = [block for block in blocks if block.strip()]
    assert pinned
    assert [block.splitlines()[0] for block in pinned if "--hash=sha256:" not in block] == []
