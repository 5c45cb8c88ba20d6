"""The artifacts a session ends with: their input, their fixed sections, a renderer that needs no model."""
