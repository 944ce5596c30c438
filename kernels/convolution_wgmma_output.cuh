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

// Adds the biases of a tile's channels, which are in shared memory; the lane's first of each 32 is first_column.
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

// Neighbouring channels of one output, 16 bytes at a time. left: the tile's channels from its first on.
template <int COLUMNS>
__device__ __forceinline__ void store_output(const uint4 (&packed)[COLUMNS / 32], half_bits* own, int left, int lane_channel)
{
#pragma unroll
    for (int block = 0; block < COLUMNS / 32; block++)
    {
        if (block * 32 + lane_channel + 8 <= left)
        {
            *(uint4*)(own + block * 32) = packed[block];
        }
    }

    // The last channels, where they are no multiple of 8, are one lane's of each row.
    if (left < COLUMNS && left % 8 != 0 && left % 32 / 8 == lane_channel / 8)
    {
        uint4 last = packed[0];
#pragma unroll
        for (int block = 1; block < COLUMNS / 32; block++)
        {
            bool is_last = left / 32 == block;
            last.x = is_last ? packed[block].x : last.x;
            last.y = is_last ? packed[block].y : last.y;
            last.z = is_last ? packed[block].z : last.z;
            last.w = is_last ? packed[block].w : last.w;
        }

        half_bits* target = own + left / 32 * 32;
        if (left & 4)
        {
            *(uint2*)target = make_uint2(last.x, last.y);
            target += 4;
            last.x = last.z;
            last.y = last.w;
        }

        if (left & 2)
        {
            *(unsigned*)target = last.x;
            target += 2;
            last.x = last.y;
        }

        if (left & 1)
        {
            *target = (half_bits)last.x;
        }
    }
}

// The sums of a split as they are, in the place of each of a row's outputs.
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
        int width = row.y & 0xffff, phases = (row.y >> 16) * width;
#pragma unroll 1
        for (int phase = 0; phase < phases; phase++)
        {
            int place = row.x + phase / width * g.output_width + phase % width;
            float* own = partial + (split * outputs + place) * g.padded_output_channels + first_channel;
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

// Gates, adds, activates and stores. Positions begin where 16 bytes can be stored at once; what is gated or added has one output a row.
// lane_channel: the lane's first channel of each 32, first_column the tile's.
template <int M_TILES, int COLUMNS>
__device__ __forceinline__ void store_tile(
    float (&sum)[M_TILES][COLUMNS / 2], const int2 (&rows)[M_TILES][2], bool one_output, const convolution_geometry& g,
    const convolution_epilogue& e, half_bits* output, int output_stride, int first_column, int lane_channel)
{
    if (e.gate || e.residual)
    {
        gate_and_add<M_TILES, COLUMNS>(sum, rows, g, e, first_column + lane_channel);
    }

    activate_sums<M_TILES, COLUMNS>(sum, e);
    int left = g.output_channels - first_column;
#pragma unroll
    for (int i = 0; i < 2 * M_TILES; i++)
    {
        float* sums = sum[i / 2];
        uint4 packed[COLUMNS / 32];
#pragma unroll
        for (int block = 0; block < COLUMNS / 32; block++)
        {
            packed[block] = make_uint4(
                pack_halves(own_sum(sums, i % 2, block, 0), own_sum(sums, i % 2, block, 1)),
                pack_halves(own_sum(sums, i % 2, block, 2), own_sum(sums, i % 2, block, 3)),
                pack_halves(own_sum(sums, i % 2, block, 4), own_sum(sums, i % 2, block, 5)),
                pack_halves(own_sum(sums, i % 2, block, 6), own_sum(sums, i % 2, block, 7)));
        }

        int2 row = rows[i / 2][i % 2];
        half_bits* line = output + (index_t)row.x * output_stride + first_column + lane_channel;
        if (one_output)
        {
            if (row.y)
            {
                store_output<COLUMNS>(packed, line, left, lane_channel);
            }

            continue;
        }

#pragma unroll 1
        for (int py = row.y >> 16; py > 0; py--, line += (index_t)g.output_width * output_stride)
        {
            half_bits* own = line;
#pragma unroll 1
            for (int px = row.y & 0xffff; px > 0; px--, own += output_stride)
            {
                store_output<COLUMNS>(packed, own, left, lane_channel);
            }
        }
    }
}

#endif
