// The notebook's problem as the compiler vectorises it: 64 runs at once, each group until its slowest run has ended.
#include <cmath>
#include <cstdint>

extern "C" void sweep(const float* weights, const float* biases, const float* rates, int32_t* steps, int64_t count) {
    constexpr int C = 64;
    for (int64_t at = 0; at < count; at += C) {
        const int many = count - at < C ? int(count - at) : C;
        float w[15][C], b[3][C], rate[C], turns[C], live[C];
        for (int l = 0; l < C; l++) {
            const int64_t run = at + (l < many ? l : 0);
            for (int i = 0; i < 15; i++) w[i][l] = weights[i * count + run];
            for (int j = 0; j < 3; j++) b[j][l] = biases[j * count + run];
            rate[l] = rates[run];
            turns[l] = 0;
            live[l] = l < many;
        }
        for (int step = 0; step < 1000; step++) {
            float any = 0;
#pragma omp simd reduction(+ : any)
            for (int l = 0; l < C; l++) {
                float loss = 0;
                for (int j = 0; j < 3; j++) {
                    const float z = w[j][l] + w[3 + j][l] + w[6 + j][l] + w[9 + j][l] + w[12 + j][l] + b[j][l];
                    const float e = expf(-fabsf(z));
                    loss += fmaxf(z, 0.f) + logf(1.f + e);
                    const float move = rate[l] * ((z >= 0 ? 1.f : e) / (1.f + e)) / 3.f;
                    for (int i = 0; i < 5; i++) w[3 * i + j][l] -= move;
                    b[j][l] -= move;
                }
                turns[l] += live[l];
                live[l] = (loss / 3.f > 0.01f) ? live[l] : 0.f;
                any += live[l];
            }
            if (any == 0) break;
        }
        for (int l = 0; l < many; l++) steps[at + l] = int32_t(turns[l]);
    }
}
