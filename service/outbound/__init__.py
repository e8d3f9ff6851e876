"""The only way out of the building: which addresses may be dialled, and the one client that dials them."""
