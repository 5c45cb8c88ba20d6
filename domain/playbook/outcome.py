"""What an engineer states about a fix that was run."""

import re

from domain.playbook.language import is_question, is_uncertain
from domain.text import normalise_text
from domain.vocabulary import ProposedOutcome


def _any_of(*patterns: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(patterns)})\b")


_PENDING = _any_of(
    r"not yet|too early|in progress|hope(?:fully)?|should (?:work|be|fix|help)",
    r"if (?:it|this|that)|might|maybe|perhaps",
    r"still (?:testing|checking|waiting|trying|running|verifying)",
    r"(?:will|going to|let me|about to) (?:\w+ )?(?:test|try|check|verify|see|run|apply|do|report)",
    r"have(?:n't| not) (?:\w+ )?(?:tested|tried|checked|run)",
    r"(?:am|are|is|i'm|we're) (?:testing|trying|waiting|checking|verifying)",
    r"waiting (?:for|on|until)",
)
_DOUBTED = _any_of(r"do(?:n't| not) (?:think|believe)", r"doubt", r"can(?:'t|not) say", r"unclear")
_PARTIAL = _any_of(
    r"partly|partially|in part|half(?:way)?|mostly",
    r"only (?:for )?(?:some|one|part|a few)",
    r"some of (?:them|it|the)",
    r"but (?:\w+ ){0,6}?(?:not|still|only|doesn't|isn't|can't|slow|won't)",
)
_FAILURE = _any_of(
    r"(?:did|does|do|has|have|was|is|are)(?:n't| not) (?:\w+ ){0,2}?(?:work|help|fix|solv|resolv|chang)\w*",
    r"(?:did|does|is|was)(?:n't| not) (?:do (?:anything|it)|any better|better|gone)",
    r"no (?:change|luck|difference|effect|improvement|joy|success)|nothing changed",
    r"not (?:fixed|working|resolved|solved|better|helped)",
    r"still (?:\w+ )?(?:fails?|failing|broken|the same|not|doesn't|can't|cannot|won't|isn't|locked|slow)",
    r"still (?:\w+ )?(?:full|down|offline|happening|there|an? (?:issue|problem|error))",
    r"still (?:\w+ )?(?:getting|asks|prompts|drops)",
    r"same (?:error|issue|problem|thing|message|result)",
    r"failed|worse|back again|without success|to no avail",
)
_SUCCESS = _any_of(
    r"worked|problem solved|issue resolved|did the trick|that did it",
    r"(?:it|that|this|fix|everything|all|solution|script) (?:\w+ )?(?:works|helped|did it)",
    r"works (?:now|again|fine|perfectly|well)|working (?:again|now|fine)",
    r"(?:is|are|now|was|all|got|it's|that's|been) (?:\w+ )?(?:fixed|resolved|solved|sorted|gone|good now)",
    r"back (?:online|to normal|up)",
    r"(?:can|could) (?:now )?(?:sign|log|print|connect)\w*(?: in)?(?: again| now)",
    r"no (?:more|longer) (?:\w+ )?(?:errors?|problems?|issues?|lockouts?|locked|slow|failing)",
)
_BARE_SUCCESS = re.compile(r"^(?:all )?(?:fixed|resolved|solved|sorted|success)\b")
_ANOTHER = _any_of(
    r"something else|what else|go on|move on|skip|dismiss(?:ed)?|wrong",
    r"another (?:fix|idea|cause|way|option|one)|other (?:ideas?|options?|causes?)",
    r"next (?:one|fix|idea|option|step)",
    r"(?:already|have) tried (?:that|this|it)",
    r"not (?:it|the cause|the problem|applicable|relevant|an option)",
    r"isn't (?:it|the cause|applicable)|that's not",
    r"can(?:'t|not) (?:do|apply|run) (?:that|this|it)",
)


def read_outcome(text: str) -> ProposedOutcome | None:
    """The outcome that `text` states. None for doubt, plans, questions back and everything else."""
    said = normalise_text(text).replace("’", "'")
    if is_question(said) or is_uncertain(said) or _PENDING.search(said) or _DOUBTED.search(said):
        return None
    success = _SUCCESS.search(said) or _BARE_SUCCESS.search(said)
    failure = _FAILURE.search(said)
    if _PARTIAL.search(said) and (success or failure or "part" in said):
        return ProposedOutcome.PARTIAL
    if failure:
        return ProposedOutcome.FAILURE
    return ProposedOutcome.SUCCESS if success else None


def wants_another(text: str) -> bool:
    """Whether the engineer turns the proposed fix down and asks for the next idea."""
    said = normalise_text(text).replace("’", "'")
    return said.startswith("next") or bool(_ANOTHER.search(said))
