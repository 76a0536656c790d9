// SPDX-License-Identifier: AGPL-3.0-or-later
// Goal: what "make demo" shows is whole.  Four nodes joined in a ring hold one set with every public
// kind of record, each node shows each record in both languages, the content keeps its own rules
// (sources or marked examples, nobody to be reached), and stopping leaves nothing behind.
'use strict';

const { test, before, after } = require('node:test');
const assert = require('node:assert');
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');

const ROOT = path.join(__dirname, '..', '..');
const SCRIPT = path.join(ROOT, 'deploy', 'demo.sh');
const ESSAIM = process.env.ESSAIM || path.join(ROOT, 'build', 'release', 'essaim');
const KINDS = ['initiative', 'organisation', 'place', 'offer', 'need', 'event', 'document', 'synthesis',
	'question', 'resource', 'practice', 'territory', 'endorsement', 'exchange', 'same'];
const PAGES_AT_ONCE = 8;
const CHANGES_PAGES_MAX = 20;

let scratch;

// A port that was free a moment ago, below the ephemeral range so that no other test is given it.
const firstPort = () => 12000 + (process.pid * 16) % 16000;

// Start the script; resolves with { lines, code } once a line matches until, or when it has ended.
function start(args, env, until) {
	const child = spawn('bash', [SCRIPT, ...args], {
		cwd: scratch,
		env: { ...process.env, ESSAIM, LC_ALL: 'C', TMPDIR: scratch, ...env },
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	const run = { child, out: '', err: '' };

	run.ended = new Promise((done) => child.on('close', (code, signal) => done(signal || code)));
	run.ready = new Promise((done) => {
		child.stdout.on('data', (d) => {
			run.out += d;
			if (until && until.test(run.out))
				done(true);
		});
		run.ended.then(() => done(false));
	});
	child.stderr.on('data', (d) => { run.err += d; });
	return run;
}

const addresses = (out) => [...out.matchAll(/^ {2}(http:\/\/127\.0\.0\.1:\d+) {3}(.+)$/gm)]
	.map(([, url, name]) => ({ url, name }));

const isRefused = (url) => new Promise((done) => {
	const socket = net.connect(Number(new URL(url).port), '127.0.0.1');
	socket.on('connect', () => { socket.destroy(); done(false); });
	socket.on('error', () => done(true));
});

// Everything a node serves, by reference, with each line as it was sent.
async function everything(url) {
	const found = new Map();
	let since = '';

	for (let page = 0; page < CHANGES_PAGES_MAX; page++) {
		const answer = await fetch(`${url}/api/v1/changes?since=${encodeURIComponent(since)}`);
		assert.strictEqual(answer.status, 200);
		let more = false;
		for (const line of (await answer.text()).split('\n').filter(Boolean)) {
			const r = JSON.parse(line);
			if (r.cursor !== undefined)
				[since, more] = [r.cursor, r.more];
			else
				found.set(`${r.author}/${r.kind}/${r.rid}`, { ...r, line });
		}
		if (!more)
			return found;
	}
	return assert.fail('changes never end');
}

async function eachBounded(items, work) {
	const queue = [...items];
	await Promise.all(Array.from({ length: PAGES_AT_ONCE }, async () => {
		for (let item = queue.shift(); item !== undefined; item = queue.shift())
			await work(item);
	}));
}

let run, nodes, sets;

before(async () => {
	scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'essaim-demo-test.'));
	run = start([], { DEMO_PORT: String(firstPort()), DEMO_DIR: '' }, /Ctrl-C stops everything/);
	assert.ok(await run.ready, `demo.sh ended early:\n${run.out}${run.err}`);
	nodes = addresses(run.out);
	sets = await Promise.all(nodes.map((n) => everything(n.url)));
}, { timeout: 300000 });

after(async () => {
	if (run && run.child.exitCode === null && run.child.signalCode === null) {
		run.child.kill('SIGTERM');
		await run.ended;
	}
	fs.rmSync(scratch, { recursive: true, force: true });
});

test('it prints four addresses, and a link that lets the operator in', async () => {
	assert.deepStrictEqual(nodes.map((n) => n.name).sort(),
		['Pays de Châteaubriant', 'Pays de Morlaix', 'Rennes Métropole', 'Saint-Brieuc']);
	const link = run.out.match(/^ {2}(http:\/\/127\.0\.0\.1:\d+\/\S+)$/m);
	assert.ok(link, run.out);
	assert.strictEqual(new URL(link[1]).origin, nodes.find((n) => n.name === 'Rennes Métropole').url);
	assert.strictEqual((await fetch(link[1])).status, 200);
});

test('all four hold one set', async () => {
	const states = await Promise.all(nodes.map(async (n) =>
		(await (await fetch(`${n.url}/api/v1/status`)).json()).state));

	assert.match(states[0], /^[0-9a-f]{32,64}$/);
	assert.strictEqual(new Set(states).size, 1, states.join(' '));
	const lines = sets.map((s) => [...s.values()].map((r) => r.line).sort().join('\n'));
	assert.strictEqual(new Set(lines).size, 1);
});

test('every public kind is there, from five authors', () => {
	const records = [...sets[0].values()];
	const shown = records.filter((r) => KINDS.includes(r.kind));

	for (const kind of KINDS)
		assert.ok(shown.some((r) => r.kind === kind), `no ${kind}`);
	assert.ok(shown.length >= 70, `${shown.length} records`);
	assert.strictEqual(new Set(shown.map((r) => r.author)).size, 5);
});

test('nothing refers to what is not there, and no placeholder is left', () => {
	const ref = /^did:key:z6Mk[1-9A-HJ-NP-Za-km-z]+\/[a-z-]+\/[a-z0-9]+$/;

	for (const [name, r] of sets[0])
		for (const value of Object.values(r.content || {}).flat())
			if (typeof value === 'string') {
				assert.doesNotMatch(value, /^@|@[+-]\d/, name);
				assert.ok(!ref.test(value) || sets[0].has(value), `${name} refers to ${value}`);
			}
});

test('initiatives travel: lineage crosses territories, over two generations', () => {
	const parent = (r) => sets[0].get(r.content.adapted_from);
	const taken = [...sets[0].values()].filter((r) => r.content && r.content.adapted_from);

	assert.ok(taken.length >= 4);
	for (const r of taken)
		assert.notStrictEqual(parent(r).author, r.author);
	assert.ok(taken.some((r) => parent(r).content.adapted_from));
});

test('what is told is sourced or marked as an example, and nobody real can be reached', () => {
	const sourced = ['initiative', 'organisation', 'place', 'document', 'synthesis', 'question'];
	const mustBeExample = ['offer', 'need', 'event', 'resource'];

	for (const [name, r] of sets[0]) {
		const c = r.content || {};
		if (sourced.includes(r.kind))
			assert.ok(c.example === true || c.source_name, `${name} has no source`);
		if (mustBeExample.includes(r.kind))
			assert.strictEqual(c.example, true, name);
		if (['organisation', 'place', 'initiative'].includes(r.kind) && c.example)
			assert.match(c.name, /\(exemple\)$/, name);
		if (c.email !== undefined)
			assert.match(c.email, /@example\.org$/, name);
		if (c.phone !== undefined)
			assert.match(c.phone, /^02 61 91 /, `${name}: a number not kept for fiction`);
		for (const url of [c.website, c.contact_form, c.online_url, ...(c.links || [])].filter(Boolean))
			if (c.example)
				assert.match(url, /^https:\/\/example\.org\//, name);
	}
});

test('the agenda is alive: events lie ahead', () => {
	const today = new Date(Date.now() - 86400000).toISOString().slice(0, 10);
	const events = [...sets[0].values()].filter((r) => r.kind === 'event');

	assert.ok(events.length >= 5);
	for (const { content: c } of events) {
		assert.ok(c.starts.slice(0, 10) >= today, c.starts);
		if (/vendredi/.test(c.summary))
			assert.strictEqual(new Date(`${c.starts}Z`).getUTCDay(), 5, `${c.summary} ${c.starts}`);
	}
	assert.ok(events.some((r) => /vendredi/.test(r.content.summary)));
});

test('each node shows each record in French and in English', { timeout: 300000 }, async () => {
	const wanted = nodes.flatMap((n) => [...sets[0].values()].filter((r) => KINDS.includes(r.kind))
		.flatMap((r) => ['fr', 'en'].map((lang) => ({ n, r, lang }))));

	await eachBounded(wanted, async ({ n, r, lang }) => {
		const url = `${n.url}/i/${r.author}/${r.kind}/${r.rid}?lang=${lang}`;
		const answer = await fetch(url);
		const page = await answer.text();

		assert.strictEqual(answer.status, 200, url);
		assert.match(page, new RegExp(`<html[^>]* lang="${lang}"`), url);
	});
});

test('told to stop, it stops its nodes and takes its folder away', async () => {
	const before = fs.readdirSync(scratch).length;

	assert.strictEqual(before, 1);
	run.child.kill('SIGTERM');
	assert.strictEqual(await run.ended, 0, run.err);
	for (const n of nodes)
		assert.ok(await isRefused(n.url), `${n.url} still listens`);
	assert.deepStrictEqual(fs.readdirSync(scratch), []);
});

test('--once ends by itself when the nodes agree, and a folder of one\'s own is kept', { timeout: 300000 }, async () => {
	const dir = path.join(scratch, 'mine');
	const env = { DEMO_DIR: dir, DEMO_PORT: String(firstPort() + 8) };
	const once = start(['--once'], env);

	assert.strictEqual(await once.ended, 0, once.out + once.err);
	assert.strictEqual(addresses(once.out).length, 4);
	assert.deepStrictEqual(fs.readdirSync(dir).filter((f) => !f.includes('.')).sort(),
		['chateaubriant', 'morlaix', 'rennes', 'saint-brieuc']);

	const again = start(['--once'], env);
	assert.strictEqual(await again.ended, 1);
	assert.match(again.err, /exists already/);
	const unknown = start(['--forever'], {});
	assert.strictEqual(await unknown.ended, 2);
});
