// SPDX-License-Identifier: AGPL-3.0-or-later
// Goal: who may sign is the same everywhere and at every time: identities that come late, keys taken back,
// roots handed on, authors that leave; and two machines with one author's keys do each other no harm.
'use strict';
const test = require('node:test');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const lib = require('./lib.js');
const { Author, DAY, commitment, id, key, now, rid } = require('./sign.js');

const said = (results) => results.map((r) => `${r.result} ${r.reason}`.trim());

async function vouch(node, author) {
  const answer = await node.control('POST', `/api/v1/vouches?did=${author.did}`);
  assert.equal(answer.status, 200, answer.text);
}

// A node that serves and admits the author.
async function hosting(t, author, name = 'Pays de A') {
  const node = await (await lib.node(t, { name, conf: lib.quiet })).start();
  await vouch(node, author);
  return node;
}

// Ids of the author's records that the node serves.
async function served(node, author) {
  return (await node.changes()).lines.filter((line) => JSON.parse(line).author === author.did).map(id).sort();
}

const ids = (...lines) => lines.map(id).sort();

// Two nodes that know each other and both admit the author.
async function both(t, author) {
  const a = await hosting(t, author, 'Pays de A'), b = await hosting(t, author, 'Pays de B');
  await lib.acquaint(a, b);
  return { a, b };
}

// --- identities -------------------------------------------------------------------------------------

test('a record pushed before its identity waits, and is stored when the identity comes', async (t) => {
  const author = new Author();
  const node = await hosting(t, author);
  const record = author.record(), identity = author.identity();
  assert.deepEqual(said(await node.offer([record])), ['unresolved identity']);
  assert.deepEqual(await served(node, author), []);
  assert.deepEqual(said(await node.offer([identity])), ['stored']);
  await lib.until('the waiting record is stored', async () => (await served(node, author)).length === 2 || null);
  assert.deepEqual(await served(node, author), ids(identity, record));
  const other = new Author();
  await vouch(node, other);
  assert.deepEqual(said(await node.offer([other.record(), other.identity()])), ['stored', 'stored'], 'in one batch too');
});

test('what waited for its identity is judged by it: a key that it does not list is refused', async (t) => {
  const author = new Author(), stranger = new Author();
  const node = await hosting(t, author);
  assert.deepEqual(said(await node.offer([author.record({ signer: stranger.operating })])), ['unresolved identity']);
  const identity = author.identity(), record = author.record();
  await node.offer([identity, record]);
  await lib.until('nothing waits any more', async () => (await node.status()).unresolved === 0 || null);
  assert.deepEqual(await served(node, author), ids(identity, record));
});

test('pulled from a peer that lists thousands of records before their identity, all arrive', async (t) => {
  const author = new Author();
  const a = await hosting(t, author);
  await a.offer([author.identity({ created: now() - 200 })]);
  const records = [...Array(4500)].map((_, i) => author.record({ content: { name: `Fiche ${i}` } }));
  for (let i = 0; i < records.length; i += 1500) await a.offer(records.slice(i, i + 1500));
  const renewed = author.identity({ created: now() - 20 });
  assert.deepEqual(said(await a.offer([renewed])), ['stored']);
  const order = (await a.changes()).lines.map(id);
  assert.equal(order.at(-1), id(renewed), 'the identity comes last');
  const b = await hosting(t, author, 'Pays de B');
  await lib.acquaint(a, b);
  await lib.together(a, b);
  assert.deepEqual(await served(b, author), ids(renewed, ...records));
});

test('a vouch carries its subject’s commitment: another’s identity is not taken for it', async (t) => {
  const voucher = new Author(), subject = new Author();
  const node = await hosting(t, voucher);
  const pin = voucher.record({ kind: 'vouch', content: { subject: subject.did, hops: 1, budget: 100, next: commitment(subject.next.did) } });
  assert.deepEqual(said(await node.offer([voucher.identity(), pin])), ['stored', 'stored']);
  const other = subject.identity({ next: key() });
  assert.deepEqual(said(await node.offer([other])), ['refused succession'], 'even signed by the true root');
  assert.deepEqual(said(await node.offer([subject.identity(), subject.record()])), ['stored', 'stored']);
});

// --- keys taken back --------------------------------------------------------------------------------

test('what a revoked key signed goes, here and on a node that hears of it later', async (t) => {
  const author = new Author(), second = key();
  const { a, b } = await both(t, author);
  const t0 = now() - 500;
  const first = author.identity({ keys: [author.operating, second], created: t0 });
  const name = { rid: rid() };
  const stolen = author.record({ ...name, created: t0 + 10, content: { name: 'QZSTOLEN' } });
  const stolenToo = author.tombstone({ rid: rid(), created: t0 + 10 });
  const kept = author.record({ created: t0 + 20, signer: second });
  assert.deepEqual(said(await a.offer([first, stolen, stolenToo, kept])), Array(4).fill('stored'));
  await lib.together(a, b);
  assert.deepEqual(await served(b, author), ids(first, stolen, stolenToo, kept));

  const revoking = author.identity({ keys: [second], created: t0 + 100 });
  assert.deepEqual(said(await a.offer([revoking])), ['stored']);
  assert.deepEqual(await served(a, author), ids(revoking, kept));
  assert.deepEqual(said(await a.offer([stolen])), ['refused key'], 'and it does not come back');
  assert.notEqual((await a.get(`/api/v1/records/${author.did}/initiative/${name.rid}`)).status, 200);
  await lib.together(a, b);
  assert.deepEqual(await served(b, author), ids(revoking, kept));
  const later = await hosting(t, author, 'Pays de C');
  await lib.acquaint(a, later);
  await lib.acquaint(b, later);
  await lib.together(a, later);
  assert.deepEqual(await served(later, author), ids(revoking, kept));
  for (const node of [a, b]) {
    await node.indexed();
    assert.equal((await node.get('/api/v1/search?q=qzstolen')).json.total, 0);
  }

  const again = author.record({ ...name, created: t0 + 200, updated: t0 + 10, signer: second, content: { name: 'Resigné' } });
  assert.deepEqual(said(await a.offer([again])), ['stored'], 'signed again by a key that holds');
});

test('a key signs within its window only', async (t) => {
  const author = new Author();
  const node = await hosting(t, author);
  const t0 = now() - 1000;
  const [early, late] = [author.record({ created: t0 + 10 }), author.record({ created: t0 + 400 })];
  const wide = author.identity({ created: t0, from: t0, until: t0 + 5000 });
  assert.deepEqual(said(await node.offer([wide, early, late, author.record({ created: t0 - 10 })])), ['stored', 'stored', 'stored', 'refused key']);
  const narrow = author.identity({ created: t0 + 500, from: t0, until: t0 + 400 });
  assert.deepEqual(said(await node.offer([narrow])), ['stored']);
  assert.deepEqual(await served(node, author), ids(narrow, early), 'until is the first second outside');
});

// --- succession, leaving ----------------------------------------------------------------------------

test('the announced next root takes over; no second branch, no way back', async (t) => {
  const author = new Author();
  const { a, b } = await both(t, author);
  const t0 = now() - 500;
  const first = author.identity({ created: t0 });
  const record = author.record({ created: t0 + 5 });
  const byRoot = author.record({ created: t0 + 6, signer: author.root });
  assert.deepEqual(said(await a.offer([first, record, byRoot])), Array(3).fill('stored'));
  await lib.together(a, b);

  const heir = author.next, after = key(), operating = key();
  const second = author.succession(first, heir, after, { created: t0 + 50 });
  const branch = author.succession(first, heir, key(), { created: t0 + 60 });
  const usurper = author.succession(first, key(), after, { created: t0 + 70 });
  assert.deepEqual(said(await a.offer([usurper, second, branch, first])), ['refused succession', 'stored', 'refused succession', 'superseded superseded']);
  assert.deepEqual(await served(a, author), ids(second, record), 'what the old root signed itself goes');
  assert.deepEqual(said(await a.offer([author.record({ signer: author.root }), author.identity({ created: t0 + 80 }), author.retire()])),
    ['refused key', 'superseded superseded', 'refused key'], 'the old root has no say any more');
  assert.deepEqual(said(await a.offer([author.record({ signer: heir })])), ['stored']);

  const third = author.succession(second, after, key(), { created: t0 + 90, keys: [operating] });
  const fresh = author.record({ signer: operating });
  assert.deepEqual(said(await a.offer([third, fresh])), ['stored', 'stored']);
  await lib.together(a, b);
  assert.deepEqual(await served(b, author), ids(third, fresh), 'two generations at once, on a node that knew the first');
  const newcomer = await hosting(t, author, 'Pays de C');
  assert.deepEqual(said(await newcomer.offer([third, fresh, first])), ['stored', 'stored', 'superseded superseded']);
});

test('who retires is gone from every node and file, and may begin anew', async (t) => {
  const author = new Author();
  const { a, b } = await both(t, author);
  const t0 = now() - 500;
  const identity = author.identity({ created: t0 });
  const records = ['initiative', 'offer', 'vouch'].map((kind) => kind === 'vouch' ? author.vouch(new Author().did, { created: t0 + 5 })
    : author.record({ kind, created: t0 + 5, content: { name: 'QZRETIRED' } }));
  await a.offer([identity, ...records, author.tombstone({ rid: rid(), created: t0 + 6 })]);
  await lib.together(a, b);
  assert.ok(lib.holding(b, 'qzretired').length > 0);
  const retire = author.retire({ created: t0 + 100 });
  assert.deepEqual(said(await a.offer([author.retire({ created: t0 + 100, signer: author.operating }), retire, records[0]])),
    ['refused key', 'stored', 'refused retired']);
  await lib.together(a, b);
  for (const node of [a, b]) {
    assert.deepEqual(await served(node, author), ids(identity, retire));
    await lib.until('its words are in no file', () => lib.holding(node, 'qzretired').length === 0 || null, () => `${lib.holding(node, 'qzretired')}`);
  }
  const anew = author.record();
  assert.deepEqual(said(await b.offer([...records, anew])), [...Array(3).fill('refused retired'), 'stored']);
  await lib.together(a, b);
  assert.deepEqual(await served(a, author), ids(identity, retire, anew));
});

// --- one author's keys on two machines ---------------------------------------------------------------

test('a renewal never brings back what was deleted or changed elsewhere, in any order', async (t) => {
  const author = new Author();
  const [a, b] = [await hosting(t, author, 'Pays de A'), await hosting(t, author, 'Pays de B')];
  const t0 = now() - 5000;
  const rows = ['deletion', 'edit'].map((what) => {
    const name = { rid: rid() };
    return { what, first: author.record({ ...name, created: t0 }), renewal: author.record({ ...name, updated: t0, created: t0 + 3000 }),
      change: what === 'edit' ? author.record({ ...name, created: t0 + 1000, content: { name: 'Changé' } }) : author.tombstone({ ...name, created: t0 + 1000 }) };
  });
  const identity = author.identity({ created: t0 - 10 });
  for (const node of [a, b]) await node.offer([identity, ...rows.map((row) => row.first)]);
  for (const { what, renewal, change } of rows) {
    assert.deepEqual(said(await a.offer([renewal, change])), ['stored', 'stored'], `${what} after the renewal`);
    assert.deepEqual(said(await b.offer([change, renewal])), ['stored', 'superseded superseded'], `${what} before the renewal`);
  }
  assert.deepEqual(await served(a, author), ids(identity, ...rows.map((row) => row.change)));
  assert.deepEqual(await served(b, author), await served(a, author));
});

const later = { 'clock-offset-s': 320 * DAY };

// Start where all clocks are 320 days on, which each operator confirms.
async function startLater(node) {
  await node.start();
  assert.equal((await node.control('POST', '/api/v1/clock/confirm')).status, 200);
  return node;
}

async function put(node, name, rid) {
  const { ref } = await node.run('record', 'put', '--kind', 'initiative', ...(rid ? ['--rid', rid] : []), '-', { input: JSON.stringify({ name }) });
  return ref;
}

const get = async (node, ref) => {
  const answer = await node.get(`/api/v1/records/${ref}`);
  return answer.status === 200 ? answer.json : null;
};

test('a node that renews its records by itself does not undo a deletion made on another machine', async (t) => {
  const a = await lib.node(t, { name: 'Pays de A', conf: lib.quiet }), b = await lib.node(t, { name: 'Pays de B', conf: lib.quiet });
  await a.start();
  await b.start();
  const [doomed, lasting] = [await put(a, 'Doomed'), await put(a, 'Lasting')];
  await lib.acquaint(a, b);
  await lib.together(a, b);
  const file = path.join(lib.temporary(t), 'backup.tar.gz');
  await a.run('backup', file);
  const twin = await lib.restored(t, file);
  const signed = (await get(a, lasting)).proof.created;
  for (const node of [a, b]) await node.stop();
  for (const node of [a, b, twin]) node.configure(later);

  // Alone, without a pull since long ago, it renews nothing: each start looks after what ends soon.
  await startLater(a);
  await a.stop();
  await a.start();
  await a.stop();
  await a.start();
  assert.equal((await get(a, lasting)).proof.created, signed, 'no renewal without a pull');
  await startLater(twin);
  await twin.run('record', 'delete', doomed);
  await twin.stop();	// or it would tell B by itself, sooner or later

  await startLater(b);
  await a.sync(b);
  await a.stop();
  await a.start();
  await lib.until('it renews what ends soon', async () => (await get(a, lasting)).proof.created !== signed || null, () => a.log());
  const renewed = await get(a, doomed);
  assert.ok(renewed.proof.created > signed && renewed.updated < Date.parse(signed) / 1000 + 60, 'the renewal keeps updated');
  await lib.together(a, b);
  assert.notEqual(await get(b, doomed), null);
  await twin.start();
  await twin.sync(b);
  await lib.together(a, b);
  await lib.together(twin, b);
  for (const node of [a, b, twin]) {
    assert.equal((await node.get(`/api/v1/records/${doomed}`)).status, 410);
    assert.ok((await get(node, lasting)).proof.created > signed);
  }
});

test('a restored backup gets its later versions back from its peers, harms none, and goes on after them', async (t) => {
  const a = await (await lib.node(t, { name: 'Pays de A', conf: lib.quiet })).start();
  const b = await (await lib.node(t, { name: 'Pays de B', conf: lib.quiet })).start();
  const dir = lib.temporary(t);
  const csv = path.join(dir, 'rows.csv'), file = path.join(dir, 'backup.tar.gz');
  fs.writeFileSync(csv, `id,nom\n${[...Array(30).keys()].map((i) => `${i},Action ${i}`).join('\n')}\n`);
  await a.run('import', '--source', 'rows', csv);
  const [edited, deleted, touched] = [await put(a, 'Avant'), await put(a, 'Supprimé'), await put(a, 'Encore')];
  await lib.acquaint(a, b);
  await lib.together(a, b);
  await a.run('backup', file);
  const written = (await get(a, edited)).proof.created;

  await put(a, 'Après', edited.split('/').at(-1));
  await a.run('record', 'delete', deleted);
  const added = await put(a, 'Ajouté');
  const guest = (await a.run('author', 'add', 'Les Voisines')).did;
  await lib.together(a, b);
  const reference = (await get(b, edited)).updated;
  const { state } = await b.run('status');
  for (const node of [a, b]) await node.stop();	// a restored node asks its peers at once
  fs.rmSync(a.dir, { recursive: true });

  const back = await (await lib.restored(t, file, a.port)).start();
  assert.equal(back.did, a.did);
  assert.ok((await back.status()).restored > 0, 'it says that it has to ask first');
  await back.stop();
  back.configure({ ...lib.quiet, ...later, name: 'Pays renommé' });
  await startLater(back);
  await back.stop();
  await back.start();
  assert.equal((await get(back, `${back.did}/node/self`)).content.name, 'Pays de A', 'nothing is signed by itself: neither a new name');
  assert.equal((await get(back, edited)).proof.created, written, 'nor a renewal, although it is due');
  await back.stop();
  back.configure({ 'clock-offset-s': 0, name: 'Pays de A' });
  await startLater(back);
  assert.equal((await get(back, edited)).content.name, 'Avant', 'an older state indeed');
  await put(back, 'Encore, autrement', touched.split('/').at(-1));
  await b.start();
  await lib.together(back, b);
  for (const node of [back, b]) {
    assert.equal((await get(node, edited)).content.name, 'Après');
    if (node === back) assert.equal((await back.status()).restored, 0, 'now it knows');
    assert.equal((await node.get(`/api/v1/records/${deleted}`)).status, 410, 'what was deleted since stays deleted');
    assert.equal((await get(node, added)).content.name, 'Ajouté');
    assert.equal((await get(node, touched)).content.name, 'Encore, autrement', 'what it wrote before it heard of them stands');
    assert.notEqual(await node.record(guest, 'territory', 'self'), null, 'an author whose keys the backup lacks is not lost to readers');
  }
  assert.notEqual((await b.run('status')).state, state);

  await put(back, 'Après encore', edited.split('/').at(-1));
  assert.ok((await get(back, edited)).updated > reference, 'its next edit is later than all it wrote before');
  await lib.together(back, b);
  assert.equal((await get(b, edited)).content.name, 'Après encore');
  const again = await back.run('import', '--source', 'rows', csv);
  assert.deepEqual([again.new, again.changed, again.same], [0, 0, 30], 'imports find the same records');
});
