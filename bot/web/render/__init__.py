"""What is drawn: functions from plain values to HTML, everything escaped. No Gradio here."""
