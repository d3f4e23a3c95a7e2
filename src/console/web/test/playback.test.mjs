// The player's pure parts: speed without a change of pitch, samples, spans.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Samples } from "../samples.js";
import { Spans } from "../spans.js";
import { HOP, Stretcher } from "../stretch.js";

const tone = (hertz, seconds) =>
  Int16Array.from({ length: seconds * 8000 }, (_, at) => Math.round(9000 * Math.sin((2 * Math.PI * hertz * at) / 8000)));

function store(...sides) {
  const samples = new Samples(sides.length, 100);
  samples.append(sides.map((side) => Int16Array.from(side)));
  return samples;
}

function play(samples, speed) {
  const stretcher = new Stretcher();
  const out = Array.from({ length: samples.sides }, () => new Float32Array(HOP));
  const sides = out.map(() => []);
  for (;;) {
    const count = stretcher.hop(samples, speed, out);
    if (count === 0) return { sides, position: stretcher.position };
    out.forEach((side, channel) => sides[channel].push(...side.subarray(0, count)));
  }
}

const crossings = (side) => side.filter((value, at) => at > 0 && side[at - 1] < 0 && value >= 0).length;

test("at speed 1 every sample passes unchanged", () => {
  const source = tone(440, 1);
  const { sides, position } = play(store(source), 1);
  assert.equal(position, 8000);
  assert.deepEqual(sides[0], Array.from(source, (value) => value / 32768));
});

for (const speed of [0.5, 0.75, 1.25, 1.5, 2]) {
  test(`at speed ${speed} the length changes and the pitch stays`, () => {
    for (const hertz of [100, 220, 1000]) {
      const { sides, position } = play(store(tone(hertz, 2)), speed);
      assert.equal(Math.round(position), 16000);
      const seconds = sides[0].length / 8000;
      assert.ok(Math.abs(seconds - 2 / speed) < 0.05, `${hertz} Hz lasts ${seconds} s`);
      const heard = crossings(sides[0]) / seconds;
      assert.ok(Math.abs(heard / hertz - 1) < 0.02, `${hertz} Hz sounds as ${heard} Hz`);
      const loud = Math.sqrt(sides[0].reduce((sum, value) => sum + value * value, 0) / sides[0].length);
      assert.ok(Math.abs(loud / (9000 / 32768 / Math.SQRT2) - 1) < 0.1, `${hertz} Hz: level ${loud}`);
    }
  });
}

test("both sides stay together at any speed", () => {
  const left = tone(300, 1);
  const { sides } = play(store(left, left), 1.5);
  assert.deepEqual(sides[0], sides[1]);
});

test("changing the speed while playing clicks nowhere", () => {
  const samples = store(tone(200, 3));
  const [stretcher, out] = [new Stretcher(), [new Float32Array(HOP)]];
  const heard = [];
  for (let hop = 0; hop < 120; hop += 1) {
    const speed = [1, 1.5, 1, 0.75][Math.floor(hop / 30)];
    heard.push(...out[0].subarray(0, stretcher.hop(samples, speed, out)));
  }
  const steepest = (9000 / 32768) * 2 * Math.PI * (200 / 8000) * 1.5;
  heard.forEach((value, at) => at > 0 && assert.ok(Math.abs(value - heard[at - 1]) < steepest, `sample ${at}`));
});

test("samples grow, and a wipe leaves none", () => {
  const samples = new Samples(2, 10);
  const stretch = [tone(400, 2), tone(500, 2)];
  samples.append(stretch.map((side) => Int16Array.from(side)));
  samples.append(stretch.map((side) => Int16Array.from(side)));
  assert.equal(samples.length, 32000);
  assert.equal(samples.sample(1, 16003), stretch[1][3] / 32768);
  assert.equal(samples.sample(0, 32000), 0);
  samples.wipe();
  assert.equal(samples.length, 0);
});

test("spans say what was heard, once", () => {
  const spans = new Spans();
  spans.add(0, 800);
  spans.add(800, 1600);
  spans.add(8000, 8800);
  spans.add(400, 500);
  spans.add(9000, 9000);
  assert.deepEqual(spans.toMilliseconds(8000), [[0, 200], [1000, 1100]]);
  spans.add(1500, 8100);
  assert.deepEqual(spans.toMilliseconds(8000), [[0, 1100]]);
  assert.equal(spans.total, 8800);
});
