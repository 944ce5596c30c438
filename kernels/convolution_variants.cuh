// A convolution of an upsampled map is made of several convolutions of the map itself, its variants: which there are, and how their rows
// lie in the output.
#pragma once
#include "convolution.cuh"

#define MAXIMUM_PHASES 4

// The outputs of one axis that read the same inputs: outputs period q + first ... + count read inputs step q + origin ... + taps.
struct axis_phase
{
    int first, count, origin, taps;
};

// A variant is a pair of phases, one of the height and one of the width; phases of the width change fastest. A map that is not upsampled
// has one variant.
struct convolution_variants
{
    int step_depth, step_height, step_width;
    int period_height, period_width;
    int phases_height, phases_width;
    int row_tiles;                         // of the variant with the most
    axis_phase height[MAXIMUM_PHASES], width[MAXIMUM_PHASES];
};

struct convolution_variant
{
    axis_phase height, width;
    int output_height, output_width;       // outputs q
    int rows;                              // over the batch
    int taps_before;                       // of the variants before
};

// Where a row of a variant reads and writes.
struct variant_row
{
    int source;                            // the input row of the first tap, which may lie outside the input
    int z, y, x;                           // the first tap's place
    int output;                            // the first output row
    int phases;                            // outputs along the height << 16 | along the width
};

__device__ __forceinline__ convolution_variant find_variant(
    const convolution_geometry& g, const convolution_variants& v, int index, int batch)
{
    convolution_variant result;
    int row = (unsigned)index / (unsigned)v.phases_width, column = index - row * v.phases_width;
    int taps_above = 0, taps_left = 0, line_taps = 0;
#pragma unroll
    for (int i = 0; i < MAXIMUM_PHASES; i++)
    {
        taps_above += i < row ? v.height[i].taps : 0;
        taps_left += i < column ? v.width[i].taps : 0;
        line_taps += i < v.phases_width ? v.width[i].taps : 0;
    }

    result.height = v.height[row];
    result.width = v.width[column];
    result.taps_before = g.kernel_depth * (taps_above * line_taps + result.height.taps * taps_left);
    result.output_height = (unsigned)(g.output_height - result.height.first + v.period_height - 1) / (unsigned)v.period_height;
    result.output_width = (unsigned)(g.output_width - result.width.first + v.period_width - 1) / (unsigned)v.period_width;
    result.rows = batch * g.output_depth * result.output_height * result.output_width;
    return result;
}

__device__ __forceinline__ variant_row find_row(
    const convolution_geometry& g, const convolution_variants& v, const convolution_variant& variant, int row)
{
    // Every block begins with these divisions. Unsigned ones take half the time.
    unsigned line = (unsigned)row / (unsigned)variant.output_width;
    unsigned plane = line / (unsigned)variant.output_height;
    int n = (int)(plane / (unsigned)g.output_depth);
    int qx = row - (int)line * variant.output_width;
    int qy = (int)line - (int)plane * variant.output_height;
    int qz = (int)plane - n * g.output_depth;
    int oy = qy * v.period_height + variant.height.first, ox = qx * v.period_width + variant.width.first;

    variant_row result;
    result.z = qz * v.step_depth - g.padding_depth;
    result.y = qy * v.step_height + variant.height.origin;
    result.x = qx * v.step_width + variant.width.origin;
    result.source = ((n * g.input_depth + result.z) * g.input_height + result.y) * g.input_width + result.x;
    result.output = ((n * g.output_depth + qz) * g.output_height + oy) * g.output_width + ox;
    result.phases = min(variant.height.count, g.output_height - oy) << 16 | min(variant.width.count, g.output_width - ox);
    return result;
}
