// SPDX-License-Identifier: AGPL-3.0-or-later
// Goal: one mine told of on two nodes is proposed as one, with why; the operator says so by a form and takes it
// back; nothing is destroyed by it.
'use strict';
const assert = require('node:assert/strict');
const { test } = require('node:test');
const { acquaint, node, quiet, together, until } = require('./lib.js');

const GARDEN = { name: 'Jardin partagé du Port', commune: 'Morlaix', insee: '29151', lat_e7: 485780000, lon_e7: -38280000,
  website: 'https://www.jardin.example/', phone: '02 98 00 00 01' };
const put = async (n, content, ...args) => (await n.run('record', 'put', '--kind', 'initiative', ...args, '-',
  { input: JSON.stringify(content) })).ref;

// The operator's pages: get(target), send(form), with their session.
async function operator(n) {
  const login = await fetch(new URL((await n.run('login')).link, n.url), { redirect: 'manual' });
  const cookie = login.headers.getSetCookie().map((c) => c.split(';')[0]).join('; ');
  const get = async (target) => (await fetch(new URL(target, n.url), { headers: { cookie } })).text();
  const csrf = /name="csrf" value="([^"]+)"/.exec(await get('/operator/twins'))[1];
  const send = async (form, token = csrf) => {
    const answer = await fetch(new URL('/operator/twins?lang=fr', n.url), { method: 'POST',
      headers: { cookie, origin: n.url }, body: new URLSearchParams({ csrf: token, ...form }) });
    return { status: answer.status, text: await answer.text() };
  };
  return { get, send };
}

async function world(t) {
  const a = await (await node(t, { name: 'Pays de A', conf: quiet })).start();
  const b = await (await node(t, { name: 'Pays de B', conf: quiet })).start();
  const mine = await put(a, GARDEN);
  const theirs = await put(b, { ...GARDEN, name: 'Le jardin partagé du Port (association)', phone: '+33 2 98 00 00 01',
    website: 'http://jardin.example', summary: 'Des légumes pour tous' });
  await put(b, { ...GARDEN, name: 'Jardin partagé du Port', commune: 'Rennes', insee: '35238', lat_e7: 481100000,
    lon_e7: -16800000, phone: '02 99 00 00 02' });
  await acquaint(a, b);
  await together(a, b);
  await Promise.all([a.indexed(), b.indexed()]);
  return { a, b, mine, theirs };
}

test('the same thing twice', async (t) => {
  const { a, b, mine, theirs } = await world(t);

  await t.test('is found with why, and only it', async () => {
    const pairs = await a.run('twins');
    assert.equal(pairs.length, 1, JSON.stringify(pairs));
    assert.deepEqual([pairs[0].a.ref, pairs[0].b.ref].sort(), [mine, theirs].sort());
    assert.ok(pairs[0].score >= 90, JSON.stringify(pairs));
    for (const why of ['site', 'phone', 'near', 'commune']) assert.ok(pairs[0].reasons.includes(why), why);
    assert.equal((await a.run('twins', '--author', b.did)).length, 1);
    assert.equal((await a.run('twins', '--author', 'did:key:z6Mknobody')).length, 0);
  });

  await t.test('is decided by a form, and undone', async () => {
    const pages = await operator(a);
    const page = await pages.get('/operator/twins?lang=fr');
    assert.match(page, /C’est la même chose/);
    assert.match(page, /<mark>[^]*Des légumes pour tous/);
    assert.equal((await pages.send({ action: 'same', a: mine, b: theirs, score: '95' }, 'wrong')).status, 403);
    assert.equal((await a.run('twins')).length, 1, 'a form without its token decides nothing');
    const done = await pages.send({ action: 'same', a: mine, b: theirs, score: '95' });
    assert.equal(done.status, 200, done.text);
    assert.match(done.text, /Rien ne ressemble à un doublon/);
    assert.equal((await a.run('twins')).length, 0);
    const [claim, ...more] = await a.run('record', 'list', '--kind', 'same');
    assert.deepEqual([claim.content, more.length], [{ a: mine, b: theirs, score: 95, verdict: 'same' }, 0]);
    const ref = /name="ref" value="([^"]+)"/.exec(done.text)[1];
    assert.match((await pages.send({ action: 'undo', ref })).text, /C’est annulé/);
    assert.equal((await a.run('twins')).length, 1);
    assert.equal((await pages.send({ action: 'undo', ref: mine })).status, 422, 'only such decisions are undone here');
    assert.ok(await a.record(...mine.split('/')), 'the record itself stays');
  });
});

const catalogue = async (n, more = '') => (await n.get(`/catalogue?q=jardin${more}`, { 'Accept-Language': 'fr' })).text;
const results = async (n, more) => Number(/class="count">(\d+)/.exec(await catalogue(n, more))[1]);
const seen = (n, more, count) => until(`${count} results`, async () => (await results(n, more)) === count || null,
  async () => `${await results(n, more)}`);

test('what is said to be one thing is one entry, wherever those who say so are believed', async (t) => {
  const { a, b, mine, theirs } = await world(t);
  const c = await (await node(t, { name: 'Pays de C', conf: quiet })).start();
  const say = (n, verdict) => n.run('record', 'put', '--kind', 'same', '-',
    { input: JSON.stringify({ a: mine, b: theirs, verdict }) });

  assert.equal(await results(a), 3);
  await t.test('a record’s own author, here and at the neighbour', async () => {
    const { ref } = await say(a, 'same');
    await seen(a, '', 2);
    const page = await catalogue(a);
    assert.match(page, /2 sources :[^]*Pays de A[^]*Pays de B/);
    assert.equal(await results(a, '&together=apart'), 3);
    await together(a, b);
    await seen(b, '', 2);
    for (const of of [mine, theirs]) {
      const text = (await b.get(`/i/${of}`, { 'Accept-Language': 'fr' })).text;
      assert.match(text, /la même chose, d’après Pays de A/);
      assert.ok(text.includes(of === mine ? theirs : mine), 'each page leads to the other');
    }
    assert.ok(await b.record(...mine.split('/')) && await b.record(...theirs.split('/')));
    await a.run('record', 'delete', ref);
    await seen(a, '', 3);
    await together(a, b);
    await seen(b, '', 3);
  });

  await t.test('a stranger only where the reader asks for it', async () => {
    await acquaint(b, c);
    await acquaint(a, c);
    await together(a, c);
    await together(b, c);
    await c.indexed();
    await say(c, 'same');
    await seen(c, '', 2);
    await together(a, c);
    await a.indexed();
    await seen(a, '&together=all', 2);
    assert.equal(await results(a), 3);
  });

  await t.test('a contradiction splits', async () => {
    await say(b, 'not-same');
    await together(b, c);
    await seen(c, '', 3);
  });
});
