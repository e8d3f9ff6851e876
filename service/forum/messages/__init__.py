"""Private messages: what two people say to each other, in conversations that either may leave."""
