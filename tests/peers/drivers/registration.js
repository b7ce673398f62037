// alexa-cookie2: an app device is registered once through its proxy, by a scripted browser, and
// later its cookies are renewed from what was stored.
'use strict';

const path = require('node:path');
const { createRequire } = require('node:module');
const { Browser } = require('./browser.js');

// The packages live where the harness installed them, not beside this file.
const load = createRequire(path.join(process.env.PEERS_NODE_FOLDER, 'package.json'));

const GOAL = 'Cookie successfully retrieved';

// Resolves with the registration data that users of the package store.
function signIn(errand) {
    const client = load('alexa-cookie2');
    const options = {
        proxyOnly: true,
        setupProxy: true,
        proxyOwnIp: '127.0.0.1',
        proxyListenBind: '127.0.0.1',
        amazonPage: errand.site,
        formerDataStorePath: path.join(errand.folder, 'former.json'),
    };
    const answers = {
        email: () => errand.email,
        password: () => errand.password,
        otpCode: () => errand.code(),
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
                        GOAL,
                    )
                    .catch(reject);
            }
        });
    });
}

// Resolves with renewed registration data; `stored` is what `signIn` gave.
function refresh(stored) {
    const client = load('alexa-cookie2');
    return new Promise((resolve, reject) => {
        client.refreshAlexaCookie({ formerRegistrationData: stored }, (error, result) => {
            if (error) reject(error);
            else if (!result) reject(new Error('the client gave neither a result nor an error'));
            else resolve(result);
        });
    });
}

module.exports = { load, refresh, signIn };
