// SPDX-License-Identifier: AGPL-3.0-or-later
// lib.js - what the browser tests start from: Chromium that speaks to loopback only and tells of
// every request, and axe's rules.
'use strict';
const assert = require('node:assert');
const { chromium } = require('playwright-core');
const axe = require('axe-core');
const scenario = require('../scenario/lib.js');

const executablePath = process.env.CHROMIUM || '/usr/bin/chromium';
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

// A node that serves.
async function startNode(t, name, territory = '') {
	const node = await scenario.node(t, { name, territory });
	await node.start();
	return node;
}

async function launch(t) {
	const browser = await chromium.launch({
		executablePath,
		args: ['--no-sandbox', '--disable-background-networking', '--disable-component-update',
			'--disable-sync', '--no-first-run'],
	});
	t.after(() => browser.close());
	return browser;
}

// A visitor's window on a node.  Requests to any other host, errors on the console (a violated
// content policy is one) and cookies are kept for checkQuiet.
async function visitor(browser, node, { lang = 'fr', dark = false, width = 1200, height = 900, js = true } = {}) {
	const context = await browser.newContext({
		baseURL: node.url, locale: lang, colorScheme: dark ? 'dark' : 'light', javaScriptEnabled: js,
		viewport: { width, height }, reducedMotion: 'reduce',
	});
	const page = await context.newPage();
	page.strangers = [];
	page.complaints = [];
	page.on('request', (r) => {
		if (!r.url().startsWith(`${node.url}/`) && !r.url().startsWith('data:'))
			page.strangers.push(r.url());
	});
	page.on('console', (m) => {
		if (m.type() === 'error' && !m.text().includes('Failed to load resource'))
			page.complaints.push(m.text());
	});
	return page;
}

// Nothing was fetched from elsewhere, nothing complained; a visitor was given no cookie.
async function checkQuiet(page, { cookies = 0 } = {}) {
	assert.deepStrictEqual(page.strangers, [], 'requests to other hosts');
	assert.deepStrictEqual(page.complaints, [], 'errors on the console');
	assert.strictEqual((await page.context().cookies()).length, cookies, 'cookies');
}

// axe finds nothing, and nothing has to be scrolled sideways.
async function checkAccessible(page, what) {
	await page.evaluate(axe.source);
	const found = await page.evaluate((values) => globalThis.axe.run({ runOnly: { type: 'tag', values } }), rules);
	assert.deepStrictEqual(found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(' | ')}`), [],
		`${what}: accessibility`);
	assert.ok(found.passes.length > 10, `${what}: axe looked at something`);
	const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
	assert.ok(wide <= 0, `${what}: ${wide} pixels too wide`);
}

// A one-time link into the operator's pages, as "essaim login" prints it.
async function loginLink(node) {
	const r = await node.control('POST', '/api/v1/login');
	assert.strictEqual(r.status, 200, r.text);
	const link = r.text.match(/\/operator\/login\?token=[\w-]+/);
	assert.ok(link, r.text);
	return link[0];
}

module.exports = { startNode, until: scenario.until, launch, visitor, checkQuiet, checkAccessible, loginLink };
