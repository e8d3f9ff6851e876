"""Rows -> the JSON that clients of /api/alpha read. Pure: no request, no database.

Clients refuse a whole page for one wrong field, so here is decided what may be null and what must rather be missing.
"""
