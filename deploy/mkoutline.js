#!/usr/bin/env node
// SPDX-License-Identifier: AGPL-3.0-or-later
// mkoutline.js - make deploy/outline.tsv, the land and borders drawn under the map.
//
//   npm install --no-save world-atlas@2.0.2 && node deploy/mkoutline.js >deploy/outline.tsv
//
// Natural Earth (public domain), as packed in the npm package world-atlas: in detail around mainland
// France and its overseas departements (1:10m), coarse for the rest of the world (1:110m).
'use strict';

const detail = require('world-atlas/countries-10m.json');
const coarse = require('world-atlas/land-110m.json');

// West, south, east, north; how far a point may lie from the line that replaces it, in degrees.
const NEAR = [
	{ box: [-6, 41, 10, 51.5], thin: 0.002 },
	{ box: [-62.5, 14, -60.5, 18.5], thin: 0.002 }, { box: [-55, 1.5, -51, 6.5], thin: 0.002 },
	{ box: [54.9, -21.6, 56.1, -20.7], thin: 0.002 }, { box: [44.8, -13.2, 45.5, -12.5], thin: 0.002 },
];
const AROUND = { box: [-13, 34, 20, 61], thin: 0.02, smallest: 0.01 };

// The arcs of a topology, in degrees, however they are to be walked.
function arcsOf(topology) {
	const { scale, translate } = topology.transform;
	return topology.arcs.map((arc) => {
		let x = 0, y = 0;
		return arc.map(([dx, dy]) => [(x += dx) * scale[0] + translate[0], (y += dy) * scale[1] + translate[1]]);
	});
}

function ringsOf(topology, name) {
	const arcs = arcsOf(topology);
	const ring = (list) => list.flatMap((i, k) => {
		const points = i < 0 ? arcs[~i].slice().reverse() : arcs[i];
		return k === 0 ? points : points.slice(1);
	});
	return topology.objects[name].geometries.flatMap((g) =>
		(g.type === 'Polygon' ? [g.arcs] : g.type === 'MultiPolygon' ? g.arcs : []).flatMap((p) => p.map(ring)));
}

// Arcs that two countries share.
function bordersOf(topology) {
	const arcs = arcsOf(topology), count = new Map();
	const walk = (a) => typeof a === 'number' ? count.set(a < 0 ? ~a : a, (count.get(a < 0 ? ~a : a) || 0) + 1)
		: a.forEach(walk);
	topology.objects.countries.geometries.forEach((g) => g.arcs && walk(g.arcs));
	return [...count].filter(([, n]) => n > 1).map(([i]) => arcs[i]);
}

// Land as rings whose edges are coasts: countries melted together, each coast arc used once.
function landOf(topology) {
	const arcs = arcsOf(topology), count = new Map(), next = new Map(), rings = [];
	const walk = (a) => typeof a === 'number' ? count.set(a < 0 ? ~a : a, (count.get(a < 0 ? ~a : a) || 0) + 1)
		: a.forEach(walk);
	const key = (p) => p.map((n) => n.toFixed(6)).join();
	topology.objects.countries.geometries.forEach((g) => g.arcs && walk(g.arcs));
	const put = (a) => {
		if (typeof a !== 'number') return a.forEach(put);
		if (count.get(a < 0 ? ~a : a) !== 1) return;
		const points = a < 0 ? arcs[~a].slice().reverse() : arcs[a];
		const from = key(points[0]);
		next.set(from, [...(next.get(from) || []), points]);
	};
	topology.objects.countries.geometries.forEach((g) => g.arcs && put(g.arcs));
	for (const [, list] of next)
		while (list.length > 0) {
			let ring = list.pop().slice();
			for (let more; key(ring[0]) !== key(ring[ring.length - 1]) &&
			    (more = next.get(key(ring[ring.length - 1]))) && more.length > 0;)
				ring = ring.concat(more.pop().slice(1));
			rings.push(ring);
		}
	return rings;
}

function distance([x, y], [ax, ay], [bx, by]) {
	const dx = bx - ax, dy = by - ay, len = dx * dx + dy * dy;
	const t = len === 0 ? 0 : Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / len));
	return Math.hypot(x - ax - t * dx, y - ay - t * dy);
}

// Douglas and Peucker's thinning; fine within the boxes of NEAR, where points stay where they are.
function thin(points, far) {
	const keep = new Uint8Array(points.length), stack = [[0, points.length - 1]];
	keep[0] = keep[points.length - 1] = 1;
	while (stack.length > 0) {
		const [a, b] = stack.pop();
		let most = 0, at = -1;
		for (let i = a + 1; i < b; i++) {
			const d = distance(points[i], points[a], points[b]) / far(points[i]);
			if (d > most) [most, at] = [d, i];
		}
		if (most > 1) { keep[at] = 1; stack.push([a, at], [at, b]); }
	}
	return points.filter((p, i) => keep[i]);
}

const inside = ([x, y], [w, s, e, n]) => x >= w && x <= e && y >= s && y <= n;
const fineness = (p) => (NEAR.find((z) => inside(p, z.box)) || AROUND).thin;

// Sutherland and Hodgman: the part of a ring that lies in a box.
function clipRing(ring, [w, s, e, n]) {
	for (const [axis, bound, sign] of [[0, w, 1], [0, e, -1], [1, s, 1], [1, n, -1]]) {
		const out = [];
		ring.forEach((p, i) => {
			const q = ring[(i + ring.length - 1) % ring.length];
			const pin = sign * (p[axis] - bound) >= 0, qin = sign * (q[axis] - bound) >= 0;
			if (pin !== qin) {
				const t = (bound - q[axis]) / (p[axis] - q[axis]);
				const cut = [q[0] + t * (p[0] - q[0]), q[1] + t * (p[1] - q[1])];
				cut[axis] = bound;
				out.push(cut);
			}
			if (pin) out.push(p);
		});
		ring = out;
	}
	return ring;
}

function clipLine(points, box) {
	const runs = [];
	let run = [];
	for (const p of points) {
		if (inside(p, box)) run.push(p);
		else if (run.length > 0) { runs.push(run); run = []; }
	}
	if (run.length > 0) runs.push(run);
	return runs.filter((r) => r.length > 1);
}

const extent = (r) => Math.hypot(Math.max(...r.map((p) => p[0])) - Math.min(...r.map((p) => p[0])),
	Math.max(...r.map((p) => p[1])) - Math.min(...r.map((p) => p[1])));

function print(type, points) {
	let px = 0, py = 0;
	const steps = points.map(([x, y]) => [Math.round(x * 1000), Math.round(y * 1000)])
		.map(([x, y]) => { const d = [x - px, y - py]; [px, py] = [x, y]; return d; })
		.filter(([dx, dy], i) => i === 0 || dx !== 0 || dy !== 0);
	if (steps.length > 1) console.log(`${type}\t${steps.map((d) => d.join()).join(' ')}`);
}

console.log('# Land and borders, for the map.  Generated by deploy/mkoutline.js.');
console.log('# Source: Natural Earth 1:10m and 1:110m, public domain, through world-atlas 2.0.2.');
console.log('# A line is one of  A area in detail: west,south,east,north   L land there, a ring   B border there');
console.log('# W land of the whole world, coarse, a ring.  Points are longitude and latitude in thousandths of a');
console.log('# degree, each after the first as the difference from the one before.');
const areas = [AROUND, ...NEAR.slice(1)];
for (const { box } of areas) console.log(`A\t${box.map((d) => Math.round(d * 1000)).join()}`);
const land = landOf(detail), borders = bordersOf(detail);
for (const { box } of areas) {
	for (const ring of land) {
		const part = clipRing(ring, box);
		if (part.length < 4) continue;
		const near = part.some((p) => NEAR.some((z) => inside(p, z.box)));
		if (!near && extent(part) < 0.08) continue;
		print('L', thin(part, fineness));
	}
	for (const line of borders)
		for (const run of clipLine(line, box)) print('B', thin(run, fineness));
}
// A ring that goes over 180° is drawn on, and shown once from either side.
for (const ring of ringsOf(coarse, 'land')) {
	let turn = 0;
	const plain = ring.map((p, i) => {
		if (i > 0 && p[0] - ring[i - 1][0] > 180) turn -= 360;
		if (i > 0 && p[0] - ring[i - 1][0] < -180) turn += 360;
		return [p[0] + turn, p[1]];
	});
	if (turn !== 0) {	// around a pole
		const end = plain[0][0] + turn, edge = -90;
		plain.push([end, plain[0][1]], [end, edge], [plain[0][0], edge]);
	}
	for (const move of [-360, 0, 360]) {
		const part = clipRing(plain.map(([x, y]) => [x + move, y]), [-180, -90, 180, 90]);
		if (part.length > 3) print('W', thin(part, () => 0.2));
	}
}
