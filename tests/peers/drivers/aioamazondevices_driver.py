"""
aioamazondevices: the direct sign-in with a code, its device list, its volume command.
"""

import asyncio

from aioamazondevices.api import AmazonEchoApi
from aioamazondevices.structures import AmazonSaveDataConfig
from aiohttp import ClientSession
from errand import Errand, run


async def _background_work() -> None:
    # Commands are collected for a moment and posted by a task of the client's own.
    waiting = asyncio.all_tasks() - {asyncio.current_task()}
    if waiting:
        await asyncio.gather(*waiting)


async def _work(errand: Errand) -> None:
    async with ClientSession() as session:
        api = AmazonEchoApi(
            session,
            errand.email,
            errand.password,
            save_data=AmazonSaveDataConfig(path=errand.folder),
        )
        async with errand.step("enrol") as seen:
            stored = await api.login.login_mode_interactive(await errand.code())
            seen["serial"] = stored["device_info"]["device_serial_number"]
            seen["site"] = stored["site"]
            seen["refresh_token"] = bool(stored["refresh_token"])
        async with errand.step("devices") as seen:
            devices = await api.get_devices_data()
            seen["found"] = {serial: device.account_name for serial, device in devices.items()}
        async with errand.step("volume"):
            await api.set_device_volume(devices[errand.device], errand.task["volume"])
            await _background_work()


if __name__ == "__main__":
    run(_work)
