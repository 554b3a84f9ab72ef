// The notebook's problem by hand: sixteen runs at once, one in each lane of AVX-512, all 18 parameters in registers.
// A lane whose run has ended takes the next run at once. exp and log1p are polynomials, interpolated at Chebyshev's
// points; their errors are 3e-9 and 3e-8 of the value.
#include <cstdint>
#include <immintrin.h>

namespace {

using V = __m512;

inline V all(float number) { return _mm512_set1_ps(number); }

template <int N>
inline V polynomial(V x, const float (&coefficients)[N]) {
    V sum = all(coefficients[N - 1]);
    for (int n = N - 2; n >= 0; n--) sum = _mm512_fmadd_ps(sum, x, all(coefficients[n]));
    return sum;
}

inline V exp_of(V x) {
    static constexpr float coefficients[] = {1.f, 1.00000004f, 0.5f, 0.16666416f, 0.04166635f, 0.00837513f, 0.00139411f};
    const V n = _mm512_roundscale_ps(_mm512_mul_ps(x, all(1.44269504f)), _MM_FROUND_TO_NEAREST_INT);
    const V near = _mm512_fnmadd_ps(n, all(0.693145752f), x);  // ln 2 in two parts, the first with few digits
    return _mm512_scalef_ps(polynomial(_mm512_fnmadd_ps(n, all(1.42860677e-6f), near), coefficients), n);
}

inline V log1p_of(V e) {  // e in [0, 1]
    static constexpr float coefficients[] = {0.99999997f,  -0.49999445f, 0.33318122f,  -0.24835399f, 0.19076881f,
                                             -0.13602248f, 0.07751609f,  -0.02907406f, 0.0051261f};
    return _mm512_mul_ps(e, polynomial(e, coefficients));
}

inline V inverse(V x) {
    const V near = _mm512_rcp14_ps(x);
    return _mm512_mul_ps(near, _mm512_fnmadd_ps(x, near, all(2.f)));
}

}  // namespace

extern "C" void sweep(const float* weights, const float* biases, const float* rates, int32_t* steps, int64_t count) {
    V w[15], b[3], rate = all(0.f);
    for (auto& value : w) value = all(0.f);
    for (auto& value : b) value = all(0.f);
    __m512i turns = _mm512_setzero_si512();
    alignas(64) int32_t found[16];
    int64_t run[16], next = 0;
    __mmask16 live = 0, idle = 0xffff;
    for (auto& number : run) number = -1;
    while (true) {
        if (idle) {
            _mm512_store_si512(found, turns);
            for (int lane = 0; lane < 16; lane++) {
                if (!(idle >> lane & 1)) continue;
                if (run[lane] >= 0) steps[run[lane]] = found[lane];
                run[lane] = next < count ? next++ : -1;
                if (run[lane] < 0) continue;
                const __mmask16 here = static_cast<__mmask16>(1 << lane);
                for (int i = 0; i < 15; i++) w[i] = _mm512_mask_mov_ps(w[i], here, all(weights[i * count + run[lane]]));
                for (int j = 0; j < 3; j++) b[j] = _mm512_mask_mov_ps(b[j], here, all(biases[j * count + run[lane]]));
                rate = _mm512_mask_mov_ps(rate, here, all(rates[run[lane]] / 3.f));
                turns = _mm512_mask_mov_epi32(turns, here, _mm512_setzero_si512());
                live |= here;
            }
            if (!live) return;
        }
        V loss = all(0.f);
        for (int j = 0; j < 3; j++) {
            const V first = _mm512_add_ps(w[j], w[3 + j]), second = _mm512_add_ps(w[6 + j], w[9 + j]);
            const V z = _mm512_add_ps(_mm512_add_ps(first, second), _mm512_add_ps(w[12 + j], b[j]));
            const V e = exp_of(_mm512_or_ps(_mm512_abs_ps(z), all(-0.f)));
            const V share = inverse(_mm512_add_ps(e, all(1.f)));
            loss = _mm512_add_ps(loss, _mm512_add_ps(_mm512_max_ps(z, all(0.f)), log1p_of(e)));
            const __mmask16 negative = _mm512_cmp_ps_mask(z, all(0.f), _CMP_LT_OQ);
            const V move = _mm512_mul_ps(rate, _mm512_mask_mul_ps(share, negative, share, e));
            for (int i = 0; i < 5; i++) w[3 * i + j] = _mm512_sub_ps(w[3 * i + j], move);
            b[j] = _mm512_sub_ps(b[j], move);
        }
        turns = _mm512_mask_add_epi32(turns, live, turns, _mm512_set1_epi32(1));
        const __mmask16 above = _mm512_cmp_ps_mask(loss, all(0.03f), _CMP_GT_OQ);
        const __mmask16 early = _mm512_cmplt_epi32_mask(turns, _mm512_set1_epi32(1000));
        idle = live & ~(above & early);
        live &= ~idle;
    }
}
