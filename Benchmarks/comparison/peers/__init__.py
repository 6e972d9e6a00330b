"""The peers: each module has `prepare(settings)`, which returns a `comparison.timing.Peer`."""
