"""What a clinic sets for its sessions. Each room has its own part."""

from sessions.discharge import setting_keys as discharge  # noqa: F401
from sessions.dosing import setting_keys as dosing  # noqa: F401
from sessions.events import setting_keys as events  # noqa: F401
from sessions.gate import setting_keys as gate  # noqa: F401
from sessions.orders import setting_keys as orders  # noqa: F401
from sessions.visits import setting_keys as visits  # noqa: F401
