// One ZIP file, stored and not deflated (sound is packed already), written as it is made: `target` gets
// its bytes in large pieces, and everything is wiped once it was written.

import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, concatBytes } from "@noble/hashes/utils.js";
import { Zip, ZipPassThrough } from "fflate";

/** Bytes written at once. */
const PIECE = 1 << 20;

export class StoredZip {
  #zip;
  #target;
  #made;
  #waiting = [];
  #size = 0;

  /** `made` is the moment that its files carry. */
  constructor(target, made) {
    this.#target = target;
    this.#made = made;
    this.#zip = new Zip((error, bytes) => {
      if (error) throw error;
      this.#waiting.push(bytes);
      this.#size += bytes.length;
    });
  }

  /** Adds a file of these parts, which are wiped; gives its SHA-256. */
  async add(name, parts) {
    const file = new ZipPassThrough(name);
    file.mtime = this.#made;
    this.#zip.add(file);
    const hash = sha256.create();
    for (const part of parts) {
      hash.update(part);
      file.push(part);
      if (this.#size >= PIECE) await this.#write();
    }
    file.push(new Uint8Array(0), true);
    await this.#write();
    return bytesToHex(hash.digest());
  }

  /** The end of the ZIP file. */
  async end() {
    this.#zip.end();
    await this.#write();
  }

  /** What waits is wiped. */
  wipe() {
    this.#waiting.forEach((bytes) => bytes.fill(0));
    this.#waiting = [];
    this.#size = 0;
  }

  async #write() {
    const piece = concatBytes(...this.#waiting);
    this.wipe();
    await this.#target.write(piece);
    piece.fill(0);
  }
}
