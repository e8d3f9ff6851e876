"""How a site looks: its icon, its colour, and a style sheet of its own."""
