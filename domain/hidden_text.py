"""What a text holds that nobody sees: characters without a picture, and letters that look like others.

Attackers hide instructions from the person who reads a ticket, or make a command read otherwise than it runs. What is
posted to a ticket has none of it (`without_hidden`); what a model is given names it (`revealed`), because a pasted
command that fails for a character nobody sees is a finding.
"""

import re
import unicodedata

from domain.text import clean_text

_TERMINAL_CODES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # colours, moves, concealed text
    r"|\x1b[\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\)"  # titles and links
    r"|\x1b(?:[ -/]+[0-~]|[0-9=>])"  # character sets and keypads
)
_LINE_SEPARATORS = re.compile("[\u2028\u2029\x85]")
# Controls but tab and line feed, soft hyphens, fillers, marks of direction, joiners, tags, variation selectors.
HIDDEN = (
    r"\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    r"\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""The hidden characters, to stand between the brackets of a regular expression."""
# Joiners and the two selectors of emoji belong to what stands before them, in scripts and pictures beyond ASCII.
# After a space they belong to nothing: once it is trimmed, they would be left alone, a text that nobody sees. A heart
# on fire is a heart, its selector, a joiner and a fire.
_HIDDEN = re.compile(rf"(?<=[^\x00-\x7f\s{HIDDEN}])(?:\ufe0f\u200d|[\u200c\u200d\ufe0e\ufe0f])|([{HIDDEN}]+)")
_NAMED_ONE_BY_ONE = 4


def without_hidden(text: str) -> str:
    """The text as a reader sees it: no terminal codes and no hidden characters. A second time changes nothing."""
    return _HIDDEN.sub(lambda found: "" if found[1] else found[0], without_terminal_codes(text))


def visible_text(text: str) -> str:
    """The text as a sentence is kept: storable, trimmed and without what is hidden. A second time changes nothing."""
    return without_hidden(clean_text(text)).strip()


def without_terminal_codes(text: str) -> str:
    """The text without what a terminal would obey, and with a line feed for every other end of a line."""
    return _TERMINAL_CODES.sub("", _LINE_SEPARATORS.sub("\n", text))


def revealed(text: str) -> str:
    """The text with its hidden characters named, as ⟨U+200B⟩; long runs are counted."""
    return _HIDDEN.sub(lambda found: _name(found[1]) if found[1] else found[0], text)


def _name(run: str) -> str:
    if len(run) > _NAMED_ONE_BY_ONE:
        return f"⟨{len(run)} hidden characters⟩"
    return "".join(f"⟨U+{ord(character):04X}⟩" for character in run)


def folded(text: str) -> str:
    """The text with every letter and sign that looks like one of ASCII as that one; of the same length."""
    return text.translate(_LOOK_ALIKES)


def _look_alikes() -> dict[int, int]:
    table: dict[int, int] = {}
    # Full width, small, superscript, circled and mathematical forms, which Unicode itself maps.
    for first, last in ((0x2070, 0x2BFF), (0xFE50, 0xFFEF), (0x1D400, 0x1D7FF), (0x1F100, 0x1F1FF)):
        for code in range(first, last):
            plain = unicodedata.normalize("NFKC", chr(code))
            if len(plain) == 1 and plain.isascii():
                table[code] = ord(plain)
    for plain, others in _CONFUSED.items():
        table |= dict.fromkeys(map(ord, others), ord(plain))
    return table


_CONFUSED = {
    "<": "‹〈⟨❬❮❰⧼˂ᐸ≺≮〈",
    ">": "›〉⟩❭❯❱⧽˃ᐳ≻≯〉",
    "/": "⁄∕⧸╱⟋／",
    "[": "［⟦〔【〚",
    "]": "］⟧〕】〛",
    "_": "＿‿ˍ",
    "a": "аɑα",
    "b": "Ьƅ",
    "c": "сϲ",
    "d": "ԁ",
    "e": "еҽ",
    "g": "ɡց",
    "h": "һ",
    "i": "іıɩι",
    "j": "ј",
    "k": "κк",
    "l": "ӏΙⅼ",
    "m": "м",
    "n": "ոп",
    "o": "оοօ",
    "p": "рρ",
    "q": "ԛ",
    "r": "г",
    "s": "ѕ",
    "t": "т",
    "u": "υս",
    "v": "νѵ",
    "w": "ԝѡ",
    "x": "хχ",
    "y": "уү",
    "z": "ᴢ",
    "A": "АΑ",
    "B": "ВΒ",
    "C": "СϹ",
    "E": "ЕΕ",
    "F": "Ϝ",
    "G": "Ԍ",
    "H": "НΗ",
    "I": "І",
    "J": "Ј",
    "K": "КΚK",
    "M": "МΜ",
    "N": "Ν",
    "O": "ОΟ",
    "P": "РΡ",
    "Q": "Ԛ",
    "S": "Ѕ",
    "T": "ТΤ",
    "V": "Ѵ",
    "W": "Ԝ",
    "X": "ХΧ",
    "Y": "ҮΥ",
    "Z": "Ζ",
}
_LOOK_ALIKES = _look_alikes()
