"""Bytes that are too large for the database: one interface, kept in local files or in an S3-compatible store."""
