// SPDX-License-Identifier: AGPL-3.0-or-later
// Goal: an initiative of one territory is taken up by another from a form that already has the idea; after they
// have spoken the origin's page shows it, its operator reads the news, and the tree tells what changed.  An
// actor's page has two sides; a search that finds nothing says how to go on.
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

async function join(...nodes) {
	for (const a of nodes)
		for (const b of nodes)
			if (a !== b)
				await a.run('peer', 'add', b.url, '--vouch', '--yes');
}

const indexed = (node, path, text) => until(`${path} to show ${text}`, async () => {
	const answer = await node.get(path);
	return answer.status === 200 && answer.text.includes(text);
});

test('from one territory to the next, and the origin learns of it', async (t) => {
	const origin = await startNode(t, 'Pays d’origine', '29188');
	const taker = await startNode(t, 'Pays preneur', '22278');
	const ref = await publish(origin);
	await join(origin, taker);
	await indexed(taker, `/i/${ref.initiative}`, 'presbytère');
	const browser = await launch(t);

	const page = await enter(browser, taker, { js: false, width: 360, height: 740 });
	await page.goto(`/i/${ref.initiative}`);
	await page.getByRole('link', { name: 'Reprendre cette initiative chez nous' }).click();
	await page.getByRole('link', { name: 'J’anime ce site' }).click();
	assert.strictEqual(await page.getByLabel(/^Nom/).inputValue(), 'Le jardin du presbytère');
	assert.strictEqual(await page.getByLabel('En une phrase').inputValue(), 'On y plante, on y parle.');
	assert.ok(await page.getByLabel('Vecteur de solidarités').isChecked());
	for (const empty of [/^Commune/, /^Adresse électronique/, /^Téléphone/, 'Latitude'])
		assert.strictEqual(await page.getByLabel(empty).first().inputValue(), '', String(empty));
	assert.strictEqual(await page.locator('#c_adapted_from').inputValue(), ref.initiative);
	await page.getByLabel(/^Nom/).fill('Le jardin de la gare');
	await page.getByLabel('Ce qui a changé en la reprenant').fill('Des **bacs**, faute de terre.');
	await page.getByRole('button', { name: 'Publier' }).click();
	await page.getByText('La fiche est publiée.').waitFor();
	await page.getByRole('link', { name: 'Le jardin du presbytère' }).first().waitFor();
	await checkQuiet(page, { cookies: 1 });

	await indexed(origin, `/i/${ref.initiative}`, 'Le jardin de la gare');
	const reader = await visitor(browser, origin, { js: false });
	await reader.goto(`/i/${ref.initiative}`);
	await reader.getByRole('heading', { name: 'Reprise ailleurs' }).waitFor();
	await reader.getByRole('link', { name: 'Voir d’où elle vient et qui l’a reprise' }).click();
	const below = reader.locator('.lineage > li > ul > li');
	assert.strictEqual(await below.count(), 1);
	assert.match(await below.innerText(), /Le jardin de la gare[^]*Pays preneur[^]*Des bacs, faute de terre/);
	assert.strictEqual(await below.locator('strong').innerText(), 'bacs');
	await checkQuiet(reader);

	const desk = await enter(browser, origin, { js: false });
	await desk.getByRole('heading', { name: 'Repris ailleurs' }).waitFor();
	await desk.getByText(/D’après «.Le jardin du presbytère.»/).waitFor();
	await checkQuiet(desk, { cookies: 1 });

	for (const look of [{ lang: 'fr', width: 320 }, { lang: 'en', dark: true }]) {
		const operator = await enter(browser, origin, look);
		for (const path of ['/operator', `/operator/adopt/${ref.initiative}`, `/adopt/${ref.initiative}`,
			`/lineage/${ref.initiative}`, `/reciprocity/${ref.organisation}`, `/reciprocity/${origin.did}/territory/self`,
			`/i/${ref.initiative}`, `/i/${ref.offer}`]) {
			assert.strictEqual((await operator.goto(path)).status(), 200, path);
			await checkAccessible(operator, `${path} ${JSON.stringify(look)}`);
		}
		await checkQuiet(operator, { cookies: 1 });
	}
});

test('two sides of one actor, who stands by it, and what has passed', async (t) => {
	const node = await startNode(t, 'Pays d’essai', '29188');
	const ref = await publish(node);
	const put = (kind, content) => node.run('record', 'put', '--kind', kind, '-', { input: JSON.stringify(content) });
	await put('need', { name: 'Apprendre la soudure', item_type: 'skill', by: ref.organisation });
	await put('offer', { name: 'Une grange cet été', item_type: 'space', by: ref.organisation, until: '2020-08-31' });
	const { ref: past } = await put('offer', { name: 'Plants de tomates', item_type: 'good', until: '2020-05-31' });
	await put('endorsement', { target: ref.organisation, role: 'confirms', by: ref.place });
	await indexed(node, '/catalogue?q=soudure', 'Apprendre la soudure');
	await indexed(node, `/i/${ref.organisation}`, 'Confirment que');
	const page = await visitor(await launch(t), node, { js: false });

	await page.goto(`/i/${ref.organisation}`);
	await page.locator('.around').getByRole('link', { name: 'La Halle' }).first().waitFor();
	await page.getByRole('link', { name: 'Voir ce qui s’y propose et s’y cherche' }).click();
	const [gives, seeks] = [page.locator('.sides > section').first(), page.locator('.sides > section').last()];
	await gives.getByRole('link', { name: 'Prête une échelle' }).waitFor();
	await gives.getByRole('link', { name: 'Un fourgon' }).waitFor();
	await seeks.getByRole('heading', { name: 'À apprendre' }).waitFor();
	await seeks.getByRole('link', { name: 'Apprendre la soudure' }).waitFor();
	assert.strictEqual(await page.getByText('Une grange cet été').count(), 0, 'what has passed is no longer offered');
	await page.getByText('échange autour de « Prête une échelle »').waitFor();

	await page.goto(`/i/${past}`);
	await page.getByText('Valable jusqu’au 31 mai 2020').waitFor();
	await checkQuiet(page);
});

test('nothing found is not the end', async (t) => {
	const node = await startNode(t, 'Pays d’essai', '29188');
	await publish(node);
	await indexed(node, '/catalogue?q=Filage', '>Filage<');
	const browser = await launch(t);
	const page = await visitor(browser, node, { js: false });
	await page.goto('/catalogue?q=jarddin&axis=solidarity');
	await page.getByRole('link', { name: 'jardin', exact: true }).click();
	assert.match(page.url(), /axis=solidarity/);
	await page.getByRole('link', { name: 'Le jardin du presbytère' }).waitFor();

	await page.goto('/catalogue?q=jardin&kind=place');
	await page.getByRole('link', { name: 'chercher parmi toutes les sortes de fiches' }).click();
	assert.match(page.url(), /q=jardin/);
	await page.getByRole('link', { name: 'Le jardin du presbytère' }).waitFor();

	await page.goto('/catalogue?q=jardin&near=48.5,-3.8&within=2');
	await page.getByRole('link', { name: 'chercher jusqu’à 50 km' }).click();
	await page.getByRole('link', { name: 'Le jardin du presbytère' }).waitFor();
	await checkQuiet(page);

	for (const look of [{ lang: 'fr', width: 320 }, { lang: 'en', dark: true }]) {
		const reader = await visitor(browser, node, look);
		for (const path of ['/catalogue?q=jarddin', '/catalogue?q=jardin&kind=place&near=48.5,-3.8&within=2']) {
			await reader.goto(path);
			await checkAccessible(reader, `${path} ${JSON.stringify(look)}`);
		}
		await checkQuiet(reader);
	}
});
