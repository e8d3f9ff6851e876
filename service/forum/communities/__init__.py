"""Communities: making and editing them, members, moderators, bans."""
