"""One turn of the playbook pilot: deterministic, pure, and never without an answer."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from pydantic import JsonValue

from domain.flows import ActionNode, DecisionNode, Flow, FlowOption, SolutionNode
from domain.lane import lane_identity
from domain.markers.reply import MAX_TITLE
from domain.pilot import FixView, LaneItemView, TurnContext
from domain.playbook import wording
from domain.playbook.facts import fact_of_output, fact_of_result, fact_of_statement
from domain.playbook.language import could_not, is_question
from domain.playbook.matching import match_option
from domain.playbook.outcome import read_outcome, wants_another
from domain.playbook.relevance import best_flow
from domain.playbook.reply import ReplyBuilder
from domain.playbook.said import Said, check_labels
from domain.playbook.state import PlaybookState
from domain.playbook.wording import OpenQuestion
from domain.text import clip, normalise_text
from domain.vocabulary import FactSource, FixStatus, LaneItemKind, MessageRole, ProposedOutcome

MISSES_BEFORE_NEXT_FLOW = 2


class PlaybookReply(NamedTuple):
    """A reply in the pilot's format, and where the playbook stands after it."""

    raw_text: str
    pilot_state: dict[str, JsonValue]


def next_reply(context: TurnContext) -> PlaybookReply:
    """The playbook's answer to a turn. The same context always gives the same reply."""
    turn = _Turn(context)
    turn.run()
    return PlaybookReply(turn.reply.render(), turn.state.dump())


class _Turn:
    def __init__(self, context: TurnContext) -> None:
        self.context = context
        self.state = PlaybookState.load(context.pilot_state)
        self.reply = ReplyBuilder(context.facts)
        self.said = Said(context)
        self.flow = self._flow_in_use()
        self._left: set[tuple[LaneItemKind, str]] = set()
        self._entered: set[tuple[UUID, str]] = set()

    def run(self) -> None:
        active = self.context.active_fix()
        node = self._node()
        if active is not None and self._states_outcome(active):
            self._keep_lane()
        elif node is None:
            self._start()
        elif isinstance(node, DecisionNode):
            self._at_decision(node)
        elif isinstance(node, ActionNode):
            self._at_action(node)
        else:
            self._at_solution(node)
        self._promote_results()

    def _flow_in_use(self) -> Flow | None:
        for found in self.context.flows:
            if found.flow.id == self.state.flow_id:
                return found.flow
        # The flow was unpublished or the stored state is of another kind: look for one again.
        self.state.flow_id = self.state.node_id = None
        return None

    def _node(self) -> DecisionNode | ActionNode | SolutionNode | None:
        if self.flow is None or self.state.node_id is None:
            return None
        try:
            return self.flow.node(self.state.node_id)
        except KeyError:
            self.state.flow_id = self.state.node_id = None
            self.flow = None
            return None

    # --- choosing a flow

    def _start(self) -> None:
        searched = self._problem_texts()
        self._answers_to(wording.DESCRIPTION_QUESTIONS)
        flow = best_flow(self.context.flows, searched, self.state.tried_flow_ids)
        if flow is not None:
            self.reply.say(wording.starting(flow.title))
            self._enter_flow(flow)
        elif not self.state.asked_for_description and not self.state.tried_flow_ids:
            self.state.asked_for_description = True
            self.reply.say(wording.NOTHING_FITS_YET)
            for question in wording.DESCRIPTION_QUESTIONS:
                self.reply.ask(question.text, question.context)
            self._carry_over()
        else:
            self._hand_over()

    def _problem_texts(self) -> list[str]:
        ticket = self.context.ticket
        texts = [self.context.problem_summary, *self.said.messages]
        texts += [message.text for message in self.context.history if message.role is MessageRole.ENGINEER]
        if ticket is not None:
            texts += [ticket.summary, ticket.description, *(note.text for note in ticket.notes)]
        for _, answer in self.said.answers.values():
            texts += [answer.answer, answer.output]
        return [text for text in texts if text]

    def _enter_flow(self, flow: Flow) -> None:
        self.flow = flow
        self.state.flow_id = flow.id
        self._enter(flow.root_node_id)

    def _next_flow(self) -> None:
        """Leave the flow for the next best one; with none left, help to hand the ticket over."""
        self._left |= {lane_identity(item.kind, item.text) for item in self.said.open_items()}
        self.state.leave_flow()
        self.flow = None
        flow = best_flow(self.context.flows, self._problem_texts(), self.state.tried_flow_ids)
        if flow is None:
            self._hand_over()
            return
        self.reply.say(wording.trying_next(flow.title))
        self._enter_flow(flow)

    def _hand_over(self) -> None:
        unanswered = self._answers_to(wording.HANDOVER_QUESTIONS)
        if not unanswered:
            self.reply.say(wording.PACKAGE_IS_READY)
            self._carry_over()
            return
        self.reply.say(wording.nothing_left(len(self.context.facts)))
        for question in unanswered:
            self.reply.ask(question.text, question.context)

    def _answers_to(self, questions: Sequence[OpenQuestion]) -> list[OpenQuestion]:
        """Promote what this turn answers of `questions`; answers those that still wait."""
        waiting = []
        for question in questions:
            item = self.said.item(LaneItemKind.QUESTION, question.text)
            answer = self.said.take(item)
            if item is None or (answer is None and item in self.said.open_items()):
                waiting.append(question)
            elif answer is not None and not answer.skipped:
                fact = fact_of_statement(question.topic, answer.answer or answer.output or "")
                if fact is not None:
                    self.reply.promote(FactSource.QUESTION, item.id, fact, question.summary)
        return waiting

    # --- walking the nodes

    def _enter(self, node_id: str) -> None:
        """Put a node before the engineer, or pass it when this turn already answers it."""
        assert self.flow is not None  # noqa: S101 - only called inside a flow
        if (self.flow.id, node_id) in self._entered:
            self._next_flow()
            return
        self._entered.add((self.flow.id, node_id))
        self.state.go_to(node_id)
        node = self.flow.node(node_id)
        if isinstance(node, DecisionNode):
            item = self.said.item(LaneItemKind.QUESTION, node.question)
            answer = self.said.take(item)
            option = (
                match_option(answer.answer or "", node.options) if answer and not answer.skipped else None
            )
            if option is not None:
                self._take_option(option, item)
            else:
                self._ask(node)
        elif isinstance(node, ActionNode):
            self.reply.say(wording.run_checks(node.title, len(node.commands)))
            for label, command, description in check_labels(node):
                self.reply.check(label, command, description)
            self._carry_over()
        else:
            self._propose(node)

    def _ask(self, node: DecisionNode, help_text: str | None = None) -> None:
        if help_text is None:
            self.reply.say(node.question)
        self.reply.ask(node.question, help_text or node.help_text, [option.label for option in node.options])
        self._carry_over()

    def _at_decision(self, node: DecisionNode) -> None:
        item = self.said.item(LaneItemKind.QUESTION, node.question)
        answer = self.said.take(item)
        candidates = list(reversed(self.said.messages))
        if answer is not None and not answer.skipped:
            candidates.insert(0, answer.answer or answer.output or "")
        for text in candidates:
            if option := match_option(text, node.options):
                self._take_option(option, item)
                return
        if answer is None and not candidates:
            # Only other items were answered: nothing was missed.
            self._ask(node)
            return
        self.state.misses += 1
        if self.state.misses >= MISSES_BEFORE_NEXT_FLOW:
            self.reply.say(wording.NO_OPTION_FITS_TWICE)
            self._next_flow()
        else:
            self.reply.say(
                wording.skipped(node.question) if answer and answer.skipped else wording.NO_OPTION_FITS
            )
            self._ask(node, node.help_text or wording.PICK_AN_OPTION)

    def _take_option(self, option: FlowOption, item: LaneItemView | None) -> None:
        if item is not None:
            self._left.add(lane_identity(item.kind, item.text))
        if option.fact:
            ref = item.id if item else None
            self.reply.promote(FactSource.QUESTION, ref, option.fact, option.fact_summary)
            self.reply.say(wording.noted(option.fact))
        self._enter(option.next_node_id)

    def _at_action(self, node: ActionNode) -> None:
        items = [self.said.item(LaneItemKind.CHECK, label) for label, _, _ in check_labels(node)]
        mine = [item for item in items if item is not None]
        if any(str(item.id) in self.said.answers for item in mine):
            self._enter(node.next_node_id)
            return
        message = self.said.message
        if not message:
            self._keep_lane_of(node)
            return
        if is_question(message) and not could_not(message):
            self.reply.say(wording.how_to_check(node.description))
            self._keep_lane_of(node)
            return
        waiting = [item for item in mine if item in self.said.open_items()]
        if len(waiting) == 1 and (fact := fact_of_result(waiting[0].text, message)):
            self.reply.promote(FactSource.DIAGNOSTIC_CHECK, waiting[0].id, fact, wording.CHECK_SUMMARY)
        self._left |= {lane_identity(item.kind, item.text) for item in waiting}
        self._enter(node.next_node_id)

    def _keep_lane_of(self, node: ActionNode) -> None:
        for label, command, description in check_labels(node):
            self.reply.check(label, command, description)
        if not self.said.message:
            self.reply.say(wording.run_checks(node.title, len(node.commands)))
        self._carry_over()

    def _promote_results(self) -> None:
        """Facts of every check that was answered in this turn, whichever step it belongs to."""
        for item, answer in self.said.answers.values():
            if item.kind is not LaneItemKind.CHECK or answer.skipped:
                continue
            fact = fact_of_output(item.text, answer.output) if answer.output else None
            fact = fact or (fact_of_result(item.text, answer.answer) if answer.answer else None)
            if fact is not None:
                self.reply.promote(FactSource.DIAGNOSTIC_CHECK, item.id, fact, wording.CHECK_SUMMARY)

    # --- fixes

    def _propose(self, node: SolutionNode) -> None:
        title = clip(node.title, MAX_TITLE)
        fix = self._fix_titled(title)
        active = self.context.active_fix()
        still_active = fix is not None and active is not None and fix.id == active.id
        if fix is not None and (
            fix.status is not FixStatus.PROPOSED or (fix.applied_at and not still_active)
        ):
            self.reply.say(wording.tried_already(title))
            self._after_solution(node)
            return
        steps = "\n".join(f"{number}. {step}" for number, step in enumerate(node.resolution_steps, start=1))
        description = "\n\n".join(part for part in (node.description, steps) if part)
        self.reply.suggest(title, description, node.confidence, node.script_template_slug)
        self.reply.say(wording.proposing(title))
        self._carry_over()

    def _after_solution(self, node: SolutionNode) -> None:
        if node.fallback_node_id is not None:
            self._enter(node.fallback_node_id)
        else:
            self._next_flow()

    def _at_solution(self, node: SolutionNode) -> None:
        fix = self._fix_titled(clip(node.title, MAX_TITLE))
        message = self.said.message_without(node.title)
        if fix is None:
            self._propose(node)
        elif fix.status is FixStatus.APPLIED_SUCCESS and read_outcome(message) is not ProposedOutcome.FAILURE:
            self.reply.say(wording.SOLVED)
            self._keep_lane()
        elif fix.status is FixStatus.APPLIED_PARTIAL and not self._turns_down(message):
            self.reply.say(wording.PARKED)
            self._keep_lane()
        elif fix.status is not FixStatus.PROPOSED or fix.superseded:
            self.reply.say(wording.did_not_help(fix.title, dismissed=fix.status is FixStatus.DISMISSED))
            self._after_solution(node)
        elif fix.applied_at is not None:
            self.reply.say(wording.VERIFYING)
            self._keep_lane()
        elif wants_another(message):
            self.reply.say(wording.TURNED_DOWN)
            self._after_solution(node)
        else:
            self.reply.say(
                wording.RUN_IT_FIRST if read_outcome(message) else wording.still_proposed(fix.title)
            )
            self._keep_lane()

    def _turns_down(self, message: str) -> bool:
        return wants_another(message) or read_outcome(message) is ProposedOutcome.FAILURE

    def _states_outcome(self, fix: FixView) -> bool:
        """Propose the outcome that the engineer states of a fix that was run and waits for one."""
        if fix.applied_at is None or fix.status not in (FixStatus.PROPOSED, FixStatus.APPLIED_PARTIAL):
            return False
        outcome = read_outcome(self.said.message_without(fix.title))
        if outcome is None or (
            fix.status is FixStatus.APPLIED_PARTIAL and outcome is ProposedOutcome.PARTIAL
        ):
            return False
        self.reply.propose_outcome(fix, outcome, self.said.message)
        self.reply.say(wording.OUTCOME_READ[outcome])
        return True

    def _fix_titled(self, title: str) -> FixView | None:
        wanted = normalise_text(title)
        return next(
            (fix for fix in reversed(self.context.fixes) if normalise_text(fix.title) == wanted), None
        )

    # --- the lane

    def _carry_over(self) -> None:
        """What is still open stays open; the playbook never knows that it no longer matters."""
        self.reply.repeat(
            item for item in self.said.open_items() if lane_identity(item.kind, item.text) not in self._left
        )

    def _keep_lane(self) -> None:
        self.reply.leave_lane(self.said.open_items())
