// SPDX-License-Identifier: AGPL-3.0-or-later
// Goal: without JavaScript, an operator logs in, gets a form wrong, puts it right and publishes; meets a
// neighbour and adds it; what was published is in the neighbour's catalogue; deleting it takes it away there.
'use strict';
const assert = require('node:assert');
const test = require('node:test');
const { startNode, until, launch, visitor, checkQuiet, checkAccessible, loginLink } = require('./lib.js');
const { publish } = require('./content.js');

async function enter(browser, node, options) {
	const page = await visitor(browser, node, options);
	await page.goto(await loginLink(node));
	await page.getByRole('link', { name: /Ouvrir l’espace d’animation|Open the editors’ pages/ }).click();
	await page.getByRole('heading', { level: 1, name: /Nos fiches|Our entries/ }).waitFor();
	return page;
}

// Meet who is at the address, and say yes.
async function addNeighbour(page, url, name) {
	await page.getByRole('link', { name: 'Sites voisins' }).click();
	await page.getByLabel('Adresse de son site').fill(url);
	await page.getByRole('button', { name: 'Voir qui répond' }).click();
	await page.getByText(name).first().waitFor();
	await page.getByRole('button', { name: 'Ajouter ce voisin' }).click();
	await page.getByText('Ce voisin est ajouté').waitFor();
}

test('from a form to the neighbour’s catalogue', async (t) => {
	const here = await startNode(t, 'Pays d’ici', '29188');
	const there = await startNode(t, 'Pays de là-bas', '22278');
	const browser = await launch(t);
	const page = await enter(browser, here, { js: false, width: 360, height: 740 });
	await addNeighbour(page, there.url, 'Pays de là-bas');
	await addNeighbour(await enter(browser, there, { js: false }), here.url, 'Pays d’ici');

	await page.getByRole('link', { name: 'Nos fiches' }).click();
	await page.getByRole('link', { name: 'une initiative' }).click();
	await page.getByLabel('En une phrase').fill('On répare <ensemble>.');
	await page.getByLabel('Latitude').fill('au nord');
	await page.getByLabel('Vecteur de solidarités').check();
	await page.getByRole('button', { name: 'Publier' }).click();
	await page.getByRole('alert').waitFor();
	assert.strictEqual(await page.getByLabel('En une phrase').inputValue(), 'On répare <ensemble>.');
	assert.strictEqual(await page.getByLabel('Latitude').inputValue(), 'au nord');
	assert.ok(await page.getByLabel('Vecteur de solidarités').isChecked());
	await page.getByRole('alert').getByRole('link', { name: 'Nom' }).click();
	await page.getByLabel(/^Nom/).fill('L’atelier du coin');
	await page.getByLabel('Latitude').fill('48,6942');
	await page.getByLabel('Longitude').fill('-3,7897');
	await page.getByRole('button', { name: 'Publier' }).click();
	await page.getByText('La fiche est publiée.').waitFor();
	assert.ok(await page.getByRole('heading', { name: 'L’atelier du coin' }).isVisible());
	const record = new URL(page.url()).pathname;

	const reader = await visitor(browser, there, { js: false });
	await until('the neighbour to show it', async () => {
		await reader.goto('/catalogue?q=atelier');
		return await reader.getByRole('link', { name: 'L’atelier du coin' }).isVisible();
	});
	await reader.getByRole('link', { name: 'L’atelier du coin' }).click();
	await reader.getByText('Publié par Pays d’ici').waitFor();
	await checkQuiet(reader);

	await page.goto('/operator?q=atelier');
	await page.getByRole('link', { name: 'Supprimer L’atelier du coin' }).click();
	await page.getByRole('button', { name: 'Oui, supprimer' }).click();
	await page.getByText('La fiche est supprimée').waitFor();
	await until('the neighbour to drop it', async () => (await there.get(record)).status === 410);
	await checkQuiet(page, { cookies: 1 });
});

test('the operator’s pages are accessible', async (t) => {
	const node = await startNode(t, 'Pays d’essai', '29188');
	const ref = await publish(node);
	const browser = await launch(t);
	for (const look of [{ lang: 'fr', width: 320 }, { lang: 'en', dark: true }]) {
		const page = await enter(browser, node, look);
		for (const path of ['/operator', '/operator/peers', '/operator/authors', `/operator/delete/${ref.place}`,
			'/operator/new/initiative', ...Object.values(ref).map((r) => `/operator/edit/${r}`)]) {
			assert.strictEqual((await page.goto(path)).status(), 200, path);
			await page.evaluate(() => { for (const d of document.querySelectorAll('details')) d.open = true; });
			await checkAccessible(page, `${path} ${JSON.stringify(look)}`);
		}
		await page.goto('/operator/new/event');
		await page.locator('main form button').last().click();
		await page.getByRole('alert').waitFor();
		await checkAccessible(page, 'a form with mistakes');
		await checkQuiet(page, { cookies: 1 });
	}
});

test('who left is out', async (t) => {
	const node = await startNode(t, 'Pays d’essai');
	const browser = await launch(t);
	const page = await enter(browser, node, { js: false });
	await page.getByRole('button', { name: 'Se déconnecter' }).click();
	await page.getByText('Vous êtes déconnecté').waitFor();
	assert.strictEqual((await page.goto('/operator')).status(), 401);
	await page.getByText('essaim login').waitFor();
	await checkQuiet(page);
});
