// SPDX-License-Identifier: AGPL-3.0-or-later
// verify.mjs - a second reader of SPEC.md, with nothing but Node's standard library: fetches all that a
// node serves and verifies every record's form, signature and authority, and the set's fingerprint.
//
//   node tests/verify.mjs http://127.0.0.1:8420
import crypto from 'node:crypto';
import { pathToFileURL } from 'node:url';

const B58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const sha256 = (bytes) => crypto.createHash('sha256').update(bytes).digest();

// RFC 8785, for integers only.
export function jcs(value) {
  if (Array.isArray(value)) return `[${value.map(jcs).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    return `{${Object.keys(value).sort().map((name) => `${jcs(name)}:${jcs(value[name])}`).join(',')}}`;
  }
  if (typeof value === 'number' && !Number.isSafeInteger(value)) throw new Error('a number that is no integer');
  if (typeof value === 'string' && /\p{Surrogate}/u.test(value)) throw new Error('half a character');
  return JSON.stringify(value);
}

export function base58(text) {
  let number = 0n;
  for (const c of text) {
    if (!B58.includes(c)) throw new Error('not base58');
    number = number * 58n + BigInt(B58.indexOf(c));
  }
  const hex = number.toString(16);
  const zeros = Buffer.alloc(text.match(/^1*/)[0].length);
  return Buffer.concat([zeros, number === 0n ? zeros.subarray(0, 0) : Buffer.from(hex.padStart(hex.length + hex.length % 2, '0'), 'hex')]);
}

export function publicKey(did) {
  const bytes = base58(did.slice('did:key:z'.length));
  if (!did.startsWith('did:key:z6Mk') || bytes.length !== 34 || bytes[0] !== 0xed || bytes[1] !== 1) throw new Error(`no Ed25519 key: ${did}`);
  return crypto.createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: bytes.subarray(2).toString('base64url') }, format: 'jwk' });
}

// Does the record's one proof hold?  Gives the did:key that signed and when.
export function signature(record) {
  const { proof, ...rest } = record;
  const { proofValue, ...config } = proof;
  const [did, fragment] = proof.verificationMethod.split('#');
  if (proof.type !== 'DataIntegrityProof' || proof.cryptosuite !== 'eddsa-jcs-2022' || proof.proofPurpose !== 'assertionMethod' ||
      did !== `did:key:${fragment}`) throw new Error('another kind of proof');
  const message = Buffer.concat([sha256(jcs(config)), sha256(jcs(rest))]);
  if (!crypto.verify(null, message, publicKey(did), base58(proofValue.slice(1)))) throw new Error('the signature does not hold');
  return { did, created: Date.parse(proof.created) / 1000 };
}

// Follow an identity from the author's first root to its current one (SPEC: Succession).
export function authority(identity) {
  const { author, content: { chain = [], keys } } = identity;
  let root = author;
  chain.forEach((item, i) => {
    const whole = { ...item, content: { ...item.content, ...(i > 0 && { chain: chain.slice(0, i) }) } };
    if (item.author !== author || item.kind !== 'identity' || signature(whole).did !== root) throw new Error('a broken chain');
    const signer = i + 1 < chain.length ? chain[i + 1] : identity;
    root = signer.proof.verificationMethod.split('#')[0];
    if (sha256(root).toString('base64url') !== item.content.next) throw new Error('not the announced root');
  });
  if (signature(identity).did !== root) throw new Error('not signed by its root');
  return { root, keys };
}

// The fingerprint of a set of version ids (SPEC: The set).
export function fingerprint(ids) {
  const sum = ids.reduce((total, hash) => total + BigInt(`0x${Buffer.from(hash).reverse().toString('hex')}`), 0n);
  const bytes = Buffer.from(BigInt.asUintN(256, sum).toString(16).padStart(64, '0'), 'hex').reverse();
  const count = [ids.length & 127];
  for (let n = ids.length >> 7; n > 0; n >>= 7) count.unshift((n & 127) | 128);
  return sha256(Buffer.concat([bytes, Buffer.from(count)])).subarray(0, 16).toString('hex');
}

// Every record of these lines, whatever their order: counts, and what is wrong with which line.
export function verifyLines(lines) {
  const wrong = [], records = [], known = new Map();
  for (const line of lines) {
    try {
      const record = JSON.parse(line);
      if (jcs(record) !== line) throw new Error('not canonical');
      records.push(record);
      if (record.kind === 'identity') known.set(record.author, authority(record));
    } catch (e) {
      wrong.push({ line, why: e.message });
    }
  }
  for (const record of records) {
    try {
      const { did, created } = signature(record);
      const { root, keys } = known.get(record.author) ?? {};
      if (root === undefined) throw new Error('no identity of its author');
      const listed = keys.some((k) => k.key === did && k.from <= created && created < k.until);
      if (did !== root && (!listed || record.kind === 'retire' || record.kind === 'identity')) throw new Error('signed by a key that may not');
    } catch (e) {
      wrong.push({ line: jcs(record), why: e.message });
    }
  }
  return { records: records.length, authors: known.size, wrong, state: fingerprint(lines.map(sha256)) };
}

// All pages of a node's changes: the lines, and the state that the last page names.
export async function fetchAll(url, limit = 500) {
  const lines = [];
  for (let since = ''; ;) {
    const answer = await fetch(`${url}/api/v1/changes?since=${since}&limit=${limit}`);
    const page = (await answer.text()).trimEnd().split('\n');
    const end = JSON.parse(page.pop());
    lines.push(...page);
    if (end.reset) throw new Error('the node started anew meanwhile');
    if (!end.more) return { lines, state: end.state };
    since = end.cursor;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { lines, state } = await fetchAll(process.argv[2]);
  const result = verifyLines(lines);
  for (const { line, why } of result.wrong) console.log(`${why}: ${line}`);
  if (result.state !== state) console.log(`the node says ${state}, its records make ${result.state}`);
  console.log(`${result.records} records of ${result.authors} authors, ${result.wrong.length} wrong`);
  process.exitCode = result.wrong.length > 0 || result.state !== state ? 1 : 0;
}
