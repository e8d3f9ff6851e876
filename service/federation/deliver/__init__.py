"""Sending: what is said is appended to one log, once; each server reads on from where it is, through our couriers.

Reading order: outgoing, lanes, log (appending), then who gets what and how it travels.
"""
