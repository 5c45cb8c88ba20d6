"""A reply of the pilot after parsing."""

from collections.abc import Mapping
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from domain.markers.tags import BlockName
from domain.pilot import ProposedOutcomeView
from domain.vocabulary import FactSource, LaneAction

MAX_QUESTIONS = 3
MAX_CHECKS = 4
MAX_PROMOTIONS = 20
MAX_OPTIONS = 10
MAX_TEXT = 500
MAX_SUMMARY = 200
MAX_TITLE = 200
MAX_COMMAND = 4_000
MAX_DESCRIPTION = 4_000
MAX_SCRIPT = 50_000


class _Item(BaseModel):
    model_config = ConfigDict(frozen=True)


class ParsedQuestion(_Item):
    text: str
    context: str | None = None
    options: list[str] | None = None


class ParsedCheck(_Item):
    label: str
    command: str | None = None
    description: str | None = None
    action: LaneAction | None = None


class Promotion(_Item):
    """A fact to store. `source_ref` has the form of an id;

    whether this session's lane has it is not known here.
    """

    source_type: FactSource
    text: str
    source_ref: UUID | None = None
    summary: str | None = None


class ParsedFix(_Item):
    title: str
    description: str
    confidence_pct: int
    script_template_slug: str | None = None
    ai_drafted_script: str | None = None
    ai_drafted_parameters: dict[str, JsonValue] | None = None


class DroppedItem(_Item):
    """Something the reply had and the product did not take, or took only in part."""

    block: BlockName
    reason: str


class ReplyDiagnostics(_Item):
    """`blocks`: how many of each name the reply had. `format_miss`: it said nothing about the lane."""

    blocks: Mapping[BlockName, int] = Field(default_factory=dict)
    dropped: list[DroppedItem] = Field(default_factory=list)
    dropped_count: int = 0
    format_miss: bool = False


class ParsedReply(_Item):
    """`lane_stated`: at least one QUESTIONS, ACTIONS or FORK block was valid. `lane_cut_off`: the reply ended
    inside one, so items may be missing that the pilot meant to repeat.
    """

    prose: str
    questions: list[ParsedQuestion] = Field(default_factory=list)
    actions: list[ParsedCheck] = Field(default_factory=list)
    promotions: list[Promotion] = Field(default_factory=list)
    suggested_fix: ParsedFix | None = None
    proposed_outcome: ProposedOutcomeView | None = None
    lane_stated: bool = False
    lane_cut_off: bool = False
    diagnostics: ReplyDiagnostics = Field(default_factory=ReplyDiagnostics)

    @property
    def says_nothing(self) -> bool:
        """Neither a word nor anything that could be taken: whoever waits for it would see an empty reply."""
        return not (
            self.prose.strip()
            or self.questions
            or self.actions
            or self.promotions
            or self.suggested_fix
            or self.proposed_outcome
        )
