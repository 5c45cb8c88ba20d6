"""Who somebody is: passwords, tokens, and what a request may do."""
