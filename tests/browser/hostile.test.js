// SPDX-License-Identifier: AGPL-3.0-or-later
// Goal: what a hostile but admitted node signs stays text, in every field of every kind, on every page, feed and
// export, in Chromium under the policy that the node really sends.
'use strict';
const assert = require('node:assert');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const test = require('node:test');
const { execFileSync } = require('node:child_process');
const { startNode, launch, visitor, checkQuiet, loginLink } = require('./lib.js');
const { Author } = require('../scenario/sign.js');
const schema = require('./schema.js');

// Each would leave a mark (__taken, a dialog, an element called pwn) where it is more than text.
const payloads = [
	'<script>__taken=1</script>', '"><script>__taken=1</script>', '\'><img src=x id=pwn onerror=__taken=1>',
	'</script><script>__taken=1</script><b id=pwn>', '<!--<script>__taken=1//-->', ']]><script>__taken=1</script>',
	'<svg/onload=__taken=1 id=pwn>', '</title><script>alert(1)</script>', '</textarea><script>alert(1)</script>',
	'<iframe srcdoc="<script>parent.__taken=1</script>" id=pwn>', '" onmouseover="__taken=1" id="pwn" x="',
	'[lien](javascript:__taken=1) <javascript:__taken=1>', '![x](data:image/svg+xml,%3Cscript%3E "onerror=__taken=1")',
	'<a href="javascript:__taken=1" id=pwn>x</a>', '{% if 1 %}{{ title }}{title}{n}{date}', '&lt;script&gt;__taken=1&lt;/script&gt;',
	'%3Cscript%3E__taken=1%3C/script%3E', '=HYPERLINK("http://example.org","x")', '@SUM(1+1)*cmd|\' /C calc\'!A0', '+1+cmd|x', '-1+cmd|x',
	'x,y;z\\nEND:VEVENT\\nBEGIN:VEVENT', '<base href=//example.org id=pwn>', '<meta http-equiv=refresh content=0;url=/pwn>',
	'<form action=/operator id=pwn><button>', '<style>*{display:none}</style id=pwn>', 'é\u0301\u202f“”’\u{1f41d}<\u{e0001}b id=pwn>',
];
const lines = '\n\nEND:VEVENT\nBEGIN:VEVENT\nSUMMARY:injecté\n\n# <b id=pwn>titre\n\n<script>__taken=1</script>\n\n```html\n</code></pre><script>__taken=1</script>';
const addresses = ['https://example.org/?q=\'-__taken=1-\'&<'.slice(0, -1), 'https://example.org/%22%3E%3Cscript%3E__taken=1%3C/script%3E', 'http://[::1]:1/\'onclick=\'__taken=1', 'https://example.org/);__taken=1;//'];

// One record a payload and kind, each field starting with another payload; references among them.
function hostileRecords(author) {
	const refs = {}, records = [];
	const rid = (kind, i) => (kind === 'territory' ? 'self' : `${kind.slice(0, 12).replace(/[^a-z]/g, '')}${'abcdefghijklmnopqrstuvwxyz234567'[i % 32]}`.padEnd(16, 'z'));
	for (const kind of schema.content) refs[kind] = `${author.did}/${kind}/${rid(kind, 0)}`;
	for (const kind of [...schema.content, ...schema.relations])
		for (let i = 0; i < (kind === 'territory' ? 1 : schema.relations.includes(kind) ? 2 : payloads.length); i++) {
			let n = i;
			const text = (f, max) => {
				if (f.name === 'recurrence' && i % 3 === 0) return 'FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30';
				const one = payloads[n++ % payloads.length];
				return f.type === 'markdown' ? `${one}${lines}` : max >= 200 ? `${one} ${payloads[n % payloads.length]}`.slice(0, max) : one;
			};
			const content = schema.fill(kind, { text, refs: (k) => (k === kind && i === 0 ? `${author.did}/${k}/${rid(k, 1)}` : refs[k]), address: (f) => addresses[n++ % addresses.length] });
			if (kind === 'same') content.b = refs.place;
			records.push({ kind, rid: rid(kind, i), content });
		}
	return records;
}

// The same, each with one field that breaks its rule: such a record is kept and not shown.
function brokenRecords() {
	return schema.content.filter((kind) => kind !== 'territory').flatMap((kind) => schema.fields(kind).map((f) => ({ kind,
		content: { ...schema.fill(kind, { text: () => 'x', refs: () => 'x', only: () => false }), name: `brisée ${f.name}`, [f.name]: payloads[0].repeat(60) } })));
}

async function site(t) {
	const node = await startNode(t, 'Pays d’essai', '29188');
	const author = new Author();
	assert.strictEqual((await node.control('POST', `/api/v1/vouches?did=${author.did}`)).status, 200);
	const records = hostileRecords(author), [first] = payloads;
	const signed = [author.identity(), author.record({ kind: 'node', rid: 'self', content: { name: `${first}<b id=pwn>`,
		urls: [addresses[1]], software: first, policy: 'vouched', contact_form: addresses[0] } }),
	...records.map((r) => author.record(r)), ...brokenRecords().map((r) => author.record(r))];
	const results = await node.offer(signed);
	assert.deepStrictEqual(results.filter((r) => r.result !== 'stored'), [], 'all of it is taken');
	await node.indexed();
	return { node, author, records };
}

// What injected markup would have left in the page.
const injected = () => {
	const bad = [], plain = new Set(['http:', 'https:', 'mailto:', 'tel:']);
	for (const e of document.querySelectorAll('*')) {
		for (const a of e.attributes)
			if (/^on/i.test(a.name) || (a.name === 'style' && !e.closest('.leaflet-container')) || a.name === 'srcdoc' || (a.name === 'id' && a.value === 'pwn')) bad.push(`${e.tagName} ${a.name}`);
		if (/^(IFRAME|OBJECT|EMBED|STYLE|APPLET|AUDIO|VIDEO)$/.test(e.tagName)) bad.push(e.tagName);
		if (e.tagName === 'SCRIPT' && e.type !== 'application/ld+json' && !e.getAttribute('src')?.startsWith('/static/')) bad.push(e.outerHTML);
		if ((e.tagName === 'A' || e.tagName === 'AREA') && !plain.has(new URL(e.getAttribute('href') ?? '/', location).protocol)) bad.push(e.outerHTML);
		if (e.tagName === 'FORM' && new URL(e.getAttribute('action') ?? '/', location).origin !== location.origin) bad.push(e.outerHTML);
		if (e.tagName === 'META' && e.httpEquiv) bad.push(e.outerHTML);
		if (e.tagName === 'BASE' && e.hasAttribute('href')) bad.push(e.outerHTML);
		if (e.tagName === 'IMG' && !/^(\/static\/|\/site\/|data:image\/)/.test(e.getAttribute('src'))) bad.push(e.outerHTML);
		if (e.tagName === 'SCRIPT' && e.type === 'application/ld+json') JSON.parse(e.textContent);
	}
	if (globalThis.__taken !== undefined) bad.push('a script ran');
	return bad;
};

async function look(page, address) {
	const answer = await page.goto(address);
	assert.ok([200, 404].includes(answer.status()), `${address}: ${answer.status()}`);
	assert.deepStrictEqual(await page.evaluate(injected), [], address);
}

test('inert on every page', async (t) => {
	const { node, author, records } = await site(t);
	const browser = await launch(t);
	const page = await visitor(browser, node);
	page.on('dialog', (d) => { page.complaints.push(`dialog ${d.message()}`); d.dismiss(); });
	const q = (i) => encodeURIComponent(payloads[i % payloads.length]);
	const first = (kind) => `${author.did}/${kind}/${records.find((r) => r.kind === kind).rid}`;
	const pages = ['/', '/catalogue?sort=title', '/catalogue?sort=newest&page=2', '/map', '/offers', '/agenda', '/agenda?month=2099-12', '/agenda?when=past',
		'/agenda?day=2099-12-01', '/library', '/territories', `/territory/${author.did}`, '/network', '/about', '/legal', '/embed/list', '/embed/map',
		`/booklet?territory=${author.did}`, ...['provenance', 'adopt', 'lineage', 'reciprocity', 'poster'].map((p) => `/${p}/${first('initiative')}`),
		...['organisation', 'place', 'territory'].map((k) => `/reciprocity/${first(k)}`), ...schema.content.map((k) => `/poster/${first(k)}`)];
	for (let i = 0; i < payloads.length; i++)
		pages.push(`/catalogue?q=${q(i)}&near=${q(i + 1)}`, `/${['map', 'offers', 'agenda', 'booklet'][i % 4]}?q=${q(i)}&type=${q(i)}&month=${q(i)}&commune=${q(i + 3)}&practice=${q(i)}&lang=${q(i)}`);
	for (const address of pages) await look(page, address);
	for (const [i, r] of records.entries())	// each kind with some of them here, with all below
		if (i % 6 === 0 || r.rid === 'self') await look(page, `/i/${author.did}/${r.kind}/${r.rid}`);
	await page.goto('/catalogue');
	await page.getByRole('combobox', { name: 'Que cherchez-vous ?' }).pressSequentially('script');
	await page.getByRole('option').first().waitFor();
	assert.deepStrictEqual(await page.evaluate(injected), [], 'suggestions');
	await checkQuiet(page);
	const operator = await visitor(browser, node);
	await operator.goto(await loginLink(node));
	await operator.locator('main a').first().click();
	for (const address of ['/operator', `/operator/adopt/${first('initiative')}`, `/operator?q=${q(1)}`, '/operator/peers']) await look(operator, address);
	await checkQuiet(operator, { cookies: 1 });
});

test('inert in the text of each record’s page', async (t) => {
	const { node, author, records } = await site(t);
	const markup = payloads.filter((p) => p.includes('<'));
	let shown = 0;
	for (const r of records) {
		const answer = await node.get(`/i/${author.did}/${r.kind}/${r.rid}`);
		assert.strictEqual(answer.status, 200, `${r.kind} ${r.rid}: ${JSON.stringify(r.content)}`);
		shown++;
		for (const p of [...markup, '<script>__taken', 'href="javascript:', '<b id=pwn'])
			assert.ok(!answer.text.includes(p), `${r.kind} ${r.rid}: ${p}`);
	}
	assert.ok(shown > schema.content.length * 20, `${shown} records`);
	for (const r of brokenRecords().slice(0, 40))
		assert.ok(!(await node.get(`/catalogue?q=${encodeURIComponent(r.content.name)}`)).text.includes('<script>__'), r.content.name);
});

// Cells of a CSV (RFC 4180), by a reader that is not ours.
function cells(text) {
	const out = [];
	for (const m of text.matchAll(/(?:^|[,;\n])(?:"((?:[^"]|"")*)"|([^",;\n\r]*))/g)) out.push((m[1] ?? m[2]).replaceAll('""', '"'));
	return out;
}

test('inert in every feed and export', async (t) => {
	const { node, author, records } = await site(t);
	const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'essaim-hostile-'));
	t.after(() => fs.rmSync(dir, { recursive: true, force: true }));
	const wellFormed = (name, text) => {
		fs.writeFileSync(path.join(dir, name), text);
		execFileSync('xmllint', ['--noout', '--nonet', path.join(dir, name)]);
	};
	const lists = [`/catalogue.EXT?limit=500&territory=${author.did}`, '/agenda.EXT', '/offers.EXT', '/library.EXT',
		...['initiative', 'event', 'place'].map((k) => `/i/${author.did}/${k}/${records.find((r) => r.kind === k).rid}/record.EXT`)];
	let events = 0, entries = 0, features = 0, formulas = 0;
	for (const list of lists) {
		const get = async (ext) => {
			const answer = await node.get(list.replace('EXT', ext));
			if (ext === 'ics' && answer.status === 404) return '';
			assert.strictEqual(answer.status, 200, `${list} ${ext}`);
			assert.strictEqual(answer.headers['x-content-type-options'], 'nosniff');
			assert.doesNotMatch(answer.headers['content-type'], /html/);
			return answer.text;
		};
		const atom = await get('atom');
		wellFormed('feed.atom', atom);
		entries += atom.split('<entry>').length - 1;
		features += JSON.parse(await get('geojson')).features?.length ?? 1;
		JSON.parse(await get('jsonld'));
		for (const line of (await get('ndjson')).trim().split('\n')) JSON.parse(line);
		for (const cell of cells(await get('csv'))) {
			assert.doesNotMatch(cell, /^[=+@\t\r]|^-(?![\d.]+$)/, `${list}: ${cell}`);
			formulas += /^'[=+@-]/.test(cell);
		}
		const ics = await get('ics');
		for (const line of ics.split('\r\n'))
			assert.match(line, /^$|^ |^(BEGIN|END):V(CALENDAR|EVENT|TIMEZONE)$|^(BEGIN|END):(STANDARD|DAYLIGHT)$|^[A-Z-]+(;[A-Z]+=[^:]*)?:/, line);
		assert.ok(!/^SUMMARY:injecté/m.test(ics), 'no line of its own');
		const begun = ics.split('\r\n').filter((line) => line === 'BEGIN:VEVENT').length;
		assert.strictEqual(ics.split('\r\n').filter((line) => line === 'END:VEVENT').length, begun);
		events += begun;
	}
	assert.ok(events >= payloads.length && entries > 100 && features > 100 && formulas > 20, `${events} ${entries} ${features} ${formulas}`);
	for (const address of ['/sitemap.xml', '/sitemap/pages/1', `/i/${author.did}/event/${records.find((r) => r.kind === 'event').rid}/qr.svg`]) {
		const answer = await node.get(address);
		if (answer.status === 200) wellFormed('x.xml', answer.text);
	}
	JSON.parse((await node.get('/api/v1/suggest?q=script')).text);
	JSON.parse((await node.get('/api/v1/search?q=script')).text);
});
