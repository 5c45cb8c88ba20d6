"""Letting a list be planned for the account that asks for it."""

from sqlalchemy import text

# A kept plan is the one that suited the account for which it was made: reading through all of a small account and
# sorting costs nothing there, and much in a large one that gets the same connection later.
PLAN_FOR_THIS_ACCOUNT = text("SET LOCAL plan_cache_mode = force_custom_plan")
