// SPDX-License-Identifier: AGPL-3.0-or-later
// Goal: every page of the operator's is reached with something to do on it, no form of theirs works from elsewhere,
// and what waits for a decision is decided by keyboard alone, without JavaScript.
'use strict';
const assert = require('node:assert');
const test = require('node:test');
const { launch, checkQuiet } = require('./lib.js');
const { LEADS, fill, operator, routes, rows } = require('./desk.js');

// The forms of a page that change something: where they lead and what they would send.
const forms = (page) => page.evaluate(() => [...document.querySelectorAll('form[method=post]')].map((f) => ({
	path: f.getAttribute('action').split('?')[0], type: f.enctype,
	fields: Object.fromEntries([...new FormData(f)].filter(([, value]) => typeof value === 'string')),
})));

const matches = (route, path) => new RegExp(`^${route.replace(/:\w+/g, '[^/]+')}$`).test(path);

test('every operator’s page has its row here, and every form refuses a forged word', async (t) => {
	const browser = await launch(t);
	const site = await fill(t, browser);
	const list = await routes(site.node), table = rows(site);
	assert.deepStrictEqual(list.filter((r) => !LEADS.includes(r) && !table.some((row) => row.route === r)), [], 'pages without a row');
	assert.deepStrictEqual([...LEADS, ...table.map((row) => row.route)].filter((r) => !list.includes(r)), [], 'rows without a page');

	const page = await operator(browser, site.node, { width: 1280 });
	const found = new Map();
	for (const row of table) {
		await row.go(page);
		for (const form of await forms(page)) found.set(`${form.path} ${form.fields.action ?? ''} ${form.fields.sure ?? ''}`, form);
	}
	const before = (await site.node.run('status')).state;
	for (const [what, { path, type, fields }] of found) {
		assert.ok(fields.csrf, `${what} carries no word of this session`);
		for (const csrf of ['', 'guessed', `${fields.csrf.slice(0, -1)}-`]) {
			const how = type === 'multipart/form-data' ? 'multipart' : 'form';
			const answer = await page.request.post(path, { [how]: { ...fields, csrf }, maxRedirects: 0, headers: { Origin: site.node.url } });
			assert.strictEqual(answer.status(), 403, `${what} with the word “${csrf}”`);
		}
	}
	assert.strictEqual((await site.node.run('status')).state, before, 'nothing was changed');
	const posts = list.filter((r) => r.startsWith('POST ')).map((r) => r.slice(5));
	assert.deepStrictEqual(posts.filter((r) => ![...found.values()].some((f) => matches(r, f.path))), [], 'routes whose form is on no page');
	assert.strictEqual((await page.goto('/operator')).status(), 200, 'still logged in');
});

test('what is to be decided is decided by keyboard alone, without JavaScript', async (t) => {
	const browser = await launch(t);
	const site = await fill(t, browser);
	const page = await operator(browser, site.node, { js: false, width: 320 });
	const enter = async (locator) => {
		await locator.focus();
		await page.keyboard.press('Enter');
	};
	const act = (action) => page.locator(`main form:has(input[value="${action}"]) button`).first();

	await page.goto('/operator/sources');
	await enter(act('keep'));
	await page.getByText('Ces fiches restent ici.').waitFor();
	await enter(page.getByRole('link', { name: '1 fiche modifiée ici et à la source' }));
	await page.locator('input[value=take]').focus();
	await page.keyboard.press('Space');
	await enter(page.getByRole('button', { name: 'Enregistrer ces choix' }));
	await page.getByText('Il n’y a plus rien à choisir.').waitFor();
	await page.goto(site.file);
	await enter(act('take'));
	await page.getByText('C’est fait.').waitFor();
	await page.goto('/operator/upkeep');
	await enter(act('confirm'));
	await page.getByText('Aucune fiche n’attend').waitFor();
	await page.goto('/operator/blocks');
	await enter(act('unblock'));
	await page.getByText('Rien n’est bloqué.').waitFor();
	await page.goto('/operator/peers');
	await enter(act('remove'));
	await page.getByText('Ce voisin est retiré.').waitFor();
	await page.goto(`/operator/trust/${site.near.did}`);
	await enter(act('withdraw'));
	await enter(page.getByRole('button', { name: 'Oui, faire cela' }));
	await page.getByText('C’est fait.').waitFor();
	await enter(page.getByRole('button', { name: 'Se déconnecter' }));
	await page.getByText('Vous êtes déconnecté').waitFor();
	await checkQuiet(page);
});
