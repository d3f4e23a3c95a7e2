// Where a medium's ZIP file goes: straight to the place that the person names, if the browser lets pages
// do that; else it is an ordinary download.

import { element } from "./page.js";
import { TEXT } from "./texts.js";

/** The file that stands there is not as long as what was written. */
export class NotWritten extends Error {
  constructor() {
    super(TEXT.medium_not_written);
  }
}

/** A file named by the person; it has its bytes only once it was closed. */
class NamedFile {
  #handle;
  #stream;
  #size = 0;
  downloaded = false;

  constructor(handle, stream) {
    this.#handle = handle;
    this.#stream = stream;
  }

  get name() {
    return this.#handle.name;
  }

  async write(bytes) {
    await this.#stream.write(bytes);
    this.#size += bytes.length;
  }

  async close() {
    await this.#stream.close();
    const { size } = await this.#handle.getFile();
    if (size === this.#size) return;
    await this.#handle.remove?.().catch(() => {});
    throw new NotWritten();
  }

  /** Nothing of it stays; a file that was there before is as it was. */
  async abort() {
    await this.#stream.abort().catch(() => {});
    const file = await this.#handle.getFile().catch(() => null);
    if (file?.size === 0) await this.#handle.remove?.().catch(() => {});
  }
}

/** A download: the browser gets the whole file at its end. */
class Download {
  #parts = [];
  downloaded = true;

  constructor(name) {
    this.name = name;
  }

  write(bytes) {
    this.#parts.push(new Blob([bytes]));
  }

  close() {
    const address = URL.createObjectURL(new Blob(this.#parts, { type: "application/zip" }));
    const link = element("a", { href: address, download: this.name });
    this.#parts = [];
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
  }

  abort() {
    this.#parts = [];
  }
}

/** Asks the person where to; null if he names no place. To be called in the wake of his own click. */
export async function choose(name) {
  if (typeof globalThis.showSaveFilePicker !== "function") return new Download(name);
  const types = [{ description: TEXT.medium_zip, accept: { "application/zip": [".zip"] } }];
  try {
    const handle = await globalThis.showSaveFilePicker({ suggestedName: name, types });
    return new NamedFile(handle, await handle.createWritable());
  } catch (error) {
    if (error.name === "AbortError") return null;
    throw error;
  }
}
