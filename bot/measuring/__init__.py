"""The tables of `alex evaluate`, measured now."""
