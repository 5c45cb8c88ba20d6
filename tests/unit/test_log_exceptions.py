"""A log tells where an exception came from and of what kind it is, and repeats nothing that it says."""

from __future__ import annotations

from temporalio.exceptions import ApplicationError

from domain.psa import PsaRejected
from infra.log_exceptions import describe
from infra.temporal.payload_keys import PayloadKeyUnknown


def logged(error: BaseException, after: BaseException | None = None) -> str:
    """What is logged of an exception that was raised, after another one if there is one."""
    try:
        if after is None:
            raise error
        try:
            raise after
        except BaseException as first:
            raise error from first
    except BaseException as raised:
        return describe((type(raised), raised, raised.__traceback__))


def test_the_words_of_an_exception_are_not_repeated_but_its_kind_and_place_are() -> None:
    told = logged(ValueError("The client wrote Zanzibar"))
    assert "Zanzibar" not in told
    assert "builtins.ValueError" in told
    assert "test_log_exceptions.py" in told


def test_of_a_chain_each_is_told_without_its_words() -> None:
    told = logged(
        ApplicationError("Zanzibar", type="note_refused"), after=PsaRejected("Zanzibar is no status")
    )
    assert "Zanzibar" not in told
    assert told.index("PsaRejected") < told.index("which led to:") < told.index("note_refused")


def test_what_an_operator_must_do_is_told() -> None:
    assert "the key 0badc0de" in logged(PayloadKeyUnknown("0badc0de"))


def test_of_a_group_each_is_told() -> None:
    told = logged(ExceptionGroup("Zanzibar", [KeyError("Zanzibar"), OSError("Zanzibar")]))
    assert "Zanzibar" not in told
    assert "KeyError" in told
    assert "OSError" in told
