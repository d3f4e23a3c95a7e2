// A disclosure's medium, file by file: each recording is opened, checked and written as FLAC, then what
// says of them what they are, their sums, the director's signature over these, and the papers. Knows no
// page and no network: `begun` is the recorder's answer to `export`, everything else is given.

import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { decode as fromBase64 } from "./base64.js";
import { Damaged } from "./container.js";
import { FlacCopy } from "./flacfile.js";
import { Sound } from "./sound.js";
import { unwrapKey } from "./wrapping.js";
import { StoredZip } from "./zip.js";

/** The format of a ZIP file ends here, and so do the files of many a pendrive. */
const MOST_BYTES = 2 ** 32 - 2 ** 24;

/** More than one ZIP file takes. */
export class TooLarge extends Error {}

const callOf = ({ disclosure }, recording) => disclosure.calls.find(({ recordings }) => recordings.includes(recording));

/** `2026-11-24T101500_0190....flac`: sorted by time, nobody's number in it. */
export function fileName(begun, recording) {
  const start = callOf(begun, recording)?.start ?? "";
  const time = start.length >= 19 ? start.slice(0, 19).replaceAll(":", "") : "";
  return `${time}_${recording}.flac`;
}

/** Names in order, as the program writes them. */
function ordered(value) {
  if (Array.isArray(value)) return value.map(ordered);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.keys(value).sort().map((name) => [name, ordered(value[name])]));
}

/** The text of `metadane.json`. */
export function metadata(begun, number, recordings) {
  const { office, made, disclosure } = begun;
  const all = { disclosure: number, office, made, request: disclosure.request, recordings };
  return `${JSON.stringify(ordered(all), null, 2)}\n`;
}

/** The text of `SHA256SUMS`. */
export const sumsOf = (files) => files.map(([name, hash]) => `${hash}  ${name}\n`).join("");

/** The pieces of a file; the next one is on its way while this one is worked at. */
async function* pieces(fetch, file) {
  let coming = fetch(file.recording, 0);
  for (let offset = 0; ; ) {
    const bytes = await coming;
    if (bytes.length === 0) return;
    offset += bytes.length;
    coming = fetch(file.recording, offset);
    coming.catch(() => {});
    yield [bytes, file.bytes > 0 ? Math.min(1, offset / file.bytes) : 1];
  }
}

const wipe = (stretches) => stretches.flat().forEach((side) => side.fill(0));

/** One recording as the parts of a FLAC file, and what is said of it. */
async function recordingOf(file, { begun, identity, fetch, decode, stop, progress }) {
  const copy = new FlacCopy();
  const key = file.key ? await unwrapKey(fromBase64(file.key), file.recording, identity) : null;
  const sound = new Sound(file.recording, key, decode, (part) => copy.keep(part));
  try {
    for await (const [bytes, share] of pieces(fetch, file)) {
      stop.throwIfAborted();
      wipe(await sound.push(bytes));
      progress(share);
    }
    wipe(await sound.finish());
    const { parts, complete } = copy.finish(sound, begun.vendor);
    return { parts, complete, channels: sound.channels, samples: sound.samples };
  } catch (error) {
    copy.wipe();
    throw error;
  } finally {
    key?.fill(0);
    sound.close();
  }
}

/** A recording that is sealed but came without its key would else be taken for an unsealed one. */
function check({ files }) {
  const bare = files.find(({ key, place }) => !key && place.endsWith(".rec"));
  if (bare) throw new Damaged(`no key for ${bare.recording}`, null);
  if (files.reduce((sum, { bytes }) => sum + bytes, 0) > MOST_BYTES) throw new TooLarge();
}

/**
 * Writes the medium of disclosure `number` to `target`, and closes it. `with` has `begun`, `identity`,
 * `keys` (which sign), `fetch(recording, offset)`, `decode`, `papers({disclosure, made, files})`,
 * `stop` (an `AbortSignal`) and `news(at, all, name, share)`. Gives the SHA-256 of `SHA256SUMS`.
 */
export async function make(number, target, given) {
  const { begun, keys, papers, stop, news } = given;
  check(begun);
  const zip = new StoredZip(target, new Date(begun.made));
  const text = (name, content) => zip.add(name, [utf8ToBytes(content)]);
  try {
    const [files, recordings] = [[], []];
    for (const [at, file] of begun.files.entries()) {
      const name = fileName(begun, file.recording);
      const progress = (share) => news(at, begun.files.length, name, share);
      progress(0);
      const { parts, complete, channels, samples } = await recordingOf(file, { ...given, progress });
      files.push([name, await zip.add(name, parts)]);
      const call = callOf(begun, file.recording) ?? null;
      recordings.push({ file: name, recording: file.recording, call, channels, samples, complete });
      stop.throwIfAborted();
    }
    files.push(["metadane.json", await text("metadane.json", metadata(begun, number, recordings))]);
    const sums = sumsOf(files);
    await text("SHA256SUMS", sums);
    await text("SHA256SUMS.ed25519", `${keys.publicKey}\n${keys.sign(sums)}\n`);
    for (const [name, page] of await papers({ disclosure: number, made: begun.made, files })) await text(name, page);
    await zip.end();
    stop.throwIfAborted();
    await target.close();
    return bytesToHex(sha256(utf8ToBytes(sums)));
  } finally {
    zip.wipe();
  }
}
