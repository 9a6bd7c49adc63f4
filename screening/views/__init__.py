"""Pages of intakes and measures. Load, ask, call, answer."""
