// SPDX-License-Identifier: AGPL-3.0-or-later
// Goal: nodes that are started, told of each other and left alone come to hold one set, whatever changes,
// whoever is away for a while and whoever can only call out; and what that costs is printed.
'use strict';
const assert = require('node:assert/strict');
const { test } = require('node:test');
const lib = require('./lib.js');

const RID = 'abcdefghijklmnopqrstuvwxyz234567';
const rid = (n) => [...Array(16).keys()].map((i) => RID[Math.floor(n / 32 ** (15 - i)) % 32]).join('');

// Initiatives from .. from + n - 1 of the node, several at a time.
async function write(node, from, n, words) {
  let next = from;
  const worker = async () => {
    for (let i = next++; i < from + n; i = next++) {
      const body = JSON.stringify({ name: `Atelier ${i}`, summary: words });
      const done = await node.control('POST', `/api/v1/own?kind=initiative&rid=${rid(i)}`, body);
      assert.ok(done.status === 200 || done.status === 201, `${done.status} ${done.text}`);
    }
  };
  await Promise.all([...Array(8)].map(worker));
}

async function erase(node, from, n) {
  for (let i = from; i < from + n; i++) {
    const done = await node.control('DELETE', `/api/v1/own/${node.did}/initiative/${rid(i)}`);
    assert.ok(done.status < 300, `${done.status} ${done.text}`);
  }
}

async function trust(nodes) {
  for (const a of nodes) for (const b of nodes) if (a !== b) await a.run('vouch', b.did);
}

// Bytes that a node's own conversations have moved so far.
async function traffic(nodes) {
  let bytes = 0;
  for (const n of nodes) for (const p of (await n.status()).peers) bytes += p.bytes_in + p.bytes_out;
  return bytes;
}

function equal(what, nodes, live) {
  return lib.until(`${what}: ${nodes.length} nodes hold ${live} live records and one state`, async () => {
    const all = await Promise.all(nodes.map((n) => n.status()));
    return (new Set(all.map((s) => s.state)).size === 1 && all.every((s) => s.live === live)) || null;
  }, async () => JSON.stringify((await Promise.all(nodes.map((n) => n.status()))).map((s) =>
    ({ live: s.live, state: s.state, peers: s.peers.map((p) => p.last_error) }))));
}

test('three nodes in a chain', async (t) => {
  const nodes = [await lib.node(t, { name: 'A' }), await lib.node(t, { name: 'B' }), await lib.node(t, { name: 'C' })];
  const [a, b, c] = nodes;
  for (const n of nodes) await n.start();
  await trust(nodes);
  await write(a, 0, 300, 'au départ de A');
  await write(c, 1000, 400, 'au départ de C');
  await a.run('peer', 'add', b.url, '--yes');
  await b.run('peer', 'add', c.url, '--yes');
  // each node: identity, node, territory and two vouches
  const few = 3 * 5;
  await equal('at first', nodes, 700 + few);
  t.diagnostic(`700 initiatives to where they were not: ${await traffic(nodes)} bytes in all`);

  let before = await traffic(nodes);
  await write(a, 0, 10, 'changé');
  await erase(c, 1000, 5);
  await equal('10 changed, 5 deleted', nodes, 695 + few);
  t.diagnostic(`10 changed, 5 deleted: ${await traffic(nodes) - before} bytes in all`);

  before = await traffic(nodes);
  await b.stop();
  await write(a, 10, 20, 'pendant l’absence de B');
  await write(c, 1010, 20, 'pendant l’absence de B');
  await b.start();
  await equal('B away and back', nodes, 695 + few);
  t.diagnostic(`B away and back, 40 changed meanwhile: ${await traffic(nodes) - before} bytes in all`);

  for (const n of nodes) {
    await n.stop();
    await n.start();
    await write(n, 5000, 1, `de ${n.did} après un redémarrage`);
  }
  await equal('each restarted', nodes, 698 + few);

  await c.kill('SIGKILL');
  await write(a, 30, 1, 'pendant la panne de C');
  await c.start();
  await equal('C crashed and is back', nodes, 698 + few);
});

test('sync by hand says what it did, and the second time that there was nothing to do', async (t) => {
  const a = await lib.node(t, { name: 'A' });
  const b = await lib.node(t, { name: 'B', conf: { 'allow-private': 'yes' } });
  await a.start();
  await trust([a, b]);
  await write(a, 0, 50, 'à prendre');
  await b.run('peer', 'add', a.url, '--yes');
  const [first] = await b.run('sync');
  assert.deepEqual([first.ok, first.equal, first.stored], [true, true, 54]);
  assert.equal(first.state_ours, (await a.status()).state);
  const [second] = await b.run('sync');
  assert.deepEqual([second.equal, second.requests, second.pulled, second.pushed], [true, 1, 0, 0]);
  t.diagnostic(`nothing to do: ${second.bytes_in + second.bytes_out} bytes`);
});

test('a node that can only call out gives and takes', async (t) => {
  const open = await lib.node(t, { name: 'Ouvert' });
  const shut = await lib.node(t, { name: 'Derrière une box' });
  await open.start();
  await shut.start();
  await trust([open, shut]);
  await write(shut, 0, 30, 'de derrière');
  await shut.run('peer', 'add', open.url, '--yes');
  await equal('what it had', [open, shut], 30 + 2 * 4);
  assert.equal((await open.status()).peers.length, 0);
  await write(shut, 100, 3, 'tout frais');
  await write(open, 200, 3, 'tout frais aussi');
  await equal('what it writes and what it is told', [open, shut], 36 + 2 * 4);
});

test('what a policy refuses is not asked for again, and comes once it is let in', async (t) => {
  const a = await lib.node(t, { name: 'A' });
  const b = await lib.node(t, { name: 'B' });
  const x = await lib.node(t, { name: 'X' });
  for (const n of [a, b, x]) await n.start();
  await trust([a, b]);
  await a.run('vouch', x.did);	// b trusts a, but not a's judgement of others
  await b.run('vouch', a.did, '--hops', '0');
  await write(x, 0, 200, 'du troisième');
  await a.run('peer', 'add', x.url, '--yes');
  await lib.until('A holds what X wrote', async () => (await a.status()).kinds.initiative === 200 || null);
  await b.run('peer', 'add', a.url, '--yes');
  await lib.until('B has asked A', async () => (await b.status()).peers[0].last_ok > 0 || null);
  assert.equal((await b.status()).kinds.initiative, undefined);

  await b.run('sync'); // what B told A comes back in A's feed, once
  const [again] = await b.run('sync');
  assert.deepEqual([again.ok, again.equal, again.pulled, again.pushed], [true, false, 0, 0]);
  t.diagnostic(`two policies, nothing new: ${again.bytes_in + again.bytes_out} bytes, ${again.requests} requests`);

  await b.run('vouch', x.did);
  await lib.until('B holds what X wrote', async () => (await b.status()).kinds.initiative === 200 || null);
});
