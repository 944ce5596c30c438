// What goes before and after convolution_mma.cu and convolution_wgmma.cuh where an input's rows don't suit them or their sums are split.
#include "convolution_variants.cuh"
#include "convolution_output.cuh"

#if MODA_HALF

// Rows that begin at 16-byte boundaries, where the input's don't: [batch, depth, height, width][group][stride] of the columns that
// the taps of a line read. With one tap of step 1 it is a copy; with all of a line, the width of the kernel becomes channels.
// A thread writes 8 of them.
extern "C" __global__ void im2col(
    const half_bits* input, int input_stride, int input_width, int channels, int groups, int taps, int step, int padding,
    half_bits* output, int output_width, int group_stride, index_t count)
{
    FOR_EACH_ELEMENT(chunk, count)
    {
        position at = locate(chunk, groups * (group_stride / 8));
        position line = locate(at.row, output_width);
        int group = at.channel / (group_stride / 8), column = at.channel % (group_stride / 8) * 8;
        int tap = column / channels, channel = column % channels;
        int x = line.channel * step - padding + tap;
        const half_bits* source = input + (line.row * input_width + x) * input_stride + group * channels;
        unsigned values[4] = {};
#pragma unroll
        for (int i = 0; i < 8; i++)
        {
            if (tap < taps && (unsigned)x < (unsigned)input_width)
            {
                values[i / 2] |= (unsigned)source[channel] << i % 2 * 16;
            }

            if (++channel == channels)
            {
                channel = 0;
                tap++;
                x++;
                source += input_stride;
            }
        }

        *(uint4*)(output + chunk * 8) = make_uint4(values[0], values[1], values[2], values[3]);
    }
}

// Four neighbours of what the splits have summed, added always in the same order. stride: from one split to the next.
__device__ __forceinline__ float4 add_split_k(const float* own, int split_k, index_t stride)
{
    float4 sum = *(const float4*)own;
    for (int split = 1; split < split_k; split++)
    {
        float4 other = *(const float4*)(own + split * stride);
        sum.x += other.x;
        sum.y += other.y;
        sum.z += other.z;
        sum.w += other.w;
    }

    return sum;
}

// Adds what the splits of convolution_mma.cu have summed, and finishes the outputs. rows: of all tiles.
extern "C" __global__ void reduce_split_k_tiles(
    const float* partial, int split_k, int tile_rows, const __grid_constant__ convolution_geometry g,
    const __grid_constant__ convolution_variants v, const __grid_constant__ convolution_epilogue e, half_bits* output, int output_stride,
    int batch, index_t rows)
{
    int padded_columns = g.groups * g.padded_output_channels;
    bool by_four = stores_by_four(g, e, output, output_stride);
    FOR_EACH_ELEMENT(flat, rows * (padded_columns / 4))
    {
        position at = locate(flat, padded_columns / 4);
        int tile = (int)at.row / tile_rows;
        convolution_variant variant = find_variant(g, v, tile / v.row_tiles, batch);
        int row = tile % v.row_tiles * tile_rows + (int)at.row % tile_rows;
        int group = at.channel * 4 / g.padded_output_channels, column = at.channel * 4 % g.padded_output_channels;
        if (row < variant.rows && column < g.output_channels)
        {
            float4 sum = add_split_k(partial + at.row * padded_columns + at.channel * 4, split_k, rows * padded_columns);
            variant_row place = find_row(g, v, variant, row);
            store_four(g, e, output, output_stride, by_four, make_int2(place.output, place.phases),
                group * g.output_channels + column, g.output_channels - column, sum);
        }
    }
}

// Adds what the splits of convolution_wgmma.cuh have summed, and finishes the outputs. partial: [split][rows][padded output channel].
extern "C" __global__ void reduce_split_k_rows(
    const float* partial, int split_k, const __grid_constant__ convolution_geometry g, const __grid_constant__ convolution_epilogue e,
    half_bits* output, int output_stride, index_t rows)
{
    bool by_four = stores_by_four(g, e, output, output_stride);
    FOR_EACH_ELEMENT(flat, rows * (g.padded_output_channels / 4))
    {
        position at = locate(flat, g.padded_output_channels / 4);
        int column = at.channel * 4;
        if (column < g.output_channels)
        {
            float4 sum = add_split_k(partial + flat * 4, split_k, rows * g.padded_output_channels);
            store_four(g, e, output, output_stride, by_four, make_int2((int)at.row, 1 << 16 | 1), column, g.output_channels - column, sum);
        }
    }
}

#endif
