// SPDX-License-Identifier: AGPL-3.0-or-later
// Goal: what is printed can be handed out and hung up.  A list prints as a booklet of numbered entries whose
// indexes cite the right numbers, a record as one sheet; their QR codes are read off the paper by a reader that
// is not ours; what strangers wrote stays text, on paper and in the data of a page's head.
'use strict';
const test = require('node:test');
const assert = require('node:assert');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { execFileSync } = require('node:child_process');
const jsQR = require('jsqr');
const { startNode, until, launch, visitor, checkQuiet, checkAccessible } = require('./lib.js');
const { publish } = require('./content.js');

const hostile = '</script><script>document.title="taken"</script><img src=x onerror="document.title=1"><!--';
const long = 'Une très longue assemblée des habitantes et des habitants '.repeat(4).slice(0, 199);

async function site(t) {
	const node = await startNode(t, 'Pays d’essai', '29188');
	const ref = await publish(node);
	const put = async (kind, content) =>
		(await node.run('record', 'put', '--kind', kind, '-', { input: JSON.stringify(content) })).ref;
	ref.hostile = await put('initiative', { name: hostile, summary: hostile, take_part: hostile, commune: 'Morlaix',
		description: hostile, hours: hostile, practices: ['shared-garden'], access_text: hostile });
	ref.long = await put('place', { name: long, summary: 'Un lieu. '.repeat(30), activities: 'Beaucoup de choses.\n\n'.repeat(140),
		description: 'Encore. '.repeat(900), hours: 'tous les jours '.repeat(19), commune: 'Morlaix', street: 'rue '.repeat(45),
		access: ['free', 'free-price'], access_text: 'Par la cour. '.repeat(38), email: 'a@example.org', phone: '02 61 91 00 10',
		website: `https://example.org/${'long/'.repeat(80)}` });
	await until('the catalogue to show all', async () => (await node.get('/catalogue?q=habitantes')).text.includes('1 fiche<'));
	return { node, ref };
}

// Print a page; what Poppler says of the result, page by page.
async function print(t, page, address) {
	const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'essaim-paper-'));
	t.after(() => fs.rmSync(dir, { recursive: true, force: true }));
	const file = path.join(dir, 'page.pdf');
	await page.goto(address);
	await page.pdf({ path: file, preferCSSPageSize: true, printBackground: true });
	const run = (tool, ...args) => execFileSync(tool, args, { encoding: 'utf8', maxBuffer: 1 << 26 });
	const info = run('pdfinfo', file);
	return {
		info,
		pages: Number(info.match(/^Pages: +(\d+)$/m)[1]),
		text: run('pdftotext', '-layout', file, '-').split('\f'),
		flow: run('pdftotext', file, '-'),
		picture: (n) => {
			run('pdftoppm', '-r', '150', '-gray', '-f', String(n), '-l', String(n), '-singlefile', file, path.join(dir, 'p'));
			return fs.readFileSync(path.join(dir, 'p.pgm'));
		},
	};
}

// Read a QR code off a part of a grey picture (PGM): its text, or null.  Parts are fractions of the sheet.
function scan(pgm, [left, top, right, bottom]) {
	const [head, width, height] = pgm.subarray(0, 64).toString('latin1').match(/^P5\s+(\d+)\s+(\d+)\s+255\s/);
	const x0 = Math.floor(left * width), y0 = Math.floor(top * height);
	const w = Math.floor(right * width) - x0, h = Math.floor(bottom * height) - y0;
	const rgba = new Uint8ClampedArray(4 * w * h).fill(255);
	for (let y = 0; y < h; y++)
		for (let x = 0; x < w; x++)
			rgba.fill(pgm[head.length + (y0 + y) * width + x0 + x], 4 * (y * w + x), 4 * (y * w + x) + 3);
	return jsQR(rgba, w, h)?.data ?? null;
}

test('a list prints as a booklet', async (t) => {
	const { node, ref } = await site(t);
	const page = await visitor(await launch(t), node);
	const pdf = await print(t, page, '/booklet');
	assert.match(pdf.info, /A4/);
	assert.match(pdf.text[0], /Pays d’essai/);
	assert.match(pdf.text[0], /Sommaire/);
	assert.ok(pdf.pages >= 4, pdf.info);
	assert.doesNotMatch(pdf.text[0].trimEnd(), /\n\s*1$/, 'no number on the title page');
	for (let i = 1; i < pdf.pages; i++)
		assert.match(pdf.text[i].trimEnd(), new RegExp(`\\n\\s*${i + 1}$`), `page ${i + 1} bears its number`);
	for (const fact of ['Venir avec des bottes.', '02 61 91 00 10', 'Prête une échelle', 'mercredi, 14 h – 18 h'])
		assert.ok(pdf.flow.includes(fact), fact);
	assert.ok(!pdf.flow.includes('Aller au contenu') && !pdf.flow.includes('Revenir à la liste'), 'nothing of the screen');
	// The entry that the garden's name stands beside is the one its practice and its commune cite.
	const number = pdf.flow.match(/^(\d+)\s+Le jardin du presbytère$/m)[1];
	const cited = (index) => pdf.text.find((p) => p.includes(index) && !p.includes('Sommaire'));
	assert.match(cited('Index des pratiques'), new RegExp(`Jardin[^\\n]*\\b${number}\\b`));
	assert.match(cited('Index des communes'), new RegExp(`Plougasnou[^\\n]*\\b${number}\\b`));
	assert.strictEqual(scan(pdf.picture(1), [0, 0.75, 0.4, 1]), `${node.url}/catalogue`);
	const [did] = ref.initiative.split('/');
	const seen = scan(pdf.picture(2), [0.25, 0.08, 0.5, 0.3]) ?? scan(pdf.picture(2), [0.25, 0.08, 0.5, 0.22]);
	assert.ok(seen && seen.startsWith(`${node.url}/i/${did}/initiative/`), `${seen}`);
	await checkQuiet(page);
});

test('a record prints on one sheet, however much it says', async (t) => {
	const { node, ref } = await site(t);
	const page = await visitor(await launch(t), node);
	for (const kind of ['initiative', 'event', 'place', 'organisation', 'offer', 'resource', 'document', 'synthesis', 'long', 'hostile']) {
		const pdf = await print(t, page, `/poster/${ref[kind]}`);
		assert.strictEqual(pdf.pages, 1, `${kind}: ${pdf.info}`);
		assert.match(pdf.info, /A4/, kind);
		assert.strictEqual(scan(pdf.picture(1), [0.5, 0.5, 1, 1]), `${node.url}/i/${ref[kind]}`, `${kind}: its QR code`);
		assert.ok(pdf.flow.includes('Toutes les informations'), kind);
	}
	await checkQuiet(page);
});

test('a record’s page takes its address along on paper', async (t) => {
	const { node, ref } = await site(t);
	const page = await visitor(await launch(t), node);
	const pdf = await print(t, page, `/i/${ref.question}`);
	assert.ok(pdf.flow.replace(/\s/g, '').includes(`/i/${ref.question}`), pdf.flow);
	assert.ok(!pdf.flow.includes('Emporter'));
	await page.emulateMedia({ media: 'screen' });
	assert.strictEqual(await page.locator('.onpaper').isVisible(), false);
	await page.getByRole('link', { name: 'Affiche à imprimer' }).click();
	await page.getByRole('link', { name: 'Revenir à la fiche' }).click();
	assert.ok(page.url().includes(ref.question), page.url());
	await page.goto('/catalogue?kind=event');
	await page.getByRole('link', { name: 'Imprimer en livret' }).click();
	assert.ok(page.url().endsWith('/booklet?kind=event'), page.url());
	await page.getByRole('heading', { name: 'Veillée' }).waitFor();
});

test('paper in every look', async (t) => {
	const { node, ref } = await site(t);
	const browser = await launch(t);
	for (const look of [{ lang: 'fr', width: 320 }, { lang: 'en', dark: true, width: 1200 }, { lang: 'en', width: 1200 },
		{ lang: 'fr', dark: true, width: 320 }]) {
		const page = await visitor(browser, node, look);
		for (const address of ['/booklet', '/booklet?q=zzzz', `/poster/${ref.event}`, `/poster/${ref.long}`, `/poster/${ref.hostile}`]) {
			assert.strictEqual((await page.goto(address)).status(), 200, address);
			await checkAccessible(page, `${address} ${JSON.stringify(look)}`);
		}
		await checkQuiet(page);
		await page.context().close();
	}
});

test('what strangers wrote stays text and data', async (t) => {
	const { node, ref } = await site(t);
	const page = await visitor(await launch(t), node);
	for (const address of [`/i/${ref.hostile}`, `/poster/${ref.hostile}`, '/booklet', `/booklet?q=${encodeURIComponent(hostile)}`,
		`/booklet?commune=${encodeURIComponent(hostile)}`]) {
		await page.goto(address);
		assert.ok(!['taken', '1'].includes(await page.title()), address);
		assert.strictEqual(await page.locator('script:not([type="application/ld+json"]), img[src=x], [onerror]').count(), 0, address);
	}
	// The block of data is one element, whole, that a reader of JSON gives back as it was written.
	await page.goto(`/i/${ref.hostile}`);
	const blocks = await page.locator('script').allTextContents();
	assert.strictEqual(blocks.length, 1);
	const [thing] = JSON.parse(blocks[0])['@graph'];
	assert.strictEqual(thing.name, hostile);
	assert.strictEqual(thing['@id'], `${node.url}/i/${ref.hostile}`);
	assert.strictEqual(await page.locator('link[rel=alternate][type="application/atom+xml"]').count(), 1);
	await checkQuiet(page);
});
