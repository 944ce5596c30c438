// What becomes of the sums of a tile of convolution_wgmma.cu: bias, gate, residual, activation, stores.
//
// Of a tile, a lane has two rows (lane / 4 of its warp's, and eight below) in each 64 positions of its warpgroup, and eight neighbours in
// each 32 channels, the first of them first_channel: place_row has ordered the weights so. A row is its first output and, along
// height << 16 | width, how many outputs it belongs to: none where it lies outside.
#pragma once
#include "convolution.cuh"
#include "tensor_core.cuh"

#if MODA_HALF

// What needs no function call.
__device__ __forceinline__ float activate_sharply(float x, int kind, float slope)
{
    return kind == RELU ? fmaxf(x, 0.0f) : kind == LEAKY_RELU && x < 0.0f ? slope * x : x;
}

__device__ __forceinline__ float& own_sum(float* sums, int half, int block, int i)
{
    return sums[(block * 4 + i / 2) * 4 + half * 2 + i % 2];
}

template <int COLUMNS>
__device__ __forceinline__ void load_bias(
    float (&bias)[COLUMNS / 4], const convolution_geometry& g, const convolution_epilogue& e, int first_channel)
{
#pragma unroll
    for (int block = 0; block < COLUMNS / 32; block++)
    {
        int channel = first_channel + block * 32;
#pragma unroll
        for (int i = 0; i < 8; i++)
        {
            bias[block * 8 + i] = 0.0f;
        }

        if (e.bias && channel + 8 <= g.output_channels)
        {
#pragma unroll
            for (int i = 0; i < 8; i += 4)
            {
                float4 four = *(const float4*)(e.bias + channel + i);
                bias[block * 8 + i] = four.x;
                bias[block * 8 + i + 1] = four.y;
                bias[block * 8 + i + 2] = four.z;
                bias[block * 8 + i + 3] = four.w;
            }
        }
        else if (e.bias)
        {
#pragma unroll
            for (int i = 0; i < 8; i++)
            {
                bias[block * 8 + i] = channel + i < g.output_channels ? e.bias[channel + i] : 0.0f;
            }
        }
    }
}

// Gates, and adds the residual, read 16 bytes at a time. Each row has one output.
template <int M_TILES, int COLUMNS>
__device__ __forceinline__ void gate_and_add(
    float (&sum)[M_TILES][COLUMNS / 2], const int2 (&rows)[M_TILES][2], const convolution_geometry& g, const convolution_epilogue& e,
    int first_channel)
{
#pragma unroll
    for (int m = 0; m < M_TILES; m++)
    {
        uint4 other[2][COLUMNS / 32];
        float gate[2];
#pragma unroll
        for (int half = 0; half < 2; half++)
        {
            bool exists = rows[m][half].y != 0;
            gate[half] = e.gate && exists ? load(e.gate + (index_t)rows[m][half].x * e.gate_stride) : 1.0f;
#pragma unroll
            for (int block = 0; block < COLUMNS / 32; block++)
            {
                int channel = first_channel + block * 32;
                other[half][block] = make_uint4(0, 0, 0, 0);
                if (e.residual && exists && channel < g.output_channels)
                {
                    other[half][block] = *(const uint4*)(e.residual + (index_t)rows[m][half].x * e.residual_stride + channel);
                }
            }
        }

#pragma unroll
        for (int half = 0; half < 2; half++)
        {
#pragma unroll
            for (int block = 0; block < COLUMNS / 32; block++)
            {
                unsigned pairs[4] = {other[half][block].x, other[half][block].y, other[half][block].z, other[half][block].w};
#pragma unroll
                for (int i = 0; i < 8; i++)
                {
                    float& own = own_sum(sum[m], half, block, i);
                    own = own * gate[half] + half_to_float((half_bits)(pairs[i / 2] >> i % 2 * 16));
                }
            }
        }
    }
}

template <int M_TILES, int COLUMNS>
__device__ __forceinline__ void activate_sums(float (&sum)[M_TILES][COLUMNS / 2], const convolution_epilogue& e)
{
    if (e.activation == RELU)
    {
#pragma unroll
        for (int i = 0; i < M_TILES * COLUMNS / 2; i++)
        {
            float& own = sum[i / (COLUMNS / 2)][i % (COLUMNS / 2)];
            own = fmaxf(own, 0.0f);
        }
    }
    else if (e.activation == LEAKY_RELU)
    {
#pragma unroll
        for (int i = 0; i < M_TILES * COLUMNS / 2; i++)
        {
            float& own = sum[i / (COLUMNS / 2)][i % (COLUMNS / 2)];
            own = own < 0.0f ? e.slope * own : own;
        }
    }
}

// A row's outputs, 16 bytes at a time but for the last of channels that are no multiple of 8. WHOLE: the tile has all its channels.
template <int COLUMNS, bool WHOLE>
__device__ __forceinline__ void store_row(
    float* sums, int half, int2 row, const convolution_geometry& g, half_bits* output, int output_stride, int first_channel)
{
    uint4 packed[COLUMNS / 32];
#pragma unroll
    for (int block = 0; block < COLUMNS / 32; block++)
    {
        packed[block] = make_uint4(
            pack_halves(own_sum(sums, half, block, 0), own_sum(sums, half, block, 1)),
            pack_halves(own_sum(sums, half, block, 2), own_sum(sums, half, block, 3)),
            pack_halves(own_sum(sums, half, block, 4), own_sum(sums, half, block, 5)),
            pack_halves(own_sum(sums, half, block, 6), own_sum(sums, half, block, 7)));
    }

    half_bits* line = output + (index_t)row.x * output_stride;
#pragma unroll 1
    for (int py = row.y >> 16; py > 0; py--, line += (index_t)g.output_width * output_stride)
    {
        half_bits* own = line;
#pragma unroll 1
        for (int px = row.y & 0xffff; px > 0; px--, own += output_stride)
        {
#pragma unroll
            for (int block = 0; block < COLUMNS / 32; block++)
            {
                int channel = first_channel + block * 32;
                if (WHOLE || channel + 8 <= g.output_channels)
                {
                    *(uint4*)(own + channel) = packed[block];
                }
                else
                {
                    unsigned pairs[4] = {packed[block].x, packed[block].y, packed[block].z, packed[block].w};
#pragma unroll
                    for (int i = 0; i < 8; i++)
                    {
                        if (channel + i < g.output_channels)
                        {
                            own[channel + i] = (half_bits)(pairs[i / 2] >> i % 2 * 16);
                        }
                    }
                }
            }
        }
    }
}

// The sums of a split as they are, each row in the place of its one output.
template <int M_TILES, int COLUMNS>
__device__ __forceinline__ void store_partial(
    float (&sum)[M_TILES][COLUMNS / 2], const int2 (&rows)[M_TILES][2], float* partial, int split, int batch, const convolution_geometry& g,
    int first_channel)
{
    index_t outputs = (index_t)batch * g.output_depth * g.output_height * g.output_width;
#pragma unroll
    for (int i = 0; i < 2 * M_TILES; i++)
    {
        int2 row = rows[i / 2][i % 2];
        if (row.y != 0)
        {
            float* own = partial + (split * outputs + row.x) * g.padded_output_channels + first_channel;
#pragma unroll
            for (int block = 0; block < COLUMNS / 32; block++)
            {
#pragma unroll
                for (int j = 0; j < 8; j += 4)
                {
                    *(float4*)(own + block * 32 + j) = make_float4(
                        own_sum(sum[i / 2], i % 2, block, j), own_sum(sum[i / 2], i % 2, block, j + 1),
                        own_sum(sum[i / 2], i % 2, block, j + 2), own_sum(sum[i / 2], i % 2, block, j + 3));
                }
            }
        }
    }
}

// Whatever may follow a sum, one output after the other.
template <int COLUMNS>
__device__ __forceinline__ void store_row_singly(
    float* sums, int half, int2 row, const convolution_geometry& g, const convolution_epilogue& e, half_bits* output, int output_stride,
    int first_channel)
{
    int width = row.y & 0xffff, phases = (row.y >> 16) * width;
#pragma unroll 1
    for (int phase = 0; phase < phases; phase++)
    {
        int place = row.x + phase / width * g.output_width + phase % width;
        const half_bits* gate = e.gate
            ? e.gate + (index_t)(e.gate_broadcast == GATE_TRAILING ? place % e.gate_rows : place) * e.gate_stride : nullptr;
        const half_bits* residual = e.residual ? e.residual + (index_t)place * e.residual_stride : nullptr;
        int gate_step = e.gate_broadcast == GATE_ONE_CHANNEL ? 0 : 1;
#pragma unroll
        for (int i = 0; i < COLUMNS / 4; i++)
        {
            int channel = first_channel + i / 8 * 32 + i % 8;
            if (channel < g.output_channels)
            {
                float x = own_sum(sums, half, i / 8, i % 8) * (gate ? load(gate + channel * gate_step) : 1.0f)
                    + (residual ? load(residual + channel) : 0.0f);
                x = activate_sharply(x, e.activation, e.slope);
                store(output + (index_t)place * output_stride + channel, x);
            }
        }
    }
}

// one_output: no row belongs to several. Nothing that follows takes a function call.
template <int M_TILES, int COLUMNS>
__device__ __forceinline__ void store_tile(
    float (&sum)[M_TILES][COLUMNS / 2], const float (&bias)[COLUMNS / 4], const int2 (&rows)[M_TILES][2], bool one_output,
    const convolution_geometry& g, const convolution_epilogue& e, half_bits* output, int output_stride, int first_channel)
{
    bool adds = e.gate || e.residual;
    bool wide = (output_stride % 8 | (unsigned long long)output % 16) == 0;
    bool adds_wide = (!e.gate || e.gate_broadcast == GATE_ONE_CHANNEL)
        && (g.output_channels % 8 | e.residual_stride % 8 | (unsigned long long)e.residual % 16) == 0
        && one_output;
#pragma unroll
    for (int i = 0; i < M_TILES * COLUMNS / 2; i++)
    {
        int place = i % (COLUMNS / 2);
        sum[i / (COLUMNS / 2)][place] += bias[place / 16 * 8 + place % 16 / 4 * 2 + place % 2];
    }

    if (wide && (!adds || adds_wide))
    {
        if (adds)
        {
            gate_and_add<M_TILES, COLUMNS>(sum, rows, g, e, first_channel);
        }

        activate_sums<M_TILES, COLUMNS>(sum, e);
        bool whole = first_channel / COLUMNS * COLUMNS + COLUMNS <= g.output_channels;
#pragma unroll
        for (int i = 0; i < 2 * M_TILES; i++)
        {
            if (whole)
            {
                store_row<COLUMNS, true>(sum[i / 2], i % 2, rows[i / 2][i % 2], g, output, output_stride, first_channel);
            }
            else
            {
                store_row<COLUMNS, false>(sum[i / 2], i % 2, rows[i / 2][i % 2], g, output, output_stride, first_channel);
            }
        }
    }
    else
    {
#pragma unroll
        for (int i = 0; i < 2 * M_TILES; i++)
        {
            store_row_singly<COLUMNS>(sum[i / 2], i % 2, rows[i / 2][i % 2], g, e, output, output_stride, first_channel);
        }
    }
}

// SPADE's normalise and modulate, where the convolution gives the modulation: what the map is, and its statistics.
struct convolution_modulation
{
    const half_bits* input;                // read as if each position were repeated `factor` times along height and width
    int input_stride, factor;
    const half_bits* statistics;           // means, then reciprocal deviations, of each batch element
    int statistics_stride;
};

// Eight neighbours, at once where they begin at a 16-byte boundary (WIDE).
template <bool WIDE>
__device__ __forceinline__ uint4 load_eight(const half_bits* source)
{
    if (WIDE)
    {
        return *(const uint4*)source;
    }

    return make_uint4(
        source[0] | (unsigned)source[1] << 16, source[2] | (unsigned)source[3] << 16,
        source[4] | (unsigned)source[5] << 16, source[6] | (unsigned)source[7] << 16);
}

template <bool WIDE>
__device__ __forceinline__ void store_eight(half_bits* target, uint4 values)
{
    if (WIDE)
    {
        *(uint4*)target = values;
        return;
    }

    unsigned pairs[4] = {values.x, values.y, values.z, values.w};
#pragma unroll
    for (int i = 0; i < 8; i++)
    {
        target[i] = (half_bits)(pairs[i / 2] >> i % 2 * 16);
    }
}

// Of eight neighbouring channels: activation((x - mean) rdev (1 + gamma) + beta). Gammas and betas are blocks of 32 columns in turn.
template <bool WIDE>
__device__ __forceinline__ uint4 modulate_eight(
    float* sums, int half, int pair, const convolution_epilogue& e, const half_bits* input,
    const half_bits* mean, const half_bits* deviation)
{
    uint4 x = load_eight<WIDE>(input), center = load_eight<WIDE>(mean), scale = load_eight<WIDE>(deviation);
    unsigned xs[4] = {x.x, x.y, x.z, x.w}, centers[4] = {center.x, center.y, center.z, center.w}, scales[4] = {scale.x, scale.y, scale.z, scale.w};
    unsigned packed[4];
#pragma unroll
    for (int i = 0; i < 4; i++)
    {
        float value[2];
#pragma unroll
        for (int j = 0; j < 2; j++)
        {
            float normalized = (half_to_float((half_bits)(xs[i] >> j * 16)) - half_to_float((half_bits)(centers[i] >> j * 16)))
                * half_to_float((half_bits)(scales[i] >> j * 16));
            value[j] = activate_sharply(
                normalized * (1.0f + own_sum(sums, half, 2 * pair, 2 * i + j)) + own_sum(sums, half, 2 * pair + 1, 2 * i + j), e.activation, e.slope);
        }

        packed[i] = pack_halves(value[0], value[1]);
    }

    return make_uint4(packed[0], packed[1], packed[2], packed[3]);
}

template <int M_TILES, int COLUMNS, bool WIDE>
__device__ __forceinline__ void modulate_rows(
    float (&sum)[M_TILES][COLUMNS / 2], const int2 (&rows)[M_TILES][2], const convolution_geometry& g, const convolution_epilogue& e,
    const convolution_modulation& modulation, half_bits* output, int output_stride, int first_column)
{
    int first_channel = first_column % 32 + first_column / 32 * 16;
#pragma unroll
    for (int i = 0; i < 2 * M_TILES; i++)
    {
        int2 row = rows[i / 2][i % 2];
        if (row.y != 0)
        {
            int line = row.x / g.output_width, x = row.x - line * g.output_width;
            int n = line / g.output_height, y = line - n * g.output_height;
            int height = g.output_height / modulation.factor, width = g.output_width / modulation.factor;
            index_t source = ((index_t)n * height + y / modulation.factor) * width + x / modulation.factor;
            const half_bits* input = modulation.input + source * modulation.input_stride;
            const half_bits* mean = modulation.statistics + (index_t)(2 * n) * modulation.statistics_stride;
#pragma unroll
            for (int pair = 0; pair < COLUMNS / 64; pair++)
            {
                int channel = first_channel + pair * 32;
                if (2 * channel < g.output_channels)
                {
                    store_eight<WIDE>(output + (index_t)row.x * output_stride + channel, modulate_eight<WIDE>(
                        sum[i / 2], i % 2, pair, e, input + channel, mean + channel, mean + modulation.statistics_stride + channel));
                }
            }
        }
    }
}

// Each row has one output, and its channels are a multiple of 32.
template <int M_TILES, int COLUMNS>
__device__ __forceinline__ void modulate_tile(
    float (&sum)[M_TILES][COLUMNS / 2], const float (&bias)[COLUMNS / 4], const int2 (&rows)[M_TILES][2], const convolution_geometry& g,
    const convolution_epilogue& e, const convolution_modulation& modulation, half_bits* output, int output_stride, int first_column)
{
#pragma unroll
    for (int i = 0; i < M_TILES * COLUMNS / 2; i++)
    {
        int place = i % (COLUMNS / 2);
        sum[i / (COLUMNS / 2)][place] += bias[place / 16 * 8 + place % 16 / 4 * 2 + place % 2];
    }

    unsigned long long addresses = (unsigned long long)modulation.input | (unsigned long long)modulation.statistics | (unsigned long long)output;
    if ((addresses % 16 | (modulation.input_stride | modulation.statistics_stride | output_stride) % 8) == 0)
    {
        modulate_rows<M_TILES, COLUMNS, true>(sum, rows, g, e, modulation, output, output_stride, first_column);
    }
    else
    {
        modulate_rows<M_TILES, COLUMNS, false>(sum, rows, g, e, modulation, output, output_stride, first_column);
    }
}

#endif
