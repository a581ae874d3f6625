"""The page: Gradio and FastAPI. It draws what the studio gives and passes on what the leader does. No rules here."""
