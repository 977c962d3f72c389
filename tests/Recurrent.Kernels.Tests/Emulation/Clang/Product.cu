// Debian's clang 14 makes Product.ptx of this, without anything of NVIDIA's:
// clang-14 -x cuda --cuda-device-only -nocudainc -nocudalib --cuda-gpu-arch=sm_80 -Xclang -target-feature
//     -Xclang +ptx75 -O2 -ffp-contract=off -S Product.cu -o Product.ptx

// C = A·B of n×n by tiles of 64×64, 8×8 values a thread; n is a multiple of 64.
extern "C" __attribute__((global)) __attribute__((launch_bounds(64)))
void run(const float *a, const float *b, float *c, int n) {
  __attribute__((shared)) static float as[16][68], bs[16][64];
  int tid = __nvvm_read_ptx_sreg_tid_x(), row = tid / 8 * 8, column = tid % 8 * 8;
  int top = __nvvm_read_ptx_sreg_ctaid_y() * 64, left = __nvvm_read_ptx_sreg_ctaid_x() * 64;
  float sums[8][8];
#pragma unroll
  for (int i = 0; i < 8; i++)
#pragma unroll
    for (int j = 0; j < 8; j++) sums[i][j] = 0;
  for (int k0 = 0; k0 < n; k0 += 16) {
    for (int i = tid; i < 64 * 16; i += 64) {
      as[i % 16][i / 16] = a[(top + i / 16) * n + k0 + i % 16];
      bs[i / 64][i % 64] = b[(k0 + i / 64) * n + left + i % 64];
    }
    __syncthreads();
#pragma unroll 4
    for (int k = 0; k < 16; k++) {
#pragma unroll
      for (int i = 0; i < 8; i++)
#pragma unroll
        for (int j = 0; j < 8; j++) sums[i][j] = __builtin_fmaf(as[k][row + i], bs[k][column + j], sums[i][j]);
    }
    __syncthreads();
  }
#pragma unroll
  for (int i = 0; i < 8; i++)
#pragma unroll
    for (int j = 0; j < 8; j++) c[(top + row + i) * n + left + column + j] = sums[i][j];
}
