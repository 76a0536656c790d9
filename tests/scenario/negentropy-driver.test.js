// SPDX-License-Identifier: AGPL-3.0-or-later
// Goal: two drivers, as two processes that share nothing but lines of text, find the difference of
// their sets whatever their frame limits, and a driver refuses what makes no sense.
'use strict';
const test = require('node:test');
const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const path = require('node:path');
const readline = require('node:readline');
const { spawn, spawnSync } = require('node:child_process');

const DRIVER = path.resolve('build', process.env.V || 'release', 'tests', 'negentropy-driver');

// Item i is the same in every set; several share a second.
function item(i) {
  const id = crypto.createHash('sha256').update(`driver ${i}`).digest('hex');
  return { id, line: `item,${1700000000 + Math.floor(i / 5)},${id}` };
}

function environment(limit) {
  const env = { ...process.env };
  delete env.FRAMESIZELIMIT;
  return limit ? { ...env, FRAMESIZELIMIT: String(limit) } : env;
}

class Driver {
  constructor(items, limit) {
    this.limit = limit;
    this.child = spawn(DRIVER, { env: environment(limit), stdio: ['pipe', 'pipe', 'inherit'] });
    this.exited = new Promise((resolve) => this.child.on('exit', resolve));
    this.lines = readline.createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
    this.child.stdin.write(items.map((i) => `${item(i).line}\n`).join('') + 'seal\n');
  }

  // Send a line; collect what comes up to a message or the end.
  async ask(line, found) {
    this.child.stdin.write(`${line}\n`);
    for (;;) {
      const { value, done } = await this.lines.next();
      assert.ok(!done, 'the driver ended');
      const [word, rest] = value.split(',');
      if (word === 'done') return null;
      if (word === 'msg') {
        assert.ok(!this.limit || rest.length / 2 <= this.limit, 'a message within the frame limit');
        return value;
      }
      found[word].push(rest);
    }
  }

  async end() {
    this.child.stdin.end();
    assert.equal(await this.exited, 0);
  }
}

async function reconcile(ours, theirs, ourLimit, theirLimit) {
  const client = new Driver(ours, ourLimit);
  const server = new Driver(theirs, theirLimit);
  const found = { have: [], need: [] };
  let rounds = 0;
  for (let msg = await client.ask('initiate', found); msg; rounds++) {
    assert.ok(rounds < 500, 'it ends');
    msg = await client.ask(await server.ask(msg, found), found);
  }
  await client.end();
  await server.end();
  return { ...found, rounds };
}

const range = (n) => [...Array(n).keys()];
const ids = (list) => list.map((i) => item(i).id).sort();

const rows = [
  { why: 'both empty', n: 0, ours: () => true, theirs: () => true },
  { why: 'equal', n: 400, ours: () => true, theirs: () => true },
  { why: 'only the server has any', n: 3000, ours: () => false, theirs: () => true },
  { why: 'only the client has any', n: 3000, ours: () => true, theirs: () => false },
  { why: 'scattered differences', n: 3000, ours: (i) => i % 31, theirs: (i) => i % 37 },
  { why: 'long runs missing on each side', n: 3000, ours: (i) => i % 900 < 700, theirs: (i) => i % 800 > 90 },
];

for (const { why, n, ours, theirs } of rows) {
  for (const [a, b] of [[0, 0], [4096, 0], [0, 4096], [4395, 4165]]) {
    test(`drivers find the difference: ${why}, frames ${a}/${b}`, async () => {
      const mine = range(n).filter(ours);
      const yours = range(n).filter(theirs);
      const got = await reconcile(mine, yours, a, b);
      assert.deepEqual(got.have.sort(), ids(mine.filter((i) => !theirs(i))));
      assert.deepEqual(got.need.sort(), ids(yours.filter((i) => !ours(i))));
      if (why === 'equal') assert.equal(got.rounds, 1);
    });
  }
}

const refusals = [
  { why: 'an unknown command', input: 'hello\n' },
  { why: 'an id that is too short', input: 'item,1,abcd\n' },
  { why: 'a timestamp that is none', input: `item,x,${item(0).id}\n` },
  { why: 'an item given twice', input: `${item(0).line}\n${item(0).line}\nseal\n` },
  { why: 'a message before seal', input: 'msg,61\n' },
  { why: 'a message that is none', input: 'seal\nmsg,00\n' },
  { why: 'a frame limit below the minimum', input: 'seal\ninitiate\n', limit: 4095 },
];

for (const { why, input, limit } of refusals) {
  test(`the driver refuses ${why}`, () => {
    const run = spawnSync(DRIVER, { input, env: environment(limit), encoding: 'utf8' });
    assert.equal(run.status, 1);
    assert.match(run.stderr, /^negentropy-driver: .+\n$/);
    assert.equal(run.stdout, '');
  });
}

test('a message of another protocol version is answered with ours', () => {
  const run = spawnSync(DRIVER, { input: 'seal\nmsg,62aabb\n', env: environment(), encoding: 'utf8' });
  assert.equal(run.stdout, 'msg,61\n');
});
