// SPDX-License-Identifier: AGPL-3.0-or-later
// Goal: with the ordinary commands, what one territory publishes, changes and deletes is soon the same on
// every node, also past one that was away; and nodes of different policies agree on what both want.
'use strict';
const test = require('node:test');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const zlib = require('node:zlib');
const lib = require('./lib.js');
const { Author, id, now } = require('./sign.js');

const ROWS = 700, CHANGED = 10, DELETED = 5;

// Words that nothing else holds: in rows that change, and in rows that will be deleted.
const before = 'qzavant', after = 'qzapres', gone = 'qzefface';

function word(i, stage) {
  if (i < CHANGED) return stage === 0 ? before : after;
  return i < CHANGED + DELETED ? gone : 'commun';
}

function table(file, stage, rows = ROWS) {
  const lines = [...Array(rows).keys()].map((i) =>
    `src-${i},Initiative n° ${i},Une action ${word(i, stage)} du lieu ${i},${(47.5 + i / 2000).toFixed(6)},${(-1.5 - i / 2000).toFixed(6)},repair`);
  fs.writeFileSync(file, `id,nom,description,latitude,longitude,practices\n${lines.join('\n')}\n`);
  return file;
}

// What `essaim status --json` prints.
const states = (nodes) => Promise.all(nodes.map(async (node) => (await node.run('status')).state));

async function total(node, q) {
  return (await node.get(`/api/v1/search?q=${q}`)).json.total;
}

// A and C know each other only through B.
async function chain(t, conf = {}) {
  const nodes = [];
  for (const name of ['Pays de A', 'Pays de B', 'Pays de C']) nodes.push(await lib.node(t, { name, conf }));
  return nodes;
}

test('700 initiatives reach all three nodes; so do changes; what was deleted is in no file any more', async (t) => {
  const nodes = await chain(t);
  const [a, b, c] = nodes;
  const dir = lib.temporary(t);
  const first = await a.run('import', '--source', 'directory', table(path.join(dir, 'first.csv'), 0));
  assert.equal(first.new, ROWS, JSON.stringify(first).slice(0, 300));
  for (const node of nodes) await node.start();
  await lib.acquaint(a, b);
  await lib.acquaint(b, c);
  const state = await lib.agreed(nodes);
  for (const node of nodes) {
    assert.equal((await node.run('status')).kinds.initiative, ROWS);
    assert.equal(await total(node, gone), DELETED);
    for (const text of [before, gone]) assert.ok(lib.holding(node, text).length > 0, 'the byte search itself finds what is there');
  }

  const again = await a.run('import', '--source', 'directory', table(path.join(dir, 'second.csv'), 1));
  assert.deepEqual([again.new, again.changed, again.same, again.refused], [0, CHANGED, ROWS - CHANGED, 0]);
  const { hits } = (await a.get(`/api/v1/search?q=${gone}`)).json;
  for (const { ref } of hits) await a.run('record', 'delete', ref);
  await lib.agreed(nodes, state);
  for (const node of nodes) {
    assert.equal((await node.run('status')).kinds.initiative, ROWS - DELETED);
    assert.deepEqual([await total(node, before), await total(node, after), await total(node, gone)], [0, CHANGED, 0]);
    for (const text of [before, gone]) {
      await lib.until(`“${text}” is in no file`, () => lib.holding(node, text).length === 0 || null, () => `${lib.holding(node, text)}`);
    }
    const { ref } = hits[0];
    assert.equal((await node.get(`/api/v1/records/${ref}`)).status, 410);
    assert.equal((await node.get(`/i/${ref}`)).status, 410);
  }
});

test('a node that was away while both others changed finds out what differs, moving little more than that', async (t) => {
  const nodes = await chain(t);
  const [a, b, c] = nodes;
  const dir = lib.temporary(t);
  await a.run('import', '--source', 'directory', table(path.join(dir, 'first.csv'), 0));
  for (const node of nodes) await node.start();
  await lib.acquaint(a, b);
  await lib.acquaint(b, c);
  const state = await lib.agreed(nodes);
  const moved = async () => (await b.status()).peers.reduce((sum, p) => sum + p.bytes, 0);
  // Until its exchanges are over: one cut off before it noted how far it came reads that part again.
  let whole = 0;
  await lib.until('B has finished its exchanges', async () => {
    whole = await moved();
    await new Promise((resolve) => setTimeout(resolve, 1500));
    return await moved() === whole;
  });

  await b.stop();
  await a.run('import', '--source', 'directory', table(path.join(dir, 'second.csv'), 1));
  for (let i = 0; i < 6; i++) await c.run('record', 'put', '--kind', 'need', '-', { input: JSON.stringify({ name: `Besoin ${i}` }) });
  const [{ ref }] = (await c.get('/api/v1/search?q=besoin&kind=need')).json.hits;
  await c.run('record', 'delete', ref);
  const [of_a, of_c] = await states([a, c]);
  assert.ok(of_a !== of_c && of_a !== state && of_c !== state, 'both sides changed, each for itself');

  await b.start();
  await lib.agreed(nodes, state);
  assert.equal((await a.run('status')).kinds.need, 5);
  assert.deepEqual([await total(c, after), await total(c, before), await total(a, 'besoin')], [CHANGED, 0, 5]);
  const bytes = await moved() - whole;
  const feed = (await a.changes()).lines.join('\n');
  t.diagnostic(`B moved ${whole} bytes to be filled and ${bytes} to catch up with ${CHANGED + 6} changes; the whole set is ${feed.length} bytes, ` +
    `${zlib.gzipSync(feed).length} compressed`);
  assert.ok(bytes > 0 && bytes < zlib.gzipSync(feed).length / 2, `${bytes} bytes moved`);
});

// --- different policies -----------------------------------------------------------------------------

async function pair(t) {
  const [a, c] = [await lib.node(t, { name: 'Pays de A', conf: lib.quiet }), await lib.node(t, { name: 'Pays de C', conf: lib.quiet })];
  const dir = lib.temporary(t);
  const { did } = await a.run('author', 'add', 'Les Voisines');
  await a.run('import', '--source', 'own', table(path.join(dir, 'own.csv'), 0, 60));
  await a.run('import', '--source', 'other', '--author', did, table(path.join(dir, 'other.csv'), 0, 40));
  await a.start();
  await c.start();
  return { a, c, guest: did };
}

async function count(node, did) {
  const records = (await node.changes()).lines.map((line) => JSON.parse(line));
  return records.filter((record) => record.author === did && record.kind === 'initiative').length;
}

async function settle(node, peer) {
  const reports = [];
  for (let i = 0; i < 5; i++) {
    reports.push(await node.sync(peer));
    const last = reports.at(-1);
    if (last.pulled + last.pushed + last.stored + last.refused === 0) return reports;
  }
  return assert.fail(`it never rests: ${JSON.stringify(reports)}`);
}

test('a blocked author is listed once, not again, and comes when the block is lifted', async (t) => {
  const { a, c, guest } = await pair(t);
  await c.run('block', guest, '--reason', 'essai');
  await c.run('peer', 'add', a.url, '--vouch', '--yes');
  await settle(c, a);
  assert.deepEqual([await count(c, a.did), await count(c, guest)], [60, 0]);
  const quietly = await c.sync(a);
  assert.deepEqual([quietly.pulled, quietly.pushed, quietly.stored, quietly.refused], [0, 0, 0, 0], JSON.stringify(quietly));
  assert.ok(quietly.rounds <= 1, JSON.stringify(quietly));
  t.diagnostic(`with 40 records refused: ${quietly.bytes_in + quietly.bytes_out} bytes, ${quietly.rounds} rounds`);
  await c.run('unblock', guest);
  await settle(c, a);
  assert.deepEqual([await count(c, a.did), await count(c, guest)], [60, 40]);
});

test('what a small quota refused is listed once, not again, and comes when the budget grows', async (t) => {
  const { a, c, guest } = await pair(t);
  await c.run('peer', 'add', a.url, '--yes');
  await c.run('vouch', a.did, '--budget', '20');
  await settle(c, a);
  assert.equal(await count(c, a.did), 20);
  const quietly = await c.sync(a);
  assert.deepEqual([quietly.pulled, quietly.pushed, quietly.stored, quietly.refused], [0, 0, 0, 0], JSON.stringify(quietly));
  await c.run('vouch', a.did, '--budget', '5000');
  await settle(c, a);
  assert.deepEqual([await count(c, a.did), await count(c, guest)], [60, 40]);
});

// Two nodes that hold no initiatives yet; neither lets the other in.
async function strangers(t) {
  const nodes = [];
  for (const name of ['Pays de A', 'Pays de C']) nodes.push(await (await lib.node(t, { name, conf: lib.quiet })).start());
  return nodes;
}

test('what a quota left out takes the place of what its author deletes', async (t) => {
  const [a, c] = await strangers(t);
  const author = new Author();
  const start = now() - 10000;
  const records = [...Array(60)].map((_, i) => author.record({ created: start + i }));
  await a.run('vouch', author.did);
  await c.run('vouch', author.did, '--budget', '20');
  await a.offer([author.identity({ created: start - 10 }), ...records]);
  await c.run('peer', 'add', a.url, '--yes');
  await settle(c, a);
  const held = async () => (await c.changes()).lines.filter((line) => JSON.parse(line).author === author.did && line.includes('"content"') &&
    line.includes('"kind":"initiative"')).map(id).sort();
  assert.deepEqual(await held(), records.slice(40).map(id).sort(), 'the newest twenty');
  const deletions = records.slice(55).map((line) => author.tombstone({ rid: JSON.parse(line).rid, created: start + 1000 }));
  await a.offer(deletions);
  await settle(c, a);
  assert.deepEqual(await held(), records.slice(35, 55).map(id).sort(), 'the newest twenty of those left');
});

test('an author that loses its vouch leaves the set at once and returns with it', async (t) => {
  const [a, c] = await strangers(t);
  for (let i = 0; i < 10; i++) await a.run('record', 'put', '--kind', 'initiative', '-', { input: `{"name":"Action ${i}"}` });
  await lib.acquaint(a, c);
  await settle(c, a);
  assert.equal(await count(c, a.did), 10);
  await c.run('vouch', a.did, '--revoke');
  assert.equal(await count(c, a.did), 0);
  await c.indexed();
  assert.equal(await total(c, 'action'), 0);
  await settle(c, a);
  assert.equal(await count(c, a.did), 0);
  await c.run('vouch', a.did);
  await settle(c, a);
  assert.equal(await count(c, a.did), 10);
  await c.indexed();
  assert.equal(await total(c, 'action'), 10);
});

test('one record is blocked by its name, whatever versions come', async (t) => {
  const [a, c] = await strangers(t);
  const refs = [];
  for (let i = 0; i < 10; i++) {
    refs.push((await a.run('record', 'put', '--kind', 'initiative', '-', { input: `{"name":"Action ${i} qzblocked${i}"}` })).ref);
  }
  await lib.acquaint(a, c);
  await settle(c, a);
  await c.run('block', refs[3]);
  await settle(c, a);
  assert.equal(await count(c, a.did), 9);
  for (const page of [`/api/v1/records/${refs[3]}`, `/i/${refs[3]}`]) assert.equal((await c.get(page)).status, 410);
  await lib.until('its words are in no file', () => lib.holding(c, 'qzblocked3').length === 0 || null, () => `${lib.holding(c, 'qzblocked3')}`);
  await a.run('record', 'put', '--kind', 'initiative', '--rid', refs[3].split('/').at(-1), '-', { input: '{"name":"Autrement"}' });
  await settle(c, a);
  assert.equal(await count(c, a.did), 9);
  await c.run('unblock', refs[3]);
  await settle(c, a);
  assert.equal(await count(c, a.did), 10);
  assert.equal((await c.run('status')).state, (await a.run('status')).state);
});
