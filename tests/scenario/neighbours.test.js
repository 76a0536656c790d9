// SPDX-License-Identifier: AGPL-3.0-or-later
// Goal: a node whose operator chose fewer than four neighbours listens to some that it learnt of itself: to those that
// answer, never to more than four, to none twice; one that falls silent is replaced, and the list says who is what.
'use strict';
const test = require('node:test');
const assert = require('node:assert/strict');
const lib = require('./lib.js');
const { Author } = require('./sign.js');

const NEAR = 4;

// An author that the node lets in, whose node is said to be at an address.
async function announce(node, url) {
  const author = new Author();
  await node.run('vouch', author.did);
  const results = await node.offer([author.identity(), author.record({ kind: 'node', rid: 'self', content: { name: 'Voisin', urls: [url] } })]);
  assert.deepEqual(results.map((r) => r.result), ['stored', 'stored']);
}

test('learnt neighbours stand in for those that were not chosen, and for each other', async (t) => {
  const node = await (await lib.node(t, { name: 'Pays seul' })).start();
  const others = [];
  for (const name of ['Pays un', 'Pays deux']) others.push(await (await lib.node(t, { name, conf: lib.quiet })).start());
  const [one, two] = others;
  for (let i = 0; i < 6; i++) await announce(node, `http://127.0.0.1:9/${i}`); // where nobody listens
  for (const other of others) {
    await announce(node, other.url);
    await node.run('vouch', other.did);
    await other.run('vouch', node.did);
  }
  await node.stop(); // what there is to learn is looked at when a node starts
  await node.start();
  let most = 0;
  const near = async () => {
    const { peers } = await node.status();
    const found = peers.filter((p) => p.near);
    most = Math.max(most, found.length);
    assert.ok(peers.every((p) => !p.sticky || p.near), JSON.stringify(peers));
    return found.map((p) => p.url);
  };
  const explain = async () => JSON.stringify((await node.status()).peers.map((p) => [p.url, p.near, p.failures, p.last_error]));
  const listens = async (other) => Number(/^\w*http_parked (\d+)$/m.exec((await other.get('/metrics')).text)[1]) === 1;
  await lib.until('both that answer are listened to, past six that do not', async () => {
    const found = await near();
    return others.every((other) => found.includes(other.url)) || null;
  }, explain);
  for (const other of others) await lib.until('its news are waited for', async () => (await listens(other)) || null, explain);
  const { ref } = await two.run('record', 'put', '--kind', 'initiative', '-', { input: '{"name":"Four à pain"}' });
  await lib.until('they come', async () => (await node.get(`/api/v1/records/${ref}`)).status === 200 || null, explain);
  const listed = await lib.execute(lib.ESSAIM, ['peer', 'list', '--data', node.dir]);
  assert.match(listed.stdout, /listened to all the time, as few peers were chosen/);

  await two.stop();
  await lib.until('who falls silent has its place no longer', async () => !(await near()).includes(two.url) || null, explain);
  await two.start();
  await lib.until('until it answers again', async () => (await near()).includes(two.url) || null, explain);
  assert.ok(most <= NEAR, `${most} at most`);

  await node.run('peer', 'add', one.url, '--yes');
  const row = async () => (await node.status()).peers.find((p) => p.url === one.url);
  await lib.until('one is chosen now', async () => (await row()).sticky || null, explain);
  for (let i = 0; i < 3; i++) {
    const more = await (await lib.node(t, { name: `Pays choisi ${i}`, conf: lib.quiet })).start();
    await node.run('peer', 'add', more.url, '--yes');
    others.push(more);
  }
  await lib.until('four are chosen: nobody else is listened to', async () => {
    const { peers } = await node.status();
    return peers.filter((p) => p.near).every((p) => p.sticky) && peers.filter((p) => p.sticky).length === NEAR || null;
  }, explain);
});

test('nobody is listened to twice under two addresses', async (t) => {
  const [node, one] = await Promise.all(['Pays seul', 'Pays un'].map(async (name) => (await lib.node(t, { name })).start()));
  const other = one.url.replace('127.0.0.1', 'localhost');
  one.configure({ url: other });
  await one.stop();
  await one.start();
  await node.run('peer', 'add', one.url, '--vouch', '--yes');
  await lib.until('its record came', async () => (await node.record(one.did, 'node', 'self'))?.content.urls || null);
  await node.stop();
  await node.start();
  const rows = async () => (await node.status()).peers;
  await lib.until('the other address is learnt, and visited', async () => (await rows()).some((p) => p.url === other && p.last_ok > 0) || null,
    async () => JSON.stringify(await rows()));
  await lib.until('only the chosen one is near', async () => (await rows()).every((p) => p.near === (p.url === one.url)) || null,
    async () => JSON.stringify(await rows()));
});
