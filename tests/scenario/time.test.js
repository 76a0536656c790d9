// SPDX-License-Identifier: AGPL-3.0-or-later
// Goal: a clock that is off by a day or by ten years, that leaps back, or two machines that write with one key: what is
// dated wrongly is held, those concerned are told in words, it heals by itself once the clock is right, and no record is
// ever lost.
'use strict';
const test = require('node:test');
const assert = require('node:assert/strict');
const path = require('node:path');
const lib = require('./lib.js');
const { Author, DAY, now, rid } = require('./sign.js');

const YEARS = 3652 * DAY;

async function put(node, name, of) {
  return node.run('record', 'put', '--kind', 'initiative', ...(of ? ['--rid', of.split('/').at(-1)] : []), '-', { input: JSON.stringify({ name }) });
}

async function refused(node, ...args) {
  const done = await node.essaim(args, { input: '{"name":"Refusé"}' });
  assert.equal(done.status, 1, done.stdout);
  return done.stderr + done.stdout;
}

async function named(node, ref) {
  const answer = await node.get(`/api/v1/records/${ref}`);
  return answer.status === 200 ? answer.json.content.name : answer.status;
}

const clock = async (node) => (await node.status()).clock;
const shows = (node, ref, name) => lib.until(`${node.dir} shows “${name}”`, async () => await named(node, ref) === name || null,
  async () => `${await named(node, ref)} ${JSON.stringify((await node.status()).clock)} ${node.log()}`);
const stands = (node, standing) => lib.until(`its clock ${standing}`, async () => (await clock(node)).standing === standing || null,
  async () => JSON.stringify(await clock(node)));

// Move a node's clock: 0 is right.
async function move(offset, ...nodes) {
  for (const node of nodes) await node.stop();
  for (const node of nodes) {
    node.configure({ 'clock-offset-s': offset });
    await node.start();
  }
}

// A and so many neighbours, who know each other through A; what A wrote while its clock was right.
async function around(t, neighbours = 1) {
  const nodes = [];
  for (const name of ['Pays de A', 'Pays de B', 'Pays de C', 'Pays de D'].slice(0, neighbours + 1)) {
    nodes.push(await (await lib.node(t, { name })).start());
  }
  const [a, ...others] = nodes;
  for (const node of others) await lib.acquaint(a, node);
  const { ref } = await put(a, 'Avant');
  for (const node of others) await shows(node, ref, 'Avant');
  return { a, others, before: ref };
}

test('a day ahead: held and told, taken when its time comes; edits and deletions meanwhile keep their order', async (t) => {
  const { a, others: [b], before } = await around(t);
  await move(DAY, a);
  await stands(a, 'differs');
  const told = await put(a, 'Demain');
  assert.match(told.warning, /24 hours ahead of/);
  const { ref: doomed } = await put(a, 'Supprimé demain');
  await put(a, 'Avant, changé demain', before);
  await lib.until('the neighbour holds them', async () => (await b.status()).held >= 3 || null, async () => JSON.stringify(await b.status()));
  assert.equal(await named(b, told.ref), 404);
  assert.match((await clock(a)).text, /24 hours ahead of that of its neighbours/);

  await move(0, a);
  await stands(a, 'agrees');
  assert.equal(await named(a, told.ref), 'Demain', 'still here');
  await put(a, 'Demain, changé', told.ref);
  await a.run('record', 'delete', doomed);
  await move(DAY + 1200, a, b);
  await shows(b, told.ref, 'Demain, changé');
  await shows(b, before, 'Avant, changé demain');
  await lib.agreed([a, b]);
  assert.equal(await named(b, doomed), 410);
});

test('a day ahead among three neighbours: it signs nothing and says why, until it is right again', async (t) => {
  const { a, before } = await around(t, 3);
  await move(DAY, a);
  await stands(a, 'wrong');
  assert.match(await refused(a, 'record', 'put', '--kind', 'initiative', '-'), /24 hours ahead of that of its neighbours/);
  assert.match(await refused(a, 'record', 'delete', before), /clock/);
  await move(0, a);
  await stands(a, 'agrees');
  assert.equal((await put(a, 'Après')).warning, undefined);
});

test('a day behind: what the others write waits, what it writes is taken, all is there when it is right', async (t) => {
  const { a, others: [b], before } = await around(t);
  await move(2 * DAY, a, b);	// or its keys would be younger than what they sign
  await lib.until('it is sure of its clock', async () => (await clock(a)).peers > 0 || null);
  await move(DAY, a);
  await stands(a, 'differs');
  const { ref } = await put(b, 'Aujourd’hui');
  await lib.until('it is held', async () => (await a.status()).held >= 1 || null);
  assert.equal(await named(a, ref), 404);
  const yesterday = await put(a, 'Hier');
  assert.match(yesterday.warning, /24 hours behind/);
  await put(a, 'Avant, changé', before);
  await shows(b, yesterday.ref, 'Hier');
  await move(2 * DAY, a);
  await shows(a, ref, 'Aujourd’hui');
  await shows(b, before, 'Avant, changé');
  await lib.agreed([a, b]);
});

test('ten years ahead: not believed; believed wrongly, all that it did is undone when it is right', async (t) => {
  const { a, others: [b], before } = await around(t);
  const { ref: theirs } = await put(b, 'De B');
  await shows(a, theirs, 'De B');
  await move(YEARS, a);
  assert.match(await refused(a, 'record', 'put', '--kind', 'initiative', '-'), /3652 days ahead of/);
  await a.run('doctor', '--confirm-clock');
  const { ref } = await put(a, 'En 2036');
  const { ref: gone } = await put(a, 'Supprimé en 2036');
  await a.run('record', 'delete', gone);
  const { did: guest } = await a.run('author', 'add', 'Les Voisines');
  await put(a, 'Avant, changé en 2036', before);
  await lib.until('what had its time is gone', async () => await named(a, theirs) !== 'De B' || null);
  assert.equal(await named(b, ref), 404);

  await move(0, a);
  await shows(b, ref, 'En 2036');
  await shows(b, before, 'Avant, changé en 2036');
  await shows(a, theirs, 'De B');
  await lib.agreed([a, b]);
  assert.equal(await named(b, gone), 410);
  assert.equal((await b.record(guest, 'territory', 'self')).content.name, 'Les Voisines', 'keys made then count now');
  await stands(a, 'agrees');
  assert.equal((await put(a, 'En ordre', ref)).warning, undefined);
  await shows(b, ref, 'En ordre');
});

test('ten years behind: never set, so nothing is signed or lost; all is there when it is right', async (t) => {
  const { a, others: [b], before } = await around(t);
  await move(-YEARS, a);
  await stands(a, 'unset');
  assert.match(await refused(a, 'record', 'put', '--kind', 'initiative', '-'), /was never set/);
  const { ref } = await put(b, 'De B');
  assert.equal(await named(a, before), 'Avant');
  await move(0, a);
  await shows(a, ref, 'De B');
  await lib.agreed([a, b]);
});

test('a leap backwards with nobody to ask: told, nothing signed; a neighbour who agrees, or the operator, ends it', async (t) => {
  const a = await lib.node(t, { name: 'Pays de A' });
  a.configure({ 'clock-offset-s': 20 * DAY });
  await a.start();
  const { ref } = await put(a, 'Écrit en avance');
  await lib.until('the time is noted', async () => (await clock(a)).standing === 'agrees' || null);
  await move(0, a);
  const why = (await clock(a)).text;
  assert.match(why, /(19|20) days behind when the node last ran/);
  assert.match(await refused(a, 'record', 'put', '--kind', 'initiative', '-'), /behind when the node last ran/);
  assert.equal(await named(a, ref), 'Écrit en avance');
  const b = await (await lib.node(t, { name: 'Pays de B' })).start();
  await b.run('vouch', a.did);
  await a.run('peer', 'add', b.url, '--yes');
  await shows(b, ref, 'Écrit en avance');
  await lib.until('it signs again', async () => (await a.essaim(['record', 'put', '--kind', 'initiative', '-'], { input: '{"name":"Encore"}' })).status === 0 || null);
});

test('two machines write with one key, one of them a day ahead: both are told, all agree, nothing is lost', async (t) => {
  const { a, others: [b], before } = await around(t);
  const author = new Author();
  for (const node of [a, b]) await node.run('vouch', author.did);
  const same = { rid: rid(), created: now() - 50 };
  const written = [author.identity(), ...['Une main', 'L’autre main'].map((name) => author.record({ ...same, content: { name } }))];
  for (const node of [a, b]) await node.offer(written);	// one that has lost at its first node goes no further
  for (const node of [a, b]) await lib.until('both versions are noted', async () => (await node.status()).two_writers === 1 || null);

  const file = path.join(lib.temporary(t), 'backup.tar.gz');
  await a.run('backup', file);
  const twin = await lib.restored(t, file);
  twin.configure({ 'clock-offset-s': DAY });
  await twin.start();
  await lib.until('it has heard from a neighbour', async () => !(await twin.status()).restored || null);
  const later = await put(twin, 'Écrit par l’autre machine'), mine = await put(a, 'Écrit ici');
  await put(twin, 'Changé par l’autre machine', before);
  await put(a, 'Changé ici', before);
  await shows(b, mine.ref, 'Écrit ici');
  await shows(b, before, 'Changé ici');
  await move(DAY + 1200, a, b);
  for (const node of [a, b]) {
    await shows(node, later.ref, 'Écrit par l’autre machine');
    await shows(node, before, 'Changé par l’autre machine');
  }
  await shows(twin, mine.ref, 'Écrit ici');
  assert.equal((await put(a, 'Changé ici, pour finir', before)).outcome, 'changed');
  await shows(b, before, 'Changé ici, pour finir');
});
