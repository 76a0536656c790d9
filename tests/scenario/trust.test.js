// SPDX-License-Identifier: AGPL-3.0-or-later
// Goal: an operator can see why somebody is in or out and decide otherwise: vouch, withdraw, block an author, a record
// or a node, take another operator's list as advice; what is blocked goes with all made of it, and comes back.
'use strict';
const test = require('node:test');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const lib = require('./lib.js');
const { Author, now } = require('./sign.js');

const control = async (node, method, target, body = '') => {
  const answer = await node.control(method, target, body);
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
};

const vouch = (node, author, rest = '') => control(node, 'POST', `/api/v1/vouches?did=${author.did}${rest}`);

async function published(node, author, name, rest = '') {
  await vouch(node, author, rest);
  const record = author.record({ content: { name } });
  const results = await node.offer([author.identity(), record]);
  assert.deepEqual(results.map((r) => r.result), ['stored', 'stored']);
  return JSON.parse(record);
}

const ref = (record) => `${record.author}/${record.kind}/${record.rid}`;
const status = async (node, record) => (await node.get(`/api/v1/records/${ref(record)}`)).status;
const finds = async (node, word) => {
  await node.indexed();
  return (await node.get(`/api/v1/search?q=${word}`)).json.total;
};

test('blocked: out at once with all made of it, nothing comes in; unblocked: fetched back from the peers', async (t) => {
  const [a, b] = await Promise.all(['Pays A', 'Pays B'].map(async (name) => (await lib.node(t, { name, conf: lib.quiet })).start()));
  await lib.acquaint(a, b);
  const [one, two] = [new Author(), new Author()];
  const first = await published(b, one, 'Lavoirquirit');
  const second = await published(b, two, 'Lavoirquichante');
  const third = two.record({ content: { name: 'Lavoirquidort' } });
  await b.offer([third]);
  await a.sync(b);
  const before = await a.run('status');
  assert.equal(await finds(a, 'lavoirquirit'), 1);

  await a.run('block', one.did, '--reason', 'essai');
  await a.run('block', ref(second), '--reason', 'mal placé');
  assert.deepEqual([await status(a, first), await status(a, second), await status(a, JSON.parse(third))], [410, 410, 200]);
  assert.equal((await a.get(`/i/${ref(first)}`)).status, 410);
  for (const word of ['lavoirquirit', 'lavoirquichante']) {
    assert.equal(await finds(a, word), 0, word);
    await lib.until(`no file holds ${word}`, () => lib.holding(a, word).length === 0 || null, () => String(lib.holding(a, word)));
  }
  await a.sync(b);
  const equal = await a.sync(b);
  assert.deepEqual([equal.pulled, equal.stored, await finds(a, 'lavoirquirit')], [0, 0, 0], 'it is not even listed again');
  const [why] = await a.run('trust', one.did);
  assert.deepEqual([why.admitted, why.blocked, why.blocks.map((x) => [x.what, x.reason, x.origin])], [false, true, [[one.did, 'essai', '']]]);
  assert.deepEqual(why.vouchers.map((v) => [v.did, v.counts, v.why]), [[b.did, false, 'blocked']]);

  await a.run('unblock', one.did);
  await a.run('unblock', ref(second));
  await lib.until('both are back', async () => {
    await a.sync(b);
    return (await status(a, first)) === 200 && (await status(a, second)) === 200 || null;
  });
  assert.equal(await finds(a, 'lavoirquirit'), 1);
  assert.equal((await a.run('status')).state, before.state);
});

test('trust says by whom, how far and how much; and who would go without somebody’s word', async (t) => {
  const a = await (await lib.node(t, { name: 'Pays A' })).start();
  const [near, far, out] = [new Author(), new Author(), new Author()];
  await vouch(a, near, '&hops=1&budget=900');
  await vouch(a, new Author());
  await a.offer([near.identity(), near.vouch(far.did, { hops: 3, budget: 20000 }), near.vouch(new Author().did, { hops: 0, budget: 10 })]);
  await a.offer([far.identity(), far.vouch(out.did)]);

  const [why] = await a.run('trust', far.did);
  assert.deepEqual([why.admitted, why.hops, why.pool, why.path.map((s) => [s.did, s.hops])], [true, 0, 450, [[near.did, 1], [a.did, 3]]]);
  const [v] = why.vouchers;
  assert.deepEqual([v.voucher_hops, v.hops, v.gives_hops, v.voucher_pool, v.subjects, v.share, v.budget, v.gives_pool],
    [1, 3, 0, 900, 2, 450, 20000, 450]);
  assert.deepEqual([why.live, why.subjects, typeof why.next], [0, 1, 'string']);
  const [last] = await a.run('trust', out.did);
  assert.deepEqual([last.admitted, last.path, last.vouchers[0].why], [false, [], 'no-hops-left']);
  const words = (await lib.execute(lib.ESSAIM, ['trust', far.did, '--data', a.dir])).stdout;
  assert.match(words, /the lesser of 20000 and 900 \/ 2 vouched for = 450/);

  const would = await a.run('trust', '--without', near.did);
  assert.ok(would.some((x) => x.did === far.did && x.admitted && !x.then.admitted));
  assert.ok(!would.some((x) => x.did === near.did));
  const [same] = await a.run('trust', far.did, '--without', out.did);
  assert.deepEqual([same.then.admitted, same.then.pool], [true, 450]);
  assert.equal((await a.essaim(['trust', new Author().did])).status, 1);

  // Two writers with one key: told, and nothing else.
  const t0 = now() - 100;
  const pair = ['un', 'deux'].map((name) => near.record({ rid: 'k3v2abcdefghijkl', created: t0, content: { name } }));
  await a.offer(pair);
  const [twins] = await a.run('trust', near.did);
  assert.deepEqual([twins.admitted, twins.two_writers.map((x) => x.ref)], [true, [`${near.did}/initiative/k3v2abcdefghijkl`]]);
});

test('another operator’s list is advice: signed, shown beside what would go, blocked only where said', async (t) => {
  const [a, b] = await Promise.all([{ 'publish-blocks': 'yes' }, {}].map(async (conf, i) =>
    (await lib.node(t, { name: `Pays ${i}`, conf: { ...lib.quiet, ...conf } })).start()));
  await lib.acquaint(a, b);
  await b.sync(a);
  const [one, two] = [new Author(), new Author()];
  const record = await published(b, one, 'Publicité');
  await published(b, two, 'Moulin');
  for (const what of [one.did, two.did, `${b.did}/node/self`, 'https://spam.example/']) await a.run('block', what, '--reason', `à cause de ${what.slice(-4)}`);

  assert.equal((await b.get('/api/v1/block-list')).status, 404, 'published only by who chose to');
  const shown = await b.run('block', 'import', a.url);
  assert.deepEqual([shown.author, shown.blocked], [a.did, 0]);
  assert.deepEqual(new Map(shown.entries.map((x) => [x.what, [x.kind, x.here, x.records]])), new Map([[one.did, ['author', 'new', 1]],
    [two.did, ['author', 'new', 1]], [`${b.did}/node/self`, ['record', 'own', 1]], ['https://spam.example', ['node', 'new', 0]]]));
  assert.equal(await status(b, record), 200, 'nothing is blocked by looking');
  assert.deepEqual(await b.run('block', 'list'), []);

  const taken = await b.run('block', 'import', a.url, '--apply', `${one.did},https://spam.example`);
  assert.equal(taken.blocked, 2);
  assert.equal(await status(b, record), 410);
  const list = await b.run('block', 'list');
  assert.deepEqual(list.map((x) => [x.what, x.origin]).sort(), [[one.did, a.did], ['https://spam.example', a.did]]);
  assert.match(list[0].reason, /^à cause de/);
  const all = await b.run('block', 'import', a.url, '--apply', 'all');
  assert.equal(all.blocked, 1, 'what is blocked already and what is of the node itself stay as they are');
  assert.equal((await b.get(`/api/v1/records/${b.did}/node/self`)).status, 200);

  // By file too; changed by one letter, or of somebody unknown, it is no advice.
  const file = path.join(a.dir, 'blocks.json');
  await a.run('block', 'export', file);
  assert.equal((await b.run('block', 'import', file)).entries.length, 4);
  fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace('à cause', 'à clause'));
  assert.match((await b.essaim(['block', 'import', file])).stdout, /sign/);
  await b.run('vouch', a.did, '--revoke');
  assert.match((await b.essaim(['block', 'import', a.url])).stdout, /vouches/);
});

test('a blocked node is neither called nor met nor learnt again', async (t) => {
  const [a, b] = await Promise.all(['Pays A', 'Pays B'].map(async (name) => (await lib.node(t, { name })).start()));
  await lib.acquaint(a, b);
  await a.run('block', `${b.url}/`, '--reason', 'refus');
  assert.match((await a.essaim(['sync', b.url])).stdout, /blocked/);
  assert.match((await a.essaim(['peer', 'add', b.url, '--yes'])).stdout, /blocked/);
  const record = JSON.parse(JSON.stringify(await a.run('record', 'put', '--kind', 'initiative', '-', { input: '{"name":"Four à pain"}' })));
  await b.sync(a);
  assert.ok((await finds(b, 'four')) > 0, `the other still fetches what is public: ${JSON.stringify(record)}`);
  assert.deepEqual((await a.run('erase', record.ref)).peers.map((p) => [p.url, p.state]), [[b.url, 'unasked']], 'nor asked what it has forgotten');
  await a.run('unblock', b.url);
  await a.sync(b);
});

test('a node that nobody can call takes full part: it gives, gets, deletes and learns of deletions', async (t) => {
  const [open, shy] = await Promise.all(['Pays ouvert', 'Pays abrité'].map(async (name) => (await lib.node(t, { name })).start()));
  await shy.run('peer', 'add', open.url, '--vouch', '--yes');
  await open.run('vouch', shy.did);
  const put = async (node, name) => (await node.run('record', 'put', '--kind', 'initiative', '-', { input: JSON.stringify({ name }) })).ref;
  const [ours, theirs] = [await put(shy, 'Verger abrité'), await put(open, 'Verger ouvert')];
  const at = async (node, r) => (await node.get(`/api/v1/records/${r}`)).status;
  await lib.until('each has the other’s', async () => (await at(open, ours)) === 200 && (await at(shy, theirs)) === 200 || null);
  assert.deepEqual((await open.status()).peers, [], 'nobody calls the shy one');
  await shy.run('record', 'delete', ours);
  await open.run('record', 'delete', theirs);
  await lib.until('both deletions arrived', async () => (await at(open, ours)) === 410 && (await at(shy, theirs)) === 410 || null);
  await lib.agreed([open, shy]);
});

test('addresses are learnt from node records of those who are let in, and of nobody else', async (t) => {
  const [a, b, c] = await Promise.all(['A', 'B', 'C'].map(async (name) => (await lib.node(t, { name: `Pays ${name}` })).start()));
  const stranger = new Author();
  b.configure({ url: b.url });
  await b.stop();
  await b.start();
  await a.run('peer', 'add', b.url, '--vouch', '--yes');
  await c.run('peer', 'add', a.url, '--vouch', '--yes');
  const heard = stranger.record({ kind: 'node', rid: 'self', content: { name: 'Inconnu', urls: ['http://127.0.0.1:9'] } });
  await c.offer([stranger.identity(), heard]);
  await lib.until('the record of the other node came', async () => (await c.record(b.did, 'node', 'self'))?.content.urls || null);
  await c.stop(); // what there is to learn is looked at when a node starts, and every few minutes
  await c.start();
  const urls = async () => (await c.status()).peers.map((p) => [p.url, p.sticky]);
  await lib.until('the address came with the record', async () => (await urls()).some(([url]) => url === b.url) || null, async () => JSON.stringify(await urls()));
  assert.deepEqual((await urls()).sort(), [[a.url, true], [b.url, false]].sort());
});

test('a meeting shows who is there before anything is asked: fingerprint, charter, who vouches', async (t) => {
  const [a, b, c] = await Promise.all(['A', 'B', 'C'].map(async (name) => (await lib.node(t, { name: `Pays ${name}`, conf: lib.quiet })).start()));
  await b.run('record', 'put', '--kind', 'territory', '-', { input: JSON.stringify({ name: 'Pays B', charter: 'Ce qui a sa place ici :\n- le vivant' }) });
  await c.run('peer', 'add', b.url, '--vouch', '--yes');
  await a.run('peer', 'add', c.url, '--vouch', '--yes');
  await a.sync(c);
  const met = await control(a, 'POST', `/api/v1/meet?url=${encodeURIComponent(b.url)}`);
  const digest = require('node:crypto').createHash('sha256').update(b.did).digest().subarray(0, 20);
  const base32 = [...digest].map((byte) => byte.toString(2).padStart(8, '0')).join('').match(/.{5}/g)
    .map((bits) => 'abcdefghijklmnopqrstuvwxyz234567'[parseInt(bits, 2)]).join('');
  assert.equal(met.fingerprint, base32.match(/.{4}/g).join(' '));
  assert.deepEqual([met.did, met.name, met.territory, met.charter], [b.did, 'Pays B', 'Pays B', 'Ce qui a sa place ici :\n- le vivant']);
  assert.deepEqual([met.admitted, met.vouchers.map((v) => [v.did, v.name, v.counts])], [true, [[c.did, 'Pays C', true]]]);
  assert.match(met.software, /^essaim\/1 essaim \d/);
  const said = await lib.execute(lib.ESSAIM, ['peer', 'add', b.url, '--data', a.dir]);
  assert.equal(said.status, 2, 'no terminal to ask on, and no --yes');
  assert.ok(said.stdout.includes(met.fingerprint) && said.stdout.includes('le vivant') && said.stdout.includes(c.did));
  const code = said.stdout.split('\n').filter((line) => /^[ ▀▄█]{20,}$/.test(line));
  assert.ok(code.length >= 14 && code.every((line) => line.length === code[0].length), 'a code to be read off the screen');
  assert.deepEqual((await a.status()).peers.map((p) => p.url), [c.url], 'nobody is added unasked');
});

test('a neighbour is told of in full; a node that reaches nobody says so, and what to do', async (t) => {
  const [a, b] = await Promise.all([{}, { 'clock-offset-s': 120 }].map(async (conf, i) =>
    (await lib.node(t, { name: `Pays ${i}`, conf: { ...lib.quiet, ...conf } })).start()));
  const words = async (...args) => (await lib.execute(lib.ESSAIM, [...args, '--data', a.dir])).stdout;
  assert.match(await words('status'), /nobody to exchange with yet/);
  await a.run('peer', 'add', b.url, '--yes');
  await b.run('record', 'put', '--kind', 'initiative', '-', { input: '{"name":"Four"}' });
  await a.sync(b);
  const [peer] = (await a.status()).peers;
  assert.deepEqual([peer.equal, peer.failures, peer.software.split(' ')[0]], [false, 0, 'essaim/1']);
  assert.ok(peer.compared > 0 && peer.count > 0 && Math.abs(peer.clock_offset_s - 120) < 60, JSON.stringify(peer));
  assert.ok(peer.refused_here.admission > 0, 'nobody vouches: what is there is not taken, and that is the reason');
  for (const page of ['/network', '/network?lang=en']) {
    const { text } = await a.get(page);
    assert.match(text, /essaim\/1/, page);
    assert.match(text, /horloge avance de 1\d\d secondes|clock is 1\d\d seconds fast/, page);
    assert.doesNotMatch(text, /Aucun site voisin ne répond|No neighbouring site answers/, page);
  }
  assert.match(await words('peer', 'list'), /the two sets differ[^]*refused here: admission \d/);

  await b.stop();
  assert.equal((await a.essaim(['sync'])).status, 1);
  assert.deepEqual([(await a.status()).isolated, (await a.status()).peers_answering], [true, 0]);
  assert.match(await words('status'), /WARNING +no neighbour answers[^]*essaim/);
  assert.match((await a.get('/network')).text, /Aucun site voisin ne répond/);
});
