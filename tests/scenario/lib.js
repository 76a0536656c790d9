// SPDX-License-Identifier: AGPL-3.0-or-later
// lib.js - real nodes for the scenarios: made in temporary folders, served on loopback, asked by
// command line, by HTTP and by control socket, and gone when the test ends.
//
//   const node = await lib.node(t, { name: 'Pays de A', conf: { admission: 'open' } });
//   await node.start();
//   await node.run('import', file);              the command line; its JSON
//   await node.get('/api/v1/status');            the public API; { status, headers, text, json, lines }
//   await node.control('GET', '/api/v1/peers');  the operator's API
'use strict';
const assert = require('node:assert/strict');
const fs = require('node:fs');
const http = require('node:http');
const os = require('node:os');
const path = require('node:path');
const { spawn } = require('node:child_process');

const ESSAIM = path.resolve(process.env.ESSAIM || path.join('build', process.env.V || 'release', 'essaim'));
const START_TRIES = 1200;
const PATIENCE_TRIES = 1200; // of 50 ms: a minute, for slow variants; no test passes or fails by time
const STOP_MS = 120000;
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Ask until the answer is neither false nor undefined nor null; the last word of the failure is explain().
async function until(what, ask, explain = () => '', tries = PATIENCE_TRIES) {
  for (let i = 0; i < tries; i++) {
    const answer = await ask();
    if (answer !== false && answer !== undefined && answer !== null) return answer;
    await sleep(50);
  }
  assert.fail(`it did not come to be: ${what}. ${await explain()}`);
}

// A folder that goes when the test ends, after what must come first.
function temporary(t, first = () => {}) {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'essaim-test-'));
  t.after(async () => {
    try {
      await first();
    } finally {
      fs.rmSync(dir, { recursive: true, force: true });
    }
  });
  return dir;
}

// Run a program to its end: { status, stdout, stderr }.
function execute(file, args, { input = '', env = process.env } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { env });
    const out = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr']) {
      child[name].setEncoding('utf8');
      child[name].on('data', (text) => { out[name] += text; });
    }
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, ...out }));
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

// One HTTP request; the answer whole.  With "Expect: 100-continue" the body waits to be asked for.
function request(options, body) {
  return new Promise((resolve, reject) => {
    const req = http.request(options, (res) => {
      const parts = [];
      res.on('data', (part) => parts.push(part));
      res.on('error', reject);
      res.on('end', () => {
        const bytes = Buffer.concat(parts);
        const text = bytes.toString('utf8');
        resolve({
          status: res.statusCode, headers: res.headers, bytes, text, json: parse(text),
          get lines() { return text.split('\n').filter((line) => line !== ''); },
        });
      });
    });
    req.on('error', reject);
    if (options.headers.Expect) req.on('continue', () => req.end(body)).flushHeaders();
    else req.end(body);
  });
}

class Node {
  constructor(dir) {
    this.dir = dir;
    this.port = 0;
    this.child = null;
  }

  // The command line with --data and --json: { status, stdout, stderr, json }.
  async essaim(args, options = {}) {
    const done = await execute(ESSAIM, [...args, '--data', this.dir, '--json'], options);
    return { ...done, json: parse(done.stdout) };
  }

  // The same, when it must succeed; what it printed, as JSON where it is.
  async run(...args) {
    const options = typeof args.at(-1) === 'object' ? args.pop() : {};
    const done = await this.essaim(args, options);
    assert.equal(done.status, 0, `essaim ${args.join(' ')}: ${done.stderr}${done.stdout}`);
    return done.json === undefined ? done.stdout : done.json;
  }

  // strict: without leave to call private networks.
  async start({ address = '127.0.0.1', strict = false, env = process.env } = {}) {
    const log = fs.openSync(path.join(this.dir, 'test.log'), 'a');
    this.child = spawn(ESSAIM, ['serve', '--data', this.dir, '--json', ...(strict ? [] : ['--allow-private']),
      '--listen', `${address}:${this.port}`], { env, stdio: ['ignore', 'pipe', log] });
    fs.closeSync(log);
    const child = this.child;
    let said = '';
    child.stdout.setEncoding('utf8');
    child.stdout.on('data', (text) => { said += text; });
    this.exited = new Promise((resolve) => child.on('exit', (status, signal) => {
      child.over = true;
      resolve({ status, signal });
    }));
    await until('the node serves', () => said.includes('\n') || child.over || null, () => this.log(), START_TRIES);
    assert.ok(said.includes('\n'), `the node does not start: ${this.log()}`);
    const { url, did } = JSON.parse(said);
    assert.ok(url, said);
    this.port = Number(new URL(url).port);
    this.url = url;
    this.did = did;
    return this;
  }

  log() {
    return fs.readFileSync(path.join(this.dir, 'test.log'), 'utf8').split('\n').slice(-30).join('\n');
  }

  // Stop what start() started, cleanly: it must end by itself with status 0, which sanitizers spoil when
  // they have something to report.  kill('SIGKILL') is the other way.
  async stop() {
    if (this.child === null) return;
    const child = this.child;
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    const end = await this.exited;
    clearTimeout(late);
    this.child = null;
    assert.deepEqual(end, { status: 0, signal: null }, this.log());
  }

  // One conversation with a peer, by command: its report.
  async sync(peer) {
    const [report] = await this.run('sync', peer.url);
    assert.ok(report.ok, report.error);
    return report;
  }

  async kill(signal) {
    if (this.child === null) return;
    this.child.kill(signal);
    await this.exited;
    this.child = null;
  }

  get(target, headers = {}) {
    return request({ host: '127.0.0.1', port: this.port, path: target, headers });
  }

  post(target, body, headers = {}, method = 'POST') {
    return request({ host: '127.0.0.1', port: this.port, path: target, method, headers: {
      'Content-Type': 'application/octet-stream', 'Content-Length': Buffer.byteLength(body), ...headers } }, body);
  }

  control(method, target, body = '') {
    return request({ socketPath: path.join(this.dir, 'control.sock'), path: target, method,
      headers: { Host: 'localhost', 'Content-Length': Buffer.byteLength(body) } }, body);
  }

  // Offer records, one a line; their results.
  async offer(lines) {
    const answer = await this.post('/api/v1/records', Buffer.concat(lines.flatMap((line) => [Buffer.from(line), Buffer.from('\n')])));
    assert.equal(answer.status, 200, answer.text);
    return answer.lines.map((line) => JSON.parse(line));
  }

  // Everything that it serves, page by page: { lines, end }, end being the last cursor line.
  async changes({ limit = 500, filter = '' } = {}) {
    const lines = [];
    for (let since = '', pages = 0; pages < 10000; pages++) {
      const page = await this.get(`/api/v1/changes?since=${since}&limit=${limit}${filter}`);
      assert.equal(page.status, 200, page.text);
      const end = JSON.parse(page.lines.at(-1));
      lines.push(...page.lines.slice(0, -1));
      if (!end.more) return { lines, end };
      since = end.cursor;
    }
    return assert.fail('the feed does not end');
  }

  // The record under a name, or null.
  async record(did, kind, rid) {
    const answer = await this.get(`/api/v1/records/${did}/${kind}/${rid}`);
    return answer.status === 200 ? answer.json : null;
  }

  // Settings for the next start.
  configure(conf) {
    fs.appendFileSync(path.join(this.dir, 'essaim.conf'), Object.entries(conf).map(([k, v]) => `${k} = ${v}\n`).join(''));
  }

  async status() {
    return (await this.control('GET', '/api/v1/status/full')).json;
  }

  async indexed() {
    await until('the index has caught up', async () => {
      const s = await this.status();
      return s.seq === s.search_seq || null;
    });
  }
}

// Where a node will be; it is stopped when the test ends.
function folder(t) {
  const made = new Node('');
  made.dir = path.join(temporary(t, () => made.stop()), 'node');
  return made;
}

// A new node that does not serve yet.
async function node(t, { name = 'Pays d’Essai', conf = {}, territory = '' } = {}) {
  const made = folder(t);
  const { did } = await made.run('init', '--name', name, ...(territory ? ['--territory', territory] : []));
  made.did = did;
  made.configure({ threads: 2, workers: 2, 'sync-interval-s': 1, ...conf });
  return made;
}

// The node that `essaim restore` makes of a backup; it serves where port says once started.
async function restored(t, file, port = 0) {
  const made = folder(t);
  await made.run('restore', file);
  made.port = port;
  return made;
}

// Settings of nodes that talk to others only when told to.
const quiet = { 'sync-interval-s': 86400, push: 'no' };

// Each the other's peer, and each vouching for the other.
async function acquaint(a, b) {
  await a.run('peer', 'add', b.url, '--vouch', '--yes');
  await b.run('peer', 'add', a.url, '--vouch', '--yes');
}

// Wait until all nodes print one state, which is not the one given, with all of it indexed; that state.
async function agreed(nodes, than = '') {
  const states = () => Promise.all(nodes.map(async (node) => (await node.run('status')).state));
  const [state] = await until('the nodes print the same state', async () => {
    const found = await states();
    return found.every((s) => s === found[0] && s !== than) ? found : null;
  }, async () => JSON.stringify(await Promise.all(nodes.map((node) => node.run('status')))));
  await Promise.all(nodes.map((node) => node.indexed()));
  return state;
}

// Talk until both print one state.
async function together(a, b) {
  for (let i = 0; i < 20; i++) {
    await b.sync(a);
    await a.sync(b);
    const [x, y] = [await a.run('status'), await b.run('status')];
    if (x.state === y.state) return x.state;
  }
  return assert.fail(JSON.stringify([await a.status(), await b.status()]));
}

// Every file of a node, or of any folder, that holds the words, in either case.
function holding(node, words) {
  const files = (dir) => fs.readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(dir, entry.name);
    return entry.isDirectory() ? files(file) : entry.isFile() ? [file] : [];
  });
  return files(node.dir).filter((file) => fs.readFileSync(file).toString('latin1').toLowerCase().includes(words.toLowerCase()))
    .map((file) => path.relative(node.dir, file));
}

module.exports = { ESSAIM, Node, acquaint, agreed, execute, holding, node, quiet, request, restored, sleep, temporary, together, until };
