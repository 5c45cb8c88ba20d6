"""What a model is given, whoever the provider is: what stays from turn to turn first, what changes last.

Everything that others wrote is delimited as data. A provider only puts the parts into the form of its API.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from domain.notes.state import NoteState
from domain.pilot import (
    DigestRequest,
    EngineerInput,
    FactSynthesisRequest,
    HistoryMessage,
    InputImage,
    TurnContext,
)
from domain.text import clip
from domain.vocabulary import ArtifactKind, MessageRole
from infra.pilots.actions import NOTE_ACTIONS, ModelAction
from infra.pilots.prompts.chat import CHAT_SYSTEM, SESSION_OPENING, TURN_REMINDER
from infra.pilots.prompts.digest import DIGEST_SYSTEM, WRITE_DIGEST
from infra.pilots.prompts.facts import FACT_SYSTEM, WRITE_FACT
from infra.pilots.prompts.notes import CORRECT_NOTE, NOTE_SYSTEMS, WRITE_NOTE
from infra.pilots.untrusted import Section, delimit, delimit_json
from infra.pilots.views import (
    MESSAGE_TEXT,
    NOTE_TEXT,
    answers_data,
    fix_data,
    flows_data,
    lane_data,
    ticket_data,
)

Part = str | InputImage


@dataclass(frozen=True)
class PromptMessage:
    """One message of a conversation; an engineer's may hold pictures."""

    from_pilot: bool
    parts: list[Part]


@dataclass(frozen=True)
class Conversation:
    """`settled` is the digest and the history: it only grows at its end while the digest stays the same.

    `current` is everything that belongs to this turn alone.
    """

    system: str
    settled: list[PromptMessage]
    current: PromptMessage


@dataclass(frozen=True)
class Task:
    """A single request to a model: the system prompt of its action, and what it is about."""

    action: ModelAction
    system: str
    parts: list[str]


def chat_conversation(context: TurnContext) -> Conversation:
    """Digest and history, then ticket, flows and state, then this turn's messages."""
    settled = [_history_message(message) for message in context.history if message.text.strip()]
    if context.digest:
        settled.insert(0, PromptMessage(False, [delimit(Section.DIGEST, context.digest)]))
    elif settled and settled[0].from_pilot:
        settled.insert(0, PromptMessage(False, [SESSION_OPENING]))
    current: list[Part] = [*_sections(context)]
    for message in context.inputs:
        current += _engineer_parts(message, context)
    if not context.inputs:
        current.append(TURN_REMINDER)
    return Conversation(CHAT_SYSTEM, settled, PromptMessage(False, current))


def note_task(kind: ArtifactKind, state: NoteState, correction: str | None) -> Task:
    """The state of the session without ids, and what was wrong with the first draft: it quotes state and draft."""
    data = state.model_dump(mode="json", exclude_none=True)
    for fix in data["fixes"]:
        del fix["id"]
    parts = [delimit_json(Section.NOTE_STATE, data)]
    parts += (
        [WRITE_NOTE] if correction is None else [delimit(Section.NOTE_PROBLEMS, correction), CORRECT_NOTE]
    )
    return Task(NOTE_ACTIONS[kind], NOTE_SYSTEMS[kind], parts)


def fact_task(request: FactSynthesisRequest) -> Task:
    """What the engineer said, with what it answers."""
    data = {
        "asked": clip(request.asked, NOTE_TEXT) if request.asked else None,
        "said": clip(request.raw_input, MESSAGE_TEXT),
        "source": request.source_type,
    }
    parts = [delimit_json(Section.FACT_INPUT, data), WRITE_FACT]
    return Task(ModelAction.FACT_SYNTHESIS, FACT_SYSTEM, parts)


def digest_task(request: DigestRequest) -> Task:
    """The last digest, and what was said since."""
    said = [
        {"from": message.role, "text": clip(message.text, MESSAGE_TEXT)}
        for message in request.messages
        if message.text.strip()
    ]
    earlier = [delimit(Section.DIGEST, request.previous)] if request.previous else []
    parts = [*earlier, delimit_json(Section.CONVERSATION, said), WRITE_DIGEST]
    return Task(ModelAction.DIGEST, DIGEST_SYSTEM, parts)


def _history_message(message: HistoryMessage) -> PromptMessage:
    if message.role is MessageRole.PILOT:
        return PromptMessage(True, [message.text.rstrip()])
    text = clip(message.text, MESSAGE_TEXT)
    if message.role is MessageRole.SYSTEM:
        return PromptMessage(False, [delimit(Section.EVENT, text)])
    return PromptMessage(False, [delimit(Section.MESSAGE, text), TURN_REMINDER])


def _sections(context: TurnContext) -> Iterable[str]:
    if context.flows:
        yield delimit_json(Section.FLOWS, flows_data(context.flows))
    if context.ticket is not None:
        yield delimit_json(Section.TICKET, ticket_data(context.ticket))
    if context.problem_summary:
        yield delimit(Section.PROBLEM, clip(context.problem_summary, NOTE_TEXT))
    yield delimit_json(
        Section.FACTS, [{"source": fact.source_type, "text": fact.text} for fact in context.facts]
    )
    yield delimit_json(Section.LANE, [lane_data(item) for item in context.lane])
    yield delimit_json(Section.FIXES, [fix_data(fix, context) for fix in context.fixes])


def _engineer_parts(message: EngineerInput, context: TurnContext) -> Iterable[Part]:
    """Pictures and files, then the message, then the reminder.

    The text of lane answers repeats them, so only the answers with their ids are given.
    """
    if message.images:
        names = [
            {"number": number, "file_name": clip(image.file_name, 200)}
            for number, image in enumerate(message.images, start=1)
        ]
        yield delimit_json(Section.IMAGES, names)
        yield from message.images
    if message.files:
        yield delimit_json(Section.FILES, [file.model_dump() for file in message.files])
    if message.answers:
        yield delimit_json(Section.ANSWERS, answers_data(message, context.lane))
    else:
        yield delimit(Section.MESSAGE, clip(message.text, MESSAGE_TEXT) or "(empty)")
    yield TURN_REMINDER
