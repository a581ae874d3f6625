"""A conversation held elsewhere: taken in from a file, names taken out, read and debriefed by the same rubric."""
