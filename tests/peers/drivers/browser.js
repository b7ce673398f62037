// A scripted browser: opens a page, fills in the form it finds, follows where that leads.
// The twin of browser.py.
'use strict';

const MOST_PAGES = 10;
const MOST_REDIRECTS = 10;
const MOST_TEXT = 120;
const UNSENT = new Set(['submit', 'button', 'checkbox', 'radio']);
const HEADERS = {
    'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
    accept: 'text/html,application/xhtml+xml',
    'upgrade-insecure-requests': '1',
};

function plain(text) {
    const named = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
    return text.replace(/&(?:#x([0-9a-f]+)|#([0-9]+)|([a-z]+));/gi, (whole, hex, decimal, name) => {
        if (hex) return String.fromCodePoint(parseInt(hex, 16));
        if (decimal) return String.fromCodePoint(Number(decimal));
        return named[name.toLowerCase()] ?? whole;
    });
}

function attributes(tag) {
    const found = {};
    for (const [, name, double, single] of tag.matchAll(/([\w-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)) {
        found[name.toLowerCase()] = plain(double ?? single ?? '');
    }
    return found;
}

function readPage(html) {
    const forms = [...html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/gi)].map(([, head, body]) => ({
        action: attributes(head).action ?? '',
        inputs: [...body.matchAll(/<input\b([^>]*)>/gi)]
            .map(([, tag]) => attributes(tag))
            .filter((input) => input.name),
    }));
    const text = plain(html.replace(/<(script|style)\b[\s\S]*?<\/\1>/gi, ' ').replace(/<[^>]*>/g, ' '));
    return { forms, text: text.replace(/\s+/g, ' ').trim() };
}

class Browser {
    // One browser session. A page's host is always the proxy's, so cookies need no scope.
    constructor() {
        this.cookies = new Map();
    }

    // Goes from the start page through forms until a page holds the goal text. `answer(name)`
    // gives the text for an input of that name, or undefined to leave it alone.
    async walk(start, answer, goal) {
        let page = await this.open(start, {});
        for (let count = 0; count < MOST_PAGES; count += 1) {
            const { forms, text } = readPage(page.html);
            if (text.includes(goal)) return;
            const typed = await this.typed(forms, answer);
            if (typed === undefined) {
                throw new Error(`a page without a known form: ${JSON.stringify(text.slice(0, MOST_TEXT))}`);
            }
            page = await this.open(new URL(typed.action, page.url).href, {
                method: 'POST',
                body: new URLSearchParams(typed.fields).toString(),
                headers: {
                    'content-type': 'application/x-www-form-urlencoded',
                    origin: new URL(page.url).origin,
                    referer: page.url,
                },
            });
        }
        throw new Error(`still no end after ${MOST_PAGES} pages`);
    }

    async typed(forms, answer) {
        for (const { action, inputs } of forms) {
            const fields = [];
            let known = false;
            for (const { name, type = 'text', value = '' } of inputs) {
                const text = type === 'hidden' ? undefined : await answer(name);
                known ||= text !== undefined;
                if (text !== undefined) fields.push([name, text]);
                else if (!UNSENT.has(type)) fields.push([name, value]);
            }
            if (known) return { action, fields };
        }
        return undefined;
    }

    async open(url, request) {
        let next = { url, request };
        for (let count = 0; count < MOST_REDIRECTS; count += 1) {
            const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
            const answer = await fetch(next.url, {
                ...next.request,
                redirect: 'manual',
                headers: { ...HEADERS, ...next.request.headers, ...(cookie ? { cookie } : {}) },
            });
            for (const line of answer.headers.getSetCookie()) {
                const [, name, value] = /^([^=;]+)=([^;]*)/.exec(line) ?? [];
                if (name) this.cookies.set(name, value);
            }
            const location = answer.headers.get('location');
            const html = await answer.text();
            if (answer.status < 300 || answer.status >= 400 || !location) return { url: next.url, html };
            next = { url: new URL(location, next.url).href, request: {} };
        }
        throw new Error(`more than ${MOST_REDIRECTS} redirects`);
    }
}

module.exports = { Browser };
