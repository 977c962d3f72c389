// Debian's clang 14 makes Reduction.ptx of this, without anything of NVIDIA's:
// clang-14 -x cuda --cuda-device-only -nocudainc -nocudalib --cuda-gpu-arch=sm_80 -Xclang -target-feature
//     -Xclang +ptx75 -O2 -ffp-contract=off -S Reduction.cu -o Reduction.ptx

// The sum and the greatest of n values: a block's share by shuffles, then one word of shared memory a warp.
extern "C" __attribute__((global)) __attribute__((launch_bounds(256)))
void run(const float *x, double *sums, float *greatest, int n) {
  __attribute__((shared)) static double partial[8];
  __attribute__((shared)) static float most[8];
  int tid = __nvvm_read_ptx_sreg_tid_x();
  double sum = 0;
  float top = -__builtin_inff();
  for (int i = __nvvm_read_ptx_sreg_ctaid_x() * 256 + tid; i < n; i += __nvvm_read_ptx_sreg_nctaid_x() * 256) {
    sum += x[i];
    top = x[i] > top ? x[i] : top;
  }
  for (int d = 16; d > 0; d /= 2) {
    union { double d; int i[2]; } mine, other;
    mine.d = sum;
    other.i[0] = __nvvm_shfl_sync_down_i32(-1, mine.i[0], d, 31);
    other.i[1] = __nvvm_shfl_sync_down_i32(-1, mine.i[1], d, 31);
    sum += other.d;
    float t = __nvvm_shfl_sync_bfly_f32(-1, top, d, 31);
    top = t > top ? t : top;
  }
  if (tid % 32 == 0) {
    partial[tid / 32] = sum;
    most[tid / 32] = top;
  }
  __syncthreads();
  if (tid == 0) {
    for (int w = 1; w < 8; w++) {
      sum += partial[w];
      top = most[w] > top ? most[w] : top;
    }
    sums[__nvvm_read_ptx_sreg_ctaid_x()] = sum;
    greatest[__nvvm_read_ptx_sreg_ctaid_x()] = top;
  }
}
