"""Word of a finished rehearsal to a learning record store: who finished which scenario, by pseudonym, and no more."""
