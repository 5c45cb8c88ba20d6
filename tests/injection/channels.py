"""The ways by which the words of others come into a session, and a session with such words in one of them.

| channel | what it is in the product |
|---|---|
| ticket | summary and description of the linked ticket |
| note | a note on the ticket, with its author |
| contact | the name of the ticket's contact, and of its client |
| device | name and details of a configuration that the ticket names |
| log | an attached text file: its name and its content |
| picture | an attached picture: its name, and what is written in it, which only the model reads |
| article | a published flow of the team's knowledge |
| output | what a check printed, pasted by the engineer |
| psa-error | words of the ticketing system that the session has recorded |
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from PIL import Image, ImageDraw

from domain.conversation import time_refused_line
from domain.flows import DecisionNode, Flow, FlowOption, SolutionNode
from domain.psa import Configuration, RelatedTicket, TicketDetail, TicketNote
from domain.text import clip, drop_unstorable
from infra.pilots.untrusted import Section
from infra.storage.store import ObjectStore, UploadVariant, upload_key

NOW = datetime(2031, 2, 3, 9, 0, tzinfo=UTC)


@dataclass
class Placed:
    """Where a text was put. What is None or empty is as in a session without anything hostile."""

    word: str
    """Stands in the session's problem and nowhere else, so that only its own article is found."""
    ticket: TicketDetail | None = None
    flow: Flow | None = None
    output: str | None = None
    line: str | None = None
    file: tuple[str, bytes, str] | None = None
    """Name, bytes and type of an attached file."""
    upload_id: UUID = field(default_factory=uuid4)

    def upload(self) -> dict[str, Any] | None:
        """The file as a message names it."""
        if self.file is None:
            return None
        name, data, content_type = self.file
        return {
            "id": str(self.upload_id),
            "file_name": name,
            "content_type": content_type,
            "size_bytes": len(data),
        }

    async def store(self, storage: ObjectStore, account_id: UUID) -> None:
        if self.file is not None:
            _, data, content_type = self.file
            key = upload_key(account_id, self.upload_id, UploadVariant.ORIGINAL)
            await storage.put(key, data, content_type)


@dataclass(frozen=True)
class Channel:
    """`section`: where the model is given the text."""

    name: str
    section: Section
    place: Callable[[Placed, str], None]


def _ticket(placed: Placed, **changes: Any) -> None:
    placed.ticket = TicketDetail(
        **{"id": f"t-{placed.word}", "summary": "Printing is slow", "company": "Acme", "contact": "Ann"}
        | changes
    )


def _in_ticket(placed: Placed, text: str) -> None:
    _ticket(placed, summary=text, description=text, related=[RelatedTicket(id="7", summary=text)])


def _in_note(placed: Placed, text: str) -> None:
    _ticket(placed, notes=[TicketNote(id="1", text=text, author=text, created_at=NOW)])


def _in_contact(placed: Placed, text: str) -> None:
    _ticket(placed, contact=text, company=text)


def _in_device(placed: Placed, text: str) -> None:
    _ticket(placed, configurations=[Configuration(id=1, name=text, type=text, details=text)])


def _in_log(placed: Placed, text: str) -> None:
    placed.file = (clip(text, 200), f"09:00 started\n{text}\n09:01 ended".encode(), "text/plain")


def _in_picture(placed: Placed, text: str) -> None:
    image = Image.new("RGB", (320, 60), "white")
    ImageDraw.Draw(image).text((4, 4), text[:40].encode("ascii", "replace").decode(), fill="black")
    data = io.BytesIO()
    image.save(data, "PNG")
    placed.file = (clip(text, 200), data.getvalue(), "image/png")


def _in_article(placed: Placed, text: str) -> None:
    placed.flow = Flow(
        id=uuid4(),
        title=clip(f"{placed.word} {text}", 200),
        description=text,
        category="printing",
        root_node_id="start",
        nodes=[
            DecisionNode(
                id="start",
                title=text,
                question=text,
                options=[
                    FlowOption(id="yes", label=text, next_node_id="end"),
                    FlowOption(id="no", label="No", next_node_id="end"),
                ],
            ),
            SolutionNode(id="end", title=text, description=text, resolution_steps=[text], confidence=99),
        ],
    )


def _in_output(placed: Placed, text: str) -> None:
    placed.output = text


def _in_psa_error(placed: Placed, text: str) -> None:
    placed.line = time_refused_line(drop_unstorable(text))


CHANNELS = [
    Channel("ticket", Section.TICKET, _in_ticket),
    Channel("note", Section.TICKET, _in_note),
    Channel("contact", Section.TICKET, _in_contact),
    Channel("device", Section.TICKET, _in_device),
    Channel("log", Section.FILES, _in_log),
    Channel("picture", Section.IMAGES, _in_picture),
    Channel("article", Section.FLOWS, _in_article),
    Channel("output", Section.ANSWERS, _in_output),
    Channel("psa-error", Section.EVENT, _in_psa_error),
]
