"""The two artifacts a session ends with: their input, their fixed sections, and a renderer that needs no model."""
