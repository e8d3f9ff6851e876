"""Signed requests, in the two forms that servers speak: draft-cavage-12 and RFC 9421. Pure: no clock, no network."""
