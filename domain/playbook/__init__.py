"""The playbook pilot's mind: walks the team's flows without a model."""

from domain.playbook.engine import PlaybookReply, next_reply

__all__ = ["PlaybookReply", "next_reply"]
