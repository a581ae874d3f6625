"""Pictures as SVG: plots of a conversation, for the page and for print."""
