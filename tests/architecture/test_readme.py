"""The documents are true: every setting with its default, and every example is run by a test."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from services.ai.provider.settings import ConnectionSettings
from services.shared.process.setting_files import SUFFIX
from tests.architecture.project import ROOT
from tests.support.printed import DOCUMENTS, sections
from tests.support.settings_tables import SETTINGS, TABLES, Settings, rows, section, variables

# What may stand in front of arguments in a sentence: then it is a command, and stands in a fence.
COMMAND = re.compile(
    r"(?:[A-Z_]+=\S+ )*(?:\.venv/bin/\S+|natter(?:-jobs)?|nats|npm|node|python3?) \S"
)
CODE = re.compile(r"`([^`\n]+)`")
TARGETS = re.compile(r"^([a-z-]+):", re.MULTILINE)
PICTURE = "─"
# A test of its own holds it to what the files of compose read.
EXAMPLE = ROOT / "deploy/compose/.env.example"


@pytest.mark.parametrize(("readme", "classes", "heading"), TABLES)
def test_the_tables_name_every_variable_once_and_no_other(
    readme: Path, classes: Settings, heading: str
) -> None:
    named = [name for name, _, _ in rows(readme, heading)]
    assert sorted(named) == sorted({name for name, _ in variables(classes)})


@pytest.mark.parametrize(("readme", "classes", "heading"), TABLES)
def test_the_defaults_are_the_real_ones(readme: Path, classes: Settings, heading: str) -> None:
    documented = {name: default for name, default, _ in rows(readme, heading)}
    wrong = {
        name: (documented[name], default)
        for name, default in variables(classes)
        if name in documented and documented[name] != default
    }
    assert wrong == {}


@pytest.mark.parametrize(("readme", "classes", "heading"), TABLES)
def test_every_variable_is_explained(readme: Path, classes: Settings, heading: str) -> None:
    meanings = {name: meaning for name, _, meaning in rows(readme, heading)}
    assert [name for name, _ in variables(classes) if meanings.get(name) == ""] == []


def test_the_fields_of_a_connection_are_all_explained() -> None:
    table = section(ROOT / "README.md", "### ai").partition("| field |")[2].partition("\n\n")[0]
    named = [name for row in table.splitlines()[2:] for name in CODE.findall(row.split("|")[1])]
    assert sorted(named) == sorted(ConnectionSettings.model_fields)


def test_no_other_text_names_a_variable_that_does_not_exist() -> None:
    names = {name for name, _ in variables(SETTINGS)}
    of_compose = set(re.findall(r"^#([A-Z_]+)=", EXAMPLE.read_text(), re.MULTILINE))
    known = names | {name + SUFFIX for name in names} | of_compose
    for file in (*DOCUMENTS, "CHANGELOG.md"):
        named = set(re.findall(r"\b(?:NATTER|OPENAI)_[A-Z_]+[A-Z]\b", (ROOT / file).read_text()))
        assert named <= known, file


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_example_is_run_by_a_test(document: str) -> None:
    """A test that asks for the blocks under a heading unpacks them: one more, and it fails."""
    printing = {
        heading
        for heading, blocks in sections(document).items()
        if any(block.language for block in blocks)
    }
    assert printing == {heading for named, heading in asked_for() if named == document}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_block_without_a_language_is_a_picture(document: str) -> None:
    for heading, blocks in sections(document).items():
        assert all(block.language or PICTURE in block.text for block in blocks), heading


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_command_within_a_sentence_is_one_that_is_run(document: str) -> None:
    text = (ROOT / document).read_text()
    fences = "".join(
        block.text
        for every in map(sections, DOCUMENTS)
        for blocks in every.values()
        for block in blocks
    )
    in_sentences = CODE.findall(re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    targets = TARGETS.findall((ROOT / "Makefile").read_text())
    for code in in_sentences:
        if code.startswith("make "):
            assert code.split()[1] in targets, code
        assert not COMMAND.match(code) or code in fences, code


@cache
def asked_for() -> frozenset[tuple[str, str]]:
    """Return document and heading of each call of `printed` in a test."""
    return frozenset(
        call
        for path in (ROOT / "tests").rglob("test_*.py")
        if "printed(" in path.read_text()
        for call in _calls(ast.parse(path.read_text()))
    )


def _calls(module: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(module):
        match node:
            case ast.Call(
                func=ast.Name("printed"),
                args=[ast.Constant(str(document)), ast.Constant(str(heading))],
            ):
                yield document, heading
            case _:
                pass
