// Runs the exported files in ONNX Runtime, in two calls with the state carried from one to the other.
//
// Writes fixtures/run_with_onnxruntime.json. Needs Node and, in any folder, `npm install onnxruntime-node@1.14.0`:
//
//     NODE_PATH=that-folder/node_modules node run_with_onnxruntime.js

const fs = require("fs");
const path = require("path");
const { InferenceSession, Tensor } = require("onnxruntime-node");

const fixtures = path.join(__dirname, "fixtures");
const [V, B, T, H] = [5, 2, 3, 3];

function tokens(call) {
  const values = [];
  for (let row = 0; row < B; row++) {
    for (let t = call * T; t < (call + 1) * T; t++) values.push(BigInt((3 * row + 2 * t + t * t) % V));
  }
  return new Tensor("int64", BigInt64Array.from(values), [B, T]);
}

const numbers = (values) => Array.from(values, (value) => Number(value.toPrecision(9)));

// (B, T, V) to (T, B, V)
function timeMajor(logits) {
  const values = [];
  for (let t = 0; t < T; t++) {
    for (let row = 0; row < B; row++) values.push(...logits.data.slice((row * T + t) * V, (row * T + t + 1) * V));
  }
  return numbers(values);
}

// Layers and directions, which the session does not tell: by trying.
async function zeroState(session, parts) {
  for (let layers = 1; ; layers++) {
    const state = parts.map((part) => [`${part}_0`, new Tensor("float32", new Float32Array(layers * B * H), [layers, B, H])]);
    try {
      await session.run({ tokens: tokens(0), ...Object.fromEntries(state) });
      return Object.fromEntries(state);
    } catch (error) {
      if (layers === 8) throw error;
    }
  }
}

async function reading(file) {
  const session = await InferenceSession.create(path.join(fixtures, file), { logSeverityLevel: 4 });
  const parts = session.inputNames.filter((name) => name.endsWith("_0")).map((name) => name[0]);
  let state = await zeroState(session, parts);
  const logits = [];
  for (let call = 0; call < 2; call++) {
    const results = await session.run({ tokens: tokens(call), ...state });
    logits.push(timeMajor(results.logits));
    state = Object.fromEntries(parts.map((part) => [`${part}_0`, results[`${part}_n`]]));
  }
  return { logits, state: parts.map((part) => numbers(state[`${part}_0`].data)) };
}

(async () => {
  const lines = [];
  for (const file of fs.readdirSync(fixtures).filter((name) => name.endsWith(".onnx")).sort()) {
    lines.push(`"${path.basename(file, ".onnx")}":${JSON.stringify(await reading(file))}`);
  }
  fs.writeFileSync(path.join(fixtures, "run_with_onnxruntime.json"), `{\n${lines.join(",\n")}\n}\n`);
})();
