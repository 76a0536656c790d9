// SPDX-License-Identifier: AGPL-3.0-or-later
// Goal: a node that holds one département, or one kind, and nodes that hold everything: each gets what it
// wants and no more, deletions reach it, widening brings the rest, narrowing drops it, and nobody lists
// again and again what the other does not want.
'use strict';
const assert = require('node:assert/strict');
const path = require('node:path');
const { test } = require('node:test');
const lib = require('./lib.js');

const MORLAIX = '29151';
const FINISTERE = '29';
const RENNES = '35238';

async function write(node, kind, name, extra = {}) {
  const done = await node.run('record', 'put', '--kind', kind, '-', { input: JSON.stringify({ name, ...extra }) });
  return done.ref;
}

// The state of what a filter shows, or of all, and how many that is.
async function part(node, filter) {
  const { end } = await node.changes({ filter: `&part=${filter}` });
  return { state: end.part_state, count: end.part_count, all: end.count };
}

const holds = async (node) => (await node.get('/api/v1/changes?since=-')).json.holds;

const peerOf = async (node, other) => (await node.run('peer', 'list')).find((p) => p.url === other.url);

// Two territories that hold everything and know each other, and what they have written.
async function world(t) {
  const west = await lib.node(t, { name: 'Pays de Morlaix', territory: MORLAIX, conf: lib.quiet });
  const east = await lib.node(t, { name: 'Rennes', territory: RENNES, conf: lib.quiet });
  await west.start();
  await east.start();
  await lib.acquaint(west, east);
  const refs = { west: [], east: [] };
  for (let i = 0; i < 4; i++) refs.west.push(await write(west, 'initiative', `Jardin ${i}`));
  refs.event = await write(west, 'event', 'Fête du port', { starts: '2027-06-01T10:00' });
  for (let i = 0; i < 40; i++) refs.east.push(await write(east, 'initiative', `Atelier oriental numéro ${i}`));
  await west.sync(east);
  await east.sync(west);
  return { west, east, refs };
}

// It does not serve yet: what it exchanges is what it is told to.
async function scoped(t, name, conf, ...known) {
  const node = await lib.node(t, { name, territory: '29103', conf: { ...lib.quiet, 'allow-private': 'yes', ...conf } });
  for (const other of known) {
    await node.run('peer', 'add', other.url, '--vouch', '--yes');
    await other.run('vouch', node.did);
  }
  return node;
}

test('one département', async (t) => {
  const { west, east, refs } = await world(t);
  const small = await scoped(t, 'Landivisiau', { areas: FINISTERE }, west, east);
  await write(small, 'initiative', 'Chez nous');
  const first = await small.sync(east);
  assert.ok(first.equal, JSON.stringify(first));
  const { kinds } = await small.run('status');
  assert.deepEqual([kinds.initiative, kinds.event], [5, 1], 'all of Finistère and nothing of Rennes');
  t.diagnostic(`first exchange: ${first.pulled} records, ${first.bytes_in + first.bytes_out} bytes`);
  assert.ok(first.pulled > 10 && first.pulled < 30 && first.refused === 0, 'what it would refuse is not sent');
  await small.start();

  // what it holds is exactly that part of what the others hold
  const text = await holds(small);
  assert.ok(text.startsWith('node,territory,vouch:.:'), text);
  const theirs = await part(east, text);
  assert.equal(theirs.state, (await small.status()).state);
  assert.ok(theirs.all - theirs.count >= 40);
  assert.equal(await holds(east), undefined);

  // the second time nobody lists anything
  const second = await small.sync(east);
  assert.deepEqual([second.equal, second.pulled, second.pushed], [true, 0, 0]);
  const back = await east.sync(small);
  assert.deepEqual([back.equal, back.pulled, back.pushed], [true, 0, 0]);
  t.diagnostic(`nothing new: ${second.bytes_in + second.bytes_out} bytes asked by the small one, ${
    back.bytes_in + back.bytes_out} by the large one`);

  // a deletion and a change arrive; what is written in Rennes does not
  await east.run('sync', west.url);
  await west.run('record', 'delete', refs.west[0]);
  await write(west, 'initiative', 'Jardin neuf');
  refs.east.push(await write(east, 'initiative', 'Encore un atelier oriental'));
  await west.sync(east);
  await small.sync(east);
  await lib.until('the deletion', async () => (await small.get(`/api/v1/records/${refs.west[0]}`)).status === 410 || null);
  await lib.until('what is new in Finistère', async () => (await small.status()).kinds.initiative === 5 || null);
  assert.equal((await small.status()).state, (await part(east, text)).state);

  // not wanted is not the same as not known
  const unwanted = await small.get(`/api/v1/records/${refs.east[0]}`);
  assert.deepEqual([unwanted.status, unwanted.json.error], [404, 'out-of-scope']);
  const unknown = await small.get(`/api/v1/records/${west.did}/initiative/aaaaaaaaaaaaaaaa`);
  assert.deepEqual([unknown.status, unknown.json.error], [404, 'not-found']);
  const [pushed] = await small.offer((await east.changes({ filter: `&author=${east.did}&kind=initiative` })).lines
    .filter((line) => line.includes('"initiative"')).slice(0, 1));
  assert.deepEqual([pushed.result, pushed.reason], ['refused', 'scope']);
  await small.sync(east);
  assert.equal((await peerOf(small, east)).outside_our_scope, 41);
  await east.run('peer', 'add', small.url, '--yes');
  await east.sync(small);
  assert.equal((await peerOf(east, small)).outside_their_scope, 41);
  assert.deepEqual((await peerOf(east, small)).refused_there, {});

  // what it keeps to is told to everybody
  const said = (await small.get('/.well-known/essaim')).json.policy.scope;
  assert.deepEqual(said, { areas: [{ code: '29', name: 'Finistère' }], kinds: [] });

  for (const page of ['/about', '/network']) {
    const shown = await small.get(page, { 'Accept-Language': 'fr' });
    assert.match(shown.text, /Ce site ne garde que ce qui concerne : Finistère\./, page);
    assert.ok(!(await east.get(page)).text.includes('ne garde que ce qui'), page);
  }
  assert.match((await small.get('/network', { 'Accept-Language': 'fr' })).text, /41 de ses fiches ne sont pas gardées ici/);
  assert.match((await east.get('/network', { 'Accept-Language': 'fr' })).text, /41 de nos fiches ne sont pas gardées là-bas/);
  const away = await small.get(`/i/${refs.east[0]}`, { 'Accept-Language': 'fr', Accept: 'text/html' });
  assert.equal(away.status, 404);
  assert.match(away.text, /Cette fiche n’est pas gardée ici/);

  // widened, the rest arrives; narrowed again, it goes, from the files too
  await small.stop();
  small.configure({ areas: `${FINISTERE}, 35` });
  await small.start();
  const wide = await small.sync(east);
  assert.ok(wide.equal);
  assert.equal((await small.status()).kinds.initiative, 5 + 41);
  assert.equal((await small.get(`/api/v1/records/${refs.east[0]}`)).status, 200);
  await small.indexed();
  await small.stop();
  small.configure({ areas: FINISTERE });
  await small.start();
  assert.equal((await small.status()).kinds.initiative, 5);
  assert.equal((await small.status()).state, (await part(east, await holds(small))).state);
  await small.indexed();
  await lib.until('no byte of what was dropped is in any file',
    () => lib.holding(small, 'Encore un atelier oriental').filter((f) => f !== 'test.log').length === 0 || null);
  await small.stop();
  small.configure({ areas: '' });
  await small.start();
  assert.ok((await small.sync(east)).equal);
  assert.equal((await small.status()).state, (await east.status()).state);
});

test('one kind, left alone with a full node', async (t) => {
  const { west, east, refs } = await world(t);
  await west.stop();
  west.configure({ 'sync-interval-s': 1, push: 'yes' });
  await west.start();
  const small = await lib.node(t, { name: 'Agenda', conf: { kinds: 'event' } });
  await small.start();
  await west.run('vouch', small.did);
  await small.run('peer', 'add', west.url, '--vouch', '--yes');
  await west.run('peer', 'add', small.url, '--yes');
  const same = (what, events) => lib.until(what, async () => {
    const s = await small.status();
    return (s.kinds.event === events && s.state === (await part(west, await holds(small))).state) || null;
  }, async () => JSON.stringify(await small.status()));
  await same('the event, and none of the initiatives', 1);
  assert.equal((await small.status()).kinds.initiative, undefined);
  const ref = await write(west, 'event', 'Bal', { starts: '2027-07-14T20:00' });
  await write(west, 'initiative', 'Pas pour l’agenda');
  await same('another event', 2);
  await west.run('record', 'delete', ref);
  await same('and its deletion', 1);
  await write(small, 'event', 'De l’agenda', { starts: '2027-08-01T20:00' });
  await lib.until('what the small one writes', async () => (await west.status()).kinds.event === 2 || null);
  assert.deepEqual((await peerOf(west, small)).refused_there, {});
  const unwanted = await small.get(`/api/v1/records/${refs.west[1]}`);
  assert.equal(unwanted.json.error, 'out-of-scope');
});

test('what no place or kind is called is refused before anything is made', async (t) => {
  const node = new lib.Node(path.join(lib.temporary(t), 'node'));
  for (const [args, said] of [[['--areas', 'Morlaix'], /Morlaix is 29151/], [['--areas', '29999'], /no place has the code/],
    [['--kinds', 'jardin'], /there is no \\?"jardin.*initiative, .*event/], [['--kinds', 'vouch'], /there is no \\?"vouch/]]) {
    const done = await node.essaim(['init', '--name', 'X', ...args]);
    assert.equal(done.status, 2, done.stderr);
    assert.match(done.stdout + done.stderr, said);
  }
  await node.run('init', '--name', 'X', '--areas', '29, 242900314', '--kinds', 'event,offer');
  const status = await node.run('status');
  assert.deepEqual(status.scope.areas.map((a) => a.code), ['29', '242900314']);
  assert.deepEqual(status.scope.kinds, ['offer', 'event']);
});
