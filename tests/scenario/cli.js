// SPDX-License-Identifier: AGPL-3.0-or-later
// cli.js - the command line, command by command: each runs to its end before the next, whether or not a
// node of lib.js serves the folder meanwhile.
'use strict';
const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const path = require('node:path');
const { ESSAIM, Node, temporary, until } = require('./lib.js');

// { status, stdout, stderr }
function run(args, { input } = {}) {
  const done = spawnSync(ESSAIM, args, { input, encoding: 'utf8', maxBuffer: 1 << 28 });
  assert.ifError(done.error);
  return { status: done.status, stdout: done.stdout, stderr: done.stderr };
}

// The same, when it must succeed: its standard output, and with --json what that says.
function ok(args, options) {
  const done = run(args, options);
  assert.equal(done.status, 0, `essaim ${args.join(' ')}: ${done.stderr}${done.stdout}`);
  return done.stdout;
}

const json = (args, options) => JSON.parse(ok([...args, '--json'], options));

// A node of lib.js whose commands do not wait for each other by themselves.
class Commanded extends Node {
  constructor(dir, name) {
    super(dir);
    this.name = name;
  }

  try(args, options) { return run([...args, '--data', this.dir], options); }
  ok(args, options) { return ok([...args, '--data', this.dir], options); }
  json(args, options) { return json([...args, '--data', this.dir], options); }

  // Write a record from its content; its reference.
  put(kind, content, ...more) {
    return this.json(['record', 'put', '--kind', kind, ...more, '-'], { input: JSON.stringify(content) }).ref;
  }
}

function made(t, name, ...more) {
  const node = new Commanded(path.join(temporary(t), 'var'), name);
  t.after(() => node.kill('SIGKILL'));
  ok(['init', '--name', name, '--data', node.dir, ...more]);
  return node;
}

// Both keep each other as peers and vouch for each other.
function befriend(a, b) {
  a.ok(['peer', 'add', b.url, '--vouch', '--yes']);
  b.ok(['peer', 'add', a.url, '--vouch', '--yes']);
}

// Wait until all hold the same set.
function converged(...nodes) {
  return until('the nodes hold the same', () => {
    const states = nodes.map((n) => n.json(['status']).state);
    return states.every((s) => s === states[0]);
  });
}

module.exports = { befriend, converged, json, made, ok, run };
