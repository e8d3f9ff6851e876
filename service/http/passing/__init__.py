"""What each request passes before and while it is answered, one concern a module or folder."""
