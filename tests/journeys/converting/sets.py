"""The converters by the name of the format they read."""

from collections.abc import Callable
from pathlib import Path

from tests.journeys.converting import espocrm, frappe, salesforce
from tests.journeys.converting.drafts import Draft

CONVERTERS: dict[str, Callable[[Path], Draft]] = {
    "espocrm": espocrm.convert,
    "frappe": frappe.convert,
    "salesforce": salesforce.convert,
}
