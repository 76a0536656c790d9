// SPDX-License-Identifier: AGPL-3.0-or-later
// Goal: an association takes all that is its own from one node to another and goes on there as the same author:
// what it changes there stands everywhere, its imports find their records, and the first node stops signing.
'use strict';
const test = require('node:test');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const lib = require('./lib.js');

const put = async (node, author, name, ...more) => (await node.run('record', 'put', '--kind', 'initiative', '--author', author, ...more,
  '-', { input: JSON.stringify({ name }) })).ref;
const ridOf = (ref) => ref.split('/').at(-1);
const nameAt = async (node, ref) => (await node.get(`/api/v1/records/${ref}`)).json.content.name;

// A directory to import, an author with records of its own and from there, on node A.
async function settled(t, node) {
  const csv = path.join(lib.temporary(t), 'rows.csv');
  fs.writeFileSync(csv, `id,nom\n${[...Array(40).keys()].map((i) => `${i},Action ${i}`).join('\n')}\n`);
  const { did } = await node.run('author', 'add', 'Repair Café');
  await node.run('import', '--author', did, '--source', 'rows', csv);
  const kept = await put(node, did, 'Atelier'), gone = await put(node, did, 'Supprimé');
  await node.run('record', 'delete', gone);
  return { csv, did, kept, gone };
}

test('an association moves from A to B, and goes on there', async (t) => {
  const a = await (await lib.node(t, { name: 'Pays de A', conf: lib.quiet })).start();
  const b = await (await lib.node(t, { name: 'Pays de B', conf: lib.quiet })).start();
  const { csv, did, kept, gone } = await settled(t, a);
  const map = path.join(path.dirname(csv), 'map.txt');
  fs.writeFileSync(map, '[fields]\nname = nom\n');
  await a.run('source', 'add', 'http://127.0.0.1:9/rows.csv', '--author', did, '--mapping', map);
  await lib.acquaint(a, b);
  await lib.together(a, b);
  const file = path.join(lib.temporary(t), 'repair.tar.gz');
  const secret = fs.readFileSync(path.join(a.dir, 'keys', 'repair-caf.operating.key'), 'utf8').split('\n')[2];
  const given = (node, passphrase, ...args) => node.essaim([...args, '--passphrase-fd', '0'], { input: `${passphrase}\n` });

  const packed = (await given(a, 'trois petits pains', 'export', '--everything', '--author', did, file)).json;
  assert.deepEqual([packed.did, packed.items, packed.records, packed.sources], [did, 40, 44, 1]);
  assert.equal(fs.statSync(file).mode & 0o777, 0o600);
  const inside = (await lib.execute('tar', ['-xzOf', file])).stdout;
  assert.ok(!inside.includes(secret) && inside.includes('operating key, locked'), 'no key in it is plain');
  assert.equal((await given(a, '', 'export', '--everything', '--author', did, `${file}.2`)).status, 2, 'an empty passphrase protects nothing');
  assert.equal((await a.essaim(['export', '--everything', '--plain', '--author', did, `${file}.3`])).status, 1, 'plain only on a word');
  assert.ok(!fs.existsSync(`${file}.2`) && !fs.existsSync(`${file}.3`));

  assert.match((await given(b, 'un gros pain', 'author', 'take', file)).json.message, /passphrase is another/);
  const broken = path.join(lib.temporary(t), 'broken.tar.gz');
  fs.writeFileSync(broken, fs.readFileSync(file).subarray(0, 900));
  assert.equal((await given(b, 'trois petits pains', 'author', 'take', broken)).status, 1);
  const altered = async (name, change) => {	// the same file by a stranger's hand
    const dir = lib.temporary(t), lines = path.join(dir, 'author.ndjson'), made = path.join(dir, `${name}.tar.gz`);
    await lib.execute('tar', ['-xzf', file, '-C', dir]);
    fs.writeFileSync(lines, change(fs.readFileSync(lines, 'utf8')));
    await lib.execute('tar', ['--format=ustar', '-czf', made, '-C', dir, 'author.ndjson', ...fs.readdirSync(path.join(dir, 'keys')).map((key) => `keys/${key}`)]);
    return (await given(b, 'trois petits pains', 'author', 'take', made)).json.message;
  };
  assert.match(await altered('named', (text) => text.replace('"name":"repair-caf"', '"name":"../../escaped"')), /short name/);
  assert.deepEqual(fs.readdirSync(path.dirname(b.dir)).filter((name) => name.startsWith('escaped')), [], 'a key goes nowhere but into the folder keys');
  assert.equal((await b.run('author', 'list')).length, 1, 'nothing came of these');
  const taken = (await given(b, 'trois petits pains', 'author', 'take', file)).json;
  assert.deepEqual([taken.did, taken.name, taken.refused, taken.stored + taken.known, taken.items], [did, 'repair-caf', 0, 44, 40]);
  assert.deepEqual(fs.readdirSync(b.dir).filter((name) => name.startsWith('arriving')), [], 'nothing is left lying about');
  const twice = (await given(b, 'trois petits pains', 'author', 'take', file)).json;
  assert.deepEqual([twice.stored, twice.known], [0, 44], 'again harms nothing');

  assert.deepEqual((await b.run('source', 'list')).map((x) => [x.author, x.paused]), [[did, true]], 'it waits: A may look at it yet');
  const onward = path.join(path.dirname(file), 'onward.tar.gz');
  await b.run('export', '--everything', '--plain', '--yes', '--author', did, onward);
  assert.ok((await lib.execute('tar', ['-xzOf', onward])).stdout.includes(JSON.stringify(fs.readFileSync(map, 'utf8'))), 'with its mapping');

  const left = await a.run('author', 'leave', did, '--yes');
  assert.equal(left.live, 41);
  assert.equal((await a.essaim(['record', 'put', '--kind', 'initiative', '--author', did, '-'], { input: '{"name":"X"}' })).status, 1);
  assert.equal((await a.essaim(['import', '--author', did, '--source', 'rows', csv])).status, 1, 'A signs nothing more');
  assert.deepEqual(await a.run('source', 'list'), [], 'and asks its sources no more');
  assert.ok(!fs.existsSync(path.join(a.dir, 'keys', 'repair-caf.operating.key')));
  assert.equal((await a.essaim(['author', 'leave', 'node', '--yes'])).status, 1, 'the node itself cannot leave so');

  const again = await b.run('import', '--author', did, '--source', 'rows', csv);
  assert.deepEqual([again.new, again.changed, again.same], [0, 0, 40], 'the same directory changes nothing');
  await put(b, did, 'Atelier du samedi', '--rid', ridOf(kept));
  const fresh = await put(b, did, 'Nouveau');
  assert.equal((await b.essaim(['record', 'put', '--kind', 'initiative', '--author', did, '--rid', ridOf(gone), '-'], { input: '{"name":"X"}' })).status, 1);
  await lib.together(a, b);
  for (const node of [a, b]) {
    assert.equal(await nameAt(node, kept), 'Atelier du samedi');
    assert.equal(await nameAt(node, fresh), 'Nouveau');
    assert.equal((await node.get(`/api/v1/records/${gone}`)).status, 410);
  }
  const changed = fs.readFileSync(csv, 'utf8').replace('Action 7\n', 'Action sept\n');
  fs.writeFileSync(csv, changed);
  const later = await b.run('import', '--author', did, '--source', 'rows', csv);
  assert.deepEqual([later.new, later.changed, later.same], [0, 1, 39]);

  // The root came along, locked as it was for the way: with it B gets a key that A never had.
  const rotated = await given(b, 'trois petits pains', 'key', 'rotate', '--author', 'repair-caf');
  assert.equal(rotated.status, 0, rotated.stdout);
  assert.ok(rotated.json.resigned >= 44 && rotated.json.others === 0, rotated.stdout);
  await lib.together(a, b);
  assert.equal((await a.run('trust', did))[0].live, 42);
  await a.stop();
  await a.start();
  assert.equal((await a.run('author', 'list')).length, 1, 'and it stays so after a start');
  assert.equal((await a.run('trust', did))[0].own, false);
});
