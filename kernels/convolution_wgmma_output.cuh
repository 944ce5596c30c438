// The epilogue of a tile of convolution_wgmma.cuh: bias, gate, residual, activation, stores.
//
// A lane holds two rows in each 64 positions of its warpgroup: row lane / 4 of its warp, and eight rows below. It holds eight neighbouring
// channels in each 32, from first_channel on, since place_row has ordered the weights so. A row is described by its first output and by how
// many outputs it belongs to: along height << 16 | width, 0 outside the output.
#pragma once
#include "convolution.cuh"
#include "tensor_core.cuh"

#if MODA_HALF

// The activations that need no function call.
__device__ __forceinline__ float activate_sharply(float x, int kind, float slope)
{
    return kind == RELU ? fmaxf(x, 0.0f) : kind == LEAKY_RELU && x < 0.0f ? slope * x : x;
}

__device__ __forceinline__ float& own_sum(float* sums, int half, int block, int i)
{
    return sums[(block * 4 + i / 2) * 4 + half * 2 + i % 2];
}

// Adds the biases of a tile's channels, which are in shared memory. first_column: the lane's first channel in each 32.
template <int M_TILES, int COLUMNS>
__device__ __forceinline__ void add_bias(float (&sum)[M_TILES][COLUMNS / 2], const float* bias, int first_column)
{
#pragma unroll
    for (int block = 0; block < COLUMNS / 32; block++)
    {
#pragma unroll
        for (int i = 0; i < 8; i += 4)
        {
            float4 four = *(const float4*)(bias + first_column + block * 32 + i);
#pragma unroll
            for (int row = 0; row < 2 * M_TILES; row++)
            {
                own_sum(sum[row / 2], row % 2, block, i) += four.x;
                own_sum(sum[row / 2], row % 2, block, i + 1) += four.y;
                own_sum(sum[row / 2], row % 2, block, i + 2) += four.z;
                own_sum(sum[row / 2], row % 2, block, i + 3) += four.w;
            }
        }
    }
}

// Multiplies by the gate and adds the residual, which is read 16 bytes at a time. Each row has one output.
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

// Stores a row's outputs, 16 bytes at a time; the last channels one by one where they are no multiple of 8. WHOLE: all channels of the tile
// exist.
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

// Stores partial sums of split-K. Each row has one output.
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

// The general epilogue, one output after the other.
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

// one_output: no row belongs to several outputs. The activation takes no function call.
template <int M_TILES, int COLUMNS>
__device__ __forceinline__ void store_tile(
    float (&sum)[M_TILES][COLUMNS / 2], const int2 (&rows)[M_TILES][2], bool one_output, const convolution_geometry& g,
    const convolution_epilogue& e, half_bits* output, int output_stride, int first_channel)
{
    bool adds = e.gate || e.residual;
    bool wide = (output_stride % 8 | (unsigned long long)output % 16) == 0;
    bool adds_wide = (!e.gate || e.gate_broadcast == GATE_ONE_CHANNEL)
        && (g.output_channels % 8 | e.residual_stride % 8 | (unsigned long long)e.residual % 16) == 0
        && one_output;
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

#endif
