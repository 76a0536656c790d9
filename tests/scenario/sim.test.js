// SPDX-License-Identifier: AGPL-3.0-or-later
// Goal: small networks with every fault there is come to agree, the same seed is the same history, and
// the simulator says what it found in the form that others read.
'use strict';
const test = require('node:test');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { spawnSync } = require('node:child_process');

const SIM = path.resolve('build', process.env.V || 'release', 'essaim-sim');

function sim(...args) {
  const run = spawnSync(SIM, args, { encoding: 'utf8' });
  return { ...run, found: args.includes('--json') && run.stdout ? run.stdout.trim().split('\n').map(JSON.parse) : [] };
}

// What a run cost the machine is no part of its history.
function history({ cpu_s, cpu_ms_per_node, memory_kib, ...rest }) {
  return rest;
}

test('networks of five with all faults agree, whatever the seed', () => {
  for (let seed = 1; seed <= 12; seed++) {
    const run = sim('--nodes', '5', '--records', '60', '--seed', `${seed}`, '--faults', 'all', '--json');
    const [found] = run.found;
    assert.equal(run.status, 0, `seed ${seed}: ${run.stdout}${run.stderr}`);
    assert.equal(found.converged, true, `seed ${seed}`);
    assert.equal(found.violations, 0, `seed ${seed}`);
    assert.ok(found.rounds > 0 && found.bytes_per_node > found.payload_per_node, `seed ${seed}`);
  }
});

test('small networks with faults of their own agree', () => {
  const run = sim('--sweep', '30', '--seed', '1', '--json');
  assert.equal(run.status, 0, run.stderr);
  assert.equal(run.found[0].failed, 0);
  assert.equal(run.found[0].seeds, 30);
});

test('one seed is one history, another seed another', () => {
  const args = ['--nodes', '6', '--records', '80', '--faults', 'all', '--json', '--seed'];
  const [a, b, c] = ['7', '7', '8'].map((seed) => history(sim(...args, seed).found[0]));
  assert.deepEqual(a, b);
  assert.notDeepEqual({ ...a, seed: 0 }, { ...c, seed: 0 });
});

test('a network that cannot agree is reported, with what to type to see it again', () => {
  const args = ['--nodes', '4', '--records', '40', '--limit-s', '1', '--policy', 'sticky=1,listen=0,push=0,visit=0,interval=3600'];
  const run = sim(...args);
  assert.equal(run.status, 1);
  const again = /again with\s+essaim-sim (.*)/.exec(run.stdout);
  assert.ok(again, run.stdout);
  const first = history(sim(...args, '--json').found[0]);
  assert.equal(first.converged, false);
  assert.ok(first.violations > 0 && first.violation[0].includes('nodes '), JSON.stringify(first));
  assert.deepEqual(history(sim(...again[1].split(' '), '--json').found[0]), first);
});

test('a curve is one object a line, and a drawing', () => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'essaim-sim-'));
  const file = path.join(dir, 'curve.svg');
  const run = sim('--curve', '2,4,8', '--records', '30', '--json', '--svg', file);
  assert.equal(run.status, 0, run.stderr);
  assert.deepEqual(run.found.map((o) => o.nodes), [2, 4, 8]);
  const svg = fs.readFileSync(file, 'utf8');
  assert.match(svg, /^<svg [^>]*>[\s\S]*<\/svg>\n$/);
  assert.equal(svg.match(/<polyline/g).length, 5);
  fs.rmSync(dir, { recursive: true });
});

test('what makes no sense is told, with exit status 2', () => {
  for (const args of [['--nodes', '0'], ['--nodes'], ['--faults', 'loss=2'], ['--faults', 'rain'], ['--policy', 'sticky=no'],
    ['--frobnicate', '1'], ['--curve', '4,x']]) {
    const run = sim(...args);
    assert.equal(run.status, 2, args.join(' '));
    assert.match(run.stderr, /^essaim-sim: ./);
  }
  assert.equal(sim('--help').status, 0);
});
