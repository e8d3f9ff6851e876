"""What somebody takes along from one site to another: settings, subscriptions, blocks, and all that they wrote."""
