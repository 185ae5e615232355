"""Throw-away real guests for the scenarios in tests/lab."""
