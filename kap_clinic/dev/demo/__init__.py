"""The demo clinic: invented people at every step of the way, made through the real actions with a fixed seed."""
