// Norms over the channels of a position: one warp for each position, values kept in binary32, variance in two passes.
// The wide kernels hold a position in registers and read 16 bytes at a time.
#include "lanes.cuh"

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
extern "C" __global__ void ada_rms_norm(
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
extern "C" __global__ void qk_norm_rope(
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

// Pieces of 16 bytes that a lane holds of a position: at most 32 WIDE CHUNKS channels, a multiple of WIDE.
#define CHUNKS 4

struct held_position
{
    lanes<WIDE> chunk[CHUNKS];
};

__device__ __forceinline__ int channel_of(int chunk) { return (threadIdx.x % 32 + 32 * chunk) * WIDE; }

// Zeros behind the last channel.
__device__ __forceinline__ held_position hold(const element* x, int channels)
{
    held_position result;
#pragma unroll
    for (int i = 0; i < CHUNKS; i++)
    {
        result.chunk[i] = channel_of(i) < channels ? load_lanes<WIDE>(x + channel_of(i)) : lanes<WIDE>{};
    }

    return result;
}

__device__ __forceinline__ float mean_square(const held_position& x, int channels)
{
    float squares = 0.0f;
#pragma unroll
    for (int i = 0; i < CHUNKS; i++)
    {
#pragma unroll
        for (int j = 0; j < WIDE; j++)
        {
            squares += x.chunk[i].value[j] * x.chunk[i].value[j];
        }
    }

    return warp_sum(squares) / channels;
}

extern "C" __global__ void layer_norm_wide(
    const element* input, int input_stride, const element* weight, const element* bias, float epsilon,
    element* output, int output_stride, int channels, index_t rows)
{
    index_t row = warp_row();
    if (row >= rows)
    {
        return;
    }

    held_position x = hold(input + row * input_stride, channels);
    held_position weights = hold(weight, channels), biases = hold(bias, channels);
    float sum = 0.0f;
#pragma unroll
    for (int i = 0; i < CHUNKS; i++)
    {
#pragma unroll
        for (int j = 0; j < WIDE; j++)
        {
            sum += x.chunk[i].value[j];
        }
    }

    float mean = warp_sum(sum) / channels;
#pragma unroll
    for (int i = 0; i < CHUNKS; i++)
    {
#pragma unroll
        for (int j = 0; j < WIDE; j++)
        {
            x.chunk[i].value[j] = channel_of(i) < channels ? x.chunk[i].value[j] - mean : 0.0f;
        }
    }

    float scale = rsqrtf(mean_square(x, channels) + epsilon);
#pragma unroll
    for (int i = 0; i < CHUNKS; i++)
    {
#pragma unroll
        for (int j = 0; j < WIDE; j++)
        {
            x.chunk[i].value[j] = x.chunk[i].value[j] * scale * weights.chunk[i].value[j] + biases.chunk[i].value[j];
        }

        if (channel_of(i) < channels)
        {
            store_lanes<WIDE>(output + row * output_stride + channel_of(i), x.chunk[i]);
        }
    }
}

// Positions with a modulation of their own.
struct modulated_part
{
    const element* input;
    const element* shift;
    const element* scale;
    element* output;
    int input_stride;
    int shift_stride;
    int scale_stride;
    int output_stride;
    int batch;
    int first_row;
};

struct modulated_parts
{
    modulated_part part[4];
    int count;
    int rows;
    int channels;
    float epsilon;
};

// ada_rms_norm for several tensors of the same channels, one after the other.
extern "C" __global__ void ada_rms_norm_wide(const __grid_constant__ modulated_parts all)
{
    int row = (int)warp_row();
    if (row >= all.rows)
    {
        return;
    }

    int index = 0;
    while (index + 1 < all.count && row >= all.part[index + 1].first_row)
    {
        index++;
    }

    const modulated_part& part = all.part[index];
    row -= part.first_row;
    int b = row % part.batch;
    int channels = all.channels;
    held_position x = hold(part.input + (index_t)row * part.input_stride, channels);
    held_position shift = hold(part.shift + (index_t)b * part.shift_stride, channels);
    held_position scale = hold(part.scale + (index_t)b * part.scale_stride, channels);
    float factor = rsqrtf(mean_square(x, channels) + all.epsilon);
#pragma unroll
    for (int i = 0; i < CHUNKS; i++)
    {
#pragma unroll
        for (int j = 0; j < WIDE; j++)
        {
            x.chunk[i].value[j] = x.chunk[i].value[j] * factor * (1.0f + scale.chunk[i].value[j]) + shift.chunk[i].value[j];
        }

        if (channel_of(i) < channels)
        {
            store_lanes<WIDE>(part.output + (index_t)row * part.output_stride + channel_of(i), x.chunk[i]);
        }
    }
}

#if MODA_HALF

// Heads with a norm and a rotation of their own; rotation is null for none.
struct heads_part
{
    element* tokens;
    const element* weight;
    const element* rotation;
    int token_stride;
    int rotation_stride;
    int positions;
    int batch;
    int first_row;
};

struct heads_parts
{
    heads_part part[8];
    int count;
    int rows;
    int heads;
    float epsilon;
};

// qk_norm_rope for heads of 64 channels, several tensors one after the other: 8 lanes for a head, 4 pairs in each.
extern "C" __global__ void qk_norm_rope_64(const __grid_constant__ heads_parts all)
{
    const int LANES_PER_HEAD = 8;
    int item = (blockIdx.x * blockDim.x + threadIdx.x) / LANES_PER_HEAD;
    int lane = threadIdx.x % LANES_PER_HEAD;
    bool exists = item < all.rows * all.heads;
    int row = exists ? item / all.heads : 0;
    int head = exists ? item - row * all.heads : 0;
    int index = 0;
    while (index + 1 < all.count && row >= all.part[index + 1].first_row)
    {
        index++;
    }

    const heads_part& part = all.part[index];
    row -= part.first_row;
    element* place = part.tokens + (index_t)row * part.token_stride + head * 64 + lane * 8;
    lanes<8> x = load_lanes<8>(place);
    lanes<8> weight = load_lanes<8>(part.weight + lane * 8);
    lanes<4> cosine, sine;
    const element* table = part.rotation ? part.rotation + (index_t)(row / part.batch % part.positions) * part.rotation_stride + lane * 4 : nullptr;
    float squares = 0.0f;
#pragma unroll
    for (int i = 0; i < 8; i++)
    {
        squares += x.value[i] * x.value[i];
    }

#pragma unroll
    for (int i = 0; i < 4; i++)
    {
        cosine.value[i] = table ? load(table + i) : 1.0f;
        sine.value[i] = table ? load(table + 32 + i) : 0.0f;
    }

#pragma unroll
    for (int offset = LANES_PER_HEAD / 2; offset > 0; offset /= 2)
    {
        squares += __shfl_xor_sync(0xffffffffu, squares, offset);
    }

    float factor = rsqrtf(squares / 64 + all.epsilon);
#pragma unroll
    for (int i = 0; i < 4; i++)
    {
        float even = x.value[2 * i] * factor * weight.value[2 * i];
        float odd = x.value[2 * i + 1] * factor * weight.value[2 * i + 1];
        x.value[2 * i] = even * cosine.value[i] - odd * sine.value[i];
        x.value[2 * i + 1] = odd * cosine.value[i] + even * sine.value[i];
    }

    if (exists)
    {
        store_lanes<8>(place, x);
    }
}

#endif
