// SPDX-License-Identifier: AGPL-3.0-or-later
// Goal: tables and spreadsheets come in by the real command as what they say; a dry run gives the counts of the
// real one; an import that was killed goes on without doubling; the operator's page does the same as the command.
'use strict';
const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { made } = require('./cli.js');
const { ESSAIM, temporary, until } = require('./lib.js');

const ITEMS = 120;
const RESULTS = ['new', 'changed', 'same', 'refused', 'differs', 'vanished'];
const count = (r) => RESULTS.map((name) => r[name]);

// A zip whose parts are stored as they are.
function zip(parts) {
  const crc = (bytes) => {
    let c = -1;
    for (const b of bytes) {
      c ^= b;
      for (let k = 0; k < 8; k++) c = (c >>> 1) ^ (c & 1 ? 0xedb88320 : 0);
    }
    return ~c >>> 0;
  };
  const body = [];
  const index = [];
  let at = 0;
  for (const [name, text] of parts) {
    const bytes = Buffer.from(text);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt32LE(crc(bytes), 10);
    fields.writeUInt32LE(bytes.length, 14);
    fields.writeUInt32LE(bytes.length, 18);
    fields.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), fields, Buffer.from(name), bytes]);
    const central = Buffer.alloc(14);
    central.writeUInt32LE(at, 10);
    index.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), fields, central, Buffer.from(name)]));
    body.push(local);
    at += local.length;
  }
  const end = Buffer.alloc(18);
  end.writeUInt16LE(index.length, 4);
  end.writeUInt16LE(index.length, 6);
  end.writeUInt32LE(Buffer.concat(index).length, 8);
  end.writeUInt32LE(at, 12);
  return Buffer.concat([...body, ...index, Buffer.from('PK\x05\x06'), end]);
}

const NAMES = ['id', 'Nom', 'Description', 'Ville', 'Code postal', 'Latitude', 'Longitude', 'Catégories', 'Depuis'];
const things = (n) => Array.from({ length: n }, (_, i) => [`n${i}`, `Café « ${i} »`, `Ouvert à tous ; n° ${i}`, 'RENNES CEDEX 7', '35042',
  String(48 + i / 1000), String(-1 - i / 1000), 'Covoiturage|AMAP', `2020-01-${String(1 + i % 28).padStart(2, '0')}`]);
const escape = (s) => s.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
const table = (all, by) => [NAMES, ...all].map((row) => row.map((c) => `"${c}"`).join(by)).join('\r\n');
const days = (date) => Date.parse(`${date}T00:00:00Z`) / 86400000 + 25569;

function xlsx(all) {
  const cell = (c, i, header) => (i === 8 && !header ? `<c s="1"><v>${days(c)}</v></c>`
    : (i === 5 || i === 6) && !header ? `<c><v>${c}</v></c>` : `<c t="inlineStr"><is><t>${escape(c)}</t></is></c>`);
  const rows = [NAMES, ...all].map((row, r) => `<row>${row.map((c, i) => cell(c, i, r === 0)).join('')}</row>`).join('');
  return zip([
    ['[Content_Types].xml', '<Types/>'],
    ['xl/workbook.xml', '<workbook xmlns:r="r"><sheets><sheet name="A" r:id="rId1"/></sheets></workbook>'],
    ['xl/_rels/workbook.xml.rels', '<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml"/></Relationships>'],
    ['xl/styles.xml', '<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>'],
    ['xl/worksheets/sheet1.xml', `<worksheet><sheetData>${rows}</sheetData></worksheet>`],
  ]);
}

function ods(all) {
  const cell = (c, i, header) => (i === 8 && !header
    ? `<table:table-cell office:value-type="date" office:date-value="${c}"><text:p>le ${c}</text:p></table:table-cell>`
    : `<table:table-cell><text:p>${escape(c)}</text:p></table:table-cell>`);
  const rows = [NAMES, ...all].map((row, r) => `<table:table-row>${row.map((c, i) => cell(c, i, r === 0)).join('')}</table:table-row>`);
  return zip([['mimetype', 'application/vnd.oasis.opendocument.spreadsheet'],
    ['content.xml', '<o:d xmlns:o="o" xmlns:table="t" xmlns:text="x" xmlns:office="f"><table:table>' +
      `${rows.join('')}<table:table-row table:number-rows-repeated="1040000"/></table:table></o:d>`]]);
}

const mednum = (all) => ['id,pivot,nom,commune,code_postal,adresse,latitude,longitude,typologie,frais_a_charge,date_maj,presentation_resume',
  ...all.map((t) => `${t[0]},43493312300029,"${t[1]}",Rennes,35000,1 rue T,${t[5]},${t[6]},TIERS_LIEUX|ASSO,Gratuit,2024-04-02,"${t[2]}"`)].join('\n');
const geojson = (all) => JSON.stringify({ type: 'FeatureCollection', features: all.map((t) => ({ type: 'Feature', id: t[0],
  geometry: { type: 'Point', coordinates: [+t[6], +t[5]] }, properties: { name: t[1], description: t[2] } })) });

const RECORD = { commune: 'RENNES CEDEX 7', description: 'Ouvert à tous ; n° 1', insee: '35238', lat_e7: 480010000, lon_e7: -10010000,
  name: 'Café « 1 »', postcode: '35042', practices: ['carpooling', 'short-supply-chain'], since: '2020-01-02' };
const FORMATS = [
  ['csv', 'semicolons.csv', (all) => table(all, ';'), RECORD],
  ['csv', 'tabs.tsv', (all) => `\ufeff${table(all, '\t')}`, RECORD],
  ['csv', 'wide.csv', (all) => Buffer.from(`\ufeff${table(all, ',')}`, 'utf16le'), RECORD],
  ['csv', 'old.csv', (all) => Buffer.from(table(all, ';'), 'latin1'), RECORD],
  ['xlsx', 'classeur.xlsx', xlsx, RECORD],
  ['ods', 'classeur.ods', ods, RECORD],
  ['mednum', 'mediation.csv', mednum, { access: ['free'], commune: 'Rennes', confirmed: '2024-04-02', insee: '35238', lat_e7: 480010000,
    lon_e7: -10010000, name: 'Café « 1 »', postcode: '35000', practices: ['third-place', 'mediation'], street: '1 rue T',
    summary: 'Ouvert à tous ; n° 1' }],
  ['geojson', 'carte.geojson', geojson, null],
];

test('tables and spreadsheets come in, stay, change and come back', async (t) => {
  const node = made(t, 'Tables');
  const dir = temporary(t);
  await node.start();
  for (const [format, name, bytes, expected] of FORMATS) {
    const file = path.join(dir, name);
    const all = things(ITEMS);
    const bring = (...more) => {
      fs.writeFileSync(file, bytes(all));
      return node.json(['import', ...more, file]);
    };
    const tried = bring('--dry-run');
    const first = bring();
    assert.deepEqual(count(first), [ITEMS, 0, 0, 0, 0, 0], `${name}: ${JSON.stringify(first.rows.slice(0, 2))}`);
    assert.deepEqual(count(tried), count(first), name);
    assert.equal(first.format, format, name);
    if (expected !== null) {
      const ref = first.rows.find((r) => r.row === 3).ref;
      assert.deepEqual(node.json(['record', 'get', ref]).content, expected, name);
    }
    assert.deepEqual(count(bring()), [0, 0, ITEMS, 0, 0, 0], name);
    all[0][2] += ', sauf lundi';
    all.pop();
    assert.deepEqual(count(bring('--dry-run')), [0, 1, ITEMS - 2, 0, 0, 1], name);
    assert.deepEqual(count(bring()), [0, 1, ITEMS - 2, 0, 0, 1], name);
  }
  const { state } = node.json(['status']);
  for (const format of ['csv', 'geojson']) {
    const file = path.join(dir, `out.${format}`);
    node.ok(['export', '--format', format, file]);
    const back = node.json(['import', '--source', 'back', file]);
    assert.deepEqual([back.new, back.changed, back.refused], [0, 0, 0], format);
    assert.equal(node.json(['status']).state, state, `${format}: read again to the same records`);
  }
});

const TRAPS = [
  'id;Nom;Ville;Licence;Description;Latitude;Longitude;owner;Truc;Catégories',
  'a;Un;Saint-Denis;;"écrire à jean@example.org, 06 12 34 56 78";0;0;jean;x;Chat',
  'b;Deux;Rennes;CC BY-NC 4.0;;48,1;-1,6;;;',
  'c;Trois;Rennes;demander;;48.1;-1.6;;;',
  'a;Quatre;Rennes;ODbL;;;;;;',
  'd;;Rennes;;;;;;;',
  'e;Cinq;Nullepart;;;6789000;351000;;;',
  'f;Six;Rennes;ODbL;;;;;;AMAP',
].join('\n');

test('a dry run tells the truth: the same counts, and what is left out', async (t) => {
  const node = made(t, 'Essai');
  const file = path.join(temporary(t), 'pièges.csv');
  fs.writeFileSync(file, TRAPS);
  const tried = node.json(['import', '--dry-run', file]);
  const real = node.json(['import', file]);
  assert.deepEqual(count(real), [2, 0, 0, 5, 0, 0], JSON.stringify(real.rows));
  for (const key of Object.keys(real)) {
    if (key !== 'dry_run' && key !== 'rows') assert.deepEqual(tried[key], real[key], key);
  }
  assert.deepEqual(tried.rows, real.rows);
  assert.deepEqual(real.ignored_columns, ['Truc']);
  assert.deepEqual(real.dropped_columns, ['owner']);
  assert.deepEqual(real.unknown_categories, [{ text: 'Chat', rows: 1 }]);
  assert.deepEqual([real.emails_in_texts, real.phones_in_texts], [1, 1]);
  assert.deepEqual(real.licences.map((l) => l.verdict).sort(), ['forbids', 'none', 'open', 'unknown']);
  const [place] = real.ambiguous_places;
  assert.equal(place.text, 'Saint-Denis');
  assert.deepEqual(place.candidates.map((c) => c.code), ['11339', '30247', '93066', '97411']);
  assert.deepEqual(real.rows.filter((r) => r.result === 'refused').map((r) => [r.row, r.field || '']).sort(),
    [[3, 'license'], [4, 'license'], [5, ''], [6, 'name'], [7, 'latitude']]);

  const mapping = path.join(temporary(t), 'mapping.txt');
  fs.writeFileSync(mapping, '[fields]\nTruc = tags\n[places]\nSaint-Denis = 93066\n[constants]\nlicense = CC-BY-4.0\n');
  const mapped = node.json(['import', '--mapping', mapping, file]);
  assert.deepEqual(count(mapped), [2, 2, 0, 3, 0, 0]);
  const first = node.json(['record', 'get', mapped.rows.find((r) => r.row === 2).ref]);
  assert.deepEqual(first.content, { commune: 'Saint-Denis', description: 'écrire à […], […]', insee: '93066', name: 'Un',
    tags: ['x', 'Chat'] });
  assert.equal(first.license, 'CC-BY-4.0');

  const suggested = path.join(temporary(t), 'suggested.txt');
  fs.writeFileSync(suggested, node.ok(['import', '--suggest', file]));
  assert.deepEqual(count(node.json(['import', '--dry-run', '--mapping', suggested, file])), [0, 2, 0, 5, 0, 0]);
});

test('rows without a position stand at their commune, once that is known', async (t) => {
  const node = made(t, 'Places');
  const dir = temporary(t);
  const file = path.join(dir, 'lieux.csv');
  const communes = path.join(dir, 'communes.json');
  fs.writeFileSync(file, 'id;nom;ville;cp\na;Un;Rennes;35000\nb;Deux;Brest;29200\n');
  fs.writeFileSync(communes, JSON.stringify([{ code: '35238', nom: 'Rennes', centre: { type: 'Point', coordinates: [-1.68, 48.11] } },
    { code: '29151', nom: 'Morlaix' }]));
  const [one] = node.json(['import', '--kind', 'place', file]).rows;
  assert.equal(node.json(['record', 'get', one.ref]).content.lat_e7, undefined);
  assert.deepEqual(node.json(['places', 'import', communes]), { communes: 1, without_centre: 1 });
  await node.start();
  const again = node.json(['import', '--kind', 'place', file]);
  assert.deepEqual(count(again), [0, 1, 1, 0, 0, 0]);
  assert.equal(again.at_commune_centre, 1);
  assert.deepEqual([481100000, -16800000], ['lat_e7', 'lon_e7'].map((f) => node.json(['record', 'get', one.ref]).content[f]));
});

test('an import that was killed goes on without doubling', async (t) => {
  const rows = 4000;
  const node = made(t, 'Reprise');
  const file = path.join(temporary(t), 'grand.csv');
  fs.writeFileSync(file, table(things(rows), ';'));
  await node.start();
  const child = spawn(ESSAIM, ['import', '--data', node.dir, file], { stdio: 'ignore' });
  const ended = new Promise((resolve) => { child.on('close', resolve); });
  const held = () => node.json(['status']).records;
  const before = held();
  await until('some rows are in', () => held() > before + 500 || null);
  child.kill('SIGKILL');
  await ended;
  const done = node.json(['import', file]);
  assert.deepEqual([done.new + done.same, done.changed, done.refused], [rows, 0, 0]);
  assert.deepEqual(count(node.json(['import', file])), [0, 0, rows, 0, 0, 0]);
  assert.equal(held(), before + rows);
});

test('the operator drops a file, sees what it would do, and takes it in', async (t) => {
  const node = made(t, 'Page');
  await node.start();
  const login = await fetch(new URL(node.json(['login']).link, node.url), { redirect: 'manual' });
  const cookie = login.headers.getSetCookie().map((c) => c.split(';')[0]).join('; ');
  const get = async (target) => (await fetch(new URL(target, node.url), { headers: { cookie } })).text();
  const post = (target, body) => fetch(new URL(target, node.url), { method: 'POST', body, redirect: 'manual',
    headers: { cookie, origin: node.url } });
  const csrf = /name="csrf" value="([^"]+)"/.exec(await get('/operator/import'))[1];
  const settled = (target) => until('the file was read', async () => {
    const page = await get(target);
    return page.includes('import.working') || /<p class="lead" role="status">[^<]*(Lecture|Reading)/.test(page) ? null : page;
  });
  const form = (fields, text) => {
    const f = new FormData();
    for (const [name, value] of Object.entries(fields)) f.append(name, value);
    f.append('file', new Blob([text]), 'pièges.csv');
    return f;
  };

  assert.equal((await post('/operator/import', form({ csrf: 'guessed' }, TRAPS))).status, 403);
  assert.equal((await post('/operator/import', form({ csrf }, ''))).status, 422);
  const tried = await post('/operator/import', form({ csrf, kind: '', source: 'S', license: '' }, TRAPS));
  assert.equal(tried.status, 303);
  const target = tried.headers.get('location');
  const page = await settled(target);
  for (const word of ['Truc', 'owner', 'Chat (1)', 'Saint-Denis (93066)', '<dd>5</dd>']) assert.ok(page.includes(word), word);
  assert.equal(node.json(['record', 'list', '--kind', 'initiative']).length, 0, 'nothing is published yet');
  assert.match(await get(`${target.split('?')[0]}/mapping`), /Truc = -/);

  const taken = await post(target.split('?')[0], new URLSearchParams({ csrf, action: 'take' }));
  assert.equal(taken.status, 303);
  await settled(taken.headers.get('location'));
  assert.equal(node.json(['record', 'list', '--kind', 'initiative']).length, 2);
  assert.deepEqual(fs.readdirSync(path.join(node.dir, 'upload')), [], 'the file has gone');
});
