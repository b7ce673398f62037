// What every Node driver shares: its talk with the harness, one JSON object per line. The twin of
// errand.py, where the talk is described.
'use strict';

const path = require('node:path');
const readline = require('node:readline');

const CODE_RESERVE_SECONDS = 3;
const POLL_MS = 50;
const STEP_SECONDS = 45;
const REMEMBERED_LINES = 12;
const NEEDED = new Set(['enrol', 'devices']);

const log = [];
for (const level of ['log', 'info', 'warn', 'error', 'debug']) {
    // Only the talk may reach standard output, whatever a client prints.
    console[level] = (...words) => {
        log.push(words.map(String).join(' '));
        log.splice(0, log.length - REMEMBERED_LINES);
    };
}

const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

function place(error) {
    const frame = /\(?([^\s(]+):(\d+):\d+\)?$/m.exec(error?.stack ?? '');
    return frame ? ` (${path.basename(frame[1])}:${frame[2]})` : '';
}

// A step without which nothing can go on has failed; its reason is in the report.
class StepFailedError extends Error {}

class Errand {
    constructor(order, lines) {
        Object.assign(this, order);
        this.controlAddress = order.control;
        delete this.control;
        this.lines = lines;
        // Ends the step that is running with a failure; undefined between steps.
        this.fail = undefined;
    }

    // Does one step: `work(seen, task)`. What it puts into `seen` goes into the report. A failure
    // ends the step; the work goes on after it, except where nothing can.
    async step(name, work, seconds = STEP_SECONDS) {
        const seen = {};
        const { task } = await this.talk({ begin: name });
        let why = null;
        let result;
        let timer;
        const failed = new Promise((_, reject) => {
            const sentence = `no end of the step within ${seconds} s`;
            timer = setTimeout(() => reject(new Error(sentence)), seconds * 1000);
            this.fail = reject;
        });
        try {
            result = await Promise.race([work(seen, task), failed]);
        } catch (error) {
            why = `${error?.name ?? 'thrown'}: ${error?.message ?? error}${place(error)}`;
        } finally {
            clearTimeout(timer);
            this.fail = undefined;
        }
        await this.talk({ end: name, done: why === null, why, seen });
        if (why !== null && NEEDED.has(name)) throw new StepFailedError(name);
        return result;
    }

    // Lets the harness turn a knob of the simulator; resolves with what is to be expected.
    async turn(what, words = {}) {
        return (await this.aside({ turn: what, ...words })).turned;
    }

    // Lets the harness see whether a part of the step has its effect; it waits for it.
    async check(part) {
        return (await this.aside({ check: part })).checked;
    }

    // Waits until something is true.
    async wait(condition, seconds = 10) {
        const deadline = Date.now() + seconds * 1000;
        while (!condition()) {
            if (Date.now() > deadline) throw new Error(`not true within ${seconds} s`);
            await pause(POLL_MS);
        }
    }

    // Returns an authenticator code that stays valid for some seconds.
    async code() {
        for (;;) {
            const answer = await this.control('code');
            if (answer.seconds_left > CODE_RESERVE_SECONDS) return String(answer.code);
            await pause(POLL_MS);
        }
    }

    // Calls the simulator's control interface, with a body by POST.
    async control(place_, body, method) {
        const answer = await fetch(`${this.controlAddress}/control/${place_}`, {
            method: method ?? (body === undefined ? 'GET' : 'POST'),
            headers: { 'content-type': 'application/json' },
            body: body === undefined ? undefined : JSON.stringify(body),
        });
        if (!answer.ok) throw new Error(`control interface: ${answer.status}`);
        const text = await answer.text();
        return text ? JSON.parse(text) : null;
    }

    // What is left of a step that has failed must not talk in the middle of the next one.
    async aside(line) {
        if (!this.fail) throw new StepFailedError('the step is over');
        return this.talk(line);
    }

    async talk(line) {
        process.stdout.write(`${JSON.stringify(line)}\n`);
        const { value, done } = await this.lines.next();
        if (done) throw new Error('the harness has gone');
        const heard = JSON.parse(value);
        if ('refused' in heard) throw new Error(`the harness refused: ${heard.refused}`);
        return heard;
    }
}

// Reads the order, does the work, writes the report.
async function run(work) {
    const lines = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();
    const order = JSON.parse((await lines.next()).value);
    const started = Date.now();
    const errand = new Errand(order, lines);
    // A client that throws in its own callbacks would take the process along: that is a finding, of
    // the step that is running.
    for (const name of ['uncaughtException', 'unhandledRejection']) {
        process.on(name, (error) => {
            console.error(`${name}: ${error?.stack ?? error}`);
            errand.fail?.(error);
        });
    }
    try {
        await work(errand);
    } catch (error) {
        if (!(error instanceof StepFailedError)) log.push(`${error.stack}`);
    }
    const seconds = (Date.now() - started) / 1000;
    // Servers and connections of the clients would keep the process alive.
    process.stdout.write(`${JSON.stringify({ log, seconds })}\n`, () => process.exit(0));
}

module.exports = { run };
