// SPDX-License-Identifier: AGPL-3.0-or-later
// Goal: every page, in both languages, light and dark, on a wide screen and on one of 320 pixels, is
// accessible, asks no other host for anything and leaves a visitor without a cookie.
'use strict';
const assert = require('node:assert');
const test = require('node:test');
const { startNode, until, launch, visitor, checkQuiet, checkAccessible } = require('./lib.js');
const { publish } = require('./content.js');

const looks = [
	{ lang: 'fr', dark: false, width: 320 }, { lang: 'en', dark: true, width: 1200 },	// every page
	{ lang: 'fr', dark: true, width: 320 }, { lang: 'en', dark: false, width: 1200 },	// one of each type
];

async function site(t) {
	const node = await startNode(t, 'Pays d’essai', '29188');
	const ref = await publish(node);
	await until('the catalogue to show all', async () => (await node.get('/catalogue?q=Filage')).text.includes('>Filage<'));
	return { node, ref };
}

test('every page in every look', async (t) => {
	const { node, ref } = await site(t);
	const did = ref.place.split('/')[0];
	const browser = await launch(t);
	const pages = ['/', '/catalogue', '/catalogue?q=jardin&kind=initiative&near=Plougasnou', '/catalogue?q=zzzz', '/map', '/map?q=zzzz',
		'/offers', '/offers?type=good', '/agenda', '/agenda?when=past', '/library', '/territories', `/territory/${did}`,
		'/network', '/about', '/legal', '/nowhere', '/operator', `/provenance/${ref.initiative}`,
		`/i/${did}/territory/self`, `/i/${did}/node/self`, `/i/${did}/identity/self`,
		...Object.values(ref).map((r) => `/i/${r}`)];
	const kinds = pages.slice(0, 18).filter((p) => !p.includes('?')).concat(`/i/${ref.initiative}`, `/i/${ref.event}`);
	for (const [i, look] of looks.entries()) {
		const page = await visitor(browser, node, look);
		for (const path of i < 2 ? pages : kinds) {
			const answer = await page.goto(path);
			const what = `${path} ${JSON.stringify(look)}`;
			assert.strictEqual(answer.status(), path === '/nowhere' ? 404 : path === '/operator' ? 401 : 200, what);
			assert.strictEqual(await page.getAttribute('html', 'lang'), look.lang, what);
			await checkAccessible(page, what);
		}
		await checkQuiet(page);
		await page.context().close();
	}
});

test('the language stays while walking, and only as long as it must', async (t) => {
	const { node } = await site(t);
	const page = await visitor(await launch(t), node, { lang: 'fr', js: false });
	await page.goto('/');
	await page.getByRole('link', { name: 'English' }).click();
	await page.getByRole('link', { name: 'Catalogue', exact: true }).click();
	assert.ok(page.url().endsWith('/catalogue?lang=en'), page.url());
	await page.getByLabel('What are you looking for?').fill('jardin');
	await page.getByRole('button', { name: 'Search' }).click();
	await page.getByRole('heading', { name: '1 entry' }).waitFor();
	await page.getByRole('link', { name: 'Le jardin du presbytère' }).click();
	await page.getByRole('link', { name: 'Spinning' }).waitFor();
	await page.getByRole('link', { name: 'Français' }).click();
	await page.getByRole('link', { name: 'Agenda' }).first().click();
	assert.ok(page.url().endsWith('/agenda'), page.url());
	await checkQuiet(page);
});

test('filters are added and taken away by links alone', async (t) => {
	const { node } = await site(t);
	const page = await visitor(await launch(t), node, { js: false });
	await page.goto('/catalogue');
	await page.getByRole('complementary').getByRole('link', { name: /^Vecteur de solidarités/ }).click();
	await page.getByRole('complementary').getByRole('link', { name: /^Documents/ }).click();
	await page.getByRole('heading', { name: '1 fiche' }).waitFor();
	await page.getByRole('link', { name: /Retirer le filtre Documents/ }).click();
	await page.getByRole('heading', { name: '3 fiches' }).waitFor();
	await page.getByRole('link', { name: 'Tout effacer' }).click();
	assert.ok(page.url().endsWith('/catalogue'), page.url());
});

test('the keyboard reaches the content first', async (t) => {
	const { node } = await site(t);
	const page = await visitor(await launch(t), node);
	await page.goto('/offers');
	await page.keyboard.press('Tab');
	assert.strictEqual(await page.evaluate(() => document.activeElement.textContent), 'Aller au contenu');
	await page.keyboard.press('Enter');
	assert.strictEqual(await page.evaluate(() => document.activeElement.id), 'main');
});

test('on paper the page is the record and nothing else', async (t) => {
	const { node, ref } = await site(t);
	const page = await visitor(await launch(t), node);
	await page.emulateMedia({ media: 'print' });
	await page.goto(`/i/${ref.initiative}`);
	for (const hidden of ['nav', '.bottom', '.skip'])
		assert.strictEqual(await page.locator(hidden).first().isVisible(), false, hidden);
	assert.ok(await page.getByRole('heading', { name: 'Le jardin du presbytère' }).isVisible());
	assert.ok(await page.getByText('02 61 91 00 10').isVisible());
});
