// SPDX-License-Identifier: AGPL-3.0-or-later
// Goal: over HTTP, people find French words as they type them; facets promise what filtering gives; and no
// query, however hostile, gets anything but an answer.
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const assert = require('node:assert/strict');
const lib = require('./lib.js');

const texts = [
  ['initiative', { name: 'Jardins partagés du Gué', description: 'On y cultive ensemble, bénévoles et voisins.' }],
  ['initiative', { name: 'Atelier vélo', summary: 'Réparer soi-même sa bicyclette.' }],
  ['initiative', { name: 'Chorale du marché', description: 'Une œuvre chantée chaque été.' }],
  ['organisation', { name: 'Les Mains vertes', summary: 'Nos bénévoles sèment à tout vent.' }],
  ['place', { name: 'Potager du presbytère', description: 'Un coin de terre ouvert.' }],
  ['resource', { name: 'Broyeur à végétaux', resource_type: 'tool', summary: 'À emprunter à l’aujourd’hui lointain.' }],
  ['event', { name: 'Fête de la soupe', starts: '2099-10-03T18:00' }],
  ['document', { document_type: 'article', name: 'Cœurs à l’ouvrage', description: 'Les chevaux et leurs eaux.' }],
];

async function filled(t) {
  const node = await (await lib.node(t, { name: 'Pays des Mots', territory: '35238' })).start();
  for (const [kind, content] of texts) {
    const answer = await node.control('POST', `/api/v1/own?kind=${kind}`, JSON.stringify(content));
    assert.equal(answer.status, 200, answer.text);
  }
  await node.indexed();
  return node;
}

async function search(node, parameters) {
  const answer = await node.get(`/api/v1/search?${new URLSearchParams(parameters)}`);
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
}

const words = [
  { why: 'plural and accents left out', q: 'jardin partage', title: 'Jardins partagés du Gué' },
  { why: 'in capitals', q: 'JARDIN PARTAGÉ', title: 'Jardins partagés du Gué' },
  { why: 'a plural in -os', q: 'velos', title: 'Atelier vélo' },
  { why: 'the ligature written out', q: 'oeuvre', title: 'Chorale du marché' },
  { why: 'the ligature itself', q: 'œuvre', title: 'Chorale du marché' },
  { why: 'a word of the same family', q: 'bénévolat', title: 'Les Mains vertes' },
  { why: 'its beginning', q: 'potag', title: 'Potager du presbytère' },
  { why: 'a stronger ligature', q: 'coeur', title: 'Cœurs à l’ouvrage' },
  { why: 'an irregular plural', q: 'cheval', title: 'Cœurs à l’ouvrage' },
  { why: 'letters in two parts (NFD)', q: 've\u0301lo', title: 'Atelier vélo' },
  { why: 'an elided article', q: "l'ouvrage", title: 'Cœurs à l’ouvrage' },
  { why: 'words of two fields', q: 'jardin bénévoles', title: 'Jardins partagés du Gué' },
];

test('French words are found as people type them', async (t) => {
  const node = await filled(t);
  for (const { why, q, title } of words) {
    const { hits, loose } = await search(node, { q });
    assert.ok(hits.some((hit) => hit.title === title), `${why}: “${q}” gives ${hits.map((hit) => hit.title)}`);
    assert.equal(loose, false, `${why}: “${q}” is found as asked`);
  }
  const none = await search(node, { q: 'hippopotame' });
  assert.equal(none.hits.length, 0, 'what nobody wrote is not found');
  const page = await node.get('/catalogue?q=jardin+partage');
  assert.match(page.text, /Jardins partagés du Gué/, 'the page finds what the API finds');
});

test('what is changed or deleted is no longer found by its old words', async (t) => {
  const node = await filled(t);
  const [hit] = (await search(node, { q: 'broyeur' })).hits;
  const rid = hit.ref.split('/').at(-1);
  await node.control('POST', `/api/v1/own?kind=resource&rid=${rid}`, JSON.stringify({ name: 'Tondeuse', resource_type: 'tool' }));
  await node.indexed();
  assert.equal((await search(node, { q: 'broyeur' })).total, 0);
  assert.equal((await search(node, { q: 'tondeuses' })).hits[0].ref, hit.ref);
  await node.control('DELETE', `/api/v1/own/${hit.ref}`);
  await node.indexed();
  assert.equal((await search(node, { q: 'tondeuse' })).total, 0);
});

// --- facets -----------------------------------------------------------------------------------------

const pick = (list, i) => list[i % list.length];

function mixed(i) {
  return ['initiative', {
    name: `Action ${i} ${pick(['jardin', 'vélo', 'repas'], i)}`, axes: [pick(['solidarity', 'co-production', 'shared-resources'], i)],
    practices: [...new Set([pick(['shared-garden', 'repair', 'gleaning', 'carpooling'], i), pick(['repair', 'gift'], i >> 1)])],
    access: [pick(['free', 'paid', 'membership'], i >> 2)], status: pick(['active', 'idea', 'ended', 'paused'], i >> 3),
    ...pick([{ commune: 'Rennes', insee: '35238', lat_e7: 481113000 + i * 1000, lon_e7: -16800000 }, { commune: 'Morlaix', insee: '29151' }, {}], i),
  }];
}

test('each facet’s count is what filtering by it gives, alone and with others', async (t) => {
  const node = await filled(t);
  const other = (await node.run('author', 'add', 'Les Voisines')).did;
  for (let i = 0; i < 60; i++) {
    const [kind, content] = mixed(i);
    await node.control('POST', `/api/v1/own?kind=${kind}${i % 4 ? '' : `&author=${other}`}`, JSON.stringify(content));
  }
  await node.indexed();
  let tried = 0;
  for (const base of [{}, { q: 'jardin' }, { kind: 'initiative' }, { access: 'free', q: 'action' }, { near: '48.11,-1.68', within: '10' }]) {
    const { facets, total } = await search(node, base);
    assert.ok(total > 0, JSON.stringify(base));
    for (const [facet, values] of Object.entries(facets)) {
      if (facet in base) continue;
      for (const { key, count } of values) {
        const found = await search(node, { ...base, [facet]: key });
        assert.equal(found.total, count, `${JSON.stringify(base)} and ${facet}=${key}`);
        tried++;
      }
    }
  }
  assert.ok(tried > 80, `${tried} counts`);
});

// --- hostile ----------------------------------------------------------------------------------------

const hostile = ['"', '""', "'; DROP TABLE record; --", '*', '**', '-', '- -', '+', 'AND', 'OR', 'NOT', 'NEAR(a b)', 'a AND', '(', ')', '((((', 'title:a',
  '{title}: a', '^a', 'a*b*', '\\', '%', '_', 'a'.repeat(4000), 'a '.repeat(900), 'é'.repeat(1000), 'a-'.repeat(1500), '\u0301'.repeat(500), '\u202e\u200b\ufeff',
  '🌻🌻🌻', '日本語', 'עברית', '<script>alert(1)</script>', 'e a o i u', '1 2 3 4 5 6 7 8 9', '\t\n\r', ' ', '.', '…', '–'];
const parameters = ['page', 'limit', 'near', 'within', 'bbox', 'kind', 'axis', 'practice', 'sort', 'territory', 'commune', 'status', 'lang', 'access'];

test('no query breaks the search: 200, and a node as well as before', async (t) => {
  const node = await filled(t);
  for (const q of hostile) {
    for (const path of ['/api/v1/search', '/catalogue', '/api/v1/suggest']) {
      const answer = await node.get(`${path}?q=${encodeURIComponent(q)}`);
      assert.equal(answer.status, 200, `${path} ${JSON.stringify(q.slice(0, 40))}: ${answer.text.slice(0, 200)}`);
      assert.ok(!answer.text.includes('<script>alert'), 'and what it repeats is escaped');
    }
  }
  for (const name of parameters) {
    for (const value of ['', '-1', '99999999999999999999', 'nan', 'inf', '1e999', '0x10', ',,,,', '48.1', '999,999', "'", 'a'.repeat(2000), '../..']) {
      const answer = await node.get(`/api/v1/search?${name}=${encodeURIComponent(value)}`);
      assert.equal(answer.status, 200, `${name}=${value.slice(0, 40)}: ${answer.text.slice(0, 200)}`);
      assert.ok(Array.isArray(answer.json.hits));
    }
  }
  assert.equal((await search(node, { q: 'potag' })).hits[0].title, 'Potager du presbytère');
});

test('a search.db that is damaged while the node runs is built anew, without a restart', async (t) => {
  const node = await (await lib.node(t, { name: 'Pays du Heurt' })).start();
  const put = async (content) => assert.equal((await node.control('POST', '/api/v1/own?kind=need', JSON.stringify(content))).status, 200);
  for (let i = 0; i < 60; i++) await put({ name: `Parapluie ${i}`, description: 'à prêter les jours de pluie '.repeat(40) });
  await node.indexed();
  for (const name of ['search.db', 'search.db-wal']) {	// pages are read from either
    const file = path.join(node.dir, name), fd = fs.openSync(file, 'r+');
    fs.writeSync(fd, Buffer.alloc(Math.max(fs.statSync(file).size - 4096, 0), 0x5a), 0, undefined, 4096);
    fs.closeSync(fd);
  }
  await lib.until('it is whole again', async () => {
    const { text } = await node.get('/api/v1/search?q=parapluie').catch(() => ({ text: '' }));
    await put({ name: 'Encore un' });
    return text.includes('"total":60') && /built anew/.test(node.log());
  });
});
