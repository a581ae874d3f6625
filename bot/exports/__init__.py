"""A conversation as a file to keep or hand over: Markdown, Word, PDF, JSON Lines, WebVTT."""
