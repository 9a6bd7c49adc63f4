"""What a clinic sets about integration. Each room has its own part."""

from integration.continuing import setting_keys as continuing  # noqa: F401
from integration.papers import setting_keys as papers  # noqa: F401
from integration.visits import setting_keys as visits  # noqa: F401
