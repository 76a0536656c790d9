// SPDX-License-Identifier: AGPL-3.0-or-later
// desk.js - a node with something to do on every one of the operator's pages, brought there through
// their own forms without JavaScript, and the rows that lead to each page and each state of it.
'use strict';
const assert = require('node:assert');
const http = require('node:http');
const scenario = require('../scenario/lib.js');
const { visitor, loginLink, until } = require('./lib.js');
const { Author, DAY, now } = require('../scenario/sign.js');

const NAMES = ['Grainothèque', 'Atelier vélo', 'Café Théodore', 'Ressourcerie', 'Jardin partagé', 'Repair Café', 'Pédibus'];
const FILE = ['id;nom;summary;latitude;longitude;licence;Truc',
	'1;Le fournil;On y pétrit ensemble.;48,69;-3,78;etalab-2.0;x', '2;Fermé;;;;Tous droits réservés;x', '3;;Sans nom;;;;', '4;Au nord;;cent;;;',
	'1;Le fournil;Encore.;;;;', '5;La serre;;;;;x'].join('\n');

// A directory that is looked at: it shows so many things, each with this text.
async function directory(t) {
	let body = '';
	const server = http.createServer((req, res) => res.writeHead(200, { 'Content-Type': 'text/csv' }).end(body));
	await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
	t.after(() => {
		server.closeAllConnections();
		server.close();
	});
	const show = (from, text) => {
		body = `id;nom;description\n${NAMES.map((name, i) => `n${i};${name};${text}\n`).slice(from).join('')}`;
	};
	return { url: `http://127.0.0.1:${server.address().port}/carte.csv`, show };
}

// A window of the operator's, logged in.
async function operator(browser, node, look) {
	const page = await visitor(browser, node, look);
	await page.goto(await loginLink(node));
	await page.goto('/operator');
	return page;
}

// Press the button of the form on this page that does this; what says where there are several.
async function press(page, action, what = '') {
	const form = page.locator(`main form:has(input[name=action][value="${action}"])`);
	const button = (what === '' ? form : form.filter({ has: page.locator(`[value="${what}"]`) })).first().locator('button');
	await Promise.all([page.waitForEvent('framenavigated'), button.click()]);
}

async function addSource(page, node, dir) {
	const seen = (what, ask) => until(what, async () => {
		await page.goto('/operator/sources');
		return await ask(page.locator('main')) || null;
	}, () => page.locator('main').innerText());
	dir.show(0, 'Comme au début');
	await page.goto('/operator/sources');
	await page.locator('#url').fill(dir.url);
	await page.locator('#name').fill('La carte');
	await press(page, 'add');
	await seen('the source was looked at', (main) => main.getByText('à jour').count());
	const last = (await node.run('record', 'list')).find((r) => r.content.name === NAMES.at(-1));
	await node.run('record', 'put', '--kind', last.kind, '--rid', last.rid, '-',
		{ input: JSON.stringify({ ...last.content, description: 'Comme nous disons' }) });
	dir.show(0, 'Comme ils disent');
	await press(page, 'look');
	await seen('it tells of a difference', (main) => main.getByText('1 fiche modifiée ici et à la source').count());
	dir.show(4, 'Comme ils disent');
	await press(page, 'look');
	await seen('it asks', (main) => main.getByText('attend votre réponse').count());
}

async function tryFile(page) {
	await page.goto('/operator/import');
	await page.locator('#file').setInputFiles({ name: 'nos lieux.csv', mimeType: 'text/csv', buffer: Buffer.from(FILE) });
	await page.locator('#source').fill('Le tableur');
	await page.locator('main form button').click();
	await page.waitForURL(/\/operator\/import\/./);
	await until('the file was read', async () => {
		await page.reload();
		return await page.locator('main input[value=take]').count() || null;
	});
	return page.url().slice(new URL(page.url()).origin.length);
}

// Neighbours, authors let in and not, a block, an erasure, records to confirm: what there is.
async function fill(t, browser) {
	const later = { 'clock-offset-s': 340 * DAY };	// so that something is there to confirm
	const node = await scenario.node(t, { name: 'Pays d’ici', territory: '29188', conf: { ...scenario.quiet, 'source-timeout-s': 60 } });
	const there = await scenario.node(t, { name: 'Pays de là-bas', territory: '22278',
		conf: { ...scenario.quiet, ...later, 'publish-blocks': 'yes' } });
	const put = async (content) => (await node.run('record', 'put', '--kind', 'initiative', '-', { input: JSON.stringify(content) })).ref;
	const old = await put({ name: 'Le jardin du presbytère', summary: 'On y plante.' });
	await put({ name: 'La soupe du jeudi' });
	node.configure(later);
	await node.start();
	await there.start();
	for (const one of [node, there]) assert.strictEqual((await one.control('POST', '/api/v1/clock/confirm')).status, 200);
	await there.control('POST', '/api/v1/blocks?what=https://spam.example&reason=pub');
	const erased = await put({ name: 'Un doublon' });
	const near = new Author(), far = new Author(), out = new Author(), dir = await directory(t);
	const created = now() + 340 * DAY;
	for (const one of [near, out]) await node.control('POST', `/api/v1/vouches?did=${one.did}&budget=900&hops=1`);
	const twin = { name: 'Le lavoir', summary: 'On y lave.', practices: ['repair'], website: 'https://lavoir.example/', phone: '0261910010',
		commune: 'Plougasnou', insee: '29188', lat_e7: 486942000, lon_e7: -37897000 };
	await put({ ...twin, summary: 'On y lave son linge.' });
	const line = far.record({ content: twin, created });
	const said = await node.offer([near.identity({ created }), near.vouch(far.did, { created }), far.identity({ created }), line,
		out.identity({ created })]);
	assert.doesNotMatch(JSON.stringify(said), /refused|invalid/);
	assert.strictEqual((await node.control('DELETE', `/api/v1/vouches?did=${out.did}`)).status, 200);
	const foreign = `${far.did}/initiative/${JSON.parse(line).rid}`;

	const page = await operator(browser, node, { js: false, width: 360, height: 740 });
	await page.goto('/operator/peers');
	await page.locator('#url').fill(there.url);
	await press(page, 'meet');
	await press(page, 'add');
	await page.getByText('Ce voisin est ajouté').waitFor();
	await page.goto('/operator/upkeep');
	await page.locator('#ref').fill(`${node.url}/i/${erased}`);
	await press(page, 'erase');
	await page.getByText('C’est effacé ici').waitFor();
	await page.goto('/operator/blocks');
	await page.locator('#what').fill('https://pourriel.example');
	await page.locator('#reason').fill('Rien que de la <b>publicité</b>');
	await press(page, 'block');
	await page.getByRole('heading', { name: 'https://pourriel.example' }).waitFor();
	await page.goto('/operator/authors');
	await page.locator('#name').fill('Les voisins du bourg');
	await page.locator('main form button').click();
	await page.getByRole('heading', { name: 'Les voisins du bourg' }).waitFor();
	await addSource(page, node, dir);
	const file = await tryFile(page);
	await page.context().close();
	await node.indexed();
	return { node, there, near, out, old, foreign, dir, file };
}

// Each page and each state of one: the route it shows, as the table has it, how to get there, and words that
// must be seen on it, in French.
function rows({ there, near, out, old, foreign, dir, file }) {
	const open = (path) => (page) => page.goto(path);
	const typed = (path, id, text, action) => async (page) => {
		await page.goto(path);
		await page.locator(id).fill(text);
		await press(page, action);
	};
	const kinds = ['initiative', 'event', 'exchange'];	// the others' forms: operator.test.js
	return [
		{ route: 'GET /operator', go: open('/operator'), says: 'Le jardin du presbytère' },
		...kinds.map((kind) => ({ route: 'GET /operator/new/:kind', go: open(`/operator/new/${kind}`), says: 'Publier' })),
		{ route: 'POST /operator/new/:kind', says: 'Latitude', go: async (page) => {
			await page.goto('/operator/new/initiative');
			await page.locator('main form button').last().click();
			await page.getByRole('alert').waitFor();
		} },
		{ route: 'GET /operator/adopt/:author/:kind/:rid', go: open(`/operator/adopt/${foreign}`), says: 'Le lavoir' },
		{ route: 'GET /operator/edit/:author/:kind/:rid', go: open(`/operator/edit/${old}`), says: 'Publier' },
		{ route: 'GET /operator/delete/:author/:kind/:rid', go: open(`/operator/delete/${old}`), says: 'Oui, supprimer' },
		{ route: 'GET /operator/peers', go: open('/operator/peers'), says: 'Pays de là-bas' },
		{ route: 'POST /operator/peers', go: typed('/operator/peers', '#url', there.url, 'meet'), says: 'empreinte' },
		{ route: 'POST /operator/peers', go: typed('/operator/peers', '#url', 'ftp://ailleurs.example', 'meet'), alert: true, says: 'Voir qui répond' },
		{ route: 'GET /operator/trust', go: open('/operator/trust'), says: 'Connus, mais pas accueillis' },
		{ route: 'GET /operator/trust/:author', go: open(`/operator/trust/${near.did}`), says: 'est accueilli ici' },
		{ route: 'GET /operator/trust/:author', go: open(`/operator/trust/${out.did}`), says: 'n’est pas accueilli' },
		{ route: 'POST /operator/trust/:author', says: 'Confirmez-vous', go: async (page) => {
			await page.goto(`/operator/trust/${near.did}`);
			await press(page, 'block-with');
			await page.locator('#reason').waitFor();
		} },
		{ route: 'GET /operator/upkeep', go: open('/operator/upkeep'), says: 'La soupe du jeudi' },
		{ route: 'POST /operator/upkeep', go: typed('/operator/upkeep', '#ref', 'n’importe quoi', 'erase'), alert: true, says: 'Ce qui a été effacé' },
		{ route: 'GET /operator/blocks', go: open('/operator/blocks'), says: 'Rien que de la <b>publicité</b>' },
		{ route: 'POST /operator/blocks', go: typed('/operator/blocks', '#what', 'n’importe quoi', 'block'), alert: true, says: 'Bloquer et effacer' },
		{ route: 'POST /operator/blocks', go: typed('/operator/blocks', '#url', there.url, 'look'), says: 'Liste de Pays de là-bas' },
		{ route: 'GET /operator/import', go: open('/operator/import'), says: 'Voir ce que cela ferait' },
		{ route: 'POST /operator/import', alert: true, says: 'Choisissez un fichier', go: async (page) => {
			await page.goto('/operator/import');
			await page.locator('#file').setInputFiles({ name: 'vide.csv', mimeType: 'text/csv', buffer: Buffer.alloc(0) });
			await page.locator('main form button').click();
		} },
		{ route: 'GET /operator/import/:file', go: open(file), says: 'refusée' },
		{ route: 'GET /operator/sources', go: open('/operator/sources'), says: 'fiches ont disparu' },
		{ route: 'POST /operator/sources', go: typed('/operator/sources', '#url', 'ftp://ailleurs.example', 'add'), alert: true, says: 'Ajouter une source' },
		{ route: 'GET /operator/differences', go: open(`/operator/differences?source=${encodeURIComponent(dir.url)}`), says: 'Comme ils disent' },
		{ route: 'GET /operator/twins', go: open('/operator/twins'), says: 'Ressemblance' },
		{ route: 'GET /operator/authors', go: open('/operator/authors'), says: 'Les voisins du bourg' },
		{ route: 'POST /operator/authors', go: async (page) => {
			await page.goto('/operator/authors');
			await page.locator('main form button').click();
		}, alert: true, says: 'Créer la signature' },
	];
}

// Routes that show no page of their own: they lead to another, or send a file.  Their forms are found on the pages.
const LEADS = ['POST /operator/logout', 'POST /operator/adopt/:author/:kind/:rid', 'POST /operator/edit/:author/:kind/:rid',
	'POST /operator/delete/:author/:kind/:rid', 'POST /operator/confirm/:author/:kind/:rid', 'POST /operator/import/:file',
	'POST /operator/differences', 'POST /operator/twins', 'GET /operator/import/:file/mapping'];

// What the node's own list of pages has for the operator, as "METHOD /path".
async function routes(node) {
	const list = (await node.get('/api/v1')).json.pages.filter((r) => r.access === 'operator').map((r) => `${r.method} ${r.path}`);
	assert.ok(list.length > 30, 'the index lists pages');
	return list;
}

module.exports = { LEADS, fill, operator, press, routes, rows };
