// SPDX-License-Identifier: AGPL-3.0-or-later
// Goal: keys are kept, changed and taken back through the command alone: the root may stay on another machine, a thief's
// records go everywhere and one's own stay, a lost root is succeeded by the one announced, and keys locked by
// a passphrase open with it and with nothing else.
'use strict';
const test = require('node:test');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const lib = require('./lib.js');
const { Author, id, key: newKey, now, stored } = require('./sign.js');

const put = async (node, name, ...more) => (await node.run('record', 'put', '--kind', 'initiative', ...more, '-',
  { input: JSON.stringify({ name }) })).ref;
const key = (node, file) => path.join(node.dir, 'keys', file);
const keys = async (node, author = 'node') => (await node.run('key', 'list', '--author', author))[0];

// The author whose operating key somebody copied.
function thief(node, file = 'operating.key') {
  const author = new Author();
  author.did = node.did;
  author.operating = stored(key(node, file));
  return author;
}

async function pair(t) {
  const a = await (await lib.node(t, { name: 'Pays de A', conf: lib.quiet })).start();
  const b = await (await lib.node(t, { name: 'Pays de B', conf: lib.quiet })).start();
  await lib.acquaint(a, b);
  await lib.together(a, b);
  return { a, b };
}


async function exists(node, ref) {
  return (await node.get(`/api/v1/records/${ref}`)).status;
}

test('the root stays on another machine: asked by a file, answered by a file', async (t) => {
  const node = await (await lib.node(t, { conf: lib.quiet })).start();
  const away = lib.temporary(t), root = path.join(away, 'root.key');
  fs.renameSync(key(node, 'root.key'), root);
  fs.renameSync(key(node, 'next-root.key'), path.join(away, 'next-root.key'));
  const ref = await put(node, 'Jardin');
  const before = await keys(node);
  const refused = await node.essaim(['key', 'rotate']);
  assert.equal(refused.status, 1);
  assert.match(refused.json.message, /key request/, 'it says how');

  const asked = path.join(away, 'request.json'), signed = path.join(away, 'signed.ndjson');
  await node.run('key', 'request', 'rotate', asked);
  assert.ok(!fs.readFileSync(asked, 'utf8').includes(fs.readFileSync(key(node, 'operating.key'), 'utf8').split('\n')[2]), 'no secret in it');
  const elsewhere = (...args) => lib.execute(lib.ESSAIM, [...args, '--data', path.join(away, 'nothing-here')]);
  const wrong = await elsewhere('key', 'sign', asked, '--root', path.join(away, 'next-root.key'), '--yes');
  assert.equal(wrong.status, 1, 'the next root is not the root');
  const unasked = await elsewhere('key', 'sign', asked, '--root', root);
  assert.match(unasked.stderr, /may sign for it then/);
  assert.equal(unasked.status, 1, 'it asks before it signs');
  const done = await elsewhere('key', 'sign', asked, signed, '--root', root, '--yes');
  assert.equal(done.status, 0, done.stderr);
  assert.equal((await keys(node)).signs_with, before.signs_with, 'nothing changed yet');

  const applied = await node.run('key', 'apply', signed);
  assert.ok(applied.applied && applied.resigned >= 3, JSON.stringify(applied));
  const after = await keys(node);
  assert.notEqual(after.signs_with, before.signs_with);
  assert.deepEqual(after.keys.map((k) => [k.key, k.here]), [[after.signs_with, true]]);
  assert.equal((await node.get(`/api/v1/records/${ref}`)).json.proof.verificationMethod.split('#')[0], after.signs_with);
  await node.run('key', 'apply', signed);	// the same again harms nothing
  assert.equal((await keys(node)).signs_with, after.signs_with);
  await put(node, 'Encore');
  await node.stop();
  await node.start();
  assert.equal((await keys(node)).signs_with, after.signs_with, 'and it is the same after a start');
  assert.equal(fs.statSync(key(node, 'operating.key')).mode & 0o777, 0o600);
});

test('a stolen key is taken back: what the thief wrote goes everywhere, what the author wrote stays', async (t) => {
  const { a, b } = await pair(t);
  const mine = await put(a, 'Atelier vélo'), doomed = await put(a, 'Supprimée');
  await a.run('record', 'delete', doomed);
  const csv = path.join(lib.temporary(t), 'rows.csv');
  fs.writeFileSync(csv, 'id,nom\n1,Un\n2,Deux\n');
  await a.run('import', '--source', 'rows', csv);
  await lib.together(a, b);
  const robber = thief(a);
  const forged = robber.record({ content: { name: 'QZFORGED' } });
  const ref = `${a.did}/initiative/${JSON.parse(forged).rid}`;
  assert.equal((await b.offer([forged]))[0].result, 'stored', 'a thief’s signature is as good as ours');
  await lib.together(a, b);
  assert.equal(await exists(a, ref), 200);

  const asked = await a.essaim(['key', 'rotate']);
  assert.equal(asked.status, 1, 'what was not written here needs a word');
  assert.equal(asked.json.others, 1);
  assert.deepEqual(asked.json.refs, [ref]);
  assert.equal((await a.get(`/api/v1/records/${mine}`)).json.proof.verificationMethod.split('#')[0], robber.operating.did, 'nothing was done');
  const done = await a.run('key', 'rotate', '--drop-others');
  assert.equal(done.others, 1);

  await lib.together(a, b);
  for (const node of [a, b]) {
    assert.notEqual(await exists(node, ref), 200, 'the forgery is gone');
    assert.equal(await exists(node, mine), 200);
    assert.equal(await exists(node, doomed), 410, 'what was deleted stays so');
    await lib.until('its words are in no file', () => lib.holding(node, 'qzforged').length === 0 || null, () => `${lib.holding(node, 'qzforged')}`);
  }
  assert.deepEqual((await b.offer([forged, robber.record()])).map((r) => `${r.result} ${r.reason}`), ['refused key', 'refused key']);
  const again = await a.run('import', '--source', 'rows', csv);
  assert.deepEqual([again.new, again.changed, again.same], [0, 0, 2], 'imports find the records they made before');
});

test('a second key for another machine, and taken back again', async (t) => {
  const node = await (await lib.node(t, { conf: lib.quiet })).start();
  const file = path.join(lib.temporary(t), 'second.key');
  const second = (await node.run('key', 'create', file)).key;
  await node.run('key', 'delegate', '--key', second, '--days', '30');
  const listed = (await keys(node)).keys;
  assert.deepEqual(listed.map((k) => k.here), [true, false]);
  assert.ok(Math.abs(listed[1].until - listed[1].from - 30 * 86400) < 60);
  const other = thief(node);
  other.operating = stored(file);
  const record = other.record({ content: { name: 'Depuis l’autre machine' } });
  assert.equal((await node.offer([record]))[0].result, 'stored');
  const own = await node.essaim(['key', 'revoke', listed[0].key]);
  assert.match(own.json.message, /key rotate/, 'not the key it signs with');
  assert.equal((await node.essaim(['key', 'revoke', second])).status, 1);
  await node.run('key', 'revoke', second, '--keep-others');
  assert.deepEqual((await keys(node)).keys.map((k) => k.key), [listed[0].key]);
  const kept = await node.record(node.did, 'initiative', JSON.parse(record).rid);
  assert.equal(kept.content.name, 'Depuis l’autre machine');
  assert.equal(kept.proof.verificationMethod.split('#')[0], listed[0].key, 'signed again by the key that stays');
  assert.deepEqual((await node.offer([record])).map((r) => r.result), ['superseded']);
});

test('a lost root is succeeded by the announced one, and by no other', async (t) => {
  const { a, b } = await pair(t);
  const mine = await put(a, 'Reste');
  await lib.together(a, b);
  const away = lib.temporary(t), next = path.join(away, 'next.key');
  fs.renameSync(key(a, 'next-root.key'), next);
  const usurper = path.join(away, 'usurper.key');
  await a.run('key', 'create', usurper, '--role', 'next-root');
  assert.match((await a.essaim(['key', 'succeed', '--root', usurper])).json.message, /not the next root/);
  assert.match((await a.essaim(['key', 'succeed', '--root', key(a, 'root.key')])).json.message, /present root/);
  fs.unlinkSync(key(a, 'root.key'));	// lost
  await a.run('key', 'succeed', '--root', next, '--next', path.join(away, 'after.key'));
  assert.equal((await keys(a)).generation, 1);
  await lib.together(a, b);
  assert.equal((await b.record(a.did, 'identity', 'self')).content.chain.length, 1);
  assert.equal(await exists(b, mine), 200, 'what operating keys signed stays');
  await a.run('key', 'rotate', '--root', next);
  await a.run('key', 'succeed', '--root', path.join(away, 'after.key'));
  assert.ok(fs.existsSync(path.join(away, 'after.key.next')));
  const late = await put(a, 'Après');
  await lib.together(a, b);
  assert.equal(await exists(b, late), 200);
});

test('the machine is lost: from paper and its peers another one goes on for the author', async (t) => {
  const { a, b } = await pair(t);
  const ref = await put(a, 'Reste'), away = lib.temporary(t);
  await lib.together(a, b);
  const root = path.join(away, 'root.key');
  fs.renameSync(key(a, 'root.key'), root);
  const lost = (await keys(a)).signs_with;
  await a.stop();
  fs.rmSync(a.dir, { recursive: true });

  const c = await (await lib.node(t, { name: 'Pays de A, de nouveau', conf: lib.quiet })).start();
  const unknown = await c.essaim(['key', 'request', 'delegate', '--author', a.did, '--name', 'ancien']);
  assert.match(unknown.json.message, /is not here yet/);
  const elsewhere = await c.essaim(['key', 'request', 'delegate', '--author', a.did, '--name', '../../ancien']);
  assert.match(elsewhere.json.message, /short name/, 'a key file lies nowhere but in its folder');
  await lib.acquaint(b, c);
  await c.run('vouch', a.did);
  await lib.together(b, c);
  const asked = path.join(away, 'ask.json'), signed = path.join(away, 'signed.ndjson');
  await c.run('key', 'request', 'delegate', asked, '--author', a.did, '--name', 'ancien', '--days', '30');
  await c.run('key', 'sign', asked, signed, '--root', root, '--yes');
  assert.equal((await b.essaim(['key', 'apply', signed])).status, 1, 'it answers another node');
  await c.run('key', 'apply', signed);
  await put(c, 'Corrigée', '--author', 'ancien', '--rid', ref.split('/').at(-1));
  await c.run('key', 'revoke', lost, '--author', 'ancien', '--root', root, '--keep-others');
  await lib.together(b, c);
  assert.equal((await b.get(`/api/v1/records/${ref}`)).json.content.name, 'Corrigée');
  assert.equal((await b.record(a.did, 'identity', 'self')).content.keys.length, 1);
  assert.notEqual(await b.record(a.did, 'territory', 'self'), null, 'what the lost machine had written stays');
  const checks = (await c.essaim(['doctor'])).json.filter((f) => f.check === 'key of ancien');
  assert.match(checks[0].advice, /key rotate/, 'a key that ends soon is told in time');
});

test('a second branch of succession is refused, and shown to whoever asks', async (t) => {
  const author = new Author(), t0 = now() - 500;
  const { a, b } = await pair(t);
  for (const node of [a, b]) await node.run('vouch', author.did);
  const first = author.identity({ created: t0 });
  const second = author.succession(first, author.next, newKey(), { created: t0 + 50 });
  const branch = author.succession(first, author.next, newKey(), { created: t0 + 60 });
  const branched = async (node) => (await node.run('trust', author.did))[0].branches;
  await a.offer([first, second, author.succession(first, newKey(), newKey(), { created: t0 + 55 })]);
  assert.deepEqual(await branched(a), [], 'what the root did not sign says nothing against it');
  const seed = newKey();
  const rival = author.succession(author.identity({ created: t0, next: seed }), seed, newKey(), { created: t0 + 70 });
  assert.deepEqual((await a.offer([branch, rival])).map((r) => r.reason), ['succession', 'succession']);
  const seen = await branched(a);
  assert.deepEqual(seen.map((x) => [x.generation, x.kept, x.refused]), [[0, id(second), id(rival)], [1, id(second), id(branch)]]);
  assert.equal((await a.status()).branches, 2);
  assert.match((await lib.execute(lib.ESSAIM, ['trust', author.did, '--data', a.dir])).stdout, /named two next roots/);
  assert.match((await a.get('/network')).text, /deux successions contraires/);
  await lib.together(a, b);
  assert.equal((await b.record(author.did, 'identity', 'self')).content.chain.length, 1);
  assert.deepEqual((await b.offer([branch])).map((r) => r.reason), ['succession'], 'everywhere');
});

test('a root printed on a sheet, lost, and typed back: a slip is told by its line', async (t) => {
  const node = await (await lib.node(t, { conf: lib.quiet })).start();
  const away = lib.temporary(t), sheet = path.join(away, 'sheet.html'), root = path.join(away, 'root.key');
  await node.run('key', 'sheet', sheet);
  assert.equal(fs.statSync(sheet).mode & 0o777, 0o600);
  const page = fs.readFileSync(sheet, 'utf8');
  assert.ok(!/(src|href)=/.test(page) && page.includes('<svg'), 'it loads nothing');
  const lines = [...page.matchAll(/<li>([A-Z2-7 ]{19})<\/li>/g)].map((m) => m[1]);
  assert.equal(lines.length, 8, 'the root and the next root');
  fs.unlinkSync(key(node, 'root.key'));
  const type = (text) => node.essaim(['key', 'recover', '--out', root], { input: text });
  const typed = lines.slice(0, 4).map((line, i) => `${i + 1}. ${line.toLowerCase().replace(/ /g, '-').replace(/o/g, '0')}`);
  const slip = typed.with(2, typed[2].replace(/.$/, (c) => (c === '7' ? '6' : '7')));
  const refused = await type(slip.join('\n'));
  assert.equal(refused.status, 1);
  assert.match(refused.json.message, /^line 3 has [^;]*$/);
  assert.match((await type(lines.slice(0, 3).join('\n'))).json.message, /3 lines instead of 4/);
  assert.equal((await type(typed.join('\n'))).json.key, node.did);
  await node.run('key', 'rotate', '--root', root);
  assert.equal((await type(typed.join('\n'))).status, 1, 'no file is written over');
  const next = path.join(away, 'next.key');
  await node.run('key', 'recover', '--out', next, { input: lines.slice(4).join('') });
  await node.run('key', 'succeed', '--root', next);
  assert.equal((await keys(node)).generation, 1);
});

test('keys locked by a passphrase: served with it, and with nothing else', async (t) => {
  const node = await lib.node(t, { conf: lib.quiet });
  const secret = fs.readFileSync(key(node, 'operating.key'), 'utf8').split('\n')[2];
  const given = (text, ...args) => node.essaim([...args, '--passphrase-fd', '0'], { input: text });
  assert.equal((await given('un chat gris\n', 'key', 'lock')).json.files, 3);
  assert.deepEqual(lib.holding(node, secret), [], 'the plain key is nowhere');
  for (const [why, text, says] of [['none', '', /no further passphrase/], ['a wrong one', 'un chat noir\n', /passphrase is another/]]) {
    const refused = await given(text, 'status');
    assert.equal(refused.status, 1, why);
    assert.match(refused.json.message, says, why);
  }
  const credentials = lib.temporary(t);
  fs.writeFileSync(path.join(credentials, 'essaim-passphrase'), 'un chat gris\n', { mode: 0o600 });
  process.env.CREDENTIALS_DIRECTORY = credentials;
  try {
    await node.start();
  } finally {
    delete process.env.CREDENTIALS_DIRECTORY;
  }
  const ref = await put(node, 'Signé');
  assert.equal(await exists(node, ref), 200);
  assert.equal((await node.essaim(['key', 'lock'])).status, 1, 'not under a running node');
  const guest = await node.run('author', 'add', 'Les Voisines');
  assert.match(fs.readFileSync(key(node, 'les-voisines.operating.key'), 'utf8'), /operating key, locked/, 'new keys are locked too');
  const turned = await given('un chat gris\n', 'key', 'rotate');
  assert.equal(turned.status, 0, turned.stderr);
  await node.stop();
  assert.ok(!node.log().includes(secret));
  assert.equal((await given('un chat gris\n', 'key', 'list')).json.length, 2);
  assert.equal((await given('un chat gris\n', 'key', 'lock', '--remove')).status, 0);
  assert.equal((await node.run('record', 'put', '--kind', 'initiative', '--author', guest.did, '-', { input: '{"name":"Y"}' })).outcome, 'new');
});
