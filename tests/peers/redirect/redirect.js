// Sends the connections of this one process to the simulated Amazon; the harness loads it with
// `node --require`. It is the twin of sitecustomize.py: names of Amazon's hosts resolve to the
// loopback address, port 443 becomes the simulator's port, nothing else can be reached. The
// simulator's authority is trusted through NODE_EXTRA_CA_CERTS.
'use strict';

const dns = require('node:dns');
const net = require('node:net');

const LOOPBACK = '127.0.0.1';
const LOCAL = new Set(['', 'localhost', '0.0.0.0', '::', '::1', LOOPBACK]);
const AMAZON = /(?:^|\.)(?:amazon(?:\.[a-z]{2,3}){1,2}|amazonalexa\.com|a2z\.com)$/i;
const PORT = Number(process.env.PEERS_SIMULATOR_PORT);

function lookup(name, options, callback) {
    const done = typeof options === 'function' ? options : callback;
    const wanted = typeof options === 'object' && options !== null ? options : {};
    if (!LOCAL.has(name) && !AMAZON.test(name)) {
        const error = new Error(`${name} is no host of the simulated Amazon`);
        error.code = 'ENOTFOUND';
        process.nextTick(done, error);
        return;
    }
    const answer = wanted.all ? [[{ address: LOOPBACK, family: 4 }]] : [LOOPBACK, 4];
    process.nextTick(done, null, ...answer);
}

dns.lookup = lookup;

const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function connectRedirected(...given) {
    // `net.connect` hands over its arguments as one already normalised array.
    const list = Array.isArray(given[0]) ? given[0] : given;
    const options = list[0];
    if (typeof options === 'object' && options !== null && typeof options.path !== 'string') {
        const host = String(options.host ?? '');
        if (net.isIP(host) && !LOCAL.has(host)) {
            throw new Error(`${host} is outside this machine`);
        }
        const port = Number(options.port) === 443 ? PORT : options.port;
        // The name stays: clients read it back from the socket, and TLS checks it.
        list[0] = { ...options, port, lookup };
    }
    return connect.apply(this, given);
};
