"""Configuration: where it comes from, what it accepts, and how it says what is wrong."""

import base64
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from dotenv import dotenv_values

from infra.config import Settings, load_settings, read_settings
from infra.config_sources import ConfigurationError, secret_variables, variable_of
from infra.pilots.actions import ModelAction

KEY = base64.urlsafe_b64encode(bytes(range(32))).decode()
MODEL_PAIRS = (
    "comma-separated action=model pairs, with the actions chat_turn, resolution_note, escalation_package, "
    "update_internal, update_client, update_request_info, fact_synthesis, digest"
)
RATES = "how many in which time, such as 30/minute; the times are second, minute, hour and day"
EXAMPLE = Path(__file__).parents[2] / ".env.example"


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """No variable of the person who runs the tests, and no `.env` of the clone."""
    before = dict(os.environ)
    for name in os.environ:
        if name.startswith(
            ("RESOLUTIONFLOW_", "DATABASE_", "TEMPORAL_", "ANTHROPIC_", "GEMINI_", "S3_", "AWS_", "SMTP_")
        ):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    os.environ.clear()
    os.environ.update(before)


def problems() -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        read_settings(Settings)
    return caught.value.problems


def test_defaults_are_those_of_the_documentation() -> None:
    settings = load_settings()
    ports = (settings.port, settings.postgres_port, settings.temporal_port, settings.temporal_ui_port)
    assert ports == (8000, 5433, 7233, 8233)
    assert settings.simulator_port == 8900
    assert settings.public_url == "http://127.0.0.1:8000"
    assert (settings.inactivity_minutes, settings.linger_minutes) == (480, 4320)
    assert not settings.demo
    assert not settings.allow_private_psa
    assert settings.registration == "invite"
    assert settings.pilot == "auto"
    assert not settings.mcp_learn


def test_the_environment_wins_over_the_env_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("RESOLUTIONFLOW_PORT=9001\nRESOLUTIONFLOW_POSTGRES_PORT=9002\n")
    monkeypatch.setenv("RESOLUTIONFLOW_PORT", "9003")
    settings = load_settings()
    assert (settings.port, settings.postgres_port) == (9003, 9002)


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "")
    monkeypatch.setenv("RESOLUTIONFLOW_PORT", "")
    settings = load_settings()
    assert settings.database_url is None
    assert settings.port == 8000


def test_the_base_url_has_no_trailing_slash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESOLUTIONFLOW_BASE_URL", "https://flow.example/")
    assert load_settings().public_url == "https://flow.example"


def test_minutes_may_be_fractions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESOLUTIONFLOW_INACTIVITY_MINUTES", "0.05")
    assert load_settings().inactivity_minutes == 0.05


@pytest.mark.parametrize(
    ("variable", "value", "accepts"),
    [
        ("RESOLUTIONFLOW_ENV", "prod", "development or production"),
        ("RESOLUTIONFLOW_PORT", "0", "a port number from 1 to 65535"),
        ("RESOLUTIONFLOW_POSTGRES_PORT", "65536", "a port number from 1 to 65535"),
        ("RESOLUTIONFLOW_TEMPORAL_PORT", "x", "a port number from 1 to 65535"),
        ("RESOLUTIONFLOW_TEMPORAL_UI_PORT", "-1", "a port number from 1 to 65535"),
        ("RESOLUTIONFLOW_SIMULATOR_PORT", "1.5", "a port number from 1 to 65535"),
        ("RESOLUTIONFLOW_BASE_URL", "flow.example", "a URL that begins with http:// or https://"),
        ("RESOLUTIONFLOW_DEMO", "maybe", "1 or 0"),
        ("RESOLUTIONFLOW_ALLOW_PRIVATE_PSA", "sometimes", "1 or 0"),
        ("RESOLUTIONFLOW_PILOT", "oracle", "auto, anthropic, gemini or playbook"),
        ("RESOLUTIONFLOW_REGISTRATION", "all", "open, invite or closed"),
        ("RESOLUTIONFLOW_LIMIT_TURNS", "0/minute", RATES),
        ("RESOLUTIONFLOW_LIMIT_UPLOADS", "many", RATES),
        ("RESOLUTIONFLOW_LIMIT_WRONG_CODES", "10/fortnight", RATES),
        ("RESOLUTIONFLOW_INACTIVITY_MINUTES", "0", "minutes, a number greater than 0"),
        ("RESOLUTIONFLOW_LINGER_MINUTES", "inf", "minutes, a number greater than 0"),
        ("RESOLUTIONFLOW_LOG_LEVEL", "loud", "debug, info, warning or error"),
        ("RESOLUTIONFLOW_MAIL_FROM", "nobody", "an e-mail address"),
        ("ANTHROPIC_BASE_URL", "localhost", "a URL that begins with http:// or https://"),
        ("GEMINI_BASE_URL", "localhost", "a URL that begins with http:// or https://"),
        ("RESOLUTIONFLOW_MODEL_STANDARD", "one two", "the name of a model"),
        ("RESOLUTIONFLOW_MODEL_FAST", " ", "the name of a model"),
        ("RESOLUTIONFLOW_MODELS", "summary=m", MODEL_PAIRS),
        ("RESOLUTIONFLOW_MODELS", "digest=", MODEL_PAIRS),
        ("RESOLUTIONFLOW_MODELS", "digest", MODEL_PAIRS),
        ("RESOLUTIONFLOW_MODELS", "=m", MODEL_PAIRS),
        ("RESOLUTIONFLOW_MODELS", "digest=a,digest=b", MODEL_PAIRS),
        ("RESOLUTIONFLOW_MODELS", "digest=a,,chat_turn=b", MODEL_PAIRS),
        ("RESOLUTIONFLOW_MODELS", "digest=a b", MODEL_PAIRS),
        ("RESOLUTIONFLOW_MCP_LEARN", "perhaps", "1 or 0"),
        ("S3_ENDPOINT_URL", "ftp://x", "a URL that begins with http:// or https://"),
        (
            "S3_BUCKET",
            "Not A Bucket",
            "a bucket name of 3 to 63 lower-case letters, digits, dots and hyphens",
        ),
    ],
)
def test_a_wrong_value_names_the_variable_the_value_and_what_it_accepts(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, accepts: str
) -> None:
    monkeypatch.setenv(variable, value)
    assert problems() == [f"{variable} is {value!r}, but must be {accepts}."]


@pytest.mark.parametrize(
    ("variable", "value", "accepts"),
    [
        ("DATABASE_URL", "postgresql://u:hidden@h/d", "a URL that begins with postgresql+asyncpg://"),
        ("DATABASE_ADMIN_URL", "mysql://u:hidden@h/d", "a URL that begins with postgresql+asyncpg://"),
        ("SMTP_URL", "hidden", "a URL that begins with smtp:// or smtps://"),
        ("RESOLUTIONFLOW_DEMO_PASSWORD", "hidden", "a password of at least 12 characters"),
        (
            "RESOLUTIONFLOW_SECRET_KEYS",
            f"{KEY},hidden",
            "comma-separated keys, newest first, each 32 bytes in URL-safe base64",
        ),
    ],
)
def test_a_wrong_secret_is_named_but_never_shown(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, accepts: str
) -> None:
    monkeypatch.setenv(variable, value)
    assert problems() == [f"{variable} must be {accepts}."]


def test_all_mistakes_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESOLUTIONFLOW_PORT", "x")
    monkeypatch.setenv("RESOLUTIONFLOW_PILOT", "y")
    assert len(problems()) == 2


def test_secret_keys_are_split_at_commas_newest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    older = base64.urlsafe_b64encode(b"o" * 32).decode()
    monkeypatch.setenv("RESOLUTIONFLOW_SECRET_KEYS", f"{KEY} , {older}")
    assert [key.get_secret_value() for key in load_settings().secret_keys] == [KEY, older]


@pytest.mark.parametrize("networks", ["everyone", "10.0.0.1/8", "0.0.0.0/0", "::/0", "*"])
def test_a_trusted_proxy_is_an_address_or_a_network_and_never_everybody(
    monkeypatch: pytest.MonkeyPatch, networks: str
) -> None:
    monkeypatch.setenv("RESOLUTIONFLOW_TRUSTED_PROXIES", f"10.0.0.7,{networks}")
    (problem,) = problems()
    assert problem.endswith(
        "comma-separated addresses or networks of proxies, such as 10.0.0.7 or 172.16.0.0/12."
    )


@pytest.fixture
def production(monkeypatch: pytest.MonkeyPatch) -> None:
    """A production that starts; each test below changes one thing."""
    monkeypatch.setenv("RESOLUTIONFLOW_ENV", "production")
    monkeypatch.setenv("RESOLUTIONFLOW_SECRET_KEYS", KEY)
    monkeypatch.setenv("RESOLUTIONFLOW_BASE_URL", "https://flow.example")


@pytest.mark.usefixtures("production")
def test_production_starts_with_safe_settings() -> None:
    assert load_settings().env == "production"


@pytest.mark.usefixtures("production")
@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        (
            "RESOLUTIONFLOW_DEMO",
            "1",
            "RESOLUTIONFLOW_DEMO must be 0 when RESOLUTIONFLOW_ENV is production.",
        ),
        (
            "RESOLUTIONFLOW_SECRET_KEYS",
            "",
            "RESOLUTIONFLOW_SECRET_KEYS must be set when RESOLUTIONFLOW_ENV is production.",
        ),
        *(
            (
                "RESOLUTIONFLOW_SECRET_KEYS",
                ",".join([KEY, base64.urlsafe_b64encode(typed).decode()]),
                "RESOLUTIONFLOW_SECRET_KEYS holds a key that is not random, which RESOLUTIONFLOW_ENV=production does "
                "not accept; make another as .env.example says.",
            )
            for typed in (
                bytes(32),
                b"k" * 32,
                b"change-me-" * 3 + b"!!",
                b"test-key-test-key-test-key-test-",
            )
        ),
    ],
)
def test_production_refuses_what_is_never_safe(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, sentence: str
) -> None:
    monkeypatch.setenv(variable, value)
    assert problems() == [sentence]


@pytest.mark.usefixtures("production")
@pytest.mark.parametrize(
    ("variable", "value", "risk", "sentence"),
    [
        (
            "RESOLUTIONFLOW_BASE_URL",
            "http://flow.example",
            "plain_http",
            "RESOLUTIONFLOW_BASE_URL must begin with https://",
        ),
        ("RESOLUTIONFLOW_BASE_URL", "", "plain_http", "RESOLUTIONFLOW_BASE_URL must begin with https://"),
        (
            "RESOLUTIONFLOW_ALLOW_PRIVATE_PSA",
            "1",
            "private_psa",
            "RESOLUTIONFLOW_ALLOW_PRIVATE_PSA must be 0",
        ),
        (
            "RESOLUTIONFLOW_REGISTRATION",
            "open",
            "open_registration",
            "RESOLUTIONFLOW_REGISTRATION must be invite or closed",
        ),
    ],
)
def test_production_takes_a_risk_only_when_it_is_named(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, risk: str, sentence: str
) -> None:
    monkeypatch.setenv(variable, value)
    assert problems() == [
        f"{sentence} when RESOLUTIONFLOW_ENV is production, or RESOLUTIONFLOW_ACCEPTED_RISKS must name {risk}."
    ]
    monkeypatch.setenv("RESOLUTIONFLOW_ACCEPTED_RISKS", risk)
    assert load_settings().env == "production"


def test_the_anthropic_pilot_requires_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESOLUTIONFLOW_PILOT", "anthropic")
    assert problems() == ["ANTHROPIC_API_KEY must be set when RESOLUTIONFLOW_PILOT is anthropic."]


def test_the_gemini_pilot_requires_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESOLUTIONFLOW_PILOT", "gemini")
    assert problems() == ["GEMINI_API_KEY must be set when RESOLUTIONFLOW_PILOT is gemini."]


def test_single_actions_can_have_a_model_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESOLUTIONFLOW_MODELS", "digest = models/small , chat_turn=large")
    assert load_settings().models == {ModelAction.DIGEST: "models/small", ModelAction.CHAT_TURN: "large"}


def test_the_first_account_needs_all_three_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESOLUTIONFLOW_INIT_ACCOUNT", "Northwind IT")
    monkeypatch.setenv("RESOLUTIONFLOW_INIT_EMAIL", "owner@northwind.example")
    names = "RESOLUTIONFLOW_INIT_ACCOUNT, RESOLUTIONFLOW_INIT_EMAIL, RESOLUTIONFLOW_INIT_PASSWORD"
    assert problems() == [f"{names} must be set together, and RESOLUTIONFLOW_INIT_PASSWORD is not."]
    monkeypatch.setenv("RESOLUTIONFLOW_INIT_PASSWORD", "twelve-or-more")
    assert load_settings().init_account == "Northwind IT"
    monkeypatch.setenv("RESOLUTIONFLOW_INIT_EMAIL", "")
    monkeypatch.setenv("RESOLUTIONFLOW_INIT_ACCOUNT", "")
    assert problems() == [
        f"{names} must be set together, and RESOLUTIONFLOW_INIT_ACCOUNT and RESOLUTIONFLOW_INIT_EMAIL are not."
    ]


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("ACCOUNT", "   "),
        ("ACCOUNT", "n" * 201),
        ("ACCOUNT", "caf\udce9"),
        ("EMAIL", "owner"),
        ("EMAIL", "owner@northwind.local"),
        ("EMAIL", "owner@northwind..example"),
        ("PASSWORD", "eleven-char"),
        ("PASSWORD", "p" * 1025),
        ("PASSWORD", "twelve-or-more-\udce9"),
    ],
)
def test_the_first_account_is_held_to_what_registering_and_signing_in_take(
    monkeypatch: pytest.MonkeyPatch, name: str, wrong: str
) -> None:
    given = {"ACCOUNT": "Northwind IT", "EMAIL": "owner@northwind.example", "PASSWORD": "twelve-or-more"}
    for part, value in (given | {name: wrong}).items():
        monkeypatch.setenv(f"RESOLUTIONFLOW_INIT_{part}", value)
    (problem,) = problems()
    assert problem.startswith(f"RESOLUTIONFLOW_INIT_{name} ")
    assert name != "PASSWORD" or wrong not in problem


def test_every_secret_can_come_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    variables = secret_variables(Settings)
    assert {"DATABASE_URL", "ANTHROPIC_API_KEY", "RESOLUTIONFLOW_INIT_PASSWORD", "SMTP_URL"} <= {
        *variables.values()
    }
    fitting = {
        "database_url": "postgresql+asyncpg://u:p@h/d",
        "database_admin_url": "postgresql+asyncpg://u:p@h/d",
        "smtp_url": "smtp://h",
        "secret_keys": KEY,
    }
    for name, variable in variables.items():
        path = tmp_path / name
        path.write_text(fitting.get(name, "a-long-enough-secret") + "\n")
        monkeypatch.setenv(f"{variable}_FILE", str(path))
    monkeypatch.setenv("RESOLUTIONFLOW_INIT_ACCOUNT", "A")
    monkeypatch.setenv("RESOLUTIONFLOW_INIT_EMAIL", "a@b.example")
    settings = load_settings()
    for name in variables:
        value = getattr(settings, name)
        read = value[0] if isinstance(value, list) else value
        assert read.get_secret_value() == fitting.get(name, "a-long-enough-secret"), name


def test_a_secret_itself_wins_over_its_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from-file")
    monkeypatch.setenv("ANTHROPIC_API_KEY_FILE", str(tmp_path / "key"))
    monkeypatch.setenv("ANTHROPIC_API_KEY", "from-environment")
    key = load_settings().anthropic_api_key
    assert key is not None
    assert key.get_secret_value() == "from-environment"


def test_a_secret_file_that_is_missing_or_empty_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "key"
    monkeypatch.setenv("ANTHROPIC_API_KEY_FILE", str(path))
    assert problems() == [
        f"ANTHROPIC_API_KEY_FILE names {path}, which cannot be read (No such file or directory)."
    ]
    path.write_text("\n")
    assert problems() == [f"ANTHROPIC_API_KEY_FILE names {path}, which is empty."]


def test_an_unknown_name_is_warned_about_with_a_suggestion(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RESOLUTIONFLOW_PROT", "9000")
    load_settings()
    expected = (
        "warning: RESOLUTIONFLOW_PROT is not a setting and has no effect. Did you mean RESOLUTIONFLOW_PORT?\n"
    )
    assert capsys.readouterr().err == expected


def test_a_process_with_wrong_configuration_says_so_and_exits_with_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RESOLUTIONFLOW_PORT", "x")
    with pytest.raises(SystemExit) as caught:
        load_settings()
    assert caught.value.code == 2
    expected = "configuration: RESOLUTIONFLOW_PORT is 'x', but must be a port number from 1 to 65535.\n"
    assert capsys.readouterr().err == expected


def test_variables_of_the_sdks_are_taken_over_from_the_env_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("cloud-key\n")
    (tmp_path / ".env").write_text(
        f"TEMPORAL_ADDRESS=cloud.example:7233\nTEMPORAL_API_KEY_FILE={tmp_path}/key\n"
    )
    load_settings()
    assert os.environ["TEMPORAL_ADDRESS"] == "cloud.example:7233"
    assert os.environ["TEMPORAL_API_KEY"] == "cloud-key"


def test_the_example_file_documents_every_setting_with_its_default() -> None:
    example = dotenv_values(EXAMPLE)
    documented = {variable_of(Settings, name) for name in Settings.model_fields}
    assert documented <= example.keys()
    assert {name for name in example if name.startswith("RESOLUTIONFLOW_")} <= documented
    without = Settings(_env_file=None)
    assert Settings(_env_file=EXAMPLE) == without
    for name in Settings.model_fields:
        default = getattr(without, name)
        # Two settings have another default in `make up`; a copy of the example must not overrule it.
        shown = default not in (None, [], {}) and name not in {"demo", "allow_private_psa"}
        assert bool(example[variable_of(Settings, name)]) == shown, name


def test_the_example_file_marks_every_secret() -> None:
    lines = EXAMPLE.read_text().splitlines()
    for variable in secret_variables(Settings).values():
        place = lines.index(f"{variable}=")
        above = [line for line in lines[max(0, place - 3) : place] if line.startswith("#")]
        assert any("ecret" in line for line in above), variable


def test_the_example_file_can_be_used_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / ".env").write_text(EXAMPLE.read_text())
    assert load_settings().port == 8000
    assert capsys.readouterr().err == ""
