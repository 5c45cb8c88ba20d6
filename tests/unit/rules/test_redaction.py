"""No secret leaves a session in a text, and ordinary text stays as it is."""

from __future__ import annotations

import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import JsonValue

from domain.redaction import REDACTED, is_secret_name, redact_parameters, redact_secrets

# Long and mixed enough that they occur in no template by chance.
unquoted = st.text(string.ascii_letters + string.digits + "!#%^*+_?~", min_size=10, max_size=40).filter(
    lambda text: (
        text[0].isalnum() and any(each.isdigit() for each in text) and any(each.isupper() for each in text)
    )
)
quotable = st.text(
    string.ascii_letters + string.digits + " !#%^&*()+=,;:/?@[]{}|~-", min_size=10, max_size=40
).filter(lambda text: text.strip() == text and any(each.isdigit() for each in text))
letters_and_digits = string.ascii_letters + string.digits

UNQUOTED = [
    "password={}",
    "Password: {}",
    "passwd : {}",
    "the password is {}",
    "set the password to {}, then asked the user to sign in",
    "Password reset to {}.",
    "new pwd {}",
    "passphrase={} for the key",
    "PASSPHRASE: {}",
    "secret={}",
    "client_secret: {}",
    "Client Secret = {}",
    "token={}",
    "access_token => {}",
    "api key: {}",
    "X-Api-Key: {}",
    "apikey={}",
    "export DB_PASSWORD={}",
    "export PGPASSWORD={} && psql",
    "SMTP_PASS={}",
    "set -x; ./run --password {} --verbose",
    "./run --client-secret={}",
    "New-Thing -Password {} -Force",
    "New-Thing -ApiKey:{}",
    "cmdkey /add:srv /user:jdoe /pass:{}",
    "net user jdoe {} /add",
    'net user "John Doe" {} /domain',
    r"net use z: \\srv\share {} /user:jdoe",
    r"net use z: \\srv\share /user:corp\jdoe {}",
    "sqlcmd -S db1 -U sa -P {}",
    "mysql -uroot -p{} shop",
    "sshpass -p {} ssh host",
    "curl -s -u jdoe:{} https://host/x",
    "https://jdoe:{}@host.example/path",
    "postgres://app:{}@db:5432/app?sslmode=require",
    "Server=db1;User ID=sa;Password={};Encrypt=true",
    "ConnectionString=Server=db1;Pwd={};Encrypt=true",
    "connection string: Server=db1;Pwd={}",
    "<password>{}</password>",
    "<wsse:Password>{}</wsse:Password>",
    "[mail]\nuser = jdoe\npassword = {}\nport = 25",
    "wifi password: {}",
    "Key Content            : {}",
    "PSK: {}",
    "Authorization: Bearer {}",
    "authorization: Basic {}",
    "Set-Cookie: sid={}; HttpOnly",
    "$password = {}",
    "password := {}",
    "ConvertTo-SecureString {} -AsPlainText -Force",
    "ConvertTo-SecureString -AsPlainText -Force -String {}",
]
QUOTED = [
    'password = "{}"',
    "password='{}'",
    '{{"user": "jdoe", "password": "{}", "port": 25}}',
    '{{"password":\n  "{}"}}',
    "{{'api_key': '{}'}}",
    '$Password = "{}"',
    "@{{ Password = '{}'; User = 'jdoe' }}",
    "$headers['X-Api-Key'] = '{}'",
    'New-Thing -Password "{}" -Force',
    'ConvertTo-SecureString "{}" -AsPlainText -Force',
    "$secure = ConvertTo-SecureString -String '{}' -AsPlainText -Force",
    "(ConvertTo-SecureString -AsPlainText '{}' -Force)",
    '"{}" | ConvertTo-SecureString -AsPlainText -Force',
    'net user jdoe "{}" /add',
    'ConnectionString = "Server=db1;Password={}"',
    "$pwd = @'\n{}\n'@",
    "the secret is '{}'",
]
TOKENS = {
    "Slack": st.text(letters_and_digits + "-", min_size=20, max_size=50).map(lambda text: f"xoxb-{text}"),
    "GitHub": st.text(letters_and_digits, min_size=36, max_size=36).map(lambda text: f"ghp_{text}"),
    "AWS": st.text(string.ascii_uppercase + string.digits, min_size=16, max_size=16).map(
        lambda t: f"AKIA{t}"
    ),
    "model": st.text(letters_and_digits, min_size=30, max_size=60).map(lambda text: f"sk-ant-{text}"),
    "JWT": st.tuples(*[st.text(letters_and_digits + "_-", min_size=12, max_size=60)] * 3).map(
        lambda parts: "eyJ" + ".".join(parts)
    ),
    "BitLocker": st.lists(st.from_regex(r"[0-9]{6}", fullmatch=True), min_size=8, max_size=8).map("-".join),
    "private key": st.text(letters_and_digits + "+/\n", min_size=40, max_size=200).map(
        lambda text: f"-----BEGIN RSA PRIVATE KEY-----\n{text}\n-----END RSA PRIVATE KEY-----"
    ),
}
ORDINARY = [
    "the password was reset",
    "Reset the password of jdoe and asked for a new one.",
    "token expired",
    "The token was refused with AADSTS50126.",
    "Password: expired",
    "The user's password is expired since 11/12.",
    "Password must be changed at next sign-in",
    "password policy: 14 characters, password history: 24",
    "password is 12 characters long",
    "PasswordLastSet      : 11/20/2026 9:14:03 AM\nPasswordExpired      : False\nPasswordNeverExpires : True",
    "Get-ADUser jdoe -Properties PasswordLastSet, LockedOut",
    "CW #48307 and ticket 48310 are about the same printer",
    "max_tokens: 1024",
    "Secretary: Jane Doe",
    "The client asked for a tokenised receipt: yes",
    "ConvertTo-SecureString failed on the file server",
    "compass: north, passed: 3, failed: 0",
    "Basic troubleshooting is done; bearer tokens are in use.",
    "New-Thing -Password $Password -Credential $cred",
    "$password = Read-Host 'Password' -AsSecureString",
    "New-LocalUser jdoe -Password (Read-Host -AsSecureString)",
    "net user jdoe /domain",
    "net user jdoe shows that the account is locked",
    "net use z: /delete",
    "ipconfig /flushdns; gpupdate /force",
    "password={{ password }}",
    "--password <the new password>",
    "See https://host.example:8080/path?mail=jdoe@client.example",
    "ssh://git@host.example/repo.git",
    "GUID 3f2504e0-4f89-11d3-9a0c-0305e82c3301, serial 123456-123456",
    "",
]


@pytest.mark.parametrize("template", UNQUOTED + QUOTED)
@given(secret=unquoted)
def test_a_planted_secret_never_survives(template: str, secret: str) -> None:
    assert secret not in redact_secrets(template.format(secret))


@pytest.mark.parametrize("template", QUOTED)
@given(secret=quotable)
def test_a_planted_secret_with_spaces_and_signs_never_survives_in_quotes(template: str, secret: str) -> None:
    assert secret not in redact_secrets(template.format(secret))


@pytest.mark.parametrize("kind", TOKENS)
@given(data=st.data(), before=st.sampled_from(["", "found ", "x: ", "("]))
def test_a_token_that_tells_by_its_form_never_survives(kind: str, data: st.DataObject, before: str) -> None:
    token = data.draw(TOKENS[kind])
    redacted = redact_secrets(f"{before}{token} and more")
    assert token not in redacted
    assert REDACTED in redacted


def test_a_private_key_that_was_cut_off_is_taken_to_its_end() -> None:
    text = "log:\n-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjE\nAAAABG5vbmU"
    assert redact_secrets(text) == f"log:\n{REDACTED}"


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert redact_secrets(text) == text


def test_what_stands_around_a_secret_stays() -> None:
    text = 'Ran `New-LocalUser jdoe -Password "Hunter2!!"` on SRV01, then signed in. See CW #48307.'
    expected = 'Ran `New-LocalUser jdoe -Password "[redacted]"` on SRV01, then signed in. See CW #48307.'
    assert redact_secrets(text) == expected


fragments = st.sampled_from(
    [
        *UNQUOTED,
        *QUOTED,
        *ORDINARY,
        "password",
        "=",
        ":",
        '"',
        "'",
        "\\",
        "\n",
        REDACTED,
        "{{",
        "@'",
        "://",
        " ",
    ]
)
wild = st.lists(fragments | st.text(max_size=12), max_size=12).map("".join)


@given(st.text() | wild)
@example("password=[redacted]realsecret1")
@example("passphrase: one two [redacted] three")
@example("password=" + "[redacted]" * 3)
def test_redacting_twice_changes_nothing_and_nothing_raises(text: str) -> None:
    once = redact_secrets(text)
    assert redact_secrets(once) == once


def test_the_mark_of_a_redaction_hides_no_secret_behind_it() -> None:
    assert "realsecret1" not in redact_secrets("password=[redacted]realsecret1")


@pytest.mark.parametrize(
    "name",
    ["password", "NewPassword", "sql_admin_pwd", "apiKey", "clientSecret", "api-key", "TOKEN", "wifi_psk", "dbPass",
     "Connection String", "AccountKey", "password2", "passphrase", "initial_password_value"],
)  # fmt: skip
def test_the_name_of_a_parameter_tells_that_it_holds_a_secret(name: str) -> None:
    assert is_secret_name(name)
    assert redact_parameters({name: "x"}) == {name: REDACTED}
    assert redact_parameters({name: 12345}) == {name: REDACTED}
    assert redact_parameters({name: ["x", {"y": 1}]}) == {name: REDACTED}


@pytest.mark.parametrize(
    "name", ["user", "host", "PasswordLastSet", "password_never_expires", "max_tokens", "keyboard", "compass"]
)
def test_other_parameters_stay(name: str) -> None:
    assert redact_parameters({name: "SRV01"}) == {name: "SRV01"}


def test_whether_a_secret_was_given_can_still_be_seen() -> None:
    given_ = {"password": None, "token": "", "use_secret": True}
    assert redact_parameters(given_) == given_


def test_a_secret_inside_a_harmless_parameter_goes_too() -> None:
    parameters: dict[str, JsonValue] = {
        "script": "net user jdoe Hunter2!x /add",
        "steps": [{"arguments": {"password": "p", "n": 1}}],
    }
    assert redact_parameters(parameters) == {
        "script": "net user jdoe [redacted] /add",
        "steps": [{"arguments": {"password": REDACTED, "n": 1}}],
    }


@given(st.dictionaries(st.text(max_size=12), st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
), max_size=5))  # fmt: skip
def test_redacting_parameters_twice_changes_nothing(parameters: dict[str, JsonValue]) -> None:
    once = redact_parameters(parameters)
    assert redact_parameters(once) == once
    assert once.keys() == parameters.keys()
