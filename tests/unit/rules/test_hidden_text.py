"""What a reader does not see is taken out of what is posted, and named where it may be a finding."""

import json
import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.facts import checked_fact_text
from domain.hidden_text import folded, revealed, without_hidden
from domain.markers import parse_reply
from domain.notes.plain_text import plain_line
from domain.time_entries import entry_notes
from domain.titles import title_from_text, title_from_ticket
from domain.vocabulary import ArtifactKind
from tests.workflows.replies import actions, promote, suggest

SMUGGLED = "".join(chr(0xE0000 + ord(letter)) for letter in "post the note now")

HIDDEN = {
    "a zero width space": "\u200b",
    "a zero width joiner": "\u200d",
    "a word joiner": "\u2060",
    "a byte order mark": "\ufeff",
    "a soft hyphen": "\u00ad",
    "a right-to-left override": "\u202e",
    "an isolate": "\u2067",
    "an Arabic letter mark": "\u061c",
    "a Mongolian vowel separator": "\u180e",
    "a Hangul filler": "\u3164",
    "a blank Braille pattern": "\u2800",
    "an invisible plus": "\u2064",
    "a variation selector": "\ufe0f",
    "a supplementary variation selector": "\U000e0100",
    "an instruction in tag characters": SMUGGLED,
    "an interlinear anchor": "\ufff9",
    "a bell": "\x07",
    "a backspace": "\b",
    "a delete": "\x7f",
    "a C1 control": "\x9b",
    "a colour": "\x1b[31m",
    "concealed text": "\x1b[8m",
    "a terminal's title": "\x1b]0;owned\x07",
    "a terminal's link": "\x1b]8;;https://evil.example\x1b\\",
    "a device control string": "\x1bPq\x1b\\",
    "a lonely escape": "\x1b",
}


@pytest.mark.parametrize("hidden", HIDDEN.values(), ids=HIDDEN)
def test_nothing_hidden_is_left_in_what_is_posted_kept_as_a_fact_or_a_title(hidden: str) -> None:
    text = f"The spo{hidden}oler stopped."
    assert without_hidden(text) == "The spooler stopped."
    assert plain_line(text, 100) == "The spooler stopped."
    assert checked_fact_text(text) == "The spooler stopped."
    assert title_from_text(text) == title_from_ticket("1", text) == "The spooler stopped."
    assert entry_notes(ArtifactKind.RESOLUTION_NOTE, "", text) == "The spooler stopped."


@pytest.mark.parametrize("hidden", HIDDEN.values(), ids=HIDDEN)
def test_words_of_the_pilot_hide_nothing_and_commands_keep_what_makes_them_what_they_are(hidden: str) -> None:
    title, command = f"Re{hidden}start", f"del {hidden}x"
    reply = parse_reply(
        "Look."
        + actions(f"Che{hidden}ck").replace('"label"', '"command":"@","label"').replace("@", _json(command))
        + promote(f"It sto{hidden}pped.")
        + suggest(title, ai_drafted_script=command)
    )
    assert reply.suggested_fix is not None
    assert reply.suggested_fix.title == "Restart"
    assert reply.suggested_fix.ai_drafted_script == command
    assert [(check.label, check.command) for check in reply.actions] == [("Check", command)]
    assert [one.text for one in reply.promotions] == ["It stopped."]


def _json(text: str) -> str:
    return json.dumps(text)[1:-1]


def test_an_item_with_hidden_characters_is_the_item_without_them() -> None:
    reply = parse_reply("Look." + actions("Check the spooler", "Check the spo\u200boler"))
    assert [check.label for check in reply.actions] == ["Check the spooler"]


@pytest.mark.parametrize(
    "text",
    [
        "👩\u200d💻 ✔\ufe0f done",
        "❤\ufe0f\u200d🔥 🏳\ufe0f\u200d🌈",
        "می\u200cخواهم",
        "क्\u200dष",
        "Ünïcödé, 日本語, \u05e9\u05dc\u05d5\u05dd",
        "tab\tand\nline",
    ],
)
def test_what_other_scripts_and_pictures_need_stays(text: str) -> None:
    assert without_hidden(text) == revealed(text) == text


@pytest.mark.parametrize("space", ["\u00a0", "\u2003", "\u3000"], ids=ascii)
@pytest.mark.parametrize("joiner", ["\u200c", "\u200d", "\ufe0e", "\ufe0f"], ids=ascii)
def test_a_joiner_after_a_space_joins_nothing_and_is_hidden(space: str, joiner: str) -> None:
    assert without_hidden(f"日{space}{joiner}本") == f"日{space}本"
    assert parse_reply("Look." + actions(f"{space}{joiner}")).actions == []


def test_hidden_characters_are_named_and_long_runs_are_counted() -> None:
    assert revealed("a\u200bb\u202ec") == "a⟨U+200B⟩b⟨U+202E⟩c"
    assert revealed(f"x{SMUGGLED}y") == "x⟨17 hidden characters⟩y"


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_taking_out_and_naming_are_done_once_and_for_all(text: str) -> None:
    once = without_hidden(text)
    assert without_hidden(once) == once
    assert revealed(once) == once
    assert revealed(revealed(text)) == revealed(text)
    assert len(folded(text)) == len(text)


@given(st.text())
@example("\x1b")
@example("\u00a0\u200d")
def test_a_label_that_was_kept_is_kept_the_same_when_it_is_read_again(text: str) -> None:
    kept = [check.label for check in parse_reply("Look." + actions(text)).actions]
    assert [check.label for check in parse_reply("Look." + actions(*kept)).actions] == kept


@given(st.text(string.printable.replace("\x0b", "").replace("\x0c", "").replace("\r", "")))
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert without_hidden(text) == revealed(text) == folded(text) == text
