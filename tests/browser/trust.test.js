// SPDX-License-Identifier: AGPL-3.0-or-later
// Goal: an operator reads who vouches for whom and why, vouches, withdraws and blocks after being
// told what would go, and takes another operator's list as advice; each page is accessible.
'use strict';
const assert = require('node:assert');
const test = require('node:test');
const { startNode, launch, visitor, checkQuiet, checkAccessible, loginLink } = require('./lib.js');
const { Author } = require('../scenario/sign.js');

const offer = (node, lines) => fetch(`${node.url}/api/v1/records`, { method: 'POST', body: `${lines.join('\n')}\n`,
	headers: { 'Content-Type': 'application/x-ndjson' } }).then((answer) => answer.text());

async function confirmed(page, button) {
	await page.getByRole('button', { name: button, exact: true }).click();
	await page.getByRole('heading', { name: 'Confirmez-vous ?' }).waitFor();
	await page.getByRole('button', { name: 'Oui, faire cela' }).click();
	await page.getByText('C’est fait.').waitFor();
}

test('trust is read, given, withdrawn and refused on the operator’s pages', async (t) => {
	const node = await startNode(t, 'Pays d’ici', '29188');
	const [near, far] = [new Author(), new Author()];
	await node.control('POST', `/api/v1/vouches?did=${near.did}&budget=900&hops=1`);
	const record = far.record({ content: { name: 'Lavoir' } });
	const said = await offer(node, [near.identity(), near.vouch(far.did), far.identity(), record]);
	assert.doesNotMatch(said, /refused|invalid/);
	const browser = await launch(t);
	const page = await visitor(browser, node, { width: 360, height: 740 });
	await page.goto(await loginLink(node));
	await page.getByRole('link', { name: /Ouvrir l’espace d’animation/ }).click();

	await page.getByRole('link', { name: 'Confiance' }).click();
	await page.getByRole('heading', { level: 1, name: 'Confiance' }).waitFor();
	await checkAccessible(page, 'trust');
	const leaf = page.locator(`a[href*="${far.did}"]`);
	assert.equal(await page.locator('main ul ul ul').locator(leaf).count(), 1, 'two steps below this site’s own author');
	await leaf.click();
	await page.getByText('est accueilli ici').waitFor();
	assert.match(await page.locator('main').innerText(), /20000 fiches.*\(900\).*les 1 signataires.*900 chacun.*donne donc 900/);
	await checkAccessible(page, 'standing');

	await page.goto(`/operator/trust/${near.did}`);
	await page.getByText('1 signataire ne serait plus accueilli').waitFor();
	await confirmed(page, 'Ne plus se porter garant');
	await page.getByText('aucune parole de confiance').first().waitFor();
	await confirmed(page, 'Se porter garant');
	await page.getByRole('button', { name: 'Bloquer avec ceux qu’il est seul à faire entrer' }).click();
	await page.getByText('2 signataires sont bloqués et leurs 1 fiches').waitFor();
	await page.getByLabel('Raison').fill('essai <b>');
	await page.getByRole('button', { name: 'Oui, faire cela' }).click();
	await page.getByText('C’est fait.').waitFor();
	assert.equal((await page.request.get(`${node.url}/api/v1/records/${far.did}/initiative/${JSON.parse(record).rid}`)).status(), 410);

	await page.goto('/operator/blocks');
	await checkAccessible(page, 'blocks');
	assert.equal(await page.getByText('essai <b>').count(), 2);
	await page.getByRole('button', { name: /^Débloquer/ }).first().click();
	await page.getByText('C’est fait.').waitFor();
	assert.equal(await page.getByText('essai <b>').count(), 1);
	await page.getByLabel('Signataire, fiche').fill('n’importe quoi');
	await page.getByRole('button', { name: 'Bloquer et effacer' }).click();
	await page.getByRole('alert').waitFor();
	assert.equal(await page.getByLabel('Signataire, fiche').inputValue(), 'n’importe quoi');
	await page.getByLabel('Signataire, fiche').fill('https://spam.example');
	await page.getByRole('button', { name: 'Bloquer et effacer' }).click();
	await page.getByRole('heading', { name: 'https://spam.example' }).waitFor();
	await checkQuiet(page, { cookies: 1 });

	// A form from elsewhere does nothing.
	const forged = await page.request.post(`${node.url}/operator/blocks`, { form: { action: 'unblock', what: 'https://spam.example' } });
	assert.equal(forged.status(), 403);
});

test('another site’s list is shown before anything is blocked', async (t) => {
	const here = await startNode(t, 'Pays d’ici', '29188');
	const there = await startNode(t, 'Pays de là-bas', '22278');
	await there.stop();
	there.configure({ 'publish-blocks': 'yes' });
	await there.start();
	await here.control('POST', `/api/v1/peers?url=${encodeURIComponent(there.url)}&vouch=1`);
	await here.run('sync');
	for (const what of ['https://spam.example', new Author().did]) await there.control('POST', `/api/v1/blocks?what=${what}&reason=pub`);
	const browser = await launch(t);
	const page = await visitor(browser, here);
	await page.goto(await loginLink(here));
	await page.goto('/operator/blocks');
	await page.getByText('Rien n’est bloqué.', { exact: true }).waitFor();
	await page.getByLabel('Adresse de son site').fill(there.url);
	await page.getByRole('button', { name: 'Voir sa liste' }).click();
	await page.getByText('Liste de Pays de là-bas').waitFor();
	await checkAccessible(page, 'advice');
	await page.getByText('Rien n’est bloqué.', { exact: true }).waitFor();
	await page.getByLabel('https://spam.example').check();
	await page.getByRole('button', { name: 'Bloquer ce qui est coché' }).click();
	await page.getByText('sur le conseil de Pays de là-bas').waitFor();
	assert.equal(await page.getByText('sur le conseil de').count(), 1);
});
