"""What operators filter by in the Temporal UI. Ids and words only: search attributes are stored in clear text."""

from temporalio.common import SearchAttributeKey

ACCOUNT_ID = SearchAttributeKey.for_keyword("AccountId")
SESSION_STATUS = SearchAttributeKey.for_keyword("SessionStatus")
TICKET_REF = SearchAttributeKey.for_keyword("TicketRef")
ENGINEER_ID = SearchAttributeKey.for_keyword("EngineerId")

ALL_KEYS = (ACCOUNT_ID, SESSION_STATUS, TICKET_REF, ENGINEER_ID)
