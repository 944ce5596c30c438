// Norms over the channels of a position: one warp for each position, values kept in binary32, variance in two passes.
#include "common.cuh"

#define WARPS_PER_BLOCK (blockDim.x / 32)

__device__ __forceinline__ index_t warp_row() { return (index_t)blockIdx.x * WARPS_PER_BLOCK + threadIdx.x / 32; }

extern "C" __global__ void layer_norm(
    const element* input, int input_stride, const element* weight, const element* bias, float epsilon,
    element* output, int output_stride, int channels, index_t rows)
{
    index_t row = warp_row();
    if (row >= rows)
    {
        return;
    }

    int lane = threadIdx.x % 32;
    const element* x = input + row * input_stride;
    float sum = 0.0f;
    for (int c = lane; c < channels; c += 32)
    {
        sum += load(x + c);
    }

    float mean = warp_sum(sum) / channels;
    float squares = 0.0f;
    for (int c = lane; c < channels; c += 32)
    {
        float centred = load(x + c) - mean;
        squares += centred * centred;
    }

    float scale = rsqrtf(warp_sum(squares) / channels + epsilon);
    element* y = output + row * output_stride;
    for (int c = lane; c < channels; c += 32)
    {
        store(y + c, (load(x + c) - mean) * scale * load(weight + c) + load(bias + c));
    }
}

// x / sqrt(mean(x^2) + epsilon), times a weight where there is one.
extern "C" __global__ void rms_norm(
    const element* input, int input_stride, const element* weight, float epsilon,
    element* output, int output_stride, int channels, index_t rows)
{
    index_t row = warp_row();
    if (row >= rows)
    {
        return;
    }

    int lane = threadIdx.x % 32;
    const element* x = input + row * input_stride;
    float squares = 0.0f;
    for (int c = lane; c < channels; c += 32)
    {
        float value = load(x + c);
        squares += value * value;
    }

    float scale = rsqrtf(warp_sum(squares) / channels + epsilon);
    element* y = output + row * output_stride;
    for (int c = lane; c < channels; c += 32)
    {
        store(y + c, load(x + c) * scale * (weight ? load(weight + c) : 1.0f));
    }
}

// adaLN: rms_norm(x) (1 + scale) + shift; position t, b of [T, B, C] reads row b of shift and scale.
extern "C" __global__ void rms_norm_modulate(
    const element* input, int input_stride, const element* shift, int shift_stride, const element* scale, int scale_stride,
    int batch, float epsilon, element* output, int output_stride, int channels, index_t rows)
{
    index_t row = warp_row();
    if (row >= rows)
    {
        return;
    }

    int lane = threadIdx.x % 32;
    int b = (int)(row % batch);
    const element* x = input + row * input_stride;
    float squares = 0.0f;
    for (int c = lane; c < channels; c += 32)
    {
        float value = load(x + c);
        squares += value * value;
    }

    float factor = rsqrtf(warp_sum(squares) / channels + epsilon);
    element* y = output + row * output_stride;
    for (int c = lane; c < channels; c += 32)
    {
        float modulated = load(x + c) * factor * (1.0f + load(scale + (index_t)b * scale_stride + c));
        store(y + c, modulated + load(shift + (index_t)b * shift_stride + c));
    }
}

// RMS norm of each head with a weight, then rotation of the pairs (2i, 2i + 1), in place. One warp for each head of a position.
// rotation: [positions, D], D/2 cosines then D/2 sines; null for none. Token t of [T, B, heads D] has position t mod positions.
extern "C" __global__ void head_norm_rotate(
    element* tokens, int token_stride, const element* weight, const element* rotation, int rotation_stride, int positions, int batch,
    int heads, int head_dimension, float epsilon, index_t rows)
{
    index_t item = warp_row();
    if (item >= rows * heads)
    {
        return;
    }

    index_t row = item / heads;
    int head = (int)(item - row * heads);
    int lane = threadIdx.x % 32;
    element* x = tokens + row * token_stride + head * head_dimension;
    float squares = 0.0f;
    for (int c = lane; c < head_dimension; c += 32)
    {
        float value = load(x + c);
        squares += value * value;
    }

    float factor = rsqrtf(warp_sum(squares) / head_dimension + epsilon);
    int half_dimension = head_dimension / 2;
    const element* table = rotation ? rotation + (row / batch) % positions * rotation_stride : nullptr;
    for (int pair = lane; pair < half_dimension; pair += 32)
    {
        float even = load(x + 2 * pair) * factor * load(weight + 2 * pair);
        float odd = load(x + 2 * pair + 1) * factor * load(weight + 2 * pair + 1);
        float cosine = table ? load(table + pair) : 1.0f;
        float sine = table ? load(table + half_dimension + pair) : 0.0f;
        store(x + 2 * pair, even * cosine - odd * sine);
        store(x + 2 * pair + 1, odd * cosine + even * sine);
    }

    if (head_dimension % 2 != 0 && lane == 0)
    {
        int last = head_dimension - 1;
        store(x + last, load(x + last) * factor * load(weight + last));
    }
}
