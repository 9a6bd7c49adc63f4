"""The launcher: bootstrap, embedded servers, demo clinic, bench, soak."""
