// SPDX-License-Identifier: AGPL-3.0-or-later
// sign.js - authors and records of any make for the scenarios, signed by Node's own crypto after
// SPEC.md: what no honest node would sign, these can.
'use strict';
const crypto = require('node:crypto');

const B58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const DAY = 86400;
const now = () => Math.floor(Date.now() / 1000);
const sha256 = (bytes) => crypto.createHash('sha256').update(bytes).digest();

// RFC 8785 for what records hold: objects, arrays, strings, integers, booleans.
function jcs(value) {
  if (Array.isArray(value)) return `[${value.map(jcs).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{${Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${jcs(value[key])}`).join(',')}}`;
}

function base58(bytes) {
  let number = BigInt(`0x${bytes.toString('hex')}`);
  let text = '';
  for (; number > 0n; number /= 58n) text = B58[Number(number % 58n)] + text;
  for (const byte of bytes) {
    if (byte !== 0) break;
    text = `1${text}`;
  }
  return text;
}

function key() {
  const pair = crypto.generateKeyPairSync('ed25519');
  const raw = pair.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32); // as JWK, thousands of keys can stall
  return { secret: pair.privateKey, did: `did:key:z${base58(Buffer.concat([Buffer.from([0xed, 1]), raw]))}` };
}

// The key of a key file as the node keeps it, in plain.
function stored(file) {
  const seed = Buffer.from(require('node:fs').readFileSync(file, 'utf8').split('\n')[2], 'base64url');
  const secret = crypto.createPrivateKey({ key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]),
    format: 'der', type: 'pkcs8' });
  const raw = Buffer.from(crypto.createPublicKey(secret).export({ format: 'jwk' }).x, 'base64url');
  return { secret, did: `did:key:z${base58(Buffer.concat([Buffer.from([0xed, 1]), raw]))}` };
}

const commitment = (did) => sha256(did).toString('base64url');
const nonce = () => crypto.randomBytes(16).toString('base64url');
const rid = () => [...crypto.randomBytes(16)].map((byte) => 'abcdefghijklmnopqrstuvwxyz234567'[byte & 31]).join('');
const moment = (seconds) => new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
const id = (line) => sha256(line).toString('hex');

// Sign an object with a key: the record's line.
function sign(record, signer, created) {
  const proof = { type: 'DataIntegrityProof', cryptosuite: 'eddsa-jcs-2022', created: moment(created),
    verificationMethod: `${signer.did}#${signer.did.slice('did:key:'.length)}`, proofPurpose: 'assertionMethod' };
  const message = Buffer.concat([sha256(jcs(proof)), sha256(jcs(record))]);
  const signature = crypto.sign(null, message, signer.secret);
  return jcs({ ...record, proof: { ...proof, proofValue: `z${base58(signature)}` } });
}

const LANGUAGE = { lang: 'fr', license: 'etalab-2.0' };
const NETWORK = new Set(['identity', 'node', 'vouch', 'retire', 'exchange', 'endorsement', 'same']);

// An author with a root, an operating key and the root to come.
class Author {
  constructor() {
    this.root = key();
    this.operating = key();
    this.next = key();
    this.did = this.root.did;
  }

  // A live record; whatever is given in members replaces the ordinary.
  record({ kind = 'initiative', content = { name: 'Jardin partagé' }, created = now(), signer = this.operating,
    ...members } = {}) {
    return sign({ v: 1, kind, author: this.did, rid: rid(), updated: created, expires: created + 300 * DAY, nonce: nonce(),
      content, ...(NETWORK.has(kind) ? {} : LANGUAGE), ...members }, signer, created);
  }

  tombstone({ kind = 'initiative', created = now(), signer = this.operating, ...members }) {
    return sign({ v: 1, kind, author: this.did, updated: created, expires: created + 430 * DAY, nonce: nonce(), deleted: true,
      ...members }, signer, created);
  }

  identity({ keys = [this.operating], created = now() - 60, signer = this.root, next = this.next, chain,
    from = created - DAY, until = created + 1000 * DAY, ...members } = {}) {
    const content = { keys: keys.map((k) => ({ key: k.did, from, until })), next: commitment(next.did) };
    if (chain) content.chain = chain;
    return this.record({ kind: 'identity', rid: 'self', content, created, signer, expires: created + 3000 * DAY, ...members });
  }

  // The identity that hands over to the announced next root, which has its own next.
  succession(identity, root, next, options = {}) {
    const { content: { chain = [], ...content }, ...rest } = JSON.parse(identity);
    return this.identity({ signer: root, next, chain: [...chain, { ...rest, content }], ...options });
  }

  retire({ created = now(), ...members } = {}) {
    return this.record({ kind: 'retire', rid: 'self', content: {}, created, signer: this.root, expires: created + 430 * DAY,
      ...members });
  }

  vouch(subject, { hops = 3, budget = 20000, ...members } = {}) {
    return this.record({ kind: 'vouch', content: { subject, hops, budget }, ...members });
  }
}

module.exports = { Author, DAY, base58, commitment, id, jcs, key, nonce, now, rid, sign, stored };
