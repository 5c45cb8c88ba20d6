"""Connecting to Temporal: one client, one data converter for api, worker, tests and replays."""
