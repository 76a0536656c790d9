// SPDX-License-Identifier: AGPL-3.0-or-later
// Goal: every page, in both languages, light and dark, on a wide screen and on one of 320 pixels, is
// accessible, asks no other host for anything and leaves a visitor without a cookie.
'use strict';
const assert = require('node:assert');
const test = require('node:test');
const { startNode, until, launch, visitor, checkQuiet, checkAccessible } = require('./lib.js');
const { publish, types } = require('./content.js');

const looks = [
	{ lang: 'fr', dark: false, width: 320 },	// every page
	{ lang: 'en', dark: true, width: 1200 }, { lang: 'fr', dark: true, width: 320 }, { lang: 'en', dark: false, width: 1200 },	// each type
];

async function site(t) {
	const node = await startNode(t, 'Pays d’essai', '29188');
	const ref = await publish(node);
	await until('the catalogue to show all', async () => (await node.get('/catalogue?q=Filage')).text.includes('>Filage<'));
	return { node, ref };
}

test('every page in every look', async (t) => {
	const { node, ref } = await site(t);
	const browser = await launch(t);
	for (const [i, look] of looks.entries()) {
		const page = await visitor(browser, node, look);
		for (const { path, status, again } of types(node, ref)) {
			if (again && i > 0) continue;
			const answer = await page.goto(path), what = `${path} ${JSON.stringify(look)}`;
			assert.strictEqual(answer.status(), status, what);
			assert.strictEqual(await page.getAttribute('html', 'lang'), look.lang, what);
			if (path.includes('map')) await page.locator('#map.leaflet-container').waitFor();
			await checkAccessible(page, what);
		}
		await checkQuiet(page);
		await page.context().close();
	}
});

test('every page type, enlarged, is read without scrolling sideways, and moves nothing', async (t) => {
	const { node, ref } = await site(t);
	const page = await visitor(await launch(t), node, { width: 640, height: 512 });	// 1280 by 1024 at 200 %
	for (const { path, again } of types(node, ref)) {
		if (again) continue;
		await page.goto(path);
		const { wide, moving } = await page.evaluate(() => ({
			wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
			moving: [...document.querySelectorAll('*')].filter((e) => !e.closest('.leaflet-container')).flatMap((e) => {
				const s = getComputedStyle(e);
				return s.animationName !== 'none' || Number.parseFloat(s.transitionDuration) > 0 ? [e.outerHTML.slice(0, 80)] : [];
			}),
		}));
		assert.ok(wide <= 0, `${path}: ${wide} pixels too wide`);
		assert.deepStrictEqual(moving, [], path);
	}
	await checkQuiet(page);
});

test('every page type is light', async (t) => {
	const { node, ref } = await site(t);
	const browser = await launch(t);
	for (let i = 0; i < 30; i++)	// a full page of the list
		await node.run('record', 'put', '--kind', 'initiative', '-', { input: JSON.stringify({ name: `Initiative ${i} du bourg et des hameaux`,
			summary: 'Une phrase qui dit ce que l’on y fait ensemble, avec qui, et à quel moment de la semaine. '.repeat(3).slice(0, 290),
			access: ['free', 'membership', 'solidarity-rate'], commune: 'Plougasnou', practices: ['shared-garden', 'repair'] }) });
	await node.indexed();
	for (const { path, again } of types(node, ref)) {
		if (again) continue;
		const page = await visitor(browser, node), asked = [];	// nothing kept from another page
		page.on('requestfinished', (r) => asked.push(r.sizes().then((s) => [r.url(), s.responseBodySize],
			() => [r.url(), 0])));	// the page was closed meanwhile
		await page.goto(path, { waitUntil: 'load' });
		if (path.includes('map')) await page.locator('#map canvas').waitFor();
		const sizes = await Promise.all(asked);
		const bytes = sizes.reduce((sum, [, n]) => sum + n, 0), map = path.includes('map');
		assert.ok(sizes.length >= 2 && sizes.length <= (map ? 8 : 5), `${path}: ${sizes.length} requests: ${JSON.stringify(sizes)}`);
		assert.ok(bytes > 2000 && bytes <= (map ? 200000 : 50000), `${path}: ${bytes} bytes: ${JSON.stringify(sizes)}`);
		assert.deepStrictEqual(page.strangers, [], path);
		const style = sizes.find(([url]) => /\/style[^/]*\.css/.test(url));
		assert.ok((await node.get(new URL(style[0]).pathname)).text.length < 20000, 'the style sheet as written');
		await page.context().close();
	}
});

test('every page tells programs what it is', async (t) => {
	const { node, ref } = await site(t);
	const page = await visitor(await launch(t), node, { js: false });
	for (const { path, status, again } of types(node, ref)) {
		if (again || status !== 200 || path.startsWith('/embed')) continue;
		await page.goto(path);
		const meta = async (name) => page.locator(`meta[property="og:${name}"]`).getAttribute('content');
		assert.ok(await meta('title') !== null && await meta('site_name') === 'Pays d’essai' && await meta('locale') === 'fr_FR', path);
		assert.ok(['website', 'article'].includes(await meta('type')), path);
		assert.ok((await page.title()).includes('Pays d’essai'), path);
		for (const lang of ['fr', 'en']) {
			const href = await page.locator(`link[rel=alternate][hreflang=${lang}]`).getAttribute('href');
			const other = await node.get(href.replace(/^https?:\/\/[^/]+/, ''), { 'Accept-Language': lang === 'fr' ? 'en' : 'fr' });
			assert.ok(other.text.includes(`<html lang="${lang}">`), `${path} ${href}`);
		}
	}
	await page.goto('/');
	const feed = await page.locator('link[rel=alternate][type="application/atom+xml"]').getAttribute('href');
	assert.match((await node.get(feed)).text, /<feed /, 'the home page names a feed of news');
	// What is written in another language says so wherever it stands.
	for (const path of ['/catalogue?kind=document', '/library', `/i/${ref.document}`, `/poster/${ref.document}`, '/booklet?kind=document']) {
		await page.goto(path);
		const said = page.locator('main :text("A garden, told")').first();
		assert.strictEqual(await said.evaluate((e) => e.closest('[lang]').lang), 'en', path);
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

test('the agenda: month by month, over several days, again and again', async (t) => {
	const { node, ref } = await site(t);
	const browser = await launch(t), page = await visitor(browser, node, { js: false });
	await page.goto('/agenda');
	await page.getByText(/· tous les mardis/).waitFor();
	await page.getByRole('link', { name: 'Mois par mois' }).click();
	await page.getByRole('table').waitFor();
	const tuesdays = page.getByRole('row').locator('td:nth-child(2)').getByRole('link', { name: 'Tricot du mardi' });
	assert.ok(await tuesdays.count() >= 1 && await tuesdays.count() <= 5);
	assert.strictEqual(await page.getByRole('link', { name: 'Tricot du mardi' }).count(), await tuesdays.count(), 'on Tuesdays alone');
	const here = await page.locator('h1 .of').textContent();
	await page.getByRole('navigation', { name: 'Aller d’un mois à l’autre' }).getByRole('link').last().click();
	assert.notStrictEqual(await page.locator('h1 .of').textContent(), here);
	assert.ok(await page.getByRole('link', { name: 'Tricot du mardi' }).count() >= 4, 'and in the next month');
	await page.locator('a.date').first().click();
	await page.getByRole('heading', { name: 'Tricot du mardi' }).waitFor();
	await page.getByRole('link', { name: 'Le mois autour' }).click();
	await page.getByRole('link', { name: 'Ce mois-ci' }).click();
	assert.strictEqual(await page.locator('h1 .of').textContent(), here);
	await page.goto('/agenda?month=2019-02');
	await page.getByText('Aucune rencontre annoncée ce mois-ci.').waitFor();
	for (const odd of ['month=2099-99', 'month=x', 'day=2026-02-31x', 'day=9999-99-99', 'month=9999-01', 'month=0001-01'])
		assert.strictEqual((await page.goto(`/agenda?${odd}`)).status(), 200, odd);
	await page.goto(`/i/${ref.tricot}`);
	assert.match(await page.locator('header .when').textContent(), /^tous les mardis, 18.h.30 – 20.h · prochaine fois : mardi/u);
	assert.ok(!(await page.content()).includes('FREQ='), 'no rule in its own letters');
	const pdf = await (await visitor(browser, node)).goto(`/poster/${ref.tricot}`);
	assert.match(await pdf.text(), /tous les mardis/);
	assert.doesNotMatch(await pdf.text(), /FREQ=/);
	await checkQuiet(page);
});

test('near a commune that has no record, or a namesake, or one’s own position', async (t) => {
	const { node } = await site(t);
	const browser = await launch(t), page = await visitor(browser, node, { js: false });
	await page.goto('/catalogue?near=Plougasnou&sort=nearest');
	await page.getByText('(0 m)').first().waitFor();
	await page.goto('/catalogue?near=29630&within=5');
	await page.getByText('(0 m)').first().waitFor();
	await page.goto('/catalogue?near=Plouezoc%E2%80%99h');
	await page.getByText(/Aucune fiche n’est encore située à Plouezoc.h \(29\) : les distances sont comptées/).waitFor();
	await page.goto('/catalogue?near=Strasbourg');
	await page.getByText(/Strasbourg \(67\) est connue, mais aucune fiche/).waitFor();
	await page.goto('/catalogue?near=Xyzzy');
	await page.getByText(/Aucune commune de France ne s’appelle « Xyzzy »/).waitFor();
	await page.goto('/map?near=Saint-Martin');
	await page.getByText('Vous pensiez à une autre commune du même nom ?').waitFor();
	await page.getByRole('link', { name: /^Saint-Martin \(\d+\)$/ }).first().click();
	await page.waitForURL(/near=Saint-Martin%20%28/);
	assert.strictEqual(await page.getByRole('button', { name: 'Autour de moi' }).count(), 0, 'a plain field without the script');
	const live = await visitor(browser, node);
	await live.context().grantPermissions(['geolocation']);
	await live.context().setGeolocation({ latitude: 48.6942, longitude: -3.7897 });
	await live.goto('/catalogue');
	await live.getByRole('button', { name: 'Autour de moi' }).click();
	await live.waitForURL(/near=48\.694%2C-3\.790&within=20/);
	await live.getByText('(0 m)').first().waitFor();
	await checkQuiet(live);
	const shy = await visitor(browser, node);
	await shy.goto('/');
	await shy.getByRole('button', { name: 'Autour de moi' }).click();
	await shy.getByText('Votre position n’a pas été donnée').waitFor();
});

test('a keyboard is enough: every link and field is reached in order, and seen', async (t) => {
	const { node, ref } = await site(t);
	const page = await visitor(await launch(t), node);
	for (const path of ['/', '/catalogue', '/agenda?month=2026-12', `/i/${ref.initiative}`]) {
		await page.goto(path);
		const all = await page.evaluate(() => [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, summary')]
			.filter((e) => e.checkVisibility() && !e.closest('details:not([open]) > :not(summary)')).length);
		let seen = 0, hidden = 0, last = '';
		for (; seen < all + 5; seen++) {
			await page.keyboard.press('Tab');
			const at = await page.evaluate(() => {
				const e = document.activeElement, s = getComputedStyle(e), b = e.getBoundingClientRect();
				return { body: e === document.body, outline: s.outlineStyle !== 'none' && Number.parseFloat(s.outlineWidth) >= 2, shown: b.width > 0 && b.height > 0,
					html: e.outerHTML.slice(0, 120) };
			});
			if (at.body) break;
			hidden += !(at.outline && at.shown);
			if (!(at.outline && at.shown)) last = at.html;
		}
		assert.strictEqual(hidden, 0, `${path}: ${last}`);
		assert.ok(seen >= all && seen <= all + 3, `${path}: ${seen} stops for ${all}`);
	}
});
