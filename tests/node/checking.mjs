// What the scripts here share.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

export { assert };

/** Load a package whose file is an ES module although nothing says so, which older Nodes refuse to guess. */
export async function load(name) {
  const source = await readFile(require.resolve(name));
  return import(`data:text/javascript;base64,${source.toString("base64")}`);
}

/** Ask until the answer is right; fails if that takes longer than some seconds. */
export async function until(ask, isRight, seconds = 20) {
  for (const deadline = Date.now() + seconds * 1000; ; ) {
    const answer = await ask();
    if (isRight(answer)) return answer;
    assert.ok(Date.now() < deadline, `still ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
