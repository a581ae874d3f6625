"""The colleague: who he is, how he takes what is said, what he tells and how he says it."""
