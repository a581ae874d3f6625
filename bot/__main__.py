"""Run the console command as `python -m bot`."""

from bot.cli import main

main()
