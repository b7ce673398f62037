// alexa-cookie2: sign-in through its proxy by a scripted browser; alexa-remote2 then takes the
// result, lists the devices and sets the volume. Order and report are those of errand.py.
'use strict';

const path = require('node:path');
const { createRequire } = require('node:module');
const { Browser } = require('./browser.js');

// The packages live where the harness installed them, not beside this file.
const load = createRequire(path.join(process.env.PEERS_NODE_FOLDER, 'package.json'));

const CODE_RESERVE_SECONDS = 3;
const CODE_POLL_MS = 200;
const REMEMBERED_LINES = 12;

const steps = {};
const log = [];
for (const level of ['log', 'info', 'warn', 'error', 'debug']) {
    // Only the report may reach standard output, whatever a client prints.
    console[level] = (...words) => {
        log.push(words.map(String).join(' '));
        log.splice(0, log.length - REMEMBERED_LINES);
    };
}

async function readOrder() {
    const chunks = [];
    for await (const chunk of process.stdin) chunks.push(chunk);
    return JSON.parse(Buffer.concat(chunks).toString());
}

async function step(name, work) {
    const seen = {};
    try {
        const result = await work(seen);
        steps[name] = { ...seen, done: true };
        return result;
    } catch (error) {
        const frame = /\(?([^\s(]+):(\d+):\d+\)?$/m.exec(error.stack ?? '');
        const place = frame ? ` (${path.basename(frame[1])}:${frame[2]})` : '';
        steps[name] = { ...seen, done: false, why: `${error.name}: ${error.message}${place}` };
        throw error;
    }
}

async function freshCode(control) {
    for (;;) {
        const answer = await (await fetch(`${control}/control/code`)).json();
        if (answer.seconds_left > CODE_RESERVE_SECONDS) return String(answer.code);
        await new Promise((resolve) => { setTimeout(resolve, CODE_POLL_MS); });
    }
}

function signIn(order) {
    const client = load('alexa-cookie2');
    const options = {
        proxyOnly: true,
        setupProxy: true,
        proxyOwnIp: '127.0.0.1',
        proxyListenBind: '127.0.0.1',
        amazonPage: order.site,
        formerDataStorePath: path.join(order.folder, 'former.json'),
    };
    const answers = {
        email: () => order.email,
        password: () => order.password,
        otpCode: () => freshCode(order.control),
    };
    return new Promise((resolve, reject) => {
        let walking = false;
        client.generateAlexaCookie(options, (error, result) => {
            if (result) {
                client.stopProxyServer();
                resolve(result);
            } else if (walking || !options.proxyPort) {
                reject(error ?? new Error('the client gave neither a result nor an error'));
            } else {
                // The first call tells that the proxy waits for a browser.
                walking = true;
                new Browser()
                    .walk(
                        `http://127.0.0.1:${options.proxyPort}/`,
                        async (name) => answers[name]?.(),
                        'Cookie successfully retrieved',
                    )
                    .catch(reject);
            }
        });
    });
}

function prepare(order, registration) {
    const Remote = load('alexa-remote2');
    const remote = new Remote();
    return new Promise((resolve, reject) => {
        remote.init(
            {
                cookie: registration,
                amazonPage: registration.amazonPage,
                cookieRefreshInterval: 0,
                bluetooth: false,
                notifications: false,
                usePushConnection: false,
            },
            (error) => (error ? reject(error) : resolve(remote)),
        );
    });
}

async function work(order) {
    const registration = await step('enrol', async (seen) => {
        const result = await signIn(order);
        seen.serial = result.deviceSerial;
        seen.site = result.amazonPage;
        seen.refresh_token = Boolean(result.refreshToken);
        if (!result.csrf) throw new Error('the client got no csrf value');
        return result;
    });
    const remote = await step('devices', async (seen) => {
        const ready = await prepare(order, registration);
        seen.found = Object.fromEntries(
            Object.values(ready.serialNumbers).map((entry) => [entry.serialNumber, entry.accountName]),
        );
        return ready;
    });
    await step('volume', () => new Promise((resolve, reject) => {
        remote.sendSequenceCommand(order.device, 'volume', order.volume, (error, answer) => {
            if (error) reject(error);
            else if (!answer?.success) reject(new Error(`refused with ${JSON.stringify(answer)}`));
            else resolve();
        });
    }));
}

async function main() {
    const started = Date.now();
    const order = await readOrder();
    await work(order).catch(() => undefined);
    const seconds = (Date.now() - started) / 1000;
    // Servers and connections of the clients would keep the process alive.
    process.stdout.write(`${JSON.stringify({ steps, log, seconds })}\n`, () => process.exit(0));
}

main();
