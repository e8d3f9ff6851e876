"""`pieloop doctor`: what is wrong with this site, in plain words, with the command that mends it."""
