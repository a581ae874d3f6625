"""Listen: a leader's words become a reading."""
