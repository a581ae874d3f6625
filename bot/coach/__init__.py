"""The coach: notices, suggests, words, and debriefs. Quotes, and never invents."""
