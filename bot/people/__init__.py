"""The people of a server: who may sign in, who asks, and what their role lets them do."""
