"""Examples in prompts hold placeholders only: whatever stands there literally comes back in unrelated tickets."""

import importlib
import json
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import infra.pilots
from domain.markers import BlockName
from infra.pilots.prompts import chat as chat_prompt

LEAKED = (Path(__file__).parent / "leaked_strings.txt").read_text().split("\n")[:-1]
PROMPT_CHARACTERS = 40
ALLOWED_WORDS = {"create_spin_off_ticket", "open_script_builder"}

_BLOCK = re.compile(rf"\[({'|'.join(BlockName)})\](.*?)\[/\1\]", re.DOTALL)
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"(\s*:)?')
_PLACEHOLDER = re.compile(r"<[^<>]+>")


def modules() -> list[ModuleType]:
    """Every module of the pilots. One that cannot be imported fails here instead of being passed over."""
    names = [
        info.name for info in pkgutil.walk_packages(infra.pilots.__path__, "infra.pilots.", onerror=_fail)
    ]
    return [importlib.import_module(name) for name in names]


def _fail(name: str) -> None:
    raise AssertionError(f"{name} cannot be imported")


def texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from texts_in(inner)
    elif isinstance(value, tuple | list | set | frozenset):
        for inner in value:
            yield from texts_in(inner)


def prompts() -> dict[str, str]:
    """Every text of some length that a module of the pilots holds, by its name."""
    found = {}
    for module in modules():
        for name, value in vars(module).items():
            if name.startswith("__") or isinstance(value, ModuleType):
                continue
            for number, text in enumerate(texts_in(value)):
                if len(text) >= PROMPT_CHARACTERS:
                    found[f"{module.__name__}.{name}.{number}"] = text
    return found


def literal_values(prompt: str) -> list[str]:
    """What stands literally in the blocks of a prompt's examples: values of JSON that are no placeholders."""
    literals = []
    for block in _BLOCK.finditer(prompt):
        body = block[2]
        literals += [
            string[1]
            for string in _STRING.finditer(body)
            if not string[2] and not _PLACEHOLDER.fullmatch(string[1]) and string[1] not in ALLOWED_WORDS
        ]
        bare = _PLACEHOLDER.sub("", _STRING.sub("", body))
        literals += re.findall(r"\btrue\b|\bfalse\b|-?\d+(?:\.\d+)?", bare)
    return literals


def leaked_in(prompt: str) -> list[str]:
    return [string for string in LEAKED if string in prompt.lower()]


PROMPTS = prompts()


def test_the_prompts_are_found() -> None:
    names = " ".join(PROMPTS)
    assert "CHAT_SYSTEM" in names
    assert "TURN_REMINDER" in names
    assert "RESOLUTION_NOTE_SYSTEM" in names
    assert "ESCALATION_PACKAGE_SYSTEM" in names


@pytest.mark.parametrize("name", PROMPTS)
def test_examples_in_blocks_hold_placeholders_only(name: str) -> None:
    assert literal_values(PROMPTS[name]) == []


@pytest.mark.parametrize("name", PROMPTS)
def test_no_prompt_holds_a_text_that_leaked_before(name: str) -> None:
    assert leaked_in(PROMPTS[name]) == []


@pytest.mark.parametrize(
    ("prompt", "literals"),
    [
        ('[PROMOTE]{"text": "The user was locked out"}[/PROMOTE]', ["The user was locked out"]),
        ('[SUGGEST_FIX]{"confidence": 85, "title": "<title>"}[/SUGGEST_FIX]', ["85"]),
        ('[QUESTIONS][{"text": "<question>", "options": ["Yes", "<other>"]}][/QUESTIONS]', ["Yes"]),
        ('[QUESTIONS][{"text": "<question>"}][/QUESTIONS] and "other words" outside', []),
    ],
)
def test_the_guard_finds_literals(prompt: str, literals: list[str]) -> None:
    assert literal_values(prompt) == literals


def test_the_guard_finds_leaked_texts() -> None:
    assert leaked_in("Ask JSmith about it") == ["jsmith"]


def test_a_module_that_cannot_be_imported_fails_the_guard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken.py").write_text("raise ImportError('no')")
    monkeypatch.setattr(infra.pilots, "__path__", [str(tmp_path), *infra.pilots.__path__])
    with pytest.raises((ImportError, AssertionError)):
        modules()


@pytest.mark.parametrize("block", list(BlockName))
def test_the_chat_prompt_explains_every_block_that_a_model_should_write(block: BlockName) -> None:
    explained = f"[{block}]" in chat_prompt.CHAT_SYSTEM and f"[/{block}]" in chat_prompt.CHAT_SYSTEM
    assert explained is (block is not BlockName.FORK)


def test_prompts_are_the_same_in_every_process() -> None:
    before = json.dumps(PROMPTS, sort_keys=True)
    importlib.reload(chat_prompt)
    assert json.dumps(prompts(), sort_keys=True) == before
