"""One troubleshooting session, from its first word until it is closed for good."""
