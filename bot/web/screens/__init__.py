"""The five screens: widgets, and what happens when they are used."""
