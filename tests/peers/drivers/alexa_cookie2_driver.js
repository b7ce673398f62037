// alexa-cookie2: sign-in through its proxy by a scripted browser; alexa-remote2 then takes the
// result, lists the devices and sets the volume. Order and report are those of errand.py.
'use strict';

const path = require('node:path');
const { createRequire } = require('node:module');
const { Browser } = require('./browser.js');
const { run } = require('./errand.js');

// The packages live where the harness installed them, not beside this file.
const load = createRequire(path.join(process.env.PEERS_NODE_FOLDER, 'package.json'));

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
        otpCode: () => order.code(),
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

run(async (errand) => {
    const registration = await errand.step('enrol', async (seen) => {
        const result = await signIn(errand);
        seen.serial = result.deviceSerial;
        seen.site = result.amazonPage;
        seen.refresh_token = Boolean(result.refreshToken);
        if (!result.csrf) throw new Error('the client got no csrf value');
        return result;
    });
    const remote = await errand.step('devices', async (seen) => {
        const ready = await prepare(errand, registration);
        seen.found = Object.fromEntries(
            Object.values(ready.serialNumbers).map((entry) => [entry.serialNumber, entry.accountName]),
        );
        return ready;
    });
    await errand.step('volume', (seen, task) => new Promise((resolve, reject) => {
        remote.sendSequenceCommand(errand.device, 'volume', task.volume, (error, answer) => {
            if (error) reject(error);
            else if (!answer?.success) reject(new Error(`refused with ${JSON.stringify(answer)}`));
            else resolve();
        });
    }));
});
