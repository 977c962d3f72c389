// Debian's clang 14 makes Lstm.ptx of this, without anything of NVIDIA's:
// clang-14 -x cuda --cuda-device-only -nocudainc -nocudalib --cuda-gpu-arch=sm_80 -Xclang -target-feature
//     -Xclang +ptx75 -O2 -ffp-contract=off -S Lstm.cu -o Lstm.ptx

// One step of an LSTM cell for every unit: gates i, f, g, o before their activations, of batch × 4 × hidden.
__attribute__((device)) static float exponential(float x) {
  // 2^n · e^r with r = x - n·ln 2, by a series.
  x = x < -87.0f ? -87.0f : x > 88.0f ? 88.0f : x;
  int n = (int)(x * 1.44269504f + (x < 0 ? -0.5f : 0.5f));
  float r = __builtin_fmaf((float)n, -0.693359375f, x);
  r = __builtin_fmaf((float)n, 2.12194440e-4f, r);
  float p = 1.0f / 720;
  p = __builtin_fmaf(p, r, 1.0f / 120);
  p = __builtin_fmaf(p, r, 1.0f / 24);
  p = __builtin_fmaf(p, r, 1.0f / 6);
  p = __builtin_fmaf(p, r, 0.5f);
  p = __builtin_fmaf(p, r, 1.0f);
  p = __builtin_fmaf(p, r, 1.0f);
  union { int i; float f; } scale;
  scale.i = (n + 127) << 23;
  return p * scale.f;
}
__attribute__((device)) static float sigmoid(float x) { return 1.0f / (1.0f + exponential(-x)); }
__attribute__((device)) static float tanhyp(float x) { return 2.0f * sigmoid(2.0f * x) - 1.0f; }
extern "C" __attribute__((global)) __attribute__((launch_bounds(128)))
void run(const float *gates, const float *old_c, float *h, float *c, int batch, int hidden) {
  int threads = __nvvm_read_ptx_sreg_ntid_x();
  int start = __nvvm_read_ptx_sreg_ctaid_x() * threads + __nvvm_read_ptx_sreg_tid_x();
  for (int at = start; at < batch * hidden; at += __nvvm_read_ptx_sreg_nctaid_x() * threads) {
    int row = at / hidden, unit = at % hidden;
    const float *g = gates + row * 4 * hidden + unit;
    float in = sigmoid(g[0]), forget = sigmoid(g[hidden]);
    float candidate = tanhyp(g[2 * hidden]), out = sigmoid(g[3 * hidden]);
    float state = forget * old_c[at] + in * candidate;
    c[at] = state;
    h[at] = out * tanhyp(state);
  }
}
