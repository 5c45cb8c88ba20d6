"""Taking secrets out of text and parameters before anyone else sees them.

Rather one word too many than one secret too few: where a password is named and something stands in its place, that
something goes. Text that only talks of passwords ("the password was reset") stays, and so do variables and
placeholders, which name a secret without being one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from pydantic import JsonValue

REDACTED: Final = "[redacted]"

# What a text may converge in: a rule can uncover what another one takes. More rounds than this were never needed.
_ROUNDS: Final = 6

# The end of a name that holds a secret; what stands before it in the name ("sql_admin_") does not matter.
_NAMED: Final = (
    r"(?:pass[ _-]?(?:word|phrase|code)|passwd|(?<![a-z])pwd|(?<![a-z])psk|pre[ _-]?shared[ _-]?key|secret|"
    r"(?<!anti)token|(?:api|access|account|private|secret|shared|encryption|recovery|subscription|signing|master|"
    r"bitlocker|wi-?fi|network|security|auth)[ _-]?key|key[ _-]?(?:content|material)|"
    r"connection[ _-]?string)"
    r"(?:[ _-]?(?:value|text|plain|plaintext|hash|confirm(?:ation)?|again|\d{1,3})(?![a-z0-9]))?"
)
_SHORT: Final = r"(?:(?<![a-z])pass|(?<=_)pw|(?<![a-z])pin)"

_QUOTED: Final = (
    r"""@(?P<here>["'])[ \t]*\n.{0,4000}?\n[ \t]*(?P=here)@"""
    r"""|\\"(?:(?!\\"|\n).)*(?:\\"|$|(?=\n))"""
    r"""|"(?:\\.|""|[^"\\\n])*(?:"|$|(?=\n))"""
    r"""|'(?:''|\\.|[^'\\\n])*(?:'|$|(?=\n))"""
)
_PLACEHOLDER: Final = (
    r"""(?:\$?\{\{?[^{}\n]{0,80}\}\}?|<[^<>\n]{1,60}>|\$\([^()\n]{0,200}\))(?=[\s"'`;,.)\]}]|$)"""
)
_VALUE: Final = rf"(?P<value>{_QUOTED}|{_PLACEHOLDER}|\S+)"
_FLAGS: Final = re.IGNORECASE | re.DOTALL

_LOOSE_END = re.compile(r"""[\\"'`;,.)\]}>]*$""")
_COMMANDS: Final = (
    r"(?:read-host|get-(?:credential|secret|content|random|azaccesstoken)|convertto-securestring|new-object|"
    r"invoke-restmethod)"
)
# What stands for a secret and is none: a variable, a placeholder, a call that asks for it.
_REFERENCE = re.compile(
    r"\$(?:null|true|false|_|this|psitem)(?:\.\w+)*|\$\w*(?:pass|pwd|secret|token|key|cred)\w*(?:\.\w+)*|"
    r"\$env:\w+|\$?\{\{?\s*[\w.:-]+\s*\}?\}|\$\([a-z].*|%\w+%|<[\w .-]+>|\*+|•+|"
    rf"\(?{_COMMANDS}|(?:os|getpass|process|secrets|config)\.[\w.]+(?:[(\[].*)?",
    _FLAGS,
)
# fmt: off
# A status in the place of a value: what checks and tools print.
_STATUS_WORDS = frozenset((
    "and", "are", "as", "at", "be", "been", "blank", "but", "by", "can", "changed", "correct", "did",
    "disabled", "empty", "enabled", "error", "expired", "expires", "failed", "fails", "false", "for",
    "from", "generated", "has", "have", "in", "incorrect", "invalid", "is", "it", "locked", "mismatch",
    "missing", "must", "n/a", "needed", "never", "no", "none", "not", "null", "of", "ok", "okay", "on",
    "or", "refused", "rejected", "required", "reset", "revoked", "rotated", "saved", "set", "shared",
    "should", "showed", "shows", "the", "then", "this", "to", "true", "unchanged", "undefined",
    "unknown", "unset", "updated", "user", "valid", "was", "were", "which", "will", "with", "wrong",
    "yes",
))
# fmt: on
_STRONG: Final = r"(?=\S*[A-Za-z])(?=\S*\d)\S{8,}"
_PROSE_SECRET = re.compile(r"(?=.{6})(?=.*[a-z])(?=.*(?:\d|[^\w\s.,:;!?'\"()-]|\w[!?$#@&*]))", re.IGNORECASE)


def _as_redacted(value: str, *, prose: bool = False) -> str:
    """The value with its secret taken out, in the quotes and before the punctuation that it came with."""
    if value[:2] in ('@"', "@'") and len(value) > 3:
        return f"{value[:2]}\n{REDACTED}\n{value[-2:]}"
    opening = '\\"' if value.startswith('\\"') else value[0] if value[0] in "\"'" else ""
    if opening:
        inner = value[len(opening) :]
        closing = opening if inner.endswith(opening) else ""
        inner = inner.removesuffix(closing)
        if not inner.strip() or inner == REDACTED or _REFERENCE.fullmatch(inner):
            return value
        return f"{opening}{REDACTED}{closing}"
    end = _LOOSE_END.search(value)
    core, rest = (value[: end.start()], end.group()) if end else (value, "")
    if value.startswith(REDACTED) and not value[len(REDACTED) :].strip("\\\"'`;,.)]}>"):
        return value
    if not core.strip("-=:_") or core.casefold() in _STATUS_WORDS or _REFERENCE.fullmatch(core + rest):
        return value
    if prose and not _PROSE_SECRET.match(core):
        return value
    return REDACTED + rest


def _value(match: re.Match[str]) -> str:
    return match["before"] + _as_redacted(match["value"])


def _prose_value(match: re.Match[str]) -> str:
    return match["before"] + _as_redacted(match["value"], prose=True)


def _argument(match: re.Match[str]) -> str:
    # Another switch is no value: the one before it takes none.
    if match["value"].startswith(("-", "/")):
        return match.group()
    return _value(match)


def _whole(match: re.Match[str]) -> str:
    return REDACTED


def _kept_before(match: re.Match[str]) -> str:
    return match["before"] + REDACTED


_WORD_OF_COMMAND = re.compile(rf"{_QUOTED}|[^\s()]+", _FLAGS)


def _secure_string(match: re.Match[str]) -> str:
    """Every literal among the arguments of ConvertTo-SecureString."""

    plain = re.search("-(?:asplaintext|string)", match["arguments"], re.IGNORECASE) is not None

    def literal(word: re.Match[str]) -> str:
        text = word.group()
        # Without a switch that says so, a bare word is part of a sentence about the command.
        return _as_redacted(text) if text[0] in "\"'\\@" or (plain and text[0] != "-") else text

    return match["before"] + _WORD_OF_COMMAND.sub(literal, match["arguments"])


def _bearer(match: re.Match[str]) -> str:
    token = match["value"]
    looks_random = any(each.isdigit() or each in "=+_~" for each in token) or not token[1:].islower()
    return match["before"] + REDACTED if looks_random else match.group()


def _rule(
    pattern: str, replace: Callable[[re.Match[str]], str], flags: int = _FLAGS, *, only_with: str = ""
) -> tuple[re.Pattern[str], Callable[[re.Match[str]], str], str]:
    """`only_with`: a word without which the rule finds nothing, for one that looks long at each quote."""
    return re.compile(pattern, flags), replace, only_with


_RULES: Final = (
    _rule(
        r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
        r"(?:.*?-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|.*)",
        _whole,
        re.DOTALL,
    ),
    _rule(r"\b\d{6}(?:-\d{6}){7}\b", _whole),  # BitLocker recovery key
    # Tokens that tell by their form what they are.
    # Begun where a word begins, and only where one ends as it must: looked for at each letter it takes quadratic time.
    _rule(
        r"(?<![\w-])(?=[\w-]+\.[\w-]{4})(?P<before>(?:[\w-]*?-)??)eyJ[\w-]{5,}\.[\w-]{4,}(?:\.[\w-]*)?",
        _kept_before,
        0,
    ),
    _rule(
        r"\b(?:gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[a-z]-[\w-]{8,}|xapp-[\w-]{8,}|"
        r"(?:AKIA|ASIA)[0-9A-Z]{16}\b|sk-[\w-]{20,}|[rs]k_(?:live|test)_\w{10,}|AIza[\w-]{30,}|npm_\w{30,}|"
        r"SG\.[\w-]{16,}\.[\w-]{16,})",
        _whole,
        0,
    ),
    _rule(r"(?P<before>hooks\.slack\.com/(?:services|workflows)/)[^\s\"'<>]*[^\s\"'<>\]]", _kept_before),
    _rule(r"(?P<before>[?&]sig=)(?!\[redacted\])[^&\s\"'<>]+", _kept_before),
    # scheme://user:secret@host; the last @ before the path ends the secret.
    _rule(
        r"(?P<before>\b[a-z][a-z0-9+.-]{0,20}://[^\s/:@\"'<>]{0,100}:)(?!\[redacted\]@|\d{1,5}/)[^\s\"'<>]{1,300}(?=@)",
        _kept_before,
    ),
    _rule(
        r"(?P<before>\bauthorization[\"']?[ \t]*[:=][ \t]*[\"']?(?:[a-z][\w-]{0,30}[ \t]+)?)"
        r"(?!\[redacted\])[^\s\"',]{8,}",
        _kept_before,
    ),
    _rule(r"(?P<before>\b(?:bearer|basic)[ \t]+)(?P<value>[\w.~+/=-]{16,})", _bearer),
    _rule(r"(?P<before>\b(?:set-)?cookie:[ \t]*)(?!\[redacted\])[^\s\"'][^\n\"']*", _kept_before),
    # A part of a connection string may hold spaces; a semicolon or a quote ends it.
    _rule(
        r"(?P<before>;[ \t]*(?:password|pwd)[ \t]*=[ \t]*)(?!\[redacted\]|[\"'\s;])[^;\"'\n]+",
        _kept_before,
    ),
    _rule(
        r"(?P<before>connection[ _-]?string[\"']?[ \t]*[:=][ \t]*)(?!\[redacted\]|[\"'\s$])[^\n\"']+",
        _kept_before,
    ),
    _rule(
        rf"(?P<before><(?:[\w-]{{0,40}}[:_-])?(?:{_NAMED})>)(?!\[redacted\])[^<]*[^<\s][^<]*", _kept_before
    ),
    _rule(
        rf"(?P<before>\b(?:convertto-securestring|setpassword)\b[ \t(]*)(?P<arguments>(?:{_QUOTED}|[^\n|;\"'])*)",
        _secure_string,
    ),
    _rule(
        r"(?P<before>)(?P<value>\"(?:[^\"\n]|\"\"){0,300}\"|'(?:[^'\n]|''){0,300}')"
        r"(?=[ \t]*\|[ \t]*convertto-securestring)",
        _value,
        only_with="convertto-securestring",
    ),
    _rule(
        rf"(?P<before>(?<![\w-])(?:--?|/)[\w-]{{0,40}}?(?:{_NAMED}|(?<=[/-])p(?:ass|w)|(?<=/)rp)(?:[ \t]+|[:=][ \t]*))"
        rf"{_VALUE}",
        _argument,
    ),
    # A quoted name may be followed by its value on the next line.
    _rule(rf"(?P<before>(?:{_NAMED}|{_SHORT})\\?[\"']\]?\s*(?::|=>|=)\s*){_VALUE}", _value),
    _rule(rf"(?P<before>(?:{_NAMED})[\]`]?[ \t]*(?:=>|:?=(?!=)|::?)[ \t]*){_VALUE}", _value),
    # Of words that follow each other without quotes, all are the passphrase.
    _rule(
        r"(?P<before>(?:pass[ _-]?phrase|(?:recovery|master)[ _-]?key)[ \t]*[:=][ \t]*\[redacted\])"
        r"[ \t]+(?=\w)[^\n\"']+",
        lambda match: match["before"],
    ),
    _rule(rf"(?P<before>{_SHORT}[ \t]*=(?!=)[ \t]*){_VALUE}", _value),
    _rule(r"(?P<before>(?<![a-z])pin(?: code)?[ \t]*:[ \t]*)\d{4,12}\b", _kept_before),
    _rule(rf"(?P<before>(?:{_NAMED})[ \t]+(?:is|was|to|as|of)(?:[ \t]+now)?[ \t]+){_VALUE}", _prose_value),
    _rule(rf"(?P<before>(?:pass(?:word|code|phrase)|pwd)[ \t]+)(?-i:(?P<value>{_STRONG}))", _value),
    _rule(rf"(?P<before>(?:{_NAMED})[ \t]+(?:re)?set[ \t]+to[ \t]+){_VALUE}", _prose_value),
    # Commands that take a secret without naming it.
    _rule(
        rf"(?P<before>\bnet1?(?:\.exe)?[ \t]+user[ \t]+(?:\"[^\"\n]*\"|[^\s/]\S*)[ \t]+)(?!\*){_VALUE}",
        _argument,
    ),
    _rule(
        rf"(?P<before>\bnet1?(?:\.exe)?[ \t]+use[ \t]+(?:\S+[ \t]+)?\\\\\S+[ \t]+)(?!\*){_VALUE}",
        _argument,
    ),
    _rule(
        rf"(?P<before>\bnet1?(?:\.exe)?[ \t]+use\b[^\n]{{0,300}}?/user:\S+[ \t]+)(?!\*){_VALUE}",
        _argument,
    ),
    _rule(
        r"(?P<before>\bcurl\b[^\n]{0,300}?[ \t](?:-u|--user)[ \t=]*[\"']?[^\s:\"']{1,100}:)(?P<value>[^\s\"']+)",
        _value,
    ),
    _rule(
        rf"(?P<before>\b(?:sqlcmd|osql|bcp)\b[^\n]{{0,300}}?[ \t](?-i:-P)[ \t]*){_VALUE}",
        _argument,
    ),
    _rule(rf"(?P<before>\bmysql\w*\b[^\n]{{0,300}}?[ \t](?-i:-p)(?=\S)){_VALUE}", _value),
    _rule(
        rf"(?P<before>\b(?:sshpass|psexec(?:64)?|docker[ \t]+login|az[ \t]+login)\b[^\n]{{0,300}}?[ \t](?-i:-p)[ \t]*)"
        rf"{_VALUE}",
        _argument,
    ),
)

_SECRET_NAME = re.compile(rf"(?:{_NAMED}|{_SHORT})$", re.IGNORECASE)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def redact_secrets(text: str) -> str:
    """The text with every secret replaced by `[redacted]`. Never raises; a second run changes nothing."""
    for _ in range(_ROUNDS):
        before = text
        for pattern, replace, only_with in _RULES:
            if not only_with or only_with in text.casefold():
                text = pattern.sub(replace, text)
        if text == before:
            break
    return text


def is_secret_name(name: str) -> bool:
    """Whether a parameter of this name holds a secret."""
    return _SECRET_NAME.search(_CAMEL.sub("_", name.strip())) is not None


def redact_parameters(parameters: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Parameters as they may be stored and shown: the value of a secret name goes, and secrets inside others.

    None, booleans and empty texts stay: they say whether there is a secret, not which.
    """
    return {name: _redact_parameter(name, value) for name, value in parameters.items()}


def _redact_parameter(name: str, value: JsonValue) -> JsonValue:
    if is_secret_name(name) and not (value is None or value == "" or isinstance(value, bool)):
        return REDACTED
    return _redact_value(value)


def _redact_value(value: JsonValue) -> JsonValue:
    if isinstance(value, str):
        return redact_secrets(value)
    if isinstance(value, dict):
        return redact_parameters(value)
    if isinstance(value, list):
        return [_redact_value(each) for each in value]
    return value
