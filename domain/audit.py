"""The words of the audit log: every administrative change and every write to a ticketing system has one."""

from enum import StrEnum


class AuditAction(StrEnum):
    """What was done. What is unconfirmed was sent, and nobody has learnt whether it was done."""

    CONNECTION_CREATED = "connection.created"
    CONNECTION_TESTED = "connection.tested"
    CONNECTION_DEACTIVATED = "connection.deactivated"
    SETTINGS_CHANGED = "settings.changed"
    SHARE_LINK_MADE = "share_link.made"
    SHARE_LINK_REVOKED = "share_link.revoked"
    LOGIN_SESSION_ENDED = "login_session.ended"
    OTHER_LOGIN_SESSIONS_ENDED = "login_session.others_ended"
    ACCOUNT_CREATED = "account.created"
    MEMBER_INVITED = "member.invited"
    INVITE_REVOKED = "member.invite_revoked"
    MEMBER_JOINED = "member.joined"
    MEMBER_LOGIN_SESSIONS_ENDED = "member.login_sessions_ended"
    MEMBER_DISABLED = "member.disabled"
    MEMBER_ENABLED = "member.enabled"
    MEMBER_TWO_FACTOR_REMOVED = "member.two_factor_removed"
    TWO_FACTOR_ENROLLED = "two_factor.enrolled"
    TWO_FACTOR_CONFIRMED = "two_factor.confirmed"
    TWO_FACTOR_DISABLED = "two_factor.disabled"
    RECOVERY_CODES_RENEWED = "two_factor.recovery_codes_renewed"
    RECOVERY_CODE_USED = "two_factor.recovery_code_used"
    CODEC_OPENED = "codec.opened"
    NOTE_POSTED = "ticket.note_posted"
    NOTE_UPDATED = "ticket.note_updated"
    TIME_LOGGED = "ticket.time_logged"
    STATUS_CHANGED = "ticket.status_changed"
    TICKET_CREATED = "ticket.created"
    NOTE_UNCONFIRMED = "ticket.note_unconfirmed"
    TIME_UNCONFIRMED = "ticket.time_unconfirmed"
    STATUS_UNCONFIRMED = "ticket.status_unconfirmed"
    TICKET_UNCONFIRMED = "ticket.creation_unconfirmed"


class AuditTarget(StrEnum):
    """What it was done to."""

    ACCOUNT = "account"
    INVITE = "invite"
    CONNECTION = "connection"
    SETTINGS = "settings"
    SHARE_LINK = "share_link"
    LOGIN_SESSION = "login_session"
    USER = "user"
    TICKET = "ticket"
