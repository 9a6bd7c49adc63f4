"""What a clinic sets about patients, gathered for Django."""

import patients.consents.setting_keys
import patients.notes.setting_keys  # noqa: F401
