// alexa-cookie2 signs in and renews; alexa-remote2 takes its result and does everything else.
'use strict';

const { readFile, writeFile } = require('node:fs/promises');
const path = require('node:path');
const { run } = require('./errand.js');
const { refresh, signIn } = require('./registration.js');
const { Remote } = require('./remote.js');

// The first pause before its stream comes back is 1 s; its timer for a stream that does not answer
// is 30 s.
const STREAM_SECONDS = 35;

async function readStates(remote, serials) {
    const states = {};
    for (const serial of serials) {
        const { playerInfo } = await remote.call('getPlayerInfo', serial);
        states[serial] = {
            playing: playerInfo.state === 'PLAYING',
            title: playerInfo.infoText?.title ?? null,
            artist: playerInfo.infoText?.subText1 ?? null,
        };
        // Its two other ways to ask must tell the same.
        const media = await remote.call('getMedia', serial);
        if (media.currentState !== playerInfo.state) {
            throw new Error(`the media state is ${media.currentState}, the player ${playerInfo.state}`);
        }
        const { queue } = await remote.call('getPlayerQueue', serial);
        if (!queue.some((entry) => entry.title === states[serial].title)) {
            throw new Error('the queue does not hold what is on');
        }
    }
    return states;
}

async function readVolumes(remote) {
    const { volumes } = await remote.call('getAllDeviceVolumes');
    return Object.fromEntries(volumes.map((entry) => [entry.dsn, entry.speakerVolume]));
}

// Its list of endpoints, and then the state of each of them.
async function readReachability(remote) {
    const endpoints = await remote.call('getSmarthomeDevicesV2');
    const appliances = new Map(endpoints.map(({ legacyAppliance: appliance, serialNumber }) => [
        appliance.applianceId,
        {
            serial: serialNumber.value.text,
            online: appliance.applianceNetworkState.reachability === 'REACHABLE',
        },
    ]));
    const answer = await remote.call('querySmarthomeDevices', [...appliances.keys()], 'APPLIANCE');
    const online = {};
    for (const { entity, capabilityStates } of answer.deviceStates) {
        const states = capabilityStates.map((text) => JSON.parse(text));
        const health = states.find((state) => state.namespace === 'Alexa.EndpointHealth');
        online[appliances.get(entity.entityId).serial] = health?.value.value === 'OK';
    }
    for (const { entity, code } of answer.errors) {
        if (code !== 'ENDPOINT_UNREACHABLE') throw new Error(`${entity.entityId}: ${code}`);
        online[appliances.get(entity.entityId).serial] = false;
    }
    for (const entry of appliances.values()) {
        if (online[entry.serial] !== entry.online) {
            throw new Error(`the list and the state disagree about ${entry.serial}`);
        }
    }
    return online;
}

async function transport(errand, remote, serial) {
    for (const part of ['pause', 'play', 'next', 'previous']) {
        await remote.command('sendCommand', serial, part, null);
        await errand.check(part);
    }
    for (const [mode, field] of [['shuffle', 'shuffling'], ['repeat', 'looping']]) {
        await remote.command('sendCommand', serial, mode, true);
        const media = await remote.call('getMedia', serial);
        if (!media[field]) throw new Error(`${mode} had no effect on the media state`);
    }
    await remote.command('sendSequenceCommand', serial, 'deviceStop');
    await errand.check('stop');
}

async function speak(remote, task, sent) {
    const commands = {
        speak: 'speak', announce: 'announcement', text_command: 'textCommand', sound: 'sound',
    };
    for (const [part, command] of Object.entries(commands)) {
        await remote.command('sendSequenceCommand', task.serial, command, task[part]);
        sent.push(part);
    }
    await remote.command('playMusicProvider', task.serial, task.provider, task.music);
    sent.push('music');
}

async function follow(errand, remote, part, seen) {
    seen.events = remote.events;
    const turned = await errand.turn(part);
    await errand.wait(() => remote.told(turned));
}

async function work(errand) {
    const store = path.join(errand.folder, 'registration.json');
    const registration = await errand.step('enrol', async (seen) => {
        const result = await signIn(errand);
        seen.serial = result.deviceSerial;
        seen.refresh_token = Boolean(result.refreshToken);
        if (!result.csrf) throw new Error('the client got no csrf value');
        await writeFile(store, JSON.stringify(result), { mode: 0o600 });
        return result;
    });
    const remote = await errand.step('devices', async (seen) => {
        const ready = await Remote.start(registration);
        seen.found = ready.names();
        return ready;
    });
    await errand.step('refresh', async (seen) => {
        const renewed = await refresh(JSON.parse(await readFile(store, 'utf8')));
        if (renewed.localCookie === registration.localCookie) throw new Error('the cookies are the old ones');
        const second = await Remote.start(renewed);
        seen.found = second.names();
        second.client.stop();
    });
    await errand.step('state', async (seen, task) => {
        seen.states = await readStates(remote, task.serials);
    });
    await errand.step('volumes', async (seen) => {
        seen.volumes = await readVolumes(remote);
    });
    await errand.step('volume', async (seen, task) => {
        await remote.command('sendSequenceCommand', task.serial, 'volume', task.volume);
    });
    await errand.step('dnd', async (seen, task) => {
        await remote.call('setDoNotDisturb', task.serial, true);
        const { doNotDisturbDeviceStatusList: list } = await remote.call('getDoNotDisturb');
        if (!list.find((entry) => entry.deviceSerialNumber === task.serial).enabled) {
            throw new Error('the list of the client says that it is off');
        }
    });
    await errand.step('sensors', async (seen) => {
        seen.online = await readReachability(remote);
    });
    await errand.step('transport', (seen, task) => transport(errand, remote, task.serial));
    await errand.step('speech', async (seen, task) => {
        seen.sent = [];
        await speak(remote, task, seen.sent);
    });
    await errand.step('push', async (seen, task) => {
        remote.listen();
        await errand.wait(() => remote.connects > 0, STREAM_SECONDS);
        // It knows no such event: its name is among the unknown ones below, as the stream has an
        // order.
        await errand.control(`devices/${task.serial}`, { do_not_disturb: true }, 'PATCH');
        for (const part of ['volume', 'playing', 'track', 'connection']) {
            await follow(errand, remote, part, seen);
        }
        seen.unknown = [...remote.unknown];
    });
    await errand.step('reconnect', async (seen) => {
        remote.events = [];
        const before = remote.connects;
        await errand.turn('drop');
        await errand.wait(() => remote.connects > before, STREAM_SECONDS);
        if (remote.losses === 0) throw new Error('the client did not tell that its stream was lost');
        await follow(errand, remote, 'volume', seen);
    });
    remote.client.stop();
}

run(work);
