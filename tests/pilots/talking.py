"""Runs whole turns of any pilot."""

from domain.markers import ParsedReply
from domain.pilot import EngineerInput, Pilot, ReplyDelta, ReplyEnd, TicketView, TurnContext
from infra.seed.flows import DEMO_FLOWS
from tests.unit.playbook.desk import Desk

TICKET = TicketView(
    ref="48307",
    summary="Printer offline",
    description="The printer in the arranging room says offline on all PCs.",
    client="Elmswood",
)


async def reply_of(pilot: Pilot, context: TurnContext) -> tuple[str, ReplyEnd]:
    """The raw reply and its end. The end comes once, and last."""
    pieces: list[str] = []
    ends: list[ReplyEnd] = []
    async for part in pilot.stream_reply(context):
        assert not ends, "nothing comes after the end"
        if isinstance(part, ReplyDelta):
            assert part.text
            pieces.append(part.text)
        else:
            ends.append(part)
    [end] = ends
    return "".join(pieces), end


class Talk:
    """A session with a pilot."""

    def __init__(self, pilot: Pilot, ticket: TicketView | None = TICKET) -> None:
        self.pilot = pilot
        self.desk = Desk(DEMO_FLOWS, ticket=ticket)

    async def say(self, *texts: str) -> ParsedReply:
        return await self._turn(self.desk.messages(*texts))

    async def answer_everything(self) -> ParsedReply:
        """Answer every open question with its first option, every check with output."""
        answers = {
            text: (self.desk.item(text).options or ["Since Monday"])[0] for text in self.desk.open_questions
        }
        outputs = dict.fromkeys(self.desk.open_checks, "State : Running")
        return await self._turn(self.desk.answers(answers | outputs))

    async def until_a_fix(self) -> ParsedReply:
        """Start, then answer until a fix is proposed."""
        reply = await self.say("The printer does not print")
        for _ in range(12):
            if reply.suggested_fix is not None:
                return reply
            reply = await self.answer_everything()
        raise AssertionError("no fix was proposed in 12 turns")

    async def _turn(self, inputs: list[EngineerInput]) -> ParsedReply:
        raw, end = await reply_of(self.pilot, self.desk.context(inputs))
        state: dict[str, object] | None = {**end.pilot_state} if end.pilot_state is not None else None
        return self.desk.store(inputs, raw, state)
