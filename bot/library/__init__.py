"""The library: articles become passages, and a question finds the passages that answer it."""
