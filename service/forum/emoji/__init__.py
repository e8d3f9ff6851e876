"""The site's own emoji: a name between colons and a picture, or a character that is offered for reactions."""
