// SPDX-License-Identifier: AGPL-3.0-or-later
// Goal: what a node said it has stored is there after kill -9, however often and whenever it strikes.
// Records are pushed without pause while the node is killed; after each start every record that was
// answered "stored" is there byte for byte, the database is whole, and search catches up.
'use strict';
const assert = require('node:assert/strict');
const test = require('node:test');
const lib = require('./lib.js');
const { Author, id } = require('./sign.js');

const KILLS = 20;
const BATCH = 12;
const PUSHERS = 3;

// Push batches until the node is gone; the lines that it answered "stored".
async function push(node, author, stored, progress) {
  for (;;) {
    const lines = Array.from({ length: BATCH }, () => author.record({ kind: 'place', content: { name: 'Lavoir survivant' } }));
    let answer;
    try {
      answer = await node.post('/api/v1/records', `${lines.join('\n')}\n`);
    } catch {
      return;
    }
    if (answer.status !== 200) return;
    const results = answer.lines.map((line) => JSON.parse(line));
    if (results.length !== lines.length) return;
    results.forEach((result, i) => {
      assert.equal(result.result, 'stored', JSON.stringify(result));
      stored.set(id(lines[i]), lines[i]);
    });
    progress.batches++;
  }
}

async function checkAll(node, stored) {
  const { lines } = await node.changes({ limit: 4000 });
  const served = new Set(lines.map(id));
  const lost = [...stored.keys()].filter((one) => !served.has(one));
  assert.deepEqual(lost, [], `${lost.length} of ${stored.size} acknowledged records are gone`);
  await node.indexed();
  return served.size;
}

test('nothing acknowledged is lost to kill -9', async (t) => {
  const node = await lib.node(t, { conf: { admission: 'open', threads: 4 } });
  const author = new Author();
  const stored = new Map();
  await node.start();
  assert.equal((await node.offer([author.identity()]))[0].result, 'stored');
  for (let kill = 0; kill < KILLS; kill++) {
    const progress = { batches: 0 };
    const pushers = Array.from({ length: PUSHERS }, () => push(node, author, stored, progress));
    // Strike after another number of batches each time, and not in step with any of them.
    await lib.until('a batch is through', () => progress.batches > kill % 5 || null, () => node.log());
    await lib.sleep(kill % 7);
    await node.kill('SIGKILL');
    await Promise.all(pushers);
    await node.start();
    const served = await checkAll(node, stored);
    assert.ok(served >= stored.size);
  }
  const answer = await node.get('/api/v1/search?q=survivant');
  assert.equal(answer.status, 200);
  assert.ok(answer.json.total >= stored.size, `search finds ${answer.json.total} of ${stored.size}`);
  await node.stop();
  await node.run('doctor'); // which has SQLite check every page
  assert.ok(stored.size >= KILLS * BATCH, `${stored.size} records were pushed`);
});
