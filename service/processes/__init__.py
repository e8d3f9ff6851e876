"""Everything that starts, watches and stops other processes; nothing here opens an engine, a pool or a client."""
