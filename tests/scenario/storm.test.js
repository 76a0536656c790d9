// SPDX-License-Identifier: AGPL-3.0-or-later
// Goal: twelve real nodes are cut in two, are killed in the middle of writing, and are asked to forget, all at once;
// when the line is mended they print one state again, which holds everything that any of them said it had stored and
// nothing of what was to be forgotten, in no file of any of them.
//
// STORM_SEED=7 node --test tests/scenario/storm.test.js draws other nodes, moments and records.
'use strict';
const test = require('node:test');
const assert = require('node:assert/strict');
const net = require('node:net');
const lib = require('./lib.js');
const { Author, id, now, rid } = require('./sign.js');

const SEED = Number(process.env.STORM_SEED || 1);
const NODES = 12;
const STEPS = [2, 3]; // to whom each has lines, both ways: nobody is more than two lines away
const KILLS = 8; // on each side of the cut
const KILLS_MENDED = 4;
const BATCH = 8;
const PATIENCE = 6000; // tries of 50 ms and more: a neighbour that failed often is called again after 40 s
const ERASED = 'qzeffacee', RETIRED = 'qzretiree', DRAFT = 'qzbrouillon';

// Chance that a seed repeats (xorshift32).
function chance(seed) {
  let x = (seed * 2654435761 + 1) >>> 0 || 1;
  return (below) => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    x >>>= 0;
    return x % below;
  };
}

// A line from one node to another that can be cut: what goes over it stops in the middle.
class Line {
  constructor(t, to) {
    this.to = to;
    this.whole = true;
    this.ends = new Set();
    this.server = net.createServer((caller) => this.connect(caller));
    t.after(() => {
      this.cut();
      this.server.close();
    });
  }

  async open() {
    await new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${this.server.address().port}`;
    return this;
  }

  connect(caller) {
    if (!this.whole) {
      caller.on('error', () => {});
      caller.destroy();
      return;
    }
    const called = net.connect(this.to.port, '127.0.0.1');
    const both = [caller, called];
    for (const end of both) {
      this.ends.add(end);
      end.on('error', () => {});
      end.on('close', () => {
        this.ends.delete(end);
        both.forEach((one) => one.destroy());
      });
    }
    caller.pipe(called).pipe(caller);
  }

  cut() {
    this.whole = false;
    for (const end of this.ends) end.destroy();
  }

  mend() {
    this.whole = true;
  }
}

// Twelve nodes with a member each, who vouch for their neighbours, and the lines between them.
async function network(t) {
  const nodes = await Promise.all(Array.from({ length: NODES }, (_, i) => lib.node(t, { name: `Pays ${i}`, conf: { threads: 1, workers: 1, 'sync-interval-s': 2 } })));
  const members = nodes.map(() => new Author());
  const lines = [];
  for (const node of nodes) await node.start();
  await Promise.all(nodes.map(async (node, i) => {
    for (const step of [...STEPS, ...STEPS.map((s) => -s)]) {
      const to = (i + step + NODES) % NODES;
      const line = await new Line(t, nodes[to]).open();
      lines.push({ line, from: i, to });
      await node.run('peer', 'add', line.url, '--vouch', '--yes');
    }
    const answer = await node.control('POST', `/api/v1/vouches?did=${members[i].did}&budget=2000&hops=3`);
    assert.equal(answer.status, 200, answer.text);
    assert.equal((await node.offer([members[i].identity({ created: now() - 1000 })]))[0].result, 'stored');
  }));
  return { nodes, members, lines };
}

const state = async (node) => (await node.run('status')).state;

async function agreed(nodes) {
  return lib.until('all print one state', async () => {
    const found = await Promise.all(nodes.map(state));
    return found.every((s) => s === found[0]) ? found[0] : null;
  }, async () => JSON.stringify(await Promise.all(nodes.map(async (n) => {
    const { state: s, seq, peers } = await n.status();
    return { s, seq, peers: peers.map((p) => [p.failures, p.last_error]) };
  }))), PATIENCE);
}

// Offer records to a node for as long as the storm lasts, again and again through its crashes; what it acknowledged.
async function write(node, member, storm, kept) {
  while (!storm.over) {
    const lines = Array.from({ length: BATCH }, (_, i) => member.record({ created: now() - 100 + i, content: { name: `Veillée ${kept.size + i}` } }));
    const answer = await node.post('/api/v1/records', `${lines.join('\n')}\n`).catch(() => null);
    const results = answer !== null && answer.status === 200 ? answer.lines.map((line) => JSON.parse(line)) : [];
    results.forEach((result, i) => {
      if (result.result === 'stored') kept.set(id(lines[i]), lines[i]);
    });
    node.batches = (node.batches || 0) + (results.length === BATCH ? 1 : 0);
    await lib.sleep(50);
  }
}

// Kill one after the other in the middle of what it writes.
async function crash(nodes, kills, draw) {
  for (let i = 0; i < kills; i++) {
    const node = nodes[draw(nodes.length)];
    const before = node.batches || 0;
    await lib.until('a batch is through', () => (node.batches || 0) > before || null, () => node.log(), PATIENCE);
    await lib.sleep(draw(40));
    await node.kill('SIGKILL');
    await lib.sleep(draw(200));
    await node.start();
  }
}

const put = async (node, content) => (await node.run('record', 'put', '--kind', 'initiative', '-', { input: JSON.stringify(content) })).ref;

test(`twelve nodes come through a cut, a storm of crashes and an erasure to one state (seed ${SEED})`, { skip: process.env.STORM ? false : 'long: make storm' }, async (t) => {
  const draw = chance(SEED);
  const { nodes, members, lines } = await network(t);
  const sides = [nodes.slice(0, NODES / 2), nodes.slice(NODES / 2)];
  const [near, far] = [draw(6), 6 + draw(6)];

  // Before the cut all hold what will be erased, what will be rewritten on both sides, and an author who will leave.
  const leaver = new Author();
  await nodes[far].control('POST', `/api/v1/vouches?did=${leaver.did}&budget=100&hops=3`);
  const farewell = Array.from({ length: 5 }, (_, i) => leaver.record({ created: now() - 500 + i, content: { name: `Adieu ${RETIRED} ${i}` } }));
  await nodes[far].offer([leaver.identity({ created: now() - 1000 }), ...farewell]);
  const erased = await put(nodes[near], { name: `Atelier ${ERASED}`, description: `${ERASED} encore` });
  const name = rid();
  await nodes[near].offer([members[near].record({ rid: name, created: now() - 400, content: { name: `Fête ${DRAFT}` } })]);
  await agreed(nodes);
  for (const node of nodes) {
    for (const words of [ERASED, RETIRED, DRAFT]) assert.notDeepEqual(lib.holding(node, words), [], `${words} reached everyone`);
  }

  for (const { line, from, to } of lines) if ((from < 6) !== (to < 6)) line.cut();
  const storm = { over: false };
  const kept = nodes.map(() => new Map());
  const writers = nodes.map((node, i) => write(node, members[i], storm, kept[i]));
  const crashes = sides.map((side) => crash(side, KILLS, chance(SEED + 100 * (1 + draw(1000)))));
  await Promise.all(crashes);
  // The two sides learn different things: a deletion and an older version here, a farewell and the newest version there.
  const report = await nodes[near].run('erase', erased);
  assert.equal(report.reach, 'everywhere');
  const older = members[near].record({ rid: name, created: now() - 300, content: { name: 'Fête, autrement' } });
  const newest = members[near].record({ rid: name, created: now() - 200, content: { name: 'Fête, enfin' } });
  assert.equal((await nodes[near].offer([older]))[0].result, 'stored');
  assert.equal((await nodes[far].offer([newest]))[0].result, 'stored');
  assert.equal((await nodes[far].offer([leaver.retire()]))[0].result, 'stored');
  const apart = await Promise.all([nodes[near], nodes[far]].map(state));
  assert.notEqual(apart[0], apart[1], 'the cut is one');

  for (const { line } of lines) line.mend();
  await crash(nodes, KILLS_MENDED, draw);
  storm.over = true;
  await Promise.all(writers);
  const one = await agreed(nodes);

  const stored = new Map(kept.flatMap((some) => [...some]));
  assert.ok(stored.size >= 2 * KILLS * BATCH, `${stored.size} records were acknowledged`);
  const author = (line) => JSON.parse(line).author;
  for (const node of nodes) {
    const served = (await node.changes({ limit: 4000 })).lines;
    const ids = new Set(served.map(id));
    const lost = [...stored.keys()].filter((record) => !ids.has(record));
    assert.deepEqual(lost, [], `${lost.length} of ${stored.size} acknowledged records are gone`);
    assert.ok(ids.has(id(newest)) && !ids.has(id(older)), 'the newest version is the one');
    assert.equal((await node.get(`/api/v1/records/${erased}`)).status, 410);
    assert.deepEqual(served.filter((line) => author(line) === leaver.did && line.includes('"content":{"name"')), []);
    for (const words of [ERASED, RETIRED, DRAFT]) {
      await lib.until(`“${words}” is in no file of ${node.dir}`, () => lib.holding(node, words).length === 0 || null,
        () => `${lib.holding(node, words)}`, PATIENCE);
    }
  }
  for (const node of nodes) await node.stop();
  for (const node of nodes) {	// a line just mended may still be noted as failing: that is no damage
    const told = (await node.essaim(['doctor'])).json;
    assert.deepEqual(told.filter((check) => !check.ok && !check.check.startsWith('http')), []);
  }
  t.diagnostic(`${stored.size} records acknowledged through ${2 * KILLS + KILLS_MENDED} crashes; state ${one}`);
});
