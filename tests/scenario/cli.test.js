// SPDX-License-Identifier: AGPL-3.0-or-later
// Goal: every subcommand does on a real node what its help says, with and without a node running,
// and fails with an exit status and a sentence that says what to do.
'use strict';
const assert = require('node:assert');
const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');
const { test } = require('node:test');
const zlib = require('node:zlib');
const { befriend, converged, json, made, ok, run } = require('./cli.js');
const { ESSAIM, execute, temporary, until } = require('./lib.js');

const write = (dir, name, text) => {
	fs.writeFileSync(path.join(dir, name), text);
	return path.join(dir, name);
};

test('help, version and wrong usage', () => {
	assert.match(ok(['--version']), /^essaim \d+\.\d+\.\d+\n$/);
	const names = ok(['help']).split('\n').filter((l) => l.startsWith('  ')).map((l) => l.slice(2, 18).trim());
	assert.ok(names.includes('record put') && names.includes('import'));
	for (const name of names) {
		const help = ok(['help', ...name.split(' ')]);
		assert.ok(help.startsWith(`usage: essaim ${name}`), name);
		assert.match(help, /\nExample:\n {2}\S/, name);
		assert.strictEqual(ok([...name.split(' '), '--help']), help, name);
	}
	assert.match(ok(['help', 'import']), /\nFormats:\n(.*\n)* {2}gogocarto +\S/, 'as "source add" and a wrong --format promise');
	assert.match(ok(['help', '--man']), /^\.TH ESSAIM 1/);
	assert.strictEqual(ok(['help', '--conf']), ok(['config']));
	for (const [args, says] of [
		[[], /name a command/],
		[['record'], /no command 'record'/],
		[['record', 'fly'], /no command 'record fly'/],
		[['status', '--fly'], /no option --fly for status/],
		[['status', 'too', 'many'], /the form is: essaim status/],
		[['record', 'get', 'not-a-reference'], /not a reference/],
		[['import', '--format'], /--format needs a value/],
	]) {
		const r = run(args);
		assert.strictEqual(r.status, 2, `${args} -> ${r.stderr}`);
		assert.match(r.stderr, says);
	}
});

test('a folder without a node says how to make one', (t) => {
	const dir = temporary(t);
	const r = run(['status', '--data', path.join(dir, 'none')]);
	assert.strictEqual(r.status, 1);
	assert.match(r.stderr, /essaim init/);
	const j = run(['status', '--json', '--data', path.join(dir, 'none')]);
	assert.strictEqual(JSON.parse(j.stdout).error, 'not-found');
});

for (const serving of [false, true]) {
	test(`records and authors ${serving ? 'through the control socket' : 'without a node running'}`, async (t) => {
		const node = made(t, 'Pays d’essai');
		if (serving)
			await node.start();
		assert.strictEqual(run(['init', '--name', 'again', '--data', node.dir]).status, 1);
		const before = node.json(['status']);
		assert.strictEqual(before.name, 'Pays d’essai');
		assert.strictEqual(before.serving, serving);
		for (const key of ['did', 'state', 'records', 'live', 'tombstones', 'authors', 'peers', 'held',
			'unresolved', 'seq', 'search_seq'])
			assert.ok(key in before, key);

		const ref = node.put('initiative', { name: 'Grainothèque', practices: ['gift'] });
		assert.match(ref, /^did:key:z6Mk\w+\/initiative\/[a-z2-7]{16}$/);
		const record = node.json(['record', 'get', ref]);
		assert.deepStrictEqual(record.content, { name: 'Grainothèque', practices: ['gift'] });
		const rid = ref.split('/').pop();
		assert.strictEqual(node.json(['record', 'put', '--kind', 'initiative', '--rid', rid, '-'],
			{ input: '{"name":"Grainothèque","practices":["gift"]}' }).outcome, 'same');
		assert.strictEqual(node.json(['record', 'put', '--kind', 'initiative', '--rid', rid, '-'],
			{ input: '{"name":"Grainothèque de Soulvache"}' }).outcome, 'changed');
		assert.deepStrictEqual(node.json(['record', 'list', '--kind', 'initiative']).map((r) => r.rid), [rid]);

		const bad = node.try(['record', 'put', '--kind', 'initiative', '-'], { input: '{"nom":"x"}' });
		assert.strictEqual(bad.status, 1);
		assert.match(bad.stderr, /name is required/);
		assert.strictEqual(node.try(['record', 'put', '--kind', 'fly', '-'], { input: '{}' }).status, 2);

		node.ok(['record', 'delete', ref]);
		const gone = node.try(['record', 'get', ref]);
		assert.strictEqual(gone.status, 1);
		assert.match(gone.stderr, /deleted/);
		assert.strictEqual(node.json(['record', 'list', '--kind', 'initiative']).length, 0);
		assert.strictEqual(node.json(['record', 'list', '--kind', 'initiative', '--deleted']).length, 1);

		const author = node.json(['author', 'add', 'Repair']);
		assert.ok(node.json(['author', 'list']).some((a) => a.did === author.did));
		const theirs = node.put('place', { name: 'Atelier' }, '--author', author.did);
		assert.ok(theirs.startsWith(author.did));
		assert.notStrictEqual(node.json(['status']).state, before.state);
		await node.stop();
	});
}

test('two nodes meet, exchange, vouch, block', async (t) => {
	const [a, b] = [await made(t, 'Nord').start(), await made(t, 'Sud').start()];
	const refused = a.try(['peer', 'add', b.url]);
	assert.strictEqual(refused.status, 2, 'without a terminal nobody can say yes');
	assert.match(refused.stdout, /Sud/);
	assert.deepStrictEqual(a.json(['peer', 'list']), []);
	befriend(a, b);
	assert.strictEqual(a.json(['peer', 'list'])[0].name, 'Sud');

	const ref = a.put('offer', { name: 'Prêt de remorque' });
	const report = b.json(['sync', a.url]);
	assert.strictEqual(report[0].ok, true);
	assert.strictEqual(b.json(['record', 'get', ref]).content.name, 'Prêt de remorque');
	await converged(a, b);

	const did = a.json(['status']).did;
	const trust = b.json(['trust', did])[0];
	assert.strictEqual(trust.admitted, true);
	assert.strictEqual(trust.name, 'Nord');
	b.ok(['block', ref, '--reason', 'essai']);
	assert.strictEqual(b.try(['record', 'get', ref]).status, 1);
	assert.strictEqual(b.json(['block'])[0].what, ref);
	b.ok(['unblock', ref]);
	assert.deepStrictEqual(b.json(['block']), []);
	await until('the record to come back', () => b.try(['record', 'get', ref]).status === 0
		|| (b.try(['sync']), false));

	b.ok(['vouch', did, '--revoke']);
	assert.strictEqual(b.json(['trust', did])[0].admitted, false);
	assert.strictEqual(b.try(['record', 'get', ref]).status, 1);
	b.ok(['vouch', did, '--hops', '0', '--budget', '5']);
	assert.strictEqual(b.json(['trust', did])[0].pool, 5);

	b.ok(['peer', 'remove', a.url]);
	assert.deepStrictEqual(b.json(['peer', 'list']), []);
	assert.strictEqual(b.try(['peer', 'remove', a.url]).status, 1);
	assert.strictEqual(b.try(['peer', 'add', 'ftp://x', '--yes']).status, 2);
});

test('login and stop need a running node', async (t) => {
	const node = made(t, 'Est');
	assert.strictEqual(node.try(['login']).status, 1);
	assert.strictEqual(node.try(['stop']).status, 1);
	await node.start();
	assert.match(node.json(['login']).link, /login/);
	node.ok(['stop']);
	assert.deepStrictEqual(await node.exited, { status: 0, signal: null });
});

test('a second writer is refused', async (t) => {
	const node = await made(t, 'Ouest').start();
	const r = node.try(['serve', '--listen', '127.0.0.1:0']);
	assert.strictEqual(r.status, 1);
	assert.match(r.stderr, /in use/);
});

const TABLE = 'id;Nom;Ville;CP;Latitude;Longitude;Pratiques;Horaires;owner;Inconnue\r\n'
	+ '1;Café Théodore;Trédrez;22300;48,7;-3,5;Café associatif;"lun,\nmar";jean;x\r\n'
	+ '2;Fablab;Morlaix;29600;48,58;-3,83;fab lab|réparation;;;\r\n'
	+ '3;;Morlaix;29600;;;;;;\r\n';

test('import tells new, changed, same, refused and vanished, and twice changes nothing', async (t) => {
	const node = made(t, 'Import');
	const dir = temporary(t);
	const file = write(dir, 'lieux.csv', TABLE);
	const args = ['import', '--kind', 'place', '--source', 'lieux', file];
	const count = (r) => [r.new, r.changed, r.same, r.refused, r.vanished];

	const dry = node.json([...args, '--dry-run']);
	assert.deepStrictEqual(count(dry), [2, 0, 0, 1, 0]);
	assert.strictEqual(node.json(['record', 'list', '--kind', 'place']).length, 0);
	const first = node.json(args);
	assert.deepStrictEqual(count(first), [2, 0, 0, 1, 0]);
	assert.deepStrictEqual(first.ignored_columns, ['Inconnue']);
	const refused = first.rows.find((r) => r.result === 'refused');
	assert.deepStrictEqual([refused.row, refused.field], [4, 'name']);
	const state = node.json(['status']).state;
	assert.deepStrictEqual(count(node.json(args)), [0, 0, 2, 1, 0]);
	assert.strictEqual(node.json(['status']).state, state);

	const cafe = node.json(['record', 'list', '--kind', 'place'])
		.find((r) => r.content.name === 'Café Théodore');
	assert.deepStrictEqual(cafe.content.practices, ['associative-cafe']);
	assert.deepStrictEqual([cafe.content.lat_e7, cafe.content.lon_e7], [487000000, -35000000]);
	assert.ok(!JSON.stringify(cafe).includes('jean'));

	write(dir, 'lieux.csv', TABLE.replace(/^2;.*\r\n/m, '').replace('Café Théodore', 'Café T.'));
	const second = node.json(args);
	assert.deepStrictEqual(count(second), [0, 1, 0, 1, 1]);
	assert.strictEqual(node.json(['record', 'list', '--kind', 'place']).length, 2, 'what vanished stays');

	const rid = cafe.rid;
	node.ok(['record', 'put', '--kind', 'place', '--rid', rid, '-'], { input: '{"name":"Par moi"}' });
	assert.deepStrictEqual(count(node.json(args)), [0, 0, 1, 1, 1], 'changed by hand: kept');
	write(dir, 'lieux.csv', TABLE);
	const both = node.json(args);
	assert.match(both.rows.find((r) => r.ref.endsWith(rid)).why, /by hand/);
	assert.strictEqual(node.json([...args, '--overwrite']).changed, 1);

	for (const [name, bytes, says] of [
		['empty.csv', Buffer.alloc(0), /empty/],
		['table.xlsx', Buffer.from('PK\x03\x04'), /not a whole spreadsheet/],
	]) {
		const r = node.try(['import', write(dir, name, bytes)]);
		assert.strictEqual(r.status, 1, name);
		assert.match(r.stderr, says);
	}
	const served = http.createServer((req, res) => {
		if (req.url === '/gone')
			res.writeHead(410).end('nom\nPas à importer\n');
		else
			res.end('nom\nDe loin\n');
	});
	await new Promise((resolve) => served.listen(0, '127.0.0.1', resolve));
	t.after(() => served.close());
	const address = `http://127.0.0.1:${served.address().port}`;
	const far = await execute(ESSAIM, ['import', '--json', '--data', node.dir, `${address}/lieux.csv`]);
	assert.strictEqual(JSON.parse(far.stdout).new, 1);
	const failed = await execute(ESSAIM, ['import', '--data', node.dir, `${address}/gone`]);
	assert.strictEqual(failed.status, 1);
	assert.match(failed.stderr, /410|error/);
	assert.strictEqual(node.try(['import', '-'], { input: TABLE }).status, 2, 'standard input has no name');
	assert.strictEqual(node.try(['import', path.join(dir, 'none.csv')]).status, 1);
});

test('export comes back by import without a change', (t) => {
	const node = made(t, 'Export');
	const dir = temporary(t);
	node.put('place', { name: '=Lieu; "cité"', description: 'deux\nlignes, et\n\n- une liste', tags: ['a', 'b c'],
		lat_e7: 485000001, lon_e7: -35000000, practices: ['fablab', 'repair'], hours: 'lun-ven' });
	node.put('document', { name: 'Article', document_type: 'article', url: 'https://example.org/a' });
	node.put('event', { name: 'Fête', starts: '2026-12-01T18:00', ends: '2026-12-01T23:00' });
	const file = path.join(dir, 'tout.csv');
	node.ok(['export', '--format', 'csv', file]);
	const state = node.json(['status']).state;
	const back = node.json(['import', '--source', 'retour', file]);
	assert.deepStrictEqual([back.new, back.changed, back.refused], [0, 0, 0], JSON.stringify(back.rows));
	assert.strictEqual(node.json(['status']).state, state);

	const places = node.ok(['export', '--kind', 'place']).trim().split('\n').map((l) => JSON.parse(l));
	assert.deepStrictEqual(places.map((r) => r.kind), ['place']);
	const map = JSON.parse(node.ok(['export', '--format', 'geojson', '--kind', 'place']));
	assert.deepStrictEqual(map.features[0].geometry.coordinates.map((x) => Math.round(x * 1e7)), [-35000000, 485000001]);
	assert.strictEqual(node.try(['export', '--format', 'fly']).status, 2);
});

test('a bundle fills another node, and verify checks it without one', async (t) => {
	const [a, b] = [made(t, 'De'), made(t, 'À')];
	const dir = temporary(t);
	const ref = a.put('place', { name: 'Salle' });
	const file = path.join(dir, 'tout.ndjson.gz');
	assert.strictEqual(a.json(['bundle', 'export', file]).records, a.json(['status']).records);
	const lines = zlib.gunzipSync(fs.readFileSync(file)).toString().trim().split('\n');
	assert.strictEqual(JSON.parse(lines[0]).essaim, 'bundle');
	assert.deepStrictEqual(json(['verify', file]).bad, 0);

	assert.strictEqual(b.json(['bundle', 'import', file]).reasons.admission, lines.length - 1);
	b.ok(['vouch', a.json(['status']).did]);
	assert.strictEqual(b.json(['bundle', 'import', file]).stored, lines.length - 1);
	assert.strictEqual(b.json(['bundle', 'import', file]).duplicate, lines.length - 1);
	assert.strictEqual(b.json(['record', 'get', ref]).content.name, 'Salle');

	const broken = lines.map((l, i) => (i === 2 ? l.replace(/"updated":(\d+)/, (m, n) => `"updated":${n - 1}`) : l));
	const r = run(['verify', '--json', write(dir, 'broken.ndjson', `${broken.join('\n')}\n{"a":1}\n`)]);
	assert.strictEqual(r.status, 1);
	assert.deepStrictEqual(JSON.parse(r.stdout).list.map((x) => [x.line, x.reason]),
		[[3, 'signature'], [lines.length + 1, 'envelope']]);
	const cut = path.join(dir, 'cut.gz');
	fs.writeFileSync(cut, fs.readFileSync(file).subarray(0, 200));
	assert.strictEqual(run(['verify', cut]).status, 1);

	const one = write(dir, 'one.json', lines[1]);
	assert.strictEqual(json(['verify', '--document', one]).verified, true);
	assert.strictEqual(run(['verify', '--document', write(dir, 'two.json', lines[1].replace('"v":1', '"v":2'))]).status, 1);
});

test('canon prints the canonical bytes, or where it cannot', () => {
	assert.strictEqual(ok(['canon', '-'], { input: '{ "b": 1.50, "a": [true, "\\u00e9"] }' }), '{"a":[true,"é"],"b":1.5}');
	const r = run(['canon', '-'], { input: '{"a":1,\n"a":2}' });
	assert.strictEqual(r.status, 1);
	assert.match(r.stderr, /line 2/);
});

for (const serving of [false, true]) {
	test(`backup and restore ${serving ? 'of a running node' : 'of a node at rest'}`, async (t) => {
		const node = made(t, 'Sauvé');
		const dir = temporary(t);
		const ref = node.put('need', { name: 'Cherche une salle' });
		if (serving)
			await node.start();
		const file = path.join(dir, 'node.tar.gz');
		node.ok(['backup', file]);
		assert.strictEqual(fs.statSync(file).mode & 0o777, 0o600);
		assert.strictEqual(node.try(['backup', file]).status, 1, 'never over another file');
		const state = node.json(['status']).state;
		const copy = path.join(dir, 'copy');
		ok(['restore', file, '--data', copy]);
		assert.strictEqual(json(['status', '--data', copy]).state, state);
		assert.strictEqual(json(['record', 'get', ref, '--data', copy]).content.name, 'Cherche une salle');
		assert.strictEqual(run(['restore', file, '--data', copy]).status, 1, 'never over a node');
		for (const key of fs.readdirSync(path.join(copy, 'keys')))
			assert.strictEqual(fs.statSync(path.join(copy, 'keys', key)).mode & 0o777, 0o600, key);
		const bad = run(['restore', write(dir, 'bad.tar.gz', zlib.gzipSync(Buffer.alloc(2048, 'x'))), '--data',
			path.join(dir, 'bad')]);
		assert.strictEqual(bad.status, 1);
		assert.match(bad.stderr, /not a backup/);
		const cut = path.join(dir, 'cut.tar.gz');
		fs.writeFileSync(cut, fs.readFileSync(file).subarray(0, fs.statSync(file).size / 2));
		assert.strictEqual(run(['restore', cut, '--data', path.join(dir, 'bad')]).status, 1);
		assert.deepStrictEqual(fs.readdirSync(path.join(dir, 'bad')), [], 'a failure leaves nothing behind');
		ok(['restore', file, '--data', path.join(dir, 'bad')]);
	});
}

test('doctor says what is wrong and what to do', async (t) => {
	const node = made(t, 'Santé');
	assert.ok(node.json(['doctor']).every((f) => f.ok));
	await node.start();
	assert.ok(node.json(['doctor']).every((f) => f.ok));
	fs.chmodSync(path.join(node.dir, 'keys', 'operating.key'), 0o644);
	const running = node.try(['doctor']);
	assert.strictEqual(running.status, 1, running.stdout);
	assert.match(running.stdout, /PROBLEM +operating\.key/);
	assert.match(running.stdout, /chmod 600/);
	await node.stop();
	const closed = node.try(['doctor']);
	assert.strictEqual(closed.status, 1, closed.stdout);
	assert.match(closed.stdout, /PROBLEM +node: .*operating\.key/);
});
