// What becomes of the sums that a warp of convolution_mma.cu holds: m16n8 fragments whose columns place_output has permuted.
#pragma once
#include "convolution.cuh"
#include "tensor_core.cuh"

#if MODA_HALF

// What needs no function call.
__device__ __forceinline__ float activate_sharply(float x, int kind, float slope)
{
    return kind == RELU ? fmaxf(x, 0.0f) : kind == LEAKY_RELU && x < 0.0f ? slope * x : x;
}

// The four neighbouring columns of a fragment's row that a lane holds.
template <int FRAGMENTS>
__device__ __forceinline__ float4 neighbours(const float (&sum)[FRAGMENTS][4], int pair, int half)
{
    return make_float4(sum[2 * pair][2 * half], sum[2 * pair][2 * half + 1], sum[2 * pair + 1][2 * half], sum[2 * pair + 1][2 * half + 1]);
}

// Sums of a split, as they are. place: of the lane's first four columns in the warp's first row.
template <int M_FRAGMENTS, int N_PAIRS>
__device__ __forceinline__ void store_partial(const float (&sum)[M_FRAGMENTS][2 * N_PAIRS][4], float* place, int stride)
{
#pragma unroll
    for (int row = 0; row < 2 * M_FRAGMENTS; row++, place += 8 * stride)
    {
#pragma unroll
        for (int n = 0; n < N_PAIRS; n++)
        {
            *(float4*)(place + n * 16) = neighbours(sum[row / 2], n, row % 2);
        }
    }
}

// Whether outputs can be stored four at a time, and whether nothing follows the sum that would fill the code with calls.
__device__ __forceinline__ bool stores_by_four(
    const convolution_geometry& g, const convolution_epilogue& e, const half_bits* output, int output_stride)
{
    return (((index_t)output | (index_t)e.residual) & 7) == 0
        && ((g.output_channels | output_stride | (e.residual ? e.residual_stride : 0)) & 3) == 0;
}

// Straight from registers. places: the output row of each row of the warp, and its outputs along height << 16 | width.
// column: the lane's first of the group's output channels.
template <int M_FRAGMENTS, int N_PAIRS>
__device__ __forceinline__ void store_sharply(
    const float (&sum)[M_FRAGMENTS][2 * N_PAIRS][4], const int2* places, const convolution_geometry& g, const convolution_epilogue& e,
    half_bits* output, int output_stride, int group, int column, int lane)
{
    int channel = group * g.output_channels + column;
    float4 bias[N_PAIRS];
#pragma unroll
    for (int n = 0; n < N_PAIRS; n++)
    {
        bias[n] = e.bias && column + n * 16 < g.output_channels ? *(const float4*)(e.bias + channel + n * 16)
                                                                : make_float4(0.0f, 0.0f, 0.0f, 0.0f);
    }

#pragma unroll
    for (int row = 0; row < 2 * M_FRAGMENTS; row++)
    {
        int2 place = places[row * 8 + lane / 4];
        if (place.x >= 0)
        {
            const half_bits* residual = e.residual + (index_t)place.x * e.residual_stride + channel;
            uint2 values[N_PAIRS];
#pragma unroll
            for (int n = 0; n < N_PAIRS; n++)
            {
                uint2 other = make_uint2(0, 0);
                if (e.residual && column + n * 16 < g.output_channels)
                {
                    other = *(const uint2*)(residual + n * 16);
                }

                float4 x = neighbours(sum[row / 2], n, row % 2);
                x.x += bias[n].x + half_to_float((half_bits)other.x);
                x.y += bias[n].y + half_to_float((half_bits)(other.x >> 16));
                x.z += bias[n].z + half_to_float((half_bits)other.y);
                x.w += bias[n].w + half_to_float((half_bits)(other.y >> 16));
                values[n].x = pack_halves(activate_sharply(x.x, e.activation, e.slope), activate_sharply(x.y, e.activation, e.slope));
                values[n].y = pack_halves(activate_sharply(x.z, e.activation, e.slope), activate_sharply(x.w, e.activation, e.slope));
            }

            half_bits* line = output + (index_t)place.x * output_stride + channel;
            for (int py = 0; py < place.y >> 16; py++, line += (index_t)g.output_width * output_stride)
            {
                for (int px = 0; px < (place.y & 0xffff); px++)
                {
#pragma unroll
                    for (int n = 0; n < N_PAIRS; n++)
                    {
                        if (column + n * 16 < g.output_channels)
                        {
                            *(uint2*)(line + px * output_stride + n * 16) = values[n];
                        }
                    }
                }
            }
        }
    }
}

// Four neighbouring channels of a row that belongs to one or several outputs; `count` of them exist.
__device__ __forceinline__ void store_four(
    const convolution_geometry& g, const convolution_epilogue& e, half_bits* output, int output_stride, bool by_four, int2 place,
    int channel, int count, float4 sum)
{
    int width = place.y & 0xffff, phases = (place.y >> 16) * width;
#pragma unroll 1
    for (int phase = 0; phase < phases; phase++)
    {
        index_t row = place.x + (phases == 1 ? 0 : phase / width * g.output_width + phase % width);
        half_bits* place_of_row = output + row * output_stride + channel;
        if (by_four)
        {
            *(uint2*)place_of_row = make_uint2(
                pack_halves(apply_epilogue(e, row, channel, sum.x), apply_epilogue(e, row, channel + 1, sum.y)),
                pack_halves(apply_epilogue(e, row, channel + 2, sum.z), apply_epilogue(e, row, channel + 3, sum.w)));
        }
        else
        {
            float values[4] = {sum.x, sum.y, sum.z, sum.w};
#pragma unroll
            for (int i = 0; i < 4; i++)
            {
                if (i < count)
                {
                    store(place_of_row + i, apply_epilogue(e, row, channel + i, values[i]));
                }
            }
        }
    }
}

// Through the warp's own shared memory, so that the code for all that may follow a sum is there once. own: 16 rows of 16 N_PAIRS + 4.
template <int M_FRAGMENTS, int N_PAIRS>
__device__ __forceinline__ void store_through_shared(
    const float (&sum)[M_FRAGMENTS][2 * N_PAIRS][4], float* own, const int2* places, const convolution_geometry& g,
    const convolution_epilogue& e, half_bits* output, int output_stride, int group, int first_column, int lane)
{
    constexpr int STRIDE = 16 * N_PAIRS + 4;
    bool by_four = stores_by_four(g, e, output, output_stride);
#pragma unroll
    for (int m = 0; m < M_FRAGMENTS; m++)
    {
#pragma unroll
        for (int half = 0; half < 2; half++)
        {
#pragma unroll
            for (int n = 0; n < N_PAIRS; n++)
            {
                *(float4*)(own + (half * 8 + lane / 4) * STRIDE + n * 16 + lane % 4 * 4) = neighbours(sum[m], n, half);
            }
        }

        __syncwarp();
#pragma unroll 1
        for (int index = lane; index < 16 * 4 * N_PAIRS; index += 32)
        {
            int row = index / (4 * N_PAIRS), column = index % (4 * N_PAIRS) * 4;
            int2 place = places[m * 16 + row];
            int count = g.output_channels - first_column - column;
            if (place.x >= 0 && count > 0)
            {
                store_four(g, e, output, output_stride, by_four, place, group * g.output_channels + first_column + column, count,
                    *(const float4*)(own + row * STRIDE + column));
            }
        }

        __syncwarp();
    }
}

#endif
