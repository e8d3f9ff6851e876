"""Handlers that say in their signature what they take and give, and the OpenAPI document made of these signatures."""
