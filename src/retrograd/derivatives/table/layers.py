"""Convolution and pooling; normalisation, softmax, attention."""

from __future__ import annotations

from retrograd.derivatives.table.rows import row

ROWS = (
    # ---------------------------------------------------------------- convolution, pooling, pictures
    row(
        "ConvolutionBackward0",
        "convolution(Tensor input, Tensor weight, Tensor? bias, SymInt[] stride, SymInt[] padding, SymInt[] dilation,"
        " bool transposed, SymInt[] output_padding, SymInt groups) -> Tensor",
        "(convolve(input, weight, stride, padding, dilation, groups) if not transposed"
        " else convolve_back(input, grown(input, weight, stride, padding, dilation, output_padding, groups), weight,"
        " stride, padding, dilation, groups)) + offset(bias, input)",
        input="convolve_back(G, input, weight, stride, padding, dilation, groups) if not transposed"
        " else convolve(G, weight, stride, padding, dilation, groups, input)",
        weight="convolve_weight(G, input, weight, stride, padding, dilation, groups) if not transposed"
        " else convolve_weight(input, G, weight, stride, padding, dilation, groups)",
        bias="sum(G, but_channels(G))",
    ),
    row(
        "MaxPool2DWithIndicesBackward0",
        "max_pool2d_with_indices(Tensor self, int[2] kernel_size, int[2] stride=[], int[2] padding=0,"
        " int[2] dilation=1, bool ceil_mode=False) -> (Tensor, Tensor)",
        "pooled(self, spread(kernel_size, 2), stride, padding, dilation, ceil_mode)",
        self="scatter(G, planes(self, result1, 2), self)",
    ),
    row(
        "AvgPool2DBackward0",
        "avg_pool2d(Tensor self, int[2] kernel_size, int[2] stride=[], int[2] padding=0, bool ceil_mode=False,"
        " bool count_include_pad=True, int? divisor_override=None) -> Tensor",
        "averaged(self, spread(kernel_size, 2), stride, padding, ceil_mode, count_include_pad, divisor_override)",
        self="averaged_back(G, self, spread(kernel_size, 2), stride, padding, ceil_mode, count_include_pad,"
        " divisor_override)",
    ),
    row(
        "AdaptiveAvgPool2DBackward0",
        "_adaptive_avg_pool2d(Tensor self, SymInt[2] output_size) -> Tensor",
        "adaptive_mean(self, output_size)",
        self="adaptive_mean_back(G, self)",
    ),
    row(
        "UpsampleNearest2DBackward0",
        "upsample_nearest2d(Tensor self, SymInt[2] output_size, float? scales_h=None, float? scales_w=None) -> Tensor",
        "take(self, nearest(self, output_size, [scales_h, scales_w]))",
        self="scatter(G, nearest(self, output_size, [scales_h, scales_w]), self)",
    ),
    row(
        "ConstantPadNdBackward0",
        "constant_pad_nd(Tensor self, SymInt[] pad, Scalar value=0) -> Tensor",
        "where(padded(numbering(self), pad) < 0, value, take(self, padded(numbering(self), pad)))",
        self="scatter(G, padded(numbering(self), pad), self)",
    ),
    row(
        "ReflectionPad1DBackward0",
        "reflection_pad1d(Tensor self, SymInt[2] padding) -> Tensor",
        "take(self, padded(numbering(self), padding, 'reflect'))",
        self="scatter(G, padded(numbering(self), padding, 'reflect'), self)",
    ),
    row(
        "ReflectionPad2DBackward0",
        "reflection_pad2d(Tensor self, SymInt[4] padding) -> Tensor",
        "take(self, padded(numbering(self), padding, 'reflect'))",
        self="scatter(G, padded(numbering(self), padding, 'reflect'), self)",
    ),
    row(
        "ReplicationPad1DBackward0",
        "replication_pad1d(Tensor self, SymInt[2] padding) -> Tensor",
        "take(self, padded(numbering(self), padding, 'edge'))",
        self="scatter(G, padded(numbering(self), padding, 'edge'), self)",
    ),
    row(
        "ReplicationPad2DBackward0",
        "replication_pad2d(Tensor self, SymInt[4] padding) -> Tensor",
        "take(self, padded(numbering(self), padding, 'edge'))",
        self="scatter(G, padded(numbering(self), padding, 'edge'), self)",
    ),
    # ---------------------------------------------------------------- normalisation, softmax, attention
    row(
        "NativeLayerNormBackward0",
        "native_layer_norm(Tensor input, SymInt[] normalized_shape, Tensor? weight, Tensor? bias, float eps)"
        " -> (Tensor, Tensor, Tensor)",
        (
            "n * either(weight, 1) + either(bias, 0)",
            "mean(input, axes_, True)",
            "1 / sqrt(mean((input - rounded(result1)) ** 2, axes_, True) + eps)",  # kernels follow a running mean
        ),
        given={
            "axes_": "last(input, normalized_shape)",
            "n": "input * result2 - result1 * result2",
            "g": "G * either(weight, 1)",
        },
        input="result2 * (g - mean(g, axes_, True) - n * mean(g * n, axes_, True))",
        weight="G * n",
        bias="G",
    ),
    row(
        "FusedRmsNormBackward0",
        "_fused_rms_norm(Tensor input, int[] normalized_shape, Tensor? weight, float? eps) -> (Tensor, Tensor)",
        "n * either(weight, 1)",
        given={
            "axes_": "last(input, normalized_shape)",
            "n": "input * result1",
            "g": "G * either(weight, 1)",
        },
        input="result1 * (g - n * mean(g * n, axes_, True))",
        weight="G * n",
    ),
    row(
        "NativeBatchNormBackward0",
        "native_batch_norm(Tensor input, Tensor? weight, Tensor? bias, Tensor? running_mean, Tensor? running_var,"
        " bool training, float momentum, float eps) -> (Tensor, Tensor, Tensor)",
        "input * k + (offset(bias, input) - m * k)",
        given={
            "axes_": "but_channels(input)",
            "m": "channels(result1 if training else running_mean, input)",
            "r": "channels(result2 if training else 1 / sqrt(running_var + eps), input)",
            "k": "channels(either(weight, 1), input) * r",
            "n": "input * r - m * r",
            "g": "G * channels(either(weight, 1), input)",
        },
        input="r * (g - mean(g, axes_, True) - n * mean(g * n, axes_, True)) if training else g * r",
        weight="sum(G * n, axes_)",
        bias="sum(G, axes_)",
    ),
    row(
        "NativeGroupNormBackward0",
        "native_group_norm(Tensor input, Tensor? weight, Tensor? bias, SymInt N, SymInt C, SymInt HxW, int group,"
        " float eps) -> (Tensor, Tensor, Tensor)",
        "n * channels(either(weight, 1), input) + offset(bias, input)",
        given={
            "r": "reshape(result2, [N, group, 1])",
            "rows_": "groups(input, group) * r - reshape(result1, [N, group, 1]) * r",
            "n": "reshape(rows_, input)",
            "g": "groups(G * channels(either(weight, 1), input), group)",
        },
        input="reshape(r * (g - mean(g, 2, True) - rows_ * mean(g * rows_, 2, True)), input)",
        weight="sum(G * n, but_channels(input))",
        bias="sum(G, but_channels(input))",
    ),
    row(
        "SoftmaxBackward0",
        "_softmax(Tensor self, int dim, bool half_to_float) -> Tensor",
        "softmax(self, dim)",
        self="result * (G - sum(G * result, dim, True))",
    ),
    row(
        "SafeSoftmaxBackward0",
        "_safe_softmax(Tensor self, int dim, ScalarType? dtype=None) -> Tensor",
        "where(amax(self, dim, True) == -inf, 0, softmax(self, dim))",
        self="result * (G - sum(G * result, dim, True))",
    ),
    row(
        "LogSoftmaxBackward0",
        "_log_softmax(Tensor self, int dim, bool half_to_float) -> Tensor",
        "self - logsumexp(self, dim, True)",
        self="G - exp(result) * sum(G, dim, True)",
    ),
    row(
        "ScaledDotProductFlashAttentionForCpuBackward0",
        "_scaled_dot_product_flash_attention_for_cpu(Tensor query, Tensor key, Tensor value, float dropout_p=0.0,"
        " bool is_causal=False, *, Tensor? attn_mask=None, float? scale=None) -> (Tensor output, Tensor logsumexp)",
        "p @ value",
        given={
            "c": "either(scale, shape(query)[-1] ** -0.5)",
            "p": "softmax(masked(query @ T(key) * c, attn_mask, is_causal), -1)",
            "d": "p * (G @ T(value) - sum(G @ T(value) * p, -1, True)) * c",
        },
        unless="dropout_p > 0 or shape(query)[1] != shape(key)[1]",
        query="d @ key",
        key="T(d) @ query",
        value="T(p) @ G",
    ),
)
