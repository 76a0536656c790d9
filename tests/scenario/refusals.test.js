// SPDX-License-Identifier: AGPL-3.0-or-later
// Goal: whatever a node is offered, every line of the batch gets its own reason, in order; nothing of a
// refused record is stored, and the good ones among them are.
'use strict';
const test = require('node:test');
const assert = require('node:assert/strict');
const zlib = require('node:zlib');
const lib = require('./lib.js');
const { Author, DAY, id, jcs, now, rid } = require('./sign.js');

const RECORD_BYTES_MAX = 16384, BATCH_BYTES_MAX = 8388608, BATCH_RECORDS_MAX = 4096;
const verifier = import('../verify.mjs');

async function served(t) {
  return (await lib.node(t, { name: 'Pays du Non' })).start();
}

// Let an author in, as the operator does.
async function vouch(node, author, budget) {
  const answer = await node.control('POST', `/api/v1/vouches?did=${author.did}${budget ? `&budget=${budget}` : ''}`);
  assert.equal(answer.status, 200, answer.text);
}

// A node, an admitted author and a good record of it.
async function setting(t) {
  const node = await served(t);
  const author = new Author();
  await vouch(node, author);
  const identity = author.identity();
  const [result] = await node.offer([identity]);
  assert.equal(result.result, 'stored');
  return { node, author, identity };
}

// The feed holds exactly these besides what the node wrote itself, and its fingerprint says so.
async function holdsExactly(node, lines) {
  const feed = await node.changes();
  const own = feed.lines.filter((line) => JSON.parse(line).author === node.did);
  assert.deepEqual(feed.lines.filter((line) => !own.includes(line)).sort(), [...lines].sort());
  const { fingerprint } = await verifier;
  assert.equal(feed.end.state, fingerprint([...own, ...lines].map((line) => Buffer.from(id(line), 'hex'))));
}

// --- one byte --------------------------------------------------------------------------------------

// The line with one byte changed at each place in turn: a bit low and, elsewhere, a bit high.
function* tampered(line, bit) {
  const bytes = Buffer.from(line);
  for (let i = 0; i < bytes.length; i++) {
    const copy = Buffer.from(bytes);
    copy[i] ^= bit;
    if (copy[i] !== 0x0a) yield copy;
  }
}

for (const bit of [0x01, 0x20, 0x80]) {
  test(`a record is refused with any single byte changed (bit ${bit})`, async (t) => {
    const { node, author, identity } = await setting(t);
    const original = author.record({ content: { name: 'Épicerie solidaire', lat_e7: 485776000, lon_e7: -38279000, practices: ['shared-garden'] } });
    const good = [];
    const count = {};
    const variants = [...tampered(original, bit)];
    for (let from = 0; from < variants.length; from += 300) {
      const batch = variants.slice(from, from + 300);
      const between = author.record();
      const results = await node.offer([...batch.slice(0, 150), between, ...batch.slice(150)]);
      assert.equal(results.length, batch.length + 1);
      good.push(between);
      const [kept] = results.splice(Math.min(150, batch.length), 1);
      assert.deepEqual([kept.result, kept.id], ['stored', id(between)]);
      for (const [i, result] of results.entries()) {
        assert.ok(['invalid', 'refused', 'held'].includes(result.result) && result.reason !== '', `${batch[i]}: ${JSON.stringify(result)}`);
        count[result.reason] = (count[result.reason] || 0) + 1;
      }
    }
    assert.ok(variants.length > 600, `${variants.length} variants`);
    // Every layer had its share: form, then signature; a high bit is never UTF-8 here.
    assert.ok(count.canonical > 0, JSON.stringify(count));
    if (bit === 0x01) assert.ok(count.signature > 100 && count.envelope > 100, JSON.stringify(count));
    await holdsExactly(node, [identity, ...good]);
    const [stored] = await node.offer([original]);
    assert.equal(stored.result, 'stored', 'and the original stands to be taken');
  });
}

// --- each reason ------------------------------------------------------------------------------------

// A record of exactly so many bytes; drawn anew when its signature's text is shorter than most.
function ofBytes(author, bytes) {
  for (let n = bytes, tries = 0; tries < 200; tries++) {
    const line = author.record({ content: { name: 'x', padding: 'p'.repeat(n) } });
    if (Buffer.byteLength(line) === bytes) return line;
    n = Math.max(0, n + bytes - Buffer.byteLength(line));
  }
  return assert.fail('no such record');
}

const nested = (depth) => JSON.parse('['.repeat(depth) + ']'.repeat(depth));
const bytes = (line, from, to) => Buffer.from(line.replace(from, to), 'latin1');

// Bad lines, each with what it must be answered; a is admitted, the rest is who else there is.
function badRows({ a, identity, stranger, unknown, blocked, small }) {
  const record = (options) => a.record({ content: { name: 'SECRET-REFUSED' }, ...options });
  const line = record();
  const { author, ...without } = JSON.parse(line);
  const past = now() - 350 * DAY;
  return [
    ['tampered: another text', line.replace('SECRET', 'SECRETS'), 'refused signature'],
    ['a space', line.replace(',', ', '), 'invalid canonical'],
    ['members in another order', `{"v":1,${line.slice(1, -7)}}`, 'invalid canonical'],
    ['an escape that is not needed', line.replace('SECRET', '\\u0053ECRET'), 'invalid canonical'],
    ['a duplicate member', line.replace('{"author":', `{"author":"${author}","author":`), 'invalid canonical'],
    ['a duplicate member further in', line.replace('"name":', '"name":"a","name":'), 'invalid canonical'],
    ['a number with a fraction', line.replace('"v":1}', '"v":1.0}'), 'invalid canonical'],
    ['minus zero', line.replace('"v":1}', '"v":-0}'), 'invalid canonical'],
    ['half a character', line.replace('SECRET', '\\ud800'), 'invalid canonical'],
    ['U+0000', line.replace('SECRET', '\\u0000'), 'invalid canonical'],
    ['bytes that are no UTF-8', bytes(line, 'SECRET', '\xc3\x28'), 'invalid canonical'],
    ['a byte order mark', `\ufeff${line}`, 'invalid canonical'],
    ['cut short', line.slice(0, -1), 'invalid canonical'],
    ['something after it', `${line}x`, 'invalid canonical'],
    ['no object', '"SECRET-REFUSED"', 'invalid envelope'],
    ['too long by one byte', ofBytes(a, RECORD_BYTES_MAX + 1), 'invalid size'],
    ['far too long', `"${'x'.repeat(100000)}"`, 'invalid size'],
    ['too deep by one', record({ content: { name: 'x', deep: nested(15) } }), 'invalid canonical'],
    ['far too deep', '['.repeat(8000) + ']'.repeat(8000), 'invalid canonical'],
    ['a member too many', record({ extra: 1 }), 'invalid envelope'],
    ['a member too few', jcs(without), 'invalid envelope'],
    ['an unsigned @context', jcs({ '@context': 'https://example.org/', ...JSON.parse(line) }), 'invalid envelope'],
    ['two proofs', jcs({ ...JSON.parse(line), proof: [JSON.parse(line).proof, JSON.parse(line).proof] }), 'invalid envelope'],
    ['deleted and yet not', record({ deleted: true }), 'invalid envelope'],
    ['another version', record({ v: 2 }), 'invalid envelope'],
    ['an rid out of bounds', record({ rid: '../../etc/passwd' }), 'invalid envelope'],
    ['changed after it was signed', record({ updated: now() + 5 }), 'invalid envelope'],
    ['lasting too long', record({ expires: now() + 401 * DAY }), 'invalid envelope'],
    ['a deletion that lasts too short', a.tombstone({ rid: rid(), expires: now() + 429 * DAY }), 'invalid envelope'],
    ['a blocked author’s', blocked.record(), 'refused blocked'],
    ['a stranger’s', stranger.record(), 'refused admission'],
    ['a stranger’s identity', stranger.identity(), 'refused admission'],
    ['from the future', record({ created: now() + 7200 }), 'held future'],
    ['expired', record({ created: past, expires: past + 300 * DAY }), 'refused expired'],
    ['an author whose identity is not here', unknown.record(), 'unresolved identity'],
    ['another author’s key', record({ signer: stranger.operating }), 'refused key'],
    ['the key of the root to come', record({ signer: a.next }), 'refused key'],
    ['before the key’s window', record({ created: now() - 200 * DAY }), 'refused key'],
    ['a retirement that the root did not sign', a.retire({ signer: a.operating }), 'refused key'],
    ['an identity that the root did not sign', a.identity({ signer: a.operating, created: now() }), 'refused key'],
    ['an identity with another commitment', a.identity({ next: stranger.next, created: now() }), 'refused succession'],
    ['a succession by a root nobody announced', a.succession(identity, stranger.root, stranger.next), 'refused succession'],
    ['a signature from another record', jcs({ ...JSON.parse(line), proof: { ...JSON.parse(line).proof, proofValue:
      JSON.parse(record()).proof.proofValue } }), 'refused signature'],
    ['another second in the proof', record({ updated: now() - 100 }).replace(/(\d)Z"/, (_, d) => `${d === '9' ? '8' : '9'}Z"`),
      'refused signature'],
    ['another purpose of the proof', line.replace('assertionMethod', 'authentication'), 'invalid envelope'],
    ['another cryptosuite', line.replace('eddsa-jcs-2022', 'eddsa-rdfc-2022'), 'invalid envelope'],
    ['older than the author’s quota reaches', small.record({ created: now() - 3600 }), 'refused quota'],
  ];
}

test('each fault has its reason; the good ones of the same batch are stored', async (t) => {
  const { node, author: a, identity } = await setting(t);
  const [stranger, unknown, blocked, small] = [new Author(), new Author(), new Author(), new Author()];
  for (const [who, budget] of [[unknown], [blocked], [small, 1]]) await vouch(node, who, budget);
  const block = await node.control('POST', `/api/v1/blocks?what=${blocked.did}`);
  assert.equal(block.status, 200, block.text);
  const before = [small.identity(), small.record()];
  assert.deepEqual((await node.offer(before)).map((r) => r.result), ['stored', 'stored']);

  const rows = badRows({ a, identity, stranger, unknown, blocked, small });
  const good = rows.map(() => a.record());
  good[0] = ofBytes(a, RECORD_BYTES_MAX);
  good[1] = a.record({ content: { name: 'x', deep: nested(14) } });
  good[2] = a.record({ kind: 'kind-of-tomorrow', content: { anything: [true, -1, { a: 'é😀' }] } });
  good[3] = a.record({ content: { name: 42 } }); // faulty content is stored and passed on, not shown
  good[4] = a.tombstone({ rid: rid() });
  good[5] = a.record({ created: now() + 300 }); // within what clocks may differ
  const results = await node.offer(rows.flatMap(([, line], i) => [line, good[i]]));
  assert.equal(results.length, 2 * rows.length);
  const said = (r) => `${r.result} ${r.reason}`.trim();
  assert.deepEqual(rows.map(([why], i) => `${why}: ${said(results[2 * i])}`), rows.map(([why, , expected]) => `${why}: ${expected}`));
  assert.deepEqual(results.filter((r, i) => i % 2).map((r) => [r.result, r.id]), good.map((line) => ['stored', id(line)]));
  for (const r of results.filter((_, i) => i % 2 === 0)) assert.ok(r.detail.length > 5, JSON.stringify(r));
  assert.match(results[2 * rows.findIndex(([why]) => why === 'from the future')].detail, /7\d\d\d s ahead/);
  await holdsExactly(node, [identity, ...before, ...good]);
});

test('again and outdated: duplicate, superseded, retired', async (t) => {
  const { node, author } = await setting(t);
  const name = { rid: rid() };
  const t0 = now() - 1000;
  const [first, second, deletion] = [author.record({ ...name, created: t0 }), author.record({ ...name, created: t0 + 10 }),
    author.tombstone({ ...name, created: t0 + 20 })];
  const said = async (...lines) => (await node.offer(lines)).map((r) => `${r.result} ${r.reason}`.trim());
  assert.deepEqual(await said(first, first), ['stored', 'duplicate duplicate']);
  assert.deepEqual(await said(second, first), ['stored', 'superseded superseded']);
  assert.deepEqual(await said(deletion, second, deletion), ['stored', 'superseded superseded', 'duplicate duplicate']);
  assert.deepEqual(await said(author.retire({ created: t0 + 30 }), author.record({ created: t0 + 25 }), author.record({ created: t0 + 40 })),
    ['stored', 'refused retired', 'stored']);
});

test('nothing of a refused record is in any file of the node', async (t) => {
  const { node, author: a, identity } = await setting(t);
  const [stranger, unknown, blocked, small] = [new Author(), new Author(), new Author(), new Author()];
  await vouch(node, small, 1);
  await node.offer([small.identity(), small.record()]);
  const rows = badRows({ a, identity, stranger, unknown, blocked, small })
    .filter(([, line, expected]) => /^(refused|invalid)/.test(expected) && String(line).includes('SECRET'));
  assert.ok(rows.length > 15);
  await node.offer([...rows.map(([, line]) => line), a.record({ content: { name: 'KEPT-WORD' } })]);
  await node.indexed();
  assert.ok(lib.holding(node, 'KEPT-WORD').some((name) => name.startsWith('record.db')), 'the search itself finds what is there');
  assert.deepEqual(lib.holding(node, 'SECRET-REFUSED'), []);
});

// --- HTTP -------------------------------------------------------------------------------------------

test('HTTP refuses what is too much, unknown or misplaced, in JSON, and stays well', async (t) => {
  const { node, author, identity } = await setting(t);
  const lines = (n) => Buffer.alloc(n * 2, '1\n');
  const gzip = { 'Content-Encoding': 'gzip' }, expect = { Expect: '100-continue' };
  const rows = [
    ['a body over the limit', () => node.post('/api/v1/records', Buffer.alloc(BATCH_BYTES_MAX + 1, 'x'), expect), 413],
    ['too many records', () => node.post('/api/v1/records', lines(BATCH_RECORDS_MAX + 1)), 413],
    ['a small body that unfolds into a great one', () => node.post('/api/v1/records', zlib.gzipSync(Buffer.alloc(200 << 20)), gzip), 413],
    ['a body over this route’s limit, not another’s', () => node.post('/api/v1/reconcile', Buffer.alloc(262145, 'a'), expect), 413],
    ['another compression', () => node.post('/api/v1/records', zlib.brotliCompressSync('x'), { 'Content-Encoding': 'br' }), 415],
    ['gzip that is none', () => node.post('/api/v1/records', 'not gzip at all', gzip), 400],
    ['gzip cut short', () => node.post('/api/v1/records', zlib.gzipSync(author.record()).subarray(0, -9), gzip), 400],
    ['another method', () => node.post('/api/v1/records', '', {}, 'DELETE'), 405],
    ['a method nobody has', () => node.post('/api/v1/changes', '', {}, 'PATCH'), 405],
    ['a path that is none', () => node.get('/api/v1/nothing-here'), 404],
    ['a record that is not here', () => node.get(`/api/v1/records/${author.did}/initiative/${rid()}`), 404],
    ['ids that are none', () => node.post('/api/v1/records/get', Buffer.alloc(33)), 400],
    ['more ids than one may ask', () => node.post('/api/v1/records/get', Buffer.alloc(16385 * 32), expect), 413],
    ['the operator’s routes', () => node.post('/api/v1/stop', ''), 401],
    ['a parameter out of bounds', () => node.get('/api/v1/changes?limit=-1'), 400],
    ['a bad escape in the path', () => node.get('/api/v1/%zz', { Accept: 'application/json' }), 400],
  ];
  for (const [why, ask, status] of rows) {
    const answer = await ask();
    assert.equal(answer.status, status, `${why}: ${answer.text}`);
    assert.match(answer.headers['content-type'], /^application\/json/, why);
    assert.ok(answer.json.error && answer.json.message.length > 5, `${why}: ${answer.text}`);
  }
  assert.match((await node.post('/api/v1/records', '', {}, 'DELETE')).headers.allow, /POST/);
  const record = author.record();
  const honest = await node.post('/api/v1/records', zlib.gzipSync(`${record}\n`), gzip);
  assert.deepEqual([honest.status, honest.json.result], [200, 'stored']);
  await holdsExactly(node, [identity, record]);
});
