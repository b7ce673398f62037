"""
The steps that a client is led through, in their order.
"""

from capabilities.household import Devices, DoNotDisturb, Sensors, Volume, Volumes
from capabilities.media import State, Transport
from capabilities.push import Push, Reconnect
from capabilities.scene import Capability
from capabilities.sign_in import Enrol, Refresh
from capabilities.speech import Speech

CAPABILITIES: dict[str, Capability] = {
    step.name: step
    for step in (
        Enrol(),
        Devices(),
        Refresh(),
        State(),
        Volumes(),
        Volume(),
        DoNotDisturb(),
        Sensors(),
        Transport(),
        Speech(),
        Push(),
        Reconnect(),
    )
}
