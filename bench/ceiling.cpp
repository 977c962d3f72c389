// A ceiling for the training table: the same step in C++ around oneDNN's sgemm, which promises nothing about bits.
// Each thread takes rows of the batch through all steps, the output, the loss and back, and sums the gradient of its
// own columns of the recurrent weights over all rows; threads meet four times a minibatch. bench/peers.py runs it:
//   g++ -Ofast -march=native -fopenmp bench/ceiling.cpp -ldnnl -o ceiling
//   ./ceiling train rnn|gru|lstm HIDDEN 1 BATCH STEPS VOCABULARY THREADS SECONDS
#include <dnnl.h>
#include <omp.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <vector>

static long H, B, T, V, P, G, rows;  // hidden units, batch, steps, vocabulary, threads, gates; rows of one thread
static std::string kind;

static double now() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

static float *zeros(size_t count) {
    size_t bytes = (count * sizeof(float) + 4095) / 4096 * 4096;
    return static_cast<float *>(memset(aligned_alloc(4096, bytes), 0, bytes));
}

static void product(char a_form, char b_form, long m, long n, long k, const float *a, long a_width, const float *b,
                    long b_width, float beta, float *c, long c_width) {
    dnnl_sgemm(a_form, b_form, m, n, k, 1, a, a_width, b, b_width, beta, c, c_width);
}

static float sigmoid(float x) { return 1 / (1 + expf(-x)); }

// One row of one step. z holds the recurrent sums before and the gates after; x is the input's row. s is c of an LSTM;
// of a GRU, it is the candidate's recurrent product, which the reset gate multiplies as in PyTorch.
static void forward(float *z, const float *x, const float *h0, const float *s0, float *h, float *s) {
    float *z1 = z + H, *z2 = z + 2 * H, *z3 = z + 3 * H;
    if (kind == "rnn") {
        #pragma omp simd
        for (long j = 0; j < H; j++) h[j] = tanhf(z[j] + x[j]);
    } else if (kind == "lstm") {
        #pragma omp simd
        for (long j = 0; j < H; j++) {
            z[j] = sigmoid(z[j] + x[j]), z1[j] = sigmoid(z1[j] + x[H + j]);
            z2[j] = tanhf(z2[j] + x[2 * H + j]), z3[j] = sigmoid(z3[j] + x[3 * H + j]);
            s[j] = z1[j] * s0[j] + z[j] * z2[j];
            h[j] = z3[j] * tanhf(s[j]);
        }
    } else {
        #pragma omp simd
        for (long j = 0; j < H; j++) {
            z[j] = sigmoid(z[j] + x[j]), z1[j] = sigmoid(z1[j] + x[H + j]);
            s[j] = z2[j];
            z2[j] = tanhf(z[j] * s[j] + x[2 * H + j]);
            h[j] = z2[j] + z1[j] * (h0[j] - z2[j]);
        }
    }
}

// The way back: gates in z become the gradient of the recurrent sums, dx gains that of the input's row, and dh0 and ds,
// of the step before, what does not pass through the recurrent product.
static void backward(float *z, const float *h0, const float *h, const float *s0, const float *s, const float *dh,
                     float *ds, float *dh0, float *dx) {
    float *z1 = z + H, *z2 = z + 2 * H, *z3 = z + 3 * H;
    if (kind == "rnn") {
        #pragma omp simd
        for (long j = 0; j < H; j++) z[j] = dh[j] * (1 - h[j] * h[j]), dx[j] += z[j];
    } else if (kind == "lstm") {
        #pragma omp simd
        for (long j = 0; j < H; j++) {
            float i = z[j], f = z1[j], g = z2[j], o = z3[j], y = tanhf(s[j]), d = ds[j] + dh[j] * o * (1 - y * y);
            z[j] = d * g * i * (1 - i), z1[j] = d * s0[j] * f * (1 - f);
            z2[j] = d * i * (1 - g * g), z3[j] = dh[j] * y * o * (1 - o);
            ds[j] = d * f;
            dx[j] += z[j], dx[H + j] += z1[j], dx[2 * H + j] += z2[j], dx[3 * H + j] += z3[j];
        }
    } else {
        #pragma omp simd
        for (long j = 0; j < H; j++) {
            float r = z[j], u = z1[j], n = z2[j], dn = dh[j] * (1 - u) * (1 - n * n);
            z[j] = dn * s[j] * r * (1 - r), z1[j] = dh[j] * (h0[j] - n) * u * (1 - u), z2[j] = dn * r;
            dh0[j] += dh[j] * u;
            dx[j] += z[j], dx[H + j] += z1[j], dx[2 * H + j] += dn;
        }
    }
}

// What one thread keeps: its rows' values of all steps, and the gradients of the weights that all threads add up.
struct Part {
    float *z, *h, *s, *o, *dh, *ds, *dx, *dq, *dbq;
    double loss, squares;
};

int main(int count, char **words) {
    if (count != 10) return fprintf(stderr, "The head of ceiling.cpp shows how.\n"), 2;
    kind = words[2], H = atoi(words[3]), B = atoi(words[5]), T = atoi(words[6]), V = atoi(words[7]), P = atoi(words[8]);
    double seconds = atof(words[9]);
    G = kind == "rnn" ? 1 : kind == "gru" ? 3 : 4, rows = B / P;
    if (B % P || H % (16 * P)) return fprintf(stderr, "The threads must divide the batch and the hidden units.\n"), 2;

    const long W = G * H, R = T * rows;
    std::mt19937 random(1);
    std::normal_distribution<float> normal(0, 0.01f);
    auto drawn = [&](size_t n) {
        float *w = zeros(n);
        std::generate(w, w + n, [&] { return normal(random); });
        return w;
    };
    float *wx = drawn(V * W), *bx = zeros(W), *wh = drawn(H * W), *wq = drawn(H * V), *bq = zeros(V);
    float *input = zeros(V * W), *wht = zeros(W * H), *wqt = zeros(V * H), *dwh = zeros(H * W);
    std::vector<Part> parts(P);
    for (auto &part : parts)
        part = {zeros(R * W), zeros((R + rows) * H), zeros((R + rows) * H), zeros(R * V), zeros((R + rows) * H),
                zeros(rows * H), zeros(V * W), zeros(H * V), zeros(V), 0, 0};
    std::vector<int> text(B * (T + 1));
    for (size_t i = 0; i < text.size(); i++)  // a rule that takes two tokens, which the loss shows to be learnt
        text[i] = i % (T + 1) < 2 ? random() % V : (text[i - 1] + text[i - 2]) % V;

    auto minibatch = [&](long p) {
        Part &my = parts[p];
        auto token = [&](long t, long b) { return text[(p * rows + b) * (T + 1) + t]; };
        const long first = p * W / P, mine = W / P;

        for (long j = first; j < first + mine; j += 16)  // transposes, and the input's table with the bias in it
            for (long i = 0; i < H; i += 16)
                for (long b = 0; b < 16; b++)
                    for (long a = 0; a < 16; a++) wht[(j + b) * H + i + a] = wh[(i + a) * W + j + b];
        for (long v = 0; v < V; v++)
            for (long j = first; j < first + mine; j++) input[v * W + j] = wx[v * W + j] + bx[j];
        for (long v = 0; v < V; v++)
            for (long i = p * H / P; i < (p + 1) * H / P; i++) wqt[v * H + i] = wq[i * V + v];
        #pragma omp barrier

        const size_t step = rows * H;
        memcpy(my.h, my.h + T * step, step * sizeof(float)), memcpy(my.s, my.s + T * step, step * sizeof(float));
        for (long t = 0; t < T; t++) {
            float *z = my.z + t * rows * W, *h0 = my.h + t * step, *s0 = my.s + t * step;
            product('N', 'N', rows, W, H, h0, H, wh, W, 0, z, W);
            for (long b = 0; b < rows; b++) {
                float *s = (kind == "gru" ? s0 : s0 + step) + b * H;
                forward(z + b * W, input + token(t, b) * W, h0 + b * H, s0 + b * H, h0 + step + b * H, s);
            }
        }
        product('N', 'N', R, V, H, my.h + step, H, wq, V, 0, my.o, V);
        my.loss = 0;
        memset(my.dbq, 0, V * sizeof(float));
        for (long r = 0; r < R; r++) {  // softmax, cross-entropy and its gradient
            float *o = my.o + r * V, most = -1e30f, sum = 0, scale;
            int target = token(r / rows + 1, r % rows);
            for (long v = 0; v < V; v++) o[v] += bq[v], most = std::max(most, o[v]);
            float right = o[target] - most;
            for (long v = 0; v < V; v++) o[v] = expf(o[v] - most), sum += o[v];
            my.loss += logf(sum) - right, scale = 1 / (sum * B * T);
            for (long v = 0; v < V; v++) o[v] *= scale;
            o[target] -= 1.0f / (B * T);
            for (long v = 0; v < V; v++) my.dbq[v] += o[v];
        }
        product('N', 'N', R, H, V, my.o, V, wqt, H, 0, my.dh + step, H);  // dh of step t lies in block t + 1
        product('T', 'N', H, V, R, my.h + step, H, my.o, V, 0, my.dq, V);
        memset(my.dx, 0, V * W * sizeof(float)), memset(my.ds, 0, step * sizeof(float));
        for (long t = T - 1; t >= 0; t--) {
            float *z = my.z + t * rows * W, *h0 = my.h + t * step, *s0 = my.s + t * step, *dh0 = my.dh + t * step;
            for (long b = 0; b < rows; b++) {
                float *s = (kind == "gru" ? s0 : s0 + step) + b * H;
                backward(z + b * W, h0 + b * H, h0 + step + b * H, s0 + b * H, s, dh0 + step + b * H,
                         my.ds + b * H, dh0 + b * H, my.dx + token(t, b) * W);
            }
            if (t > 0) product('N', 'N', rows, H, W, z, W, wht, H, 1, dh0, H);
        }
        #pragma omp barrier

        for (long q = 0; q < P; q++)
            product('T', 'N', H, mine, R, parts[q].h, H, parts[q].z + first, W, q > 0, dwh + first, W);
        my.squares = 0;
        for (long i = 0; i < H; i++) {
            float sum = 0;
            for (long j = first; j < first + mine; j++) sum += dwh[i * W + j] * dwh[i * W + j];
            my.squares += sum;
        }
        if (p == 0) {  // the small ones
            auto gather = [&](float *Part::*member, long n) {
                float sum = 0;
                for (long q = 1; q < P; q++)
                    for (long i = 0; i < n; i++) (my.*member)[i] += (parts[q].*member)[i];
                for (long i = 0; i < n; i++) sum += (my.*member)[i] * (my.*member)[i];
                my.squares += sum;
            };
            gather(&Part::dx, V * W), gather(&Part::dq, H * V), gather(&Part::dbq, V);
        }
        #pragma omp barrier

        double squares = 0;
        for (auto &part : parts) squares += part.squares;
        float rate = squares > 1 ? 1 / std::sqrt(squares) : 1;
        for (long i = 0; i < H; i++)
            for (long j = first; j < first + mine; j++) wh[i * W + j] -= rate * dwh[i * W + j];
        if (p == 0) {
            for (long v = 0; v < V; v++)
                for (long j = 0; j < W; j++) {
                    float d = rate * my.dx[v * W + j];
                    wx[v * W + j] -= d, bx[j] -= d;
                }
            for (long i = 0; i < H * V; i++) wq[i] -= rate * my.dq[i];
            for (long v = 0; v < V; v++) bq[v] -= rate * my.dbq[v];
        }
        #pragma omp barrier
    };

    omp_set_num_threads(P);
    auto slice = [&](int minibatches) {
        double start = now();
        #pragma omp parallel
        for (long i = 0; i < minibatches; i++) minibatch(omp_get_thread_num());
        return (double)minibatches * B * T / (now() - start);
    };
    slice(3);
    int minibatches = std::max(1, (int)(seconds / 5 * slice(5) / (B * T)));
    std::vector<double> speeds;
    for (long i = 0; i < 6; i++) speeds.push_back(slice(minibatches));
    double loss = 0;
    for (auto &part : parts) loss += part.loss / (B * T);
    std::sort(speeds.begin() + 1, speeds.end());  // the first one warms up
    printf("{\"perSecond\": %.1f, \"loss\": %.4f}\n", speeds[3], loss);
}
