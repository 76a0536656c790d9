// SPDX-License-Identifier: AGPL-3.0-or-later
// Goal: every page of the operator's, with something to do on it, can be read and worked by everybody: in both
// languages, light and dark, at 320 pixels, without JavaScript, by keyboard; and no form works from elsewhere.
'use strict';
const assert = require('node:assert');
const test = require('node:test');
const { launch, checkQuiet, checkAccessible } = require('./lib.js');
const { LEADS, fill, operator, routes, rows } = require('./desk.js');

// Whatever can be worked in the page, as a keyboard must find it: of the buttons of one choice, one.
function workable() {
	const seen = new Set();
	return [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary')].filter((e) => {
		if (!e.checkVisibility({ visibilityProperty: true }) || e.disabled) return false;
		if (e.type !== 'radio') return true;
		const key = `${[...document.forms].indexOf(e.form)} ${e.name}`;
		return !seen.has(key) && seen.add(key);
	});
}

// From the top, Tab finds each of them, and one sees where it is.
async function checkKeyboard(page, what) {
	const all = await page.evaluate(`{ ${workable}; globalThis.left = new Set(workable()); globalThis.left.size }`);
	assert.ok(all > 10, what);
	await page.evaluate(() => { document.activeElement.blur(); globalThis.scrollTo(0, 0); });
	for (let i = 0; i < 3 * all; i++) {
		await page.keyboard.press('Tab');
		const { left, unseen } = await page.evaluate(() => {
			const e = document.activeElement, s = getComputedStyle(e);
			for (const other of [...globalThis.left]) {
				if (other === e || (e.type === 'radio' && other.name === e.name && other.form === e.form)) globalThis.left.delete(other);
			}
			return { left: globalThis.left.size, unseen: e !== document.body && (s.outlineStyle === 'none' || Number.parseFloat(s.outlineWidth) < 2)
				? e.outerHTML.slice(0, 90) : '' };
		});
		assert.strictEqual(unseen, '', `${what}: one does not see where the keyboard is`);
		if (left === 0) return;
	}
	assert.fail(`${what}: the keyboard does not reach ${await page.evaluate(() => [...globalThis.left].map((e) => e.outerHTML.slice(0, 90)).join(' | '))}`);
}

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

test('every operator’s page in both languages, light and dark, at 320 pixels, by keyboard', async (t) => {
	const browser = await launch(t);
	const site = await fill(t, browser);
	for (const lang of ['fr', 'en']) {
		const page = await operator(browser, site.node, { lang, width: 320 });
		for (const [i, row] of rows(site).entries()) {
			await row.go(page);
			const what = `${row.route} (row ${i}, ${lang})`;
			assert.strictEqual(await page.getAttribute('html', 'lang'), lang, what);
			if (lang === 'fr') assert.ok((await page.locator('main').innerText()).includes(row.says), `${what} does not say “${row.says}”`);
			assert.strictEqual(await page.locator('main [role=alert]').count() > 0, !!row.alert || row.route.endsWith('new/:kind') && row.route.startsWith('POST'), what);
			assert.strictEqual(await page.locator('header nav [aria-current=page]').count(), 1, `${what}: where one is, in the menu`);
			await page.evaluate(() => { for (const d of document.querySelectorAll('details')) d.open = true; });
			for (const colorScheme of ['light', 'dark']) {
				await page.emulateMedia({ colorScheme });
				await checkAccessible(page, `${what}, ${colorScheme}`);
			}
			if (lang === 'fr') await checkKeyboard(page, what);
		}
		await checkQuiet(page, { cookies: 1 });
		await page.context().close();
	}
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
