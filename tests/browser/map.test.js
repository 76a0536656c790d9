// SPDX-License-Identifier: AGPL-3.0-or-later
// Goal: the map shows where things are, with a list that says the same, by links alone and by hand; it
// weighs little, asks nobody else for anything, and other sites can show it.
'use strict';
const assert = require('node:assert');
const http = require('node:http');
const test = require('node:test');
const { startNode, until, launch, visitor, checkQuiet, checkAccessible } = require('./lib.js');

// Three in one street of Morlaix, one at Plougasnou, two near Rennes, one nowhere.
const records = [
	['initiative', 'Atelier du quai', 'Morlaix', '29151', 48.5776, -3.8280, { status: 'active', axes: ['solidarity'] }],
	['initiative', 'Cuisine du quai', 'Morlaix', '29151', 48.5776, -3.8280, { status: 'active' }],
	['organisation', 'Les amis du quai', 'Morlaix', '29151', 48.5781, -3.8275, {}],
	['place', 'Maison du bourg', 'Plougasnou', '29188', 48.6942, -3.7897, {}],
	['initiative', 'Verger commun', 'Rennes', '35238', 48.1113, -1.6800, { status: 'active' }],
	['organisation', 'Jardins <b>réunis</b>', 'Rennes', '35238', 48.1200, -1.6500, {}],
	['organisation', 'Sans adresse', '', '', null, null, {}],
];

async function site(t) {
	const node = await startNode(t, 'Pays d’essai', '29151');
	for (const [kind, name, commune, insee, lat, lon, more] of records) {
		const place = lat === null ? {} : { commune, insee, lat_e7: Math.round(lat * 1e7), lon_e7: Math.round(lon * 1e7) };
		await node.run('record', 'put', '--kind', kind, '-', { input: JSON.stringify({ name, summary: `${name}.`, ...place, ...more }) });
	}
	await until('the map to show all', async () => (await node.get('/map')).text.includes('6 fiches sur cette carte'));
	return node;
}

const names = (page) => page.locator('#found h3').allTextContents();
const marks = (page) => page.locator('#map a.mark');

test('without JavaScript: links go nearer, further, and to the records', async (t) => {
	const node = await site(t);
	const page = await visitor(await launch(t), node, { js: false });
	await page.goto('/');
	await page.getByRole('navigation').getByRole('link', { name: 'Carte', exact: true }).first().click();
	await page.getByRole('heading', { name: '6 fiches sur cette carte' }).waitFor();
	await page.getByText('2 fiches n’indiquent pas de lieu précis').waitFor();
	assert.strictEqual(await marks(page).count(), await page.locator('#found .places > li').count(), 'list and map agree');
	await page.getByRole('link', { name: 'Morlaix et alentours (4 fiches)' }).click();
	await page.getByRole('link', { name: /Plougasnou/ }).first().waitFor();
	await page.getByRole('link', { name: 'Voir de plus loin' }).click();
	await page.getByRole('link', { name: 'Vers le nord' }).click();
	await page.getByRole('link', { name: 'Vers le nord' }).click();
	await page.getByRole('heading', { name: '0 fiche sur cette carte' }).waitFor();
	await page.getByRole('link', { name: 'Revenir à notre territoire' }).click();
	await page.getByLabel('Que cherchez-vous ?').fill('verger');
	await page.getByRole('button', { name: 'Chercher' }).click();
	await page.getByRole('heading', { name: '1 fiche sur cette carte' }).waitFor();
	await marks(page).first().click();
	await page.getByRole('heading', { name: 'Verger commun', level: 1 }).waitFor();
	await page.getByRole('link', { name: /Où cela se trouve/ }).click();
	await page.getByRole('heading', { name: '2 fiches sur cette carte' }).waitFor();
	await checkQuiet(page);
});

test('the catalogue and the map keep each other’s filters', async (t) => {
	const node = await site(t);
	const page = await visitor(await launch(t), node, { js: false });
	await page.goto('/catalogue?kind=initiative');
	await page.getByRole('link', { name: 'Voir sur la carte' }).click();
	await page.getByRole('heading', { name: '3 fiches sur cette carte' }).waitFor();
	await page.goto('/map?kind=initiative&bbox=-4,48.4,-3.6,48.8');
	await page.getByRole('heading', { name: '2 fiches sur cette carte' }).waitFor();
	await page.getByRole('link', { name: '1 autre fiche se trouve plus loin : tout voir' }).waitFor();
	await page.getByRole('link', { name: 'Voir en liste' }).click();
	await page.getByRole('heading', { name: '2 fiches', exact: true }).waitFor();
	await page.getByRole('link', { name: /Retirer le filtre Zone de la carte/ }).click();
	await page.getByRole('heading', { name: '3 fiches', exact: true }).waitFor();
	for (const bad of ['x', '1,2,3', '5,5,1,1', 'nan,nan,nan,nan', '-5,47,-1,99999'])
		assert.strictEqual((await page.goto(`/map?bbox=${bad}`)).status(), 200, bad);
	await page.getByRole('heading', { name: '6 fiches sur cette carte' }).waitFor();
});

test('records in one spot stay reachable', async (t) => {
	const node = await site(t);
	const page = await visitor(await launch(t), node, { js: false });
	await page.goto('/map?bbox=-3.8281,48.5775,-3.8279,48.5777');
	await page.getByRole('link', { name: 'Morlaix (2 fiches)' }).click();
	assert.match(page.url(), /#place-1$/);
	await page.locator('#place-1').getByRole('link', { name: 'Cuisine du quai' }).waitFor();
	await page.locator('#place-1').getByRole('link', { name: 'Atelier du quai' }).click();
	await page.getByRole('heading', { name: 'Atelier du quai', level: 1 }).waitFor();
});

test('with JavaScript the map is dragged, and the list follows', async (t) => {
	const node = await site(t);
	const page = await visitor(await launch(t), node);
	await page.goto('/map');
	await page.locator('#map.leaflet-container').waitFor();
	assert.strictEqual(await page.locator('#map > svg.map').count(), 0, 'the drawing gave way');
	assert.strictEqual(await marks(page).count(), await page.locator('#found .places > li').count());
	const drawn = await page.locator('#map canvas').evaluate((c) => {
		const seen = new Set(), d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
		for (let i = 3; i < d.length; i += 4) seen.add(d[i]);
		return seen.size;
	});
	assert.ok(drawn > 1, 'land is drawn');
	await page.getByRole('link', { name: 'Morlaix et alentours (4 fiches)' }).click();
	await page.getByRole('heading', { name: '4 fiches sur cette carte' }).waitFor();
	await page.waitForURL(/bbox=/);
	assert.ok((await names(page)).some((n) => n.includes('Maison du bourg')), String(await names(page)));
	await page.getByRole('link', { name: 'Vers le nord' }).click();
	await page.getByRole('link', { name: 'Vers le nord' }).click();
	await page.getByRole('heading', { name: '0 fiche sur cette carte' }).waitFor();
	await page.goto('/map?q=jardins');
	await page.locator('#map.leaflet-container').waitFor();
	assert.strictEqual(await page.locator('#found b').count(), 0);
	await marks(page).first().click();
	await page.getByRole('heading', { name: 'Jardins <b>réunis</b>', level: 1 }).waitFor();
	await checkQuiet(page);
});

test('by keyboard: markers are reached, seen and followed', async (t) => {
	const node = await site(t);
	const browser = await launch(t);
	for (const js of [false, true]) {
		const page = await visitor(browser, node, { js });
		await page.goto('/map?q=verger');
		if (js) await page.locator('#map.leaflet-container').waitFor();
		await marks(page).first().focus();
		await page.keyboard.press('Shift+Tab');
		await page.keyboard.press('Tab');
		const focused = page.locator('#map a.mark:focus-visible');
		assert.strictEqual(await focused.count(), 1, `js ${js}`);
		await page.keyboard.press('Enter');
		await page.getByRole('heading', { name: 'Verger commun', level: 1 }).waitFor();
		if (js) {
			await page.goto('/map');
			await page.locator('#map').focus();
			for (let i = 0; i < 6; i++) await page.keyboard.press('ArrowUp');
			await page.waitForURL(/bbox=/);
		}
		await page.context().close();
	}
});

test('accessible in every look, with and without JavaScript', async (t) => {
	const node = await site(t);
	const browser = await launch(t);
	for (const look of [{ lang: 'fr', width: 320 }, { lang: 'en', dark: true, width: 1200 },
		{ lang: 'en', width: 1200 }, { lang: 'fr', dark: true, width: 320 }]) {
		const page = await visitor(browser, node, look);
		for (const path of ['/map', '/map?bbox=-4,48.4,-3.6,48.8', '/embed/map', '/embed/list', '/about']) {
			await page.goto(path);
			if (path.includes('map')) await page.locator('#map.leaflet-container').waitFor();
			await checkAccessible(page, `${path} ${JSON.stringify(look)}`);
		}
		await checkQuiet(page);
		await page.context().close();
	}
});

test('it weighs little', async (t) => {
	const node = await site(t);
	const page = await visitor(await launch(t), node);
	const sizes = [];
	page.on('requestfinished', async (r) => sizes.push([r.url(), (await r.sizes()).responseBodySize]));
	await page.goto('/map', { waitUntil: 'networkidle' });
	await page.locator('#map canvas').waitFor();
	const bytes = sizes.reduce((sum, [, n]) => sum + n, 0);
	assert.ok(sizes.length <= 8, `${sizes.length} requests: ${sizes.map(([u]) => u).join(' ')}`);
	assert.ok(bytes <= 200000 && bytes > 20000, `${bytes} bytes: ${JSON.stringify(sizes)}`);
	sizes.length = 0;
	await page.goto('/catalogue', { waitUntil: 'networkidle' });
	assert.ok(sizes.length <= 5, `list: ${sizes.length} requests`);
	assert.ok(sizes.reduce((sum, [, n]) => sum + n, 0) <= 50000, JSON.stringify(sizes));
	await checkQuiet(page);
});

test('on paper there is the map and all of the list', async (t) => {
	const node = await site(t);
	const page = await visitor(await launch(t), node, { js: false });
	await page.emulateMedia({ media: 'print' });
	await page.goto('/map');
	assert.ok(await page.locator('svg.map').isVisible());
	assert.ok(await page.locator('#found .places > li').last().isVisible());
	assert.ok(!await page.locator('.moves').isVisible());
	assert.ok(!await page.locator('.facets').isVisible());
	assert.ok((await page.pdf()).length > 5000);
});

test('titles are suggested as one types', async (t) => {
	const node = await site(t);
	const browser = await launch(t);
	const page = await visitor(browser, node);
	await page.goto('/catalogue');
	const box = page.getByRole('combobox', { name: 'Que cherchez-vous ?' });
	await box.pressSequentially('quai');
	await page.getByRole('option', { name: /Atelier du quai/ }).waitFor();
	assert.strictEqual(await page.locator('#suggestions').getByRole('option').count(), 3);
	assert.strictEqual(await box.getAttribute('aria-expanded'), 'true');
	await checkAccessible(page, 'suggestions open');
	await page.keyboard.press('Escape');
	await page.getByRole('listbox').waitFor({ state: 'hidden' });
	await box.fill('');
	await box.pressSequentially('jardins');
	const option = page.getByRole('option', { name: /Jardins <b>réunis<\/b>/ });
	await option.waitFor();
	await page.keyboard.press('ArrowDown');
	assert.strictEqual(await box.getAttribute('aria-activedescendant'), await option.getAttribute('id'));
	await page.keyboard.press('Enter');
	await page.getByRole('heading', { name: 'Jardins <b>réunis</b>', level: 1 }).waitFor();
	await page.goto('/catalogue');
	await box.pressSequentially('quai');
	await page.locator('#suggestions li').first().waitFor();
	await page.keyboard.press('Enter');
	await page.waitForURL(/q=quai/);
	await checkQuiet(page);
	const plain = await visitor(browser, node, { js: false });
	await plain.goto('/');
	await plain.getByRole('searchbox', { name: 'Que cherchez-vous ?' }).fill('quai');
	await plain.keyboard.press('Enter');
	await plain.getByRole('heading', { name: '3 fiches', exact: true }).waitFor();
});

test('another site shows the list and the map in a frame, and no other page', async (t) => {
	const node = await site(t);
	const host = http.createServer((req, res) => {
		res.setHeader('Content-Type', 'text/html; charset=utf-8');
		res.end(`<!DOCTYPE html><title>Hôte</title><iframe width="700" height="600" src="${node.url}${decodeURIComponent(req.url.slice(1))}"></iframe>`);
	});
	await new Promise((done) => { host.listen(0, '127.0.0.1', done); });
	t.after(() => host.close());
	const at = (path) => `http://127.0.0.1:${host.address().port}/${encodeURIComponent(path)}`;
	const browser = await launch(t);
	const page = await (await browser.newContext({ locale: 'fr' })).newPage();
	await page.goto(at('/embed/list?kind=initiative'));
	await page.frameLocator('iframe').getByRole('heading', { name: '3 fiches' }).waitFor();
	assert.strictEqual(await page.frameLocator('iframe').getByRole('navigation').count(), 0);
	await page.goto(at('/embed/map'));
	const frame = page.frameLocator('iframe');
	await frame.locator('#map.leaflet-container').waitFor();
	await frame.getByRole('link', { name: 'Morlaix et alentours (4 fiches)' }).first().click();
	await frame.getByRole('heading', { name: '4 fiches sur cette carte' }).waitFor();
	await frame.locator('#found').getByRole('link', { name: 'Maison du bourg' }).first().click();
	await page.waitForURL(`${node.url}/i/**`);
	for (const path of ['/catalogue', '/map', '/operator', '/']) {
		await page.goto(at(path));
		await page.waitForLoadState('load');
		assert.strictEqual(await page.frameLocator('iframe').locator('main').count(), 0, path);
	}
	assert.match((await node.get('/about')).text, /&lt;iframe src=.*\/embed\/map/);
});

test('a tile server is asked only where the operator names one', async (t) => {
	const node = await site(t);
	const plain = await node.get('/map');
	assert.match(plain.headers['content-security-policy'], /img-src 'self' data:;/);
	await node.stop();
	node.configure({ tiles: 'https://{s}.tiles.invalid/{z}/{x}/{y}.png', 'tiles-attribution': '© les cartographes' });
	await node.start();
	const map = await node.get('/map');
	assert.match(map.headers['content-security-policy'], /img-src 'self' data: https:\/\/\*\.tiles\.invalid;/);
	assert.match(map.text, /© les cartographes/);
	assert.match((await node.get('/catalogue')).headers['content-security-policy'], /img-src 'self' data:;/);
	const page = await visitor(await launch(t), node);
	const asked = page.waitForRequest(/tiles\.invalid\/\d+\/\d+\/\d+\.png/);
	await page.goto('/map');
	await asked;
	assert.ok(page.strangers.every((u) => u.includes('.tiles.invalid/')), page.strangers.join(' '));
});
