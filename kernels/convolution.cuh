// What the convolution kernels share: the geometry and how an output position finds its inputs.
#pragma once
#include "common.cuh"

// Channels-last cross-correlation with zero padding; missing axes have extent and kernel 1.
// The input is read as if each position were repeated `upsample` times along height and width.
struct convolution_geometry
{
    int input_depth, input_height, input_width;
    int output_depth, output_height, output_width;
    int kernel_depth, kernel_height, kernel_width;
    int stride_depth, stride_height, stride_width;
    int padding_depth, padding_height, padding_width;
    int upsample;
    int groups;
    int input_channels, output_channels;   // of one group
    int padded_input_channels;             // of one group, in the packed weights
    int padded_output_channels;
};

struct convolution_epilogue
{
    const float* bias;                     // of all groups, or null
    const element* gate;                   // or null
    int gate_stride, gate_rows, gate_broadcast;
    const element* residual;               // or null
    int residual_stride;
    int activation;
    float slope;
};

enum gate_broadcast_kind { GATE_SAME = 0, GATE_TRAILING = 1, GATE_ONE_CHANNEL = 2 };

// Where the taps of one output position begin, in (upsampled) input coordinates.
struct tap_origin
{
    index_t batch_row;                     // first input row of the batch element
    int z, y, x;
};

__device__ __forceinline__ tap_origin find_origin(const convolution_geometry& g, index_t output_row)
{
    tap_origin result;
    int ox = (int)(output_row % g.output_width);
    index_t rest = output_row / g.output_width;
    int oy = (int)(rest % g.output_height);
    rest /= g.output_height;
    int oz = (int)(rest % g.output_depth);
    result.batch_row = rest / g.output_depth * g.input_depth * g.input_height * g.input_width;
    result.z = oz * g.stride_depth - g.padding_depth;
    result.y = oy * g.stride_height - g.padding_height;
    result.x = ox * g.stride_width - g.padding_width;
    return result;
}

// The input row that a tap reads, or -1 where it lies in the padding.
__device__ __forceinline__ index_t tap_row(const convolution_geometry& g, const tap_origin& origin, int dz, int dy, int dx)
{
    int z = origin.z + dz, y = origin.y + dy, x = origin.x + dx;
    if (z < 0 || z >= g.input_depth || y < 0 || y >= g.input_height * g.upsample || x < 0 || x >= g.input_width * g.upsample)
    {
        return -1;
    }

    return origin.batch_row + ((index_t)z * g.input_height + y / g.upsample) * g.input_width + x / g.upsample;
}

// What follows the sum of an output.
__device__ __forceinline__ float apply_epilogue(const convolution_epilogue& e, index_t row, int channel, float value)
{
    if (e.bias)
    {
        value += e.bias[channel];
    }

    if (e.gate)
    {
        index_t place = e.gate_broadcast == GATE_TRAILING ? row % e.gate_rows : row;
        value *= load(e.gate + place * e.gate_stride + (e.gate_broadcast == GATE_ONE_CHANNEL ? 0 : channel));
    }

    if (e.residual)
    {
        value += load(e.residual + row * e.residual_stride + channel);
    }

    return activate(value, e.activation, e.slope);
}

__device__ __forceinline__ void store_output(
    const convolution_epilogue& e, element* output, int output_stride, index_t row, int channel, float value)
{
    store(output + row * output_stride + channel, apply_epilogue(e, row, channel, value));
}
