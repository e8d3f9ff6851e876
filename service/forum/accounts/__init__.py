"""Accounts: registering, signing in, profiles, settings, bans."""
