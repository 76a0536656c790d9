// SPDX-License-Identifier: AGPL-3.0-or-later
// Goal: what somebody asks to be forgotten is gone from every file of every node, stays gone whatever comes back,
// and each neighbour has said so; what nobody has confirmed for long says so.
'use strict';
const test = require('node:test');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const zlib = require('node:zlib');
const { spawn } = require('node:child_process');
const lib = require('./lib.js');
const { Author, DAY, now, rid } = require('./sign.js');

async function put(node, content, ...options) {
  return (await node.run('record', 'put', '--kind', 'initiative', ...options, '-', { input: JSON.stringify(content) })).ref;
}

const nowhere = (node, words) => lib.until(`“${words}” is in no file of ${node.dir}`, () => lib.holding(node, words).length === 0 || null,
  () => `${lib.holding(node, words)}`);
const gone = async (node, ref) => (await node.get(`/api/v1/records/${ref}`)).status === 410;
const shown = async (node, ref) => (await node.get(`/api/v1/records/${ref}`)).status === 200;
const peerStates = (erasure) => Object.fromEntries(erasure.peers.map((p) => [p.url, p.state]));

// --- erase, and who has forgotten ---------------------------------------------------------------------

test('an erasure is confirmed peer by peer; one out of reach is asked again until it has forgotten too', async (t) => {
  const nodes = [];
  for (const name of ['Pays de A', 'Pays de B', 'Pays de C']) nodes.push(await (await lib.node(t, { name })).start());
  const [one, two, three] = nodes;
  const ref = await put(one, { name: 'Atelier QZERASED' });
  await lib.acquaint(one, two);
  await lib.acquaint(one, three);
  for (const node of [two, three]) await lib.until('the record arrives', () => shown(node, ref));
  const bundle = path.join(lib.temporary(t), 'before.gz');
  await one.run('bundle', 'export', bundle);
  await three.stop();

  const done = await one.run('erase', ref);
  assert.equal(done.reach, 'everywhere');
  assert.deepEqual(peerStates(done), { [two.url]: 'gone', [three.url]: 'unreachable' });
  assert.deepEqual(done.files.map((f) => [f.what, f.state]), [['bundle', 'holds']]);
  assert.ok(done.peers.find((p) => p.url === two.url).confirmed >= done.since);
  assert.ok(await gone(one, ref) && await gone(two, ref));
  for (const node of [one, two]) await nowhere(node, 'qzerased');

  await three.start();
  const told = await lib.until('the third has confirmed', async () => {
    const [status] = await one.run('erase', '--status', ref);
    return status.confirmed === 2 ? status : null;
  }, async () => JSON.stringify(await one.run('erase', '--list')));
  assert.deepEqual(peerStates(told), { [two.url]: 'gone', [three.url]: 'gone' });
  assert.ok(await gone(three, ref));
  await nowhere(three, 'qzerased');

  const again = await one.run('erase', ref, '--files');
  assert.deepEqual(again.files.map((f) => [f.what, f.state]), [['bundle', 'removed']], 'twice is harmless');
  assert.ok(!fs.existsSync(bundle));
  const after = path.join(path.dirname(bundle), 'after.gz');
  await one.run('bundle', 'export', after);
  assert.doesNotMatch(zlib.gunzipSync(fs.readFileSync(after)).toString(), /qzerased/i, 'a bundle made since');
  assert.deepEqual((await one.run('erase', ref)).files, [], 'its deletion alone is no content');
});

test('a foreign record is erased on one node only, which says where it still stands, until that is undone', async (t) => {
  const a = await (await lib.node(t, { name: 'Pays de A', conf: lib.quiet })).start();
  const b = await (await lib.node(t, { name: 'Pays de B', conf: lib.quiet })).start();
  const ref = await put(a, { name: 'Atelier QZFOREIGN' });
  await lib.acquaint(a, b);
  await b.sync(a);
  assert.ok(await shown(b, ref));
  const done = await b.run('erase', ref);
  assert.equal(done.reach, 'here');
  assert.deepEqual(peerStates(done), { [a.url]: 'served' });
  assert.ok(await gone(b, ref) && await shown(a, ref));
  await nowhere(b, 'qzforeign');
  await put(a, { name: 'Atelier QZFOREIGN, autrement' }, '--rid', ref.split('/').at(-1));
  await b.sync(a);
  assert.ok(await gone(b, ref), 'no later version comes in');
  const again = await b.sync(a);
  assert.equal(again.pulled, 0, 'and it is not listed again');

  await b.run('erase', '--undo', ref);
  await b.sync(a);
  assert.ok(await shown(b, ref));
  await b.run('erase', ref);
  await a.run('record', 'delete', ref);
  await b.sync(a);
  assert.equal((await a.run('status')).state, (await b.run('status')).state, 'its author’s own deletion is taken');
});

test('what was erased does not come back by an import, by an old bundle, nor after a restore, unless allowed', async (t) => {
  const a = await (await lib.node(t, { name: 'Pays de A', conf: lib.quiet })).start();
  const dir = lib.temporary(t);
  const csv = path.join(dir, 'rows.csv'), old = path.join(dir, 'old.gz'), backup = path.join(dir, 'backup.tar.gz');
  fs.writeFileSync(csv, 'id,nom\njean.dupont@example.org,Action QZROW\n2,Autre action\n');
  const first = await a.run('import', '--source', 'rows', csv);
  assert.equal(first.new, 2, JSON.stringify(first));
  await a.run('bundle', 'export', old);
  const ref = (await a.run('record', 'list', '--kind', 'initiative')).find((r) => r.content.name === 'Action QZROW');
  const name = `${ref.author}/initiative/${ref.rid}`;
  assert.equal((await a.run('erase', name)).source_rows, 1);
  await nowhere(a, 'qzrow');
  await nowhere(a, 'jean.dupont');

  const counts = async (node, ...more) => {
    const done = await node.run('import', '--source', 'rows', ...more, csv);
    return [done.new, done.changed, done.same, done.refused, done.vanished];
  };
  assert.deepEqual(await counts(a), [0, 0, 1, 1, 0]);
  const report = await a.run('import', '--source', 'rows', csv);
  assert.match(JSON.stringify(report), /erased here and is not taken again/);
  const guest = (await a.run('author', 'add', 'Les Voisines')).did;
  assert.deepEqual((await counts(a, '--author', guest)).slice(0, 4), [1, 0, 0, 1], 'nor in another author’s name');
  await a.run('bundle', 'import', old);
  assert.ok(await gone(a, name));

  await a.run('backup', backup);
  await a.stop();
  const back = await (await lib.restored(t, backup)).start();
  assert.deepEqual((await counts(back)).slice(0, 4), [0, 0, 1, 1]);
  assert.deepEqual((await back.run('erase', '--list')).map((x) => x.ref), [name]);

  await back.run('erase', '--undo', name);
  assert.deepEqual((await counts(back)).slice(0, 4), [1, 0, 1, 0]);
  assert.ok(await gone(back, name), 'the old name is never used again');
  assert.deepEqual((await counts(back)).slice(0, 4), [0, 0, 2, 0], 'the new one is found again');
});

// --- every way of forgetting, and every file ------------------------------------------------------------

// Readers that go on all the time: lists, pages, feeds, the search.
function reading(node) {
  let on = true;
  const targets = ['/api/v1/changes?limit=50', '/catalogue', '/api/v1/search?q=action', '/catalogue.csv'];
  const readers = targets.map(async (target) => {
    while (on) await node.get(target);
  });
  return async () => {
    on = false;
    await Promise.all(readers);
  };
}

test('deleted, retired, erased, blocked or expired: the words are in no file of any node, also under readers', async (t) => {
  const nodes = [];
  for (const name of ['Pays de A', 'Pays de B', 'Pays de C']) nodes.push(await (await lib.node(t, { name })).start());
  const [a, b, c] = nodes;
  const leaving = new Author(), banned = new Author(), passing = new Author();
  for (const node of nodes) for (const author of [leaving, banned, passing]) await node.run('vouch', author.did);
  await lib.acquaint(a, b);
  await lib.acquaint(b, c);
  const t0 = now() - 1000;
  const name = (word, i) => ({ content: { name: `Action ${word} ${i}`, summary: `${word} `.repeat(1 + i % 9) }, created: t0 + i, rid: rid() });
  const many = (author, word, extra = {}) => [author.identity({ created: t0 - 10 }),
    ...[...Array(40).keys()].map((i) => author.record({ ...name(word, i), ...extra }))];
  for (const lines of [many(leaving, 'qzretires'), many(banned, 'qzblocked'), many(passing, 'qzexpires', { expires: now() + 60 })]) {
    assert.ok((await a.offer(lines)).every((r) => r.result === 'stored'));
  }
  const own = await put(a, { name: 'Action qzdeletes', description: 'qzdeletes '.repeat(200) });
  const foreign = await put(a, { name: 'Action qzforgets' });
  await lib.agreed(nodes);
  for (const node of nodes) for (const word of ['qzretires', 'qzblocked', 'qzexpires', 'qzdeletes', 'qzforgets']) {
    assert.ok(lib.holding(node, word).length > 0, `${word} is there first`);
  }

  const stops = nodes.map(reading);
  await a.offer([leaving.retire({ created: t0 + 500 })]);
  for (const node of nodes) await node.run('block', banned.did);
  await a.run('erase', own);
  await c.run('erase', foreign);
  for (const word of ['qzretires', 'qzblocked', 'qzdeletes']) for (const node of nodes) await nowhere(node, word);
  await nowhere(c, 'qzforgets');
  for (const stop of stops) await stop();
  assert.ok(await shown(b, foreign), 'elsewhere it stands');

  await a.kill('SIGKILL');	// without a chance to tidy up
  for (const node of [b, c]) await node.stop();
  for (const node of nodes) {
    node.configure({ 'clock-offset-s': 3 * DAY });
    await node.start();
  }
  for (const node of nodes) await nowhere(node, 'qzexpires');
  const dir = lib.temporary(t);
  for (const node of nodes) {
    const files = { bundle: path.join(dir, `${node.port}.gz`), export: path.join(dir, `${node.port}.csv`) };
    await node.run('bundle', 'export', files.bundle);
    await node.run('export', '--format', 'csv', files.export);
    const texts = [zlib.gunzipSync(fs.readFileSync(files.bundle)), fs.readFileSync(files.export)].map(String);
    for (const text of texts) assert.doesNotMatch(text, /qz(retires|blocked|expires|deletes)/i);
  }
});

// --- living records, renewed by themselves and confirmed by people --------------------------------------------

// The operator's pages, after the one-time link of `essaim login`.
async function operator(node) {
  const { link } = await node.run('login');
  const { pathname, search } = new URL(link, node.url);
  const opened = await node.get(pathname + search);
  const Cookie = opened.headers['set-cookie'].map((c) => c.split(';')[0]).join('; ');
  const page = async (target) => node.get(target, { Cookie });
  const post = async (target, form) => {
    const csrf = /name="csrf" value="([^"]+)"/.exec((await page(target)).text)[1];
    const body = new URLSearchParams([['csrf', csrf], ...form]).toString();
    return node.post(target, body, { Cookie, Origin: node.url, 'Content-Type': 'application/x-www-form-urlencoded' });
  };
  return { page, post };
}

test('a year on, a record lives on by itself, its page says since when nobody confirmed it, and one button does', async (t) => {
  const node = await (await lib.node(t, { name: 'Pays de A', conf: lib.quiet })).start();
  const refs = [];
  for (const name of ['Un', 'Deux', 'Trois']) refs.push(await put(node, { name }));
  assert.deepEqual(await node.run('record', 'confirm'), []);
  for (const days of [310, 400]) {	// renewed in between, since nothing is renewed after its time
    await node.stop();
    node.configure({ 'clock-offset-s': days * DAY });
    await node.start();
    assert.equal((await node.control('POST', '/api/v1/clock/confirm')).status, 200);
    await node.stop();
    await node.start();
    const [ref] = refs;
    await lib.until('it is renewed', async () => {
      const record = (await node.get(`/api/v1/records/${ref}`)).json;
      return Date.parse(record.proof.created) / 1000 > now() + 300 * DAY || null;
    }, () => node.log());
  }
  const before = (await node.get(`/api/v1/records/${refs[0]}`)).json;
  assert.ok(before.updated < now() + DAY && before.expires > now() + 400 * DAY, 'alive, and not changed by anybody');
  assert.match((await node.get(`/i/${refs[0]}`)).text, /pas confirmé depuis le \d+/);
  assert.equal((await node.run('record', 'confirm')).length, 3);

  assert.deepEqual(await node.run('record', 'confirm', refs[0]), { confirmed: 1, more: false });
  const day = new Date((now() + 400 * DAY) * 1000).toISOString().slice(0, 10);
  const after = (await node.get(`/api/v1/records/${refs[0]}`)).json;
  assert.equal(after.content.confirmed, day);
  assert.equal(after.content.name, 'Un');
  const text = (await node.get(`/i/${refs[0]}`)).text;
  assert.doesNotMatch(text, /pas confirmé depuis/);
  assert.match(text, /Confirmé le/);

  const desk = await operator(node);
  const listed = (await desk.page('/operator/upkeep')).text;
  assert.ok(listed.includes('Deux') && listed.includes('Trois') && !listed.includes('>Un<'));
  const done = await desk.post('/operator/upkeep', [['action', 'confirm'], ['ref', refs[1]]]);
  assert.equal(done.status, 200, done.text);
  assert.equal((await node.get(`/api/v1/records/${refs[1]}`)).json.content.confirmed, day);
  assert.deepEqual(await node.run('record', 'confirm', '--all-older-than', '300'), { confirmed: 1, more: false });
  assert.deepEqual(await node.run('record', 'confirm'), []);

  const erased = await desk.post('/operator/upkeep', [['action', 'erase'], ['ref', `${node.url}/i/${refs[2]}/trois?lang=fr`]]);
  assert.match(erased.text, /effacée partout/);
  assert.ok(await gone(node, refs[2]));
  assert.equal((await desk.post('/operator/upkeep', [['action', 'erase'], ['ref', 'n’importe quoi']])).status, 422);
});
