"""One file a revision; `service.storage.schema.REVISIONS` lists them in their order."""
