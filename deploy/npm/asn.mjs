// Writes a table of autonomous systems (CSV: first and last address as numbers, AS number, holder) as a MaxMind
// database, the one format that Ward reads: `node asn.mjs OUT.mmdb IPv4.csv IPv6.csv YYYY-MM-DD`.
// The format: https://maxmind.github.io/MaxMind-DB/
import { createReadStream, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";

const [out, v4, v6, built] = process.argv.slice(2);

// A binary tree over 128 bits, two records a node: 0 nothing, above 0 a node, below 0 the datum -1-record.
let tree = new Int32Array(1 << 20);
let nodes = 1;
function grown() {
  if (2 * nodes + 2 > tree.length) {
    const larger = new Int32Array(2 * tree.length);
    larger.set(tree);
    tree = larger;
  }
  return nodes++;
}

/** The network of `length` bits at `address` (four numbers of 32 bits) is of `datum`. */
function put(address, length, datum) {
  let node = 0;
  for (let depth = 0; ; depth += 1) {
    const slot = 2 * node + ((address[depth >> 5] >>> (31 - (depth & 31))) & 1);
    if (depth + 1 === length) {
      tree[slot] = -1 - datum;
      return;
    }
    if (tree[slot] <= 0) {
      const [below, inherited] = [grown(), tree[slot]];
      tree.fill(inherited, 2 * below, 2 * below + 2);
      tree[slot] = below;
    }
    node = tree[slot];
  }
}

const words = (n) => [96n, 64n, 32n, 0n].map((shift) => Number((n >> shift) & 0xffffffffn));

/** A range as the networks that it is made of. */
function putRange(first, last, datum) {
  while (first <= last) {
    let bits = 0;
    while (bits < 128 && !(first & (1n << BigInt(bits))) && first + (2n << BigInt(bits)) - 1n <= last) bits += 1;
    put(words(first), 128 - bits, datum);
    first += 1n << BigInt(bits);
  }
}

const [UTF8, UINT16, UINT32, MAP, UINT64, ARRAY] = [2, 5, 6, 7, 9, 11];
/** A value's first bytes: its kind and its size. */
function head(kind, size) {
  const [short, more] = size < 29 ? [size, []] : size < 285 ? [29, [size - 29]] : [30, [(size - 285) >> 8, (size - 285) & 255]];
  return Buffer.from(kind > 7 ? [short, kind - 7, ...more] : [(kind << 5) | short, ...more]);
}
function text(value) {
  const bytes = Buffer.from(value);
  return Buffer.concat([head(UTF8, bytes.length), bytes]);
}
function number(kind, value) {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.length % 2 ? `0${hex}` : hex, "hex");
  return Buffer.concat([head(kind, bytes.length), bytes]);
}
const map = (entries) => Buffer.concat([head(MAP, entries.length), ...entries.flatMap(([name, value]) => [text(name), value])]);

const [data, offsets, known] = [[], [], new Map()];
let size = 0;
function datum(system, holder) {
  const key = `${system} ${holder}`;
  let found = known.get(key);
  if (found === undefined) {
    const entries = [["autonomous_system_number", number(UINT32, system)], ["autonomous_system_organization", text(holder)]];
    const bytes = map(entries);
    found = data.push(bytes) - 1;
    offsets.push(size);
    size += bytes.length;
    known.set(key, found);
  }
  return found;
}

for (const file of [v4, v6]) {
  for await (const line of createInterface({ input: createReadStream(file) })) {
    const cells = /^(\d+),(\d+),(\d+),(?:"((?:[^"]|"")*)"|([^"]*))$/.exec(line);
    if (!cells) throw new Error(`${file}: no range: ${line}`);
    const [, first, last, system, quoted, plain] = cells;
    putRange(BigInt(first), BigInt(last), datum(Number(system), quoted?.replaceAll('""', '"') ?? plain));
  }
}

const bytes = Buffer.alloc(8 * nodes);
for (let slot = 0; slot < 2 * nodes; slot += 1) {
  const record = tree[slot];
  bytes.writeUInt32BE(record > 0 ? record : record === 0 ? nodes : nodes + 16 + offsets[-1 - record], 4 * slot);
}
const about = map([
  ["node_count", number(UINT32, nodes)],
  ["record_size", number(UINT16, 32)],
  ["ip_version", number(UINT16, 6)],
  ["database_type", text("ip-location-db ASN")],
  ["languages", Buffer.concat([head(ARRAY, 1), text("en")])],
  ["binary_format_major_version", number(UINT16, 2)],
  ["binary_format_minor_version", Buffer.concat([head(UINT16, 0)])],
  ["build_epoch", number(UINT64, Date.parse(built) / 1000)],
  ["description", map([["en", text("Autonomous systems; RouteViews and DB-IP, CC BY 4.0, by ip-location-db")]])],
]);
writeFileSync(out, Buffer.concat([bytes, Buffer.alloc(16), ...data, Buffer.from("\xab\xcd\xefMaxMind.com", "latin1"), about]));
