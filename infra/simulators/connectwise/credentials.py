"""Keys the simulator accepts. Not secrets: they open nothing else, and the demo tenant uses them."""

COMPANY_ID = "demo-msp"
PUBLIC_KEY = "DemoPublicKey1234"
PRIVATE_KEY = "DemoPrivateKey5678"
CLIENT_ID = "6f1c1f6e-3f0b-4c53-9a55-d1b2c4e8a001"

API_MEMBER = "rflowapi"
"""Identifier of the API member the keys belong to; author of notes posted with them."""
