"""What a clinic sets about integration. Each room has its own part."""

from integration.visits import setting_keys as visits  # noqa: F401
