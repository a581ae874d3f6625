"""The record: every turn that was shown, kept in one database, replayed and exported from there."""
