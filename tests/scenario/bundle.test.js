// SPDX-License-Identifier: AGPL-3.0-or-later
// Goal: records travel on a stick between nodes that never meet, changes and deletions too, both ways, little at
// a time; who carries a file that is cut off or changed is told so, and who is interrupted goes on.
'use strict';
const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { spawn } = require('node:child_process');
const { test } = require('node:test');
const zlib = require('node:zlib');
const lib = require('./lib.js');
const { Author, sign } = require('./sign.js');

const sha256 = (bytes) => crypto.createHash('sha256').update(bytes).digest();
const linesOf = (file) => zlib.gunzipSync(fs.readFileSync(file)).toString('utf8').split('\n').filter((l) => l !== '');
const headOf = (file) => JSON.parse(linesOf(file)[0]);

// A bundle as SPEC.md describes it, one record a piece, signed by an author that no node made.
function craft(author, identity, lines, created) {
  const pieces = lines.map((line) => ({ bytes: Buffer.byteLength(line) + 1, records: 1,
    sha256: sha256(`${line}\n`).toString('base64url') }));
  const head = sign({ essaim: 'bundle', v: 1, did: author.did, name: 'Un autre logiciel', created, records: lines.length,
    deleted: 0, position: 'ici.1', state: '00', identity: JSON.parse(identity), pieces }, author.operating, created);
  return Buffer.concat([head, ...lines].map((line) => zlib.gzipSync(`${line}\n`)));
}

function csv(rows) {
  return `nom;description;identifiant\n${rows.map((i) => `Atelier ${i};Ce que nous faisons au numéro ${i}.;a${i}\n`).join('')}`;
}

test('by stick, both ways', async (t) => {
  const stick = lib.temporary(t);
  const at = (name) => path.join(stick, name);
  const a = await lib.node(t, { name: 'Pays A' });
  const b = await lib.node(t, { name: 'Pays B' });
  const state = async (node) => (await node.run('status')).state;
  const write = async (node, name) => (await node.run('record', 'put', '--kind', 'initiative', '-',
    { input: JSON.stringify({ name }) })).ref;
  await a.run('vouch', b.did);
  await b.run('vouch', a.did);
  fs.writeFileSync(at('ateliers.csv'), csv([...Array(3000).keys()]));
  const came = await a.run('import', at('ateliers.csv'));
  assert.equal(came.new, 3000, JSON.stringify(came));

  // the first time everything
  const all = await a.run('bundle', 'export', at('a1.gz'), '--to', 'B', '--since', 'last');
  assert.ok(all.records >= 3004 && all.pieces >= 3, JSON.stringify(all));
  const head = headOf(at('a1.gz'));
  assert.deepEqual([head.did, head.name, head.v, head.records, head.since], [a.did, 'Pays A', 1, all.records, undefined]);
  const first = await b.run('bundle', 'import', at('a1.gz'));
  assert.deepEqual([first.stored, first.made_by.signed, first.made_by.did], [all.records, true, a.did]);
  const again = await b.run('bundle', 'import', at('a1.gz'));
  assert.deepEqual([again.stored, again.duplicate, again.skipped], [0, all.records, 0]);

  // changes and deletions on both sides, which go home on the same stick
  const refs = (await a.run('record', 'list', '--kind', 'initiative')).slice(0, 3)
    .map((r) => `${r.author}/${r.kind}/${r.rid}`);
  for (const ref of refs) await a.run('record', 'delete', ref);
  for (let i = 0; i < 7; i++) await write(a, `Nouveauté ${i}`);
  const mine = [await write(b, 'De B'), await write(b, 'De B aussi')];
  const back = await b.run('bundle', 'export', at('b1.gz'), '--to', 'A');
  await b.run('record', 'delete', mine[0]);
  const taken = await a.run('bundle', 'import', at('b1.gz'));
  assert.equal(taken.invalid + taken.refused, 0);
  const few = await a.run('bundle', 'export', at('a2.gz'), '--to', 'B', '--since', 'last');
  const bytes = fs.statSync(at('a2.gz')).size;
  t.diagnostic(`10 changes among ${all.records} records, and what B had sent: ${few.records} records, ${bytes} bytes; ${
    fs.statSync(at('a1.gz')).size} bytes for all of them, ${back.records} records the way back`);
  assert.equal(few.deleted, 3);
  assert.ok(few.records >= 10 && few.records < 20 && bytes < 20000, JSON.stringify(few));
  assert.equal(few.since, all.position);
  const second = await b.run('bundle', 'import', at('a2.gz'));
  assert.equal(second.refused + second.invalid + second.unresolved, 0);
  await b.run('bundle', 'export', at('b2.gz'), '--to', 'A', '--since', 'last');
  assert.equal((await a.run('bundle', 'import', at('b2.gz'))).stored, 1);
  assert.equal(await state(a), await state(b));
  for (const ref of [...refs, mine[0]])
    for (const node of [a, b]) assert.equal((await node.essaim(['record', 'get', ref])).json.error, 'gone');

  // other ways to say since when; each destination has its own memory
  const none = await a.run('bundle', 'export', at('n.gz'), '--since', (await a.run('bundle', 'export', at('n.gz'))).position);
  assert.equal(none.records, 0);
  assert.ok((await a.run('bundle', 'export', at('d.gz'), '--since', '2020-01-01')).records > 3000);
  assert.equal((await a.run('bundle', 'export', at('d.gz'), '--since', '2999-01-01')).records, 0);
  assert.ok((await a.run('bundle', 'export', at('c.gz'), '--to', 'C', '--since', 'last')).records > 3000);
  const lost = await a.essaim(['bundle', 'export', at('x.gz'), '--since', `${'0'.repeat(32)}.5`]);
  assert.deepEqual([lost.status, lost.json.error], [1, 'conflict']);
  assert.equal((await a.essaim(['bundle', 'export', at('x.gz'), '--since', 'hier'])).status, 2);
  assert.ok(!fs.existsSync(at('x.gz')) && !fs.existsSync(at('x.gz.part')));
});

test('cut off, damaged, changed, unsigned', async (t) => {
  const stick = lib.temporary(t);
  const at = (name) => path.join(stick, name);
  const node = await lib.node(t, { name: 'Lecteur' });
  const author = new Author();
  const created = Math.floor(Date.now() / 1000);
  const identity = author.identity();
  const lines = [identity, ...[...Array(20).keys()].map((i) => author.record({ content: { name: `Lieu ${i}` } }))];
  const bytes = craft(author, identity, lines, created);
  const put = (name, data) => { fs.writeFileSync(at(name), data); return at(name); };
  await node.run('vouch', author.did);
  const refused = async (name, data, said) => {
    const done = await node.essaim(['bundle', 'import', put(name, data)]);
    assert.equal(done.status, 1, done.stdout);
    assert.match(done.json.message, said);
    assert.match(done.json.message, /--salvage/);
  };
  const gzip = (all) => zlib.gzipSync(`${all.join('\n')}\n`);
  const head = zlib.gunzipSync(bytes).toString().split('\n')[0];

  await refused('cut.gz', bytes.subarray(0, bytes.length - 40), /piece 21 of 21.*cut off/);
  await refused('short.gz', gzip([head, ...lines.slice(0, 12)]), /piece 13 of 21.*ends after 12 of 21 records/);
  const damaged = Buffer.from(bytes);
  damaged[bytes.length - 1500] ^= 0x55;
  await refused('damaged.gz', damaged, /piece \d+ of 21.*(damaged|not what was signed)/);
  const other = author.record({ content: { name: 'Glissé après coup' } });
  await refused('swapped.gz', gzip([head, ...lines.with(5, other)]), /piece 6 of 21 \(records 6 to 6\) is not what was signed/);
  await refused('added.gz', gzip([head, ...lines, other]), /more records follow/);
  await refused('renamed.gz', gzip([head.replace('Un autre logiciel', 'Une autre mairie'), ...lines]), /changed after it was signed/);
  const thief = new Author();
  const forged = zlib.gunzipSync(craft({ did: author.did, operating: thief.operating }, identity, lines, created)).toString();
  await refused('forged.gz', zlib.gzipSync(forged), /not signed by did:key:.* but by another key/);
  assert.equal((await node.run('status')).kinds.initiative, undefined, 'nothing was taken in');

  // what is sound of a damaged file
  const rescued = await node.essaim(['bundle', 'import', '--salvage', at('damaged.gz')]);
  assert.equal(rescued.status, 1);
  assert.ok(rescued.json.stored >= 18 && rescued.json.stored <= 20 && rescued.json.fault !== '', rescued.stdout);
  assert.equal(rescued.json.made_by.signed, false);
  const more = await node.essaim(['bundle', 'import', '--salvage', at('swapped.gz')]);
  assert.equal(more.json.stored + rescued.json.stored, 22, 'each record is believed for its own signature');

  // whole, by standard input; and the forms without a signature, of whatever order
  const whole = await node.run('bundle', 'import', '-', { input: bytes });
  assert.deepEqual([whole.duplicate + whole.stored, whole.made_by.signed, whole.made_by.name], [21, true, 'Un autre logiciel']);
  const plain = await lib.node(t, { name: 'Ancien' });
  await plain.run('vouch', author.did);
  const old = await plain.run('bundle', 'import', put('old.gz', gzip(['{"essaim":"bundle","v":1}', ...lines])));
  assert.deepEqual([old.stored, old.made_by.signed, old.pieces], [21, false, 0]);
  const bare = await lib.node(t, { name: 'Nu' });
  const friend = new Author();
  await bare.run('vouch', friend.did);
  const upside = [...lines].reverse();
  upside.push(friend.record({ kind: 'vouch', content: { subject: author.did, hops: 1, budget: 100 } }), friend.identity());
  assert.equal((await bare.run('bundle', 'import', put('bare.ndjson', `${upside.join('\n')}\n`))).stored, 23);
});

test('killed in the middle', async (t) => {
  const author = new Author();
  const created = Math.floor(Date.now() / 1000);
  const identity = author.identity();
  const lines = [identity, ...[...Array(150).keys()].map((i) => author.record({ content: { name: `Lieu ${i}` } }))];
  const file = path.join(lib.temporary(t), 'stick.gz');
  fs.writeFileSync(file, craft(author, identity, lines, created));
  const id = sha256(linesOf(file)[0]).toString('hex');
  const node = await lib.node(t, { name: 'Interrompu' });
  await node.start();
  await node.run('vouch', author.did);
  const noted = async () => Number((await node.control('GET', `/api/v1/bundles/taken?id=${id}`)).json.noted);
  const child = spawn(lib.ESSAIM, ['bundle', 'import', file, '--data', node.dir, '--json'], { stdio: 'ignore' });
  const over = new Promise((resolve) => child.on('exit', (status, signal) => resolve(signal)));
  await lib.until('some pieces are taken in', async () => (await noted()) >= 5 || child.exitCode !== null || null);
  child.kill('SIGKILL');
  assert.equal(await over, 'SIGKILL', 'it was not over yet');
  await node.kill('SIGKILL');
  await node.start();
  const before = await noted();
  assert.ok(before >= 5 && before < 151, `${before}`);
  const rest = await node.run('bundle', 'import', file);
  assert.deepEqual([rest.skipped, rest.records], [before, 151]);
  assert.ok(rest.stored + rest.duplicate === 151 - before && rest.duplicate <= 1, JSON.stringify(rest));
  assert.equal((await node.status()).kinds.initiative, 150);
  assert.equal(await noted(), 0);
});
