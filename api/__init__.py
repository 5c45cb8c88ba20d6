"""The HTTP façade: authenticate, validate, send one message or run one read, shape the answer."""
