// Tags of a recording as the recorder keeps them (src/vault/tags.rs): the same pairs in the same order,
// so that a copy made here has the bytes of one made by `linetap export`.

const MOST = 20;
const LONGEST = 120;

const size = (text) => new TextEncoder().encode(text).length;

/** Ordered pairs; what is set anew moves to the end. */
export class Tags {
  #pairs = [];

  /** The tags of a list of pairs. */
  static of(pairs) {
    const tags = new Tags();
    tags.add(pairs);
    return tags;
  }

  add(pairs) {
    for (const [key, value] of pairs) this.set(key, value);
  }

  set(key, value) {
    const own = [...key].filter((one) => one >= " " && one <= "}" && one !== "=").slice(0, 24).join("").toUpperCase();
    const clean = [...value].filter((one) => !/\p{Cc}/u.test(one));
    while (size(clean.join("")) > LONGEST) clean.pop();
    this.#pairs = this.#pairs.filter(([have]) => have !== own);
    if (clean.length > 0 && this.#pairs.length < MOST) this.#pairs.push([own, clean.join("")]);
  }

  has(key) {
    return this.#pairs.some(([have]) => have === key);
  }

  /** `KEY=value`, each as bytes. */
  lines() {
    return this.#pairs.map((pair) => new TextEncoder().encode(pair.join("=")));
  }
}
