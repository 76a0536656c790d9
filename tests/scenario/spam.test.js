// SPDX-License-Identifier: AGPL-3.0-or-later
// Goal: one member vouches carelessly for a crowd of keys that flood the network with signed records.  What comes in
// is no more than the member's own share, everybody else's records stay and are found, one command removes the
// flood from a node and one withdrawn vouch from all of them, with what was derived of it.
//
// SPAM=100000 node --test tests/scenario/spam.test.js runs it at full size (1,000 keys) and prints figures.
'use strict';
const test = require('node:test');
const assert = require('node:assert/strict');
const lib = require('./lib.js');
const { Author, now } = require('./sign.js');

const RECORDS = Number(process.env.SPAM || 3000);
const KEYS = Math.min(1000, Math.max(60, RECORDS / 100));
const EACH = Math.floor(RECORDS / KEYS);
const BUDGET = KEYS * Math.max(5, Math.floor(EACH / 5)); // the member's room: a fifth of what its crowd wants
const SHARE = BUDGET / KEYS;
const BATCH = 500;
const WORD = 'zorglubonde';
const began = Date.now();
const figures = [];
const note = (t, what, figure) => {
  figures.push(`${what}: ${figure}`);
  t.diagnostic(`${((Date.now() - began) / 1000).toFixed(1)} s  ${what}: ${figure}`);
};

const batches = (lines) => Array.from({ length: Math.ceil(lines.length / BATCH) }, (_, i) => lines.slice(i * BATCH, (i + 1) * BATCH));

async function offerAll(node, lines) {
  const results = [];
  for (const batch of batches(lines)) results.push(...await node.offer(batch));
  return results;
}

// An author with as many records, its identity first.
function publish(author, count, name, start = now() - 100000) {
  const records = Array.from({ length: count }, (_, i) => author.record({ created: start + i,
    content: { name: `${name} ${i}`, practices: ['shared-garden'], lat_e7: 485776000, lon_e7: -38279000 } }));
  return [author.identity({ created: start - 100 }), ...records];
}

async function vouchFor(node, author, budget) {
  const answer = await node.control('POST', `/api/v1/vouches?did=${author.did}&budget=${budget}&hops=2`);
  assert.equal(answer.status, 200, answer.text);
}

// Ten honest authors, let in by the first node, and what they have to say.
async function honestMembers(node) {
  const members = Array.from({ length: 10 }, () => new Author());
  const lines = members.flatMap((author, i) => publish(author, 20, `Grainothèque ${i}`));
  for (const author of members) await vouchFor(node, author, 1000);
  const results = await offerAll(node, lines);
  assert.deepEqual(results.filter((r) => r.result !== 'stored'), []);
  return { members, lines };
}

// All that the honest wrote is served as it was signed, found, listed and shown.
async function honestAreWell(node, { members, lines }) {
  const wanted = new Set(lines);
  const got = (await node.changes()).lines.filter((line) => wanted.has(line));
  assert.equal(got.length, lines.length, 'every honest record is in the feed');
  await node.indexed();
  for (const i of [0, 9]) {
    const found = await node.get(`/api/v1/search?q=${encodeURIComponent(`grainothèque ${i} 7`)}`);
    assert.equal(found.status, 200, found.text);
    assert.ok(found.text.includes(members[i].did), `search finds member ${i}`);
  }
  for (const page of ['/', '/catalogue', '/territories', '/network']) assert.equal((await node.get(page)).status, 200, page);
  const one = JSON.parse(lines[5]);
  assert.equal((await node.get(`/i/${one.author}/initiative/${one.rid}`)).status, 200);
}

const trustOf = async (node, dids) => new Map((await node.control('GET', '/api/v1/trust')).lines.map((line) => JSON.parse(line))
  .filter((a) => dids.has(a.did)).map((a) => [a.did, a]));

async function quotaHolds(node, crowd) {
  const standing = await trustOf(node, new Set(crowd.map((author) => author.did)));
  assert.equal(standing.size, KEYS);
  let live = 0;
  for (const a of standing.values()) {
    assert.equal(a.pool, SHARE, a.did);
    assert.ok(a.live <= SHARE, `${a.did}: ${a.live} of ${SHARE}`);
    live += a.live;
  }
  assert.ok(live <= BUDGET);
  return live;
}

const found = async (node) => (await node.get(`/api/v1/search?q=${WORD}`)).json.total;

test(`a spam wave: ${KEYS * EACH} records of ${KEYS} keys that one member vouched for`, async (t) => {
  const careless = new Author();
  const crowd = Array.from({ length: KEYS }, () => new Author());
  const vouches = crowd.map((author) => careless.vouch(author.did, { budget: 20000, hops: 3 }));
  // Dated after everything else: it would push others out if it could.
  const wave = crowd.flatMap((author, i) => publish(author, EACH, `${WORD} ${i}`, now() - 50000));
  note(t, 'signed', wave.length + vouches.length);

  const [a, b] = await Promise.all(['Pays A', 'Pays B'].map(async (name) => (await lib.node(t, { name })).start()));
  await lib.acquaint(a, b);
  // Each gives the other room enough, so that both compute the same share for the member behind it.
  await a.run('vouch', b.did, '--budget', '10000000');
  await b.run('vouch', a.did, '--budget', '10000000');
  const honest = await honestMembers(a);
  await vouchFor(a, careless, BUDGET);
  const own = publish(careless, 3, 'Bricothèque');
  assert.deepEqual((await a.offer(own)).map((r) => r.result), own.map(() => 'stored'));
  await lib.agreed([a, b]);
  const before = { a: (await a.status()).live, b: (await b.status()).live };

  const start = Date.now();
  const results = await offerAll(a, [...vouches, ...wave]);
  note(t, 'offered, records a second', Math.round(results.length / ((Date.now() - start) / 1000)));
  assert.deepEqual(results.filter((r) => !['stored', 'refused'].includes(r.result)), []);
  assert.ok(results.filter((r) => r.result === 'refused').every((r) => r.reason === 'quota'));
  note(t, 'kept of the wave', await quotaHolds(a, crowd));
  await honestAreWell(a, honest);

  await lib.agreed([a, b]);
  note(t, 'kept by the other node', await quotaHolds(b, crowd));
  await honestAreWell(b, honest);
  assert.ok(await found(b) > 0, 'what the quota holds of it is found, as of any member');

  // Why, and what would go: told before anything is done.
  const [why] = await b.run('trust', crowd[0].did);
  assert.deepEqual([why.admitted, why.pool, why.path.map((step) => step.did)], [true, SHARE, [careless.did, a.did, b.did]]);
  const [voucher] = why.vouchers;
  assert.deepEqual([voucher.did, voucher.counts, voucher.voucher_pool, voucher.subjects, voucher.share, voucher.gives_pool],
    [careless.did, true, BUDGET, KEYS, SHARE, SHARE]);
  const would = await b.run('trust', '--without', careless.did);
  assert.deepEqual(new Set(would.filter((x) => !x.then.admitted).map((x) => x.did)), new Set(crowd.map((author) => author.did)));

  // One command at one node: all of it is gone there, now, and from what was made of it.
  const blockedAt = Date.now();
  const blocked = await b.run('block', careless.did, '--with-vouched', '--reason', 'flood');
  note(t, 'one command, seconds', ((Date.now() - blockedAt) / 1000).toFixed(2));
  assert.equal(blocked.entries, KEYS + 1);
  assert.equal((await b.status()).live, before.b - (own.length - 1) - 1, 'as before the wave, without the member');
  await b.indexed();
  assert.equal(await found(b), 0, 'search knows nothing of it');
  const gone = JSON.parse(wave[wave.length - 1]);
  assert.equal((await b.get(`/i/${gone.author}/initiative/${gone.rid}`)).status, 410);
  assert.equal((await b.get(`/api/v1/records/${gone.author}/initiative/${gone.rid}`)).status, 410);
  await lib.until('no file of it holds the word', () => lib.holding(b, WORD).length === 0 || null, () => String(lib.holding(b, WORD)));
  await honestAreWell(b, honest);
  assert.ok(await found(a) > 0, 'the other operator decides for itself');
  const again = await b.sync(a);
  assert.equal(again.stored, 0, 'and nothing of it comes back');

  // One vouch withdrawn: the network is rid of it.
  await a.run('vouch', careless.did, '--revoke');
  await lib.until('the wave has left the sets', async () => (await found(a)) === 0 && (await found(b)) === 0 || null);
  await lib.agreed([a, b]);
  assert.equal((await a.status()).live, before.a - own.length - 1, 'without the member, its identity and the vouch for it');
  for (const node of [a, b]) await honestAreWell(node, honest);
  note(t, 'memory of the nodes, MiB', [a, b].map((node) => Math.round(Number(/VmRSS:\s+(\d+)/.exec(
    require('node:fs').readFileSync(`/proc/${node.child.pid}/status`, 'utf8'))[1]) / 1024)).join(' and '));
  if (process.env.SPAM) process.stdout.write(`${figures.join('\n')}\n`);
});
