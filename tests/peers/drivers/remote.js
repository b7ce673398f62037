// alexa-remote2 with promises instead of callbacks, and its events as the harness names them.
'use strict';

const { load } = require('./registration.js');

const MOST_TEXT = 120;

class Remote {
    constructor(client) {
        this.client = client;
        // What the client's own parser told of the push stream, oldest first.
        this.events = [];
        // How often it said that its stream stands, and that it was lost.
        this.connects = 0;
        this.losses = 0;
        // Events whose names it does not know, and what it could not read at all.
        this.unknown = new Set();
        this.unreadable = [];
        // Which device plays a medium: what is on is told without its device.
        this.players = new Map();
    }

    // Starts from registration data, as an application does after its own start.
    static async start(registration) {
        const AlexaRemote = load('alexa-remote2');
        const client = new AlexaRemote();
        await new Promise((resolve, reject) => {
            client.init(
                {
                    cookie: registration,
                    amazonPage: registration.amazonPage,
                    cookieRefreshInterval: 0,
                    bluetooth: true,
                    notifications: true,
                    usePushConnection: false,
                },
                (error) => (error ? reject(error) : resolve()),
            );
        });
        return new Remote(client);
    }

    // Calls a method that takes a callback last.
    call(name, ...words) {
        return new Promise((resolve, reject) => {
            this.client[name](...words, (error, answer) => (error ? reject(error) : resolve(answer)));
        });
    }

    // The same for commands, whose only good answer is one without a body.
    async command(name, ...words) {
        const answer = await this.call(name, ...words);
        if (!answer?.success) throw new Error(`refused with ${JSON.stringify(answer)}`);
    }

    // The name of every device by serial number.
    names() {
        const entries = Object.values(this.client.serialNumbers);
        return Object.fromEntries(entries.map((entry) => [entry.serialNumber, entry.accountName]));
    }

    // Opens the push stream and listens to everything the client makes of it.
    listen() {
        const { client } = this;
        const tell = (kind, serial, value) => this.events.push({ kind, serial, value });
        client.on('ws-connect', () => {
            // Its parser of the stream tells this to nobody else, and stays the same for all streams.
            if (this.connects === 0) {
                client.alexahttp2Push.on('unexpected-response', (text) => this.unreadable.push(text));
            }
            this.connects += 1;
        });
        client.on('ws-disconnect', () => { this.losses += 1; });
        client.on('ws-unknown-command', (command) => this.unknown.add(command));
        client.on('ws-volume-change', (event) => {
            tell('volume', event.deviceSerialNumber, event.volume);
        });
        client.on('ws-device-connection-change', (event) => {
            tell('connection', event.deviceSerialNumber, event.connectionState === 'ONLINE');
        });
        client.on('ws-audio-player-state-change', (event) => {
            this.players.set(event.mediaReferenceId, event.deviceSerialNumber);
            tell('playing', event.deviceSerialNumber, event.audioPlayerState === 'PLAYING');
        });
        client.on('ws-now-playing-updated', (event) => {
            const title = event.nowPlayingData?.infoText?.title;
            tell('track', this.players.get(event.mediaId) ?? null, title);
        });
        client.initPushConnection();
    }

    // Whether an event came; whatever could not be read is a failure.
    told(wanted) {
        if (this.unreadable.length > 0) {
            throw new Error(`unreadable: ...${this.unreadable[0].slice(-MOST_TEXT)}`);
        }
        return this.events.some((event) => event.kind === wanted.kind
            && event.serial === wanted.serial && event.value === wanted.value);
    }
}

module.exports = { Remote };
