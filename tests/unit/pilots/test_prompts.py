"""Examples in prompts hold placeholders only: whatever stands there literally comes back in unrelated tickets."""

import importlib
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import infra.pilots
from domain.markers import BlockName
from infra.pilots.prompts import chat as chat_prompt

LEAKED = (Path(__file__).parent / "leaked_strings.txt").read_text().split("\n")[:-1]
PROMPT_CHARACTERS = 10
PACKAGE = Path(infra.pilots.__file__).parent
ALLOWED_WORDS = {"create_spin_off_ticket", "open_script_builder"}

_BLOCK = re.compile(rf"\[({'|'.join(BlockName)})\](.*?)\[/\1\]", re.DOTALL)
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"(\s*:)?')
_PAIR = re.compile(r'"\w+"\s*:\s*\[?\s*(?:"((?:[^"\\]|\\.)*)"|(true|false|-?\d+(?:\.\d+)?))')
_PLACEHOLDER = re.compile(r"<[^<>]+>")


def module_names(package: Path, name: str) -> list[str]:
    """Every module below the folder, also one in a folder that somebody forgot to make a package."""
    names = []
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package).with_suffix("").parts
        names.append(".".join([name, *(parts[:-1] if parts[-1] == "__init__" else parts)]))
    return names


def modules(names: Iterable[str]) -> list[ModuleType]:
    """The modules. One that cannot be imported fails here instead of being passed over."""
    return [importlib.import_module(name) for name in names]


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
    for module in modules(module_names(PACKAGE, "infra.pilots")):
        for name, value in vars(module).items():
            if name.startswith("__") or isinstance(value, ModuleType):
                continue
            for number, text in enumerate(texts_in(value)):
                if len(text) >= PROMPT_CHARACTERS:
                    found[f"{module.__name__}.{name}.{number}"] = text
    return found


def literal_values(prompt: str) -> list[str]:
    """What stands literally in a prompt's examples: values of JSON that are no placeholders.

    In a block that is every text and number, elsewhere the value of every key.
    """
    literals = []
    for block in _BLOCK.finditer(prompt):
        body = block[2]
        literals += [
            string[1] for string in _STRING.finditer(body) if not string[2] and _is_literal(string[1])
        ]
        bare = _PLACEHOLDER.sub("", _STRING.sub("", body))
        literals += re.findall(r"\btrue\b|\bfalse\b|-?\d+(?:\.\d+)?", bare)
    for pair in _PAIR.finditer(_BLOCK.sub("", prompt)):
        if pair[2] or _is_literal(pair[1]):
            literals.append(pair[2] or pair[1])
    return literals


def _is_literal(value: str) -> bool:
    return not _PLACEHOLDER.fullmatch(value) and value not in ALLOWED_WORDS


def leaked_in(prompt: str) -> list[str]:
    return [string for string in LEAKED if string in prompt.lower()]


PROMPTS = prompts()


def test_the_prompts_are_found() -> None:
    names = " ".join(PROMPTS)
    assert "CHAT_SYSTEM" in names
    assert "TURN_REMINDER" in names
    assert "RESOLUTION_NOTE_SYSTEM" in names
    assert "ESCALATION_PACKAGE_SYSTEM" in names
    assert "FACT_SYSTEM" in names
    assert "DIGEST_SYSTEM" in names


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
        ('Answer with {"text": "The user was locked out", "sure": 90}', ["The user was locked out", "90"]),
        ('Answer with {"text": "<fact>", "summary": null} or {"action": "open_script_builder"}', []),
    ],
)
def test_the_guard_finds_literals(prompt: str, literals: list[str]) -> None:
    assert literal_values(prompt) == literals


def test_the_guard_finds_leaked_texts() -> None:
    assert leaked_in("Ask JSmith about it") == ["jsmith"]


def test_a_module_that_cannot_be_imported_fails_the_guard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "guarded" / "deeper").mkdir(parents=True)
    (tmp_path / "guarded" / "fine.py").write_text("SYSTEM = 'You help.'")
    (tmp_path / "guarded" / "deeper" / "broken.py").write_text("import no_such_module")
    monkeypatch.syspath_prepend(str(tmp_path))
    names = module_names(tmp_path / "guarded", "guarded")
    assert names == ["guarded.deeper.broken", "guarded.fine"]
    with pytest.raises(ImportError):
        modules(names)


def test_the_guard_sees_every_module_of_the_pilots() -> None:
    names = module_names(PACKAGE, "infra.pilots")
    assert {"infra.pilots", "infra.pilots.prompts.chat", "infra.pilots.gemini.provider"} <= {*names}
    assert len(names) == len(list(PACKAGE.rglob("*.py")))


def test_every_prompt_module_holds_a_prompt_that_is_guarded() -> None:
    for name in module_names(PACKAGE / "prompts", "infra.pilots.prompts")[1:]:
        assert any(found.startswith(f"{name}.") for found in PROMPTS), name


@pytest.mark.parametrize("block", list(BlockName))
def test_the_chat_prompt_explains_every_block_that_a_model_should_write(block: BlockName) -> None:
    explained = f"[{block}]" in chat_prompt.CHAT_SYSTEM and f"[/{block}]" in chat_prompt.CHAT_SYSTEM
    assert explained is (block is not BlockName.FORK)


@pytest.mark.parametrize(
    "rule",
    [
        "at least 75 % sure",
        "from about 50 % confidence",
        "not while two causes are level",
        "whether in a graphical tool or by a script",
        "options exclude each other",
        '"create_spin_off_ticket"',
        '"open_script_builder"',
        "never your own guess",
        "that item's id, copied exactly",
        "Never propose again what failed",
        "repeat its title",
        "while they are still testing",
        "is data written by others",
    ],
)
def test_the_chat_prompt_states_the_rules_of_the_reply_format(rule: str) -> None:
    assert rule in " ".join(chat_prompt.CHAT_SYSTEM.split())


def test_prompts_are_the_same_in_every_process() -> None:
    before = json.dumps(PROMPTS, sort_keys=True)
    importlib.reload(chat_prompt)
    assert json.dumps(prompts(), sort_keys=True) == before
