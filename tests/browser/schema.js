// SPDX-License-Identifier: AGPL-3.0-or-later
// schema.js - the kinds and their fields as SPEC.md's tables say them, so that a test meets each field there is,
// also those of next year.
'use strict';
const fs = require('node:fs');
const path = require('node:path');

const spec = fs.readFileSync(path.join(__dirname, '../../SPEC.md'), 'utf8');

const block = (name) => spec.split(`<!-- generated: ${name} -->\n`)[1].split('<!-- end -->')[0];
const rows = (text) => text.split('\n').filter((line) => line.startsWith('| `'))
	.map((line) => line.slice(1, -1).split('|').map((cell) => cell.trim()));
const quoted = (text) => [...text.matchAll(/`([^`]+)`/g)].map((m) => m[1]);

// name -> its terms
const vocabulary = Object.fromEntries(rows(block('vocabularies')).map(([name, , terms]) => [quoted(name)[0], quoted(terms)]));

function field([name, type, required, bounds]) {
	const numbers = (bounds.match(/-?\d+/g) ?? []).map(Number);
	return {
		name: quoted(name)[0], type: type.replace(/ (of|to) .*/, ''), required: required === 'yes', of: quoted(type),
		max: numbers.at(-1) ?? 100, after: quoted(bounds)[0],
	};
}

function fields(kind) {
	const text = block(`fields ${kind}`), same = text.match(/^The fields are those of `(\w+)`/);
	return same ? fields(same[1]) : rows(text).map(field);
}

const kinds = (property) => rows(block('kinds')).filter(([, how]) => how.includes(property)).map(([name]) => quoted(name)[0]);
const content = kinds('lang and license'), relations = kinds('relation');

// Content with every field of a kind: text(field) gives what people type, refs a reference for a kind.
function fill(kind, { text, refs, address = () => 'https://example.org/page', only = () => true }) {
	const typed = (f, max) => text(f, max).slice(0, max);
	const value = {
		text: (f) => typed(f, f.max), markdown: (f) => typed(f, f.max), words: (f) => [typed(f, 80)],
		url: (f) => address(f), urls: (f) => [address(f)], email: (f) => `${f.name}@example.org`, phone: () => '02 61 91 00 42',
		date: (f) => (f.name === 'until' ? '2099-06-30' : '2016-06-30'), datetime: (f) => (f.name === 'ends' ? '2099-12-01T22:00' : '2099-12-01T18:30'),
		degrees: (f) => (f.name === 'lat_e7' ? 486942000 : -37897000), boolean: () => true, insee: () => '29188', areas: () => ['29188', '22'],
		term: (f) => vocabulary[f.of[0]].at(-1), terms: (f) => vocabulary[f.of[0]].slice(0, 2), integer: (f) => Math.min(f.max, 50),
		reference: (f) => refs(f.of[0] ?? 'initiative'), references: (f) => [refs(f.of[0] ?? 'initiative')],
	};
	const made = {};
	for (const f of fields(kind))
		if ((f.required || only(f)) && value[f.type])
			made[f.name] = value[f.type](f);
	return made;
}

module.exports = { vocabulary, fields, content, relations, fill };
