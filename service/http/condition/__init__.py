"""How the site is: whether a process can serve, what is counted for administrators, and the figures that pages show."""
