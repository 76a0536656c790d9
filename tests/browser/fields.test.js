// SPDX-License-Identifier: AGPL-3.0-or-later
// Goal: the page of each kind says all that a record of that kind says, leads to whatever it names, and what is
// named leads back.
'use strict';
const assert = require('node:assert');
const test = require('node:test');
const { startNode, until, launch, visitor, checkQuiet, checkAccessible } = require('./lib.js');
const { publish } = require('./content.js');
const schema = require('./schema.js');

// What a reader sees of a value: in words where it is no text.
const seen = {
	date: (v) => ({ '2099-06-30': '30 juin 2099', '2016-06-30': '30 juin 2016' })[v],
	datetime: (v) => (v.endsWith('22:00') ? '22 h' : 'mardi 1er décembre 2099'),
	url: (v) => v.replace('https://', ''), urls: ([v]) => v.replace('https://', ''), words: ([v]) => v,
	text: (v) => v, markdown: (v) => v, email: (v) => v, phone: (v) => v,
};
// Not words: marked, drawn, or for software.
const apart = new Set(['key', 'name_fr', 'insee', 'lat_e7', 'lon_e7', 'example', 'score', 'policy', 'software']);
const terms = { 'axis individual-to-collective': 'De l’individu au collectif', 'access free': 'gratuit', 'status ended': 'terminée',
	'means volunteers': 'bénévoles', 'terms gift': 'don' };

test('every field of every kind is on its page', async (t) => {
	const node = await startNode(t, 'Pays d’essai', '29188');
	const ref = await publish(node);
	const browser = await launch(t);
	const page = await visitor(browser, node);
	for (const kind of schema.content) {
		const content = schema.fill(kind, { text: (f) => (f.name === 'key' ? 'knitting' : f.name === 'recurrence' ? 'FREQ=WEEKLY;BYDAY=TU'
			: f.name === 'timezone' ? 'Europe/London' : f.name === 'postcode' ? '29630' : `le ${f.name.replaceAll('_', ' ')} de ${kind}`),
		refs: (k) => ref[k], address: (f) => `https://example.org/${f.name}/${kind}` });
		if (kind === 'territory') ref.territory = `${node.did}/territory/self`;
		const put = await node.run('record', 'put', '--kind', kind, '-', ...(kind === 'territory' ? ['--rid', 'self'] : []),
			{ input: JSON.stringify(content) });
		await node.indexed();
		await page.goto(`/i/${put.ref}`);
		const text = (await page.locator('main').innerText()).toLowerCase().replace(/[\u00a0\u202f]/g, ' ');
		for (const f of schema.fields(kind)) {
			const value = content[f.name], what = `${kind}.${f.name} ${JSON.stringify(value)}`;
			assert.notStrictEqual(value, undefined, `${what} is tried`);
			if (apart.has(f.name)) continue;
			if (f.name === 'recurrence') assert.ok(text.includes('tous les mardis') && !text.includes('freq='), what);
			else if (f.name === 'areas') assert.match(text, /plougasnou, ?côtes-d’armor|plougasnou\s*,?\s*côtes-d['’]armor/, what);
			else if (f.type.startsWith('reference')) {
				const named = Array.isArray(value) ? value[0] : value;
				assert.ok(await page.locator(`main a[href*="${named}"]`).count() > 0, `${what}: a link to it`);
				const back = await node.get(`/i/${named}`);
				assert.ok(back.text.includes(put.ref) || kind === 'territory', `${what}: a link back from ${named}`);
			} else if (f.type === 'term' || f.type === 'terms') {
				const known = terms[`${f.of[0]} ${Array.isArray(value) ? value[0] : value}`];
				assert.ok(known === undefined || text.includes(known.toLowerCase()), `${what}: ${known}`);
				assert.ok(!new RegExp(`[\\s,]${Array.isArray(value) ? value[0] : value}[\\s,]`).test(text) || /^[a-z]+$/.test(value), `${what}: no bare key`);
			} else
				assert.ok(text.includes(seen[f.type](value).toLowerCase()), `${what}: “${seen[f.type](value)}” in\n${text}`);
		}
		await checkAccessible(page, kind);
	}
	await checkQuiet(page);
	await until('all of it searchable', async () => (await node.get('/catalogue?q=resource')).text.includes('le name de resource'));
});
