// SPDX-License-Identifier: AGPL-3.0-or-later
// Goal: what a node serves can be verified by others: by a few lines over another language's standard
// library, every record of the whole feed; and by a published library for W3C Data Integrity.
'use strict';
const test = require('node:test');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const lib = require('./lib.js');
const { Author, DAY, now } = require('./sign.js');

const verifier = import('../verify.mjs');
const ROWS = 120;

function csv(rows) {
  const lines = [...Array(rows).keys()].map((i) =>
    `${i};"Jardin partagé n° ${i} « l’œuvre »";"Emoji 🌻, tab\tet ""guillemets"" <b>";${(47 + i / 1000).toFixed(6)};${(-2 - i / 1000).toFixed(6)}`);
  return `id;nom;description;latitude;longitude\n${lines.join('\n')}\n`;
}

// A node with every sort of record: its own, an import, a deletion, an association's, a succession.
async function furnished(t) {
  const node = await (await lib.node(t, { name: 'Pays de la Preuve', territory: '35238', conf: { admission: 'open' } })).start();
  const file = path.join(node.dir, 'rows.csv');
  fs.writeFileSync(file, csv(ROWS));
  await node.run('import', '--source', 'rows', file);
  const { did } = await node.run('author', 'add', 'Les Voisines');
  const { ref } = await node.run('record', 'put', '--kind', 'offer', '--author', did, '-', { input: '{"name":"Prêt de vélo"}' });
  await node.run('record', 'delete', ref);
  const guest = new Author();
  const first = guest.identity();
  const heir = { ...guest.next }, after = new Author().root;
  const second = guest.succession(first, heir, after, { created: now() - 30 });
  const results = await node.offer([first, guest.record(), guest.record({ kind: 'song', content: { air: 'ronde' } }), second,
    guest.vouch(node.did)]);
  assert.deepEqual(results.map((r) => r.result), Array(5).fill('stored'));
  return node;
}

test('an independent verifier accepts all that a node serves, and counts the same set', async (t) => {
  const node = await furnished(t);
  const { fetchAll, verifyLines } = await verifier;
  const { lines, state } = await fetchAll(node.url, 50);
  const result = verifyLines(lines);
  assert.deepEqual(result.wrong, []);
  assert.ok(result.records >= ROWS + 10, `${result.records} records`);
  assert.equal(result.authors, 3);
  assert.equal(result.state, state);
  assert.equal(state, (await node.run('status')).state);
  const cli = await lib.execute(process.execPath, [path.join(__dirname, '..', 'verify.mjs'), node.url]);
  assert.equal(cli.status, 0, cli.stdout + cli.stderr);
});

test('the independent verifier can fail: each way of being wrong is noticed', async () => {
  const { verifyLines } = await verifier;
  const a = new Author(), stranger = new Author();
  const identity = a.identity();
  const record = a.record({ content: { name: 'Atelier' } });
  const rows = [
    ['a changed text', [identity, record.replace('Atelier', 'Ateliez')], /signature/],
    ['a space', [identity, record.replace(',', ', ')], /canonical/],
    ['no identity', [record], /no identity/],
    ['another author’s key', [identity, a.record({ signer: stranger.operating })], /key that may not/],
    ['a key before its window', [a.identity({ from: now() + DAY }), record], /key that may not/],
    ['an identity signed by another root', [a.identity({ signer: stranger.root })], /not signed by its root/],
    ['an heir that was not announced', [a.succession(identity, stranger.root, stranger.next)], /announced/],
    ['a retirement by an operating key', [identity, a.retire({ signer: a.operating })], /key that may not/],
  ];
  for (const [why, lines, expected] of rows) {
    const { wrong } = verifyLines(lines);
    assert.ok(wrong.length > 0 && expected.test(wrong[0].why), `${why}: ${JSON.stringify(wrong.map((w) => w.why))}`);
  }
  assert.deepEqual(verifyLines([identity, record]).wrong, []);
});

// --- a library of other people ----------------------------------------------------------------------

// Digital Bazaar's suite, or null where it cannot be had.
async function published() {
  const done = await lib.execute(path.join(__dirname, '..', 'node_modules.sh'), []);
  if (done.status !== 0) return null;
  const { createVerifyCryptosuite } = await import('@digitalbazaar/eddsa-jcs-2022-cryptosuite');
  return createVerifyCryptosuite();
}

// Verified as the library's users do it; the secured document is the line as JSON.parse reads it.
async function holds(cryptosuite, line) {
  const { proof, ...document } = JSON.parse(line);
  const [controller, fragment] = proof.verificationMethod.split('#');
  const { verify } = await cryptosuite.createVerifier({ verificationMethod: {
    '@context': 'https://w3id.org/security/multikey/v1', id: proof.verificationMethod, type: 'Multikey', controller, publicKeyMultibase: fragment } });
  const data = await cryptosuite.createVerifyData({ cryptosuite, document, proof });
  return verify({ data, signature: (await verifier).base58(proof.proofValue.slice(1)) });
}

test('a published library for eddsa-jcs-2022 verifies a node’s records', async (t) => {
  const cryptosuite = await published();
  if (cryptosuite === null) {
    t.skip('the npm packages of tests/package.json cannot be had');
    return;
  }
  const node = await furnished(t);
  const { lines } = await node.changes();
  for (const line of lines) {
    assert.equal(await holds(cryptosuite, line), true, line);
  }
  const changed = lines.find((line) => line.includes('Jardin partagé n° 7 '));
  assert.equal(await holds(cryptosuite, changed.replace('n° 7 ', 'n° 8 ')), false);
});

test('`essaim verify` agrees: it accepts what a node serves and names what was changed', async (t) => {
  const node = await furnished(t);
  const { lines } = await node.changes();
  const file = path.join(node.dir, 'served.ndjson');
  fs.writeFileSync(file, `${lines.join('\n')}\n`);
  const good = await node.essaim(['verify', file]);
  assert.equal(good.status, 0, good.stderr);
  fs.writeFileSync(file, `${lines.join('\n').replace('n° 7 ', 'n° 8 ')}\n`);
  const bad = await node.essaim(['verify', file]);
  assert.equal(bad.status, 1, bad.stdout);
});
