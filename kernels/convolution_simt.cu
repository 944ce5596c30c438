// Convolution without tensor cores: binary32 products, as parity in binary32 needs them, and the depthwise kernel.
#include "convolution.cuh"

#define TILE_ROWS 64
#define TILE_COLUMNS 64
#define TILE_DEPTH 16
#define THREADS 256

// Implicit GEMM: 64 output positions x 64 output channels for each block, 4 x 4 for each thread.
// weights: [group][tap][padded input channel][padded output channel] in binary32, padded_output_channels a multiple of 64.
// Grid: x row tiles, y column tiles, z groups.
extern "C" __global__ void __launch_bounds__(THREADS) convolution_simt(
    const element* input, int input_stride, const float* weights, convolution_geometry g, convolution_epilogue e,
    element* output, int output_stride, index_t rows)
{
    __shared__ float a[TILE_DEPTH][TILE_ROWS + 4];
    __shared__ __align__(16) float b[TILE_DEPTH][TILE_COLUMNS];
    int group = blockIdx.z;
    index_t first_row = (index_t)blockIdx.x * TILE_ROWS;
    int first_column = blockIdx.y * TILE_COLUMNS;

    // Loading: a thread fetches 4 consecutive channels of one row of A, and 4 columns of one row of B.
    int load_row = threadIdx.x / 4, load_channel = threadIdx.x % 4 * 4;
    int load_depth = threadIdx.x / 16, load_column = threadIdx.x % 16 * 4;
    bool row_exists = first_row + load_row < rows;
    tap_origin origin = find_origin(g, row_exists ? first_row + load_row : 0);

    // Computing: rows ty + 16 i, columns tx * 4 + j.
    int tx = threadIdx.x % 16, ty = threadIdx.x / 16;
    float sum[4][4] = {};
    const float* tap_weights = weights
        + (index_t)group * g.kernel_depth * g.kernel_height * g.kernel_width * g.padded_input_channels * g.padded_output_channels;
    for (int dz = 0; dz < g.kernel_depth; dz++)
    {
        for (int dy = 0; dy < g.kernel_height; dy++)
        {
            for (int dx = 0; dx < g.kernel_width; dx++)
            {
                index_t source = row_exists ? tap_row(g, origin, dz, dy, dx) : -1;
                const element* x = input + source * input_stride + group * g.input_channels;
                for (int c0 = 0; c0 < g.padded_input_channels; c0 += TILE_DEPTH)
                {
#pragma unroll
                    for (int i = 0; i < 4; i++)
                    {
                        int c = c0 + load_channel + i;
                        a[load_channel + i][load_row] = source >= 0 && c < g.input_channels ? load(x + c) : 0.0f;
                    }

                    *(float4*)&b[load_depth][load_column] =
                        *(const float4*)(tap_weights + (index_t)(c0 + load_depth) * g.padded_output_channels + first_column + load_column);
                    __syncthreads();
#pragma unroll
                    for (int depth = 0; depth < TILE_DEPTH; depth++)
                    {
                        float4 columns = *(const float4*)&b[depth][tx * 4];
#pragma unroll
                        for (int i = 0; i < 4; i++)
                        {
                            float row_value = a[depth][ty + 16 * i];
                            sum[i][0] = fmaf(row_value, columns.x, sum[i][0]);
                            sum[i][1] = fmaf(row_value, columns.y, sum[i][1]);
                            sum[i][2] = fmaf(row_value, columns.z, sum[i][2]);
                            sum[i][3] = fmaf(row_value, columns.w, sum[i][3]);
                        }
                    }

                    __syncthreads();
                }

                tap_weights += (index_t)g.padded_input_channels * g.padded_output_channels;
            }
        }
    }

#pragma unroll
    for (int i = 0; i < 4; i++)
    {
        index_t row = first_row + ty + 16 * i;
        if (row < rows)
        {
#pragma unroll
            for (int j = 0; j < 4; j++)
            {
                int column = first_column + tx * 4 + j;
                if (column < g.output_channels)
                {
                    store_output(e, output, output_stride, row, group * g.output_channels + column, sum[i][j]);
                }
            }
        }
    }
}

// One input and one output channel for each group: a thread for each element.
// weights: [tap][channel] in binary32.
extern "C" __global__ void convolution_depthwise(
    const element* input, int input_stride, const float* weights, convolution_geometry g, convolution_epilogue e,
    element* output, int output_stride, index_t count)
{
    FOR_EACH_ELEMENT(flat, count)
    {
        position at = locate(flat, g.groups);
        tap_origin origin = find_origin(g, at.row);
        const float* weight = weights + at.channel;
        float sum = 0.0f;
        for (int dz = 0; dz < g.kernel_depth; dz++)
        {
            for (int dy = 0; dy < g.kernel_height; dy++)
            {
                for (int dx = 0; dx < g.kernel_width; dx++)
                {
                    index_t source = tap_row(g, origin, dz, dy, dx);
                    if (source >= 0)
                    {
                        sum = fmaf(load(input + source * input_stride + at.channel), *weight, sum);
                    }

                    weight += g.groups;
                }
            }
        }

        store_output(e, output, output_stride, at.row, at.channel, sum);
    }
}

// Outputs of a thread along a line: they share most of their inputs.
#define STRIP 4

struct channel_pair
{
    float first;
    float second;
};

__device__ __forceinline__ channel_pair load_pair(const element* pointer)
{
    channel_pair result;
#if MODA_HALF
    unsigned bits = *(const unsigned*)pointer;
    result.first = half_to_float((half_bits)(bits & 0xffffu));
    result.second = half_to_float((half_bits)(bits >> 16));
#else
    float2 values = *(const float2*)pointer;
    result.first = values.x;
    result.second = values.y;
#endif
    return result;
}

__device__ __forceinline__ void store_pair(element* pointer, float first, float second)
{
#if MODA_HALF
    *(unsigned*)pointer = float_to_half(first) | (unsigned)float_to_half(second) << 16;
#else
    *(float2*)pointer = make_float2(first, second);
#endif
}

// Depthwise over planes, 7 x 7 at stride 1 with padding 3: a thread for a strip of two channels, a line of inputs in registers.
// weights: [tap][channel] in binary32. count: strips times pairs of channels. Addresses and strides allow two channels at once.
extern "C" __global__ void __launch_bounds__(64) convolution_depthwise_7x7(
    const element* input, int input_stride, const float* weights, convolution_geometry g, convolution_epilogue e,
    element* output, int output_stride, index_t count)
{
    const int KERNEL = 7, PADDING = 3;
    int strips = (g.output_width + STRIP - 1) / STRIP;
    FOR_EACH_ELEMENT(flat, count)
    {
        position at = locate(flat, g.groups / 2);
        int channel = 2 * at.channel;
        int line = (int)at.row / strips;
        int x = ((int)at.row - line * strips) * STRIP;
        int n = line / g.output_height;
        int y = line - n * g.output_height;
        channel_pair sum[STRIP] = {};
#pragma unroll
        for (int dy = 0; dy < KERNEL; dy++)
        {
            int source_y = y + dy - PADDING;
            bool line_exists = source_y >= 0 && source_y < g.input_height;
            const element* source = input + ((index_t)(line + dy - PADDING) * g.input_width + x - PADDING) * input_stride + channel;
            channel_pair value[STRIP + KERNEL - 1];
#pragma unroll
            for (int i = 0; i < STRIP + KERNEL - 1; i++)
            {
                int source_x = x + i - PADDING;
                bool exists = line_exists && source_x >= 0 && source_x < g.input_width;
                value[i] = exists ? load_pair(source + (index_t)i * input_stride) : channel_pair{};
            }

#pragma unroll
            for (int dx = 0; dx < KERNEL; dx++)
            {
                float2 weight = *(const float2*)(weights + (index_t)(dy * KERNEL + dx) * g.groups + channel);
#pragma unroll
                for (int j = 0; j < STRIP; j++)
                {
                    sum[j].first = fmaf(value[j + dx].first, weight.x, sum[j].first);
                    sum[j].second = fmaf(value[j + dx].second, weight.y, sum[j].second);
                }
            }
        }

        index_t row = (index_t)line * g.output_width + x;
#pragma unroll
        for (int j = 0; j < STRIP; j++)
        {
            if (x + j < g.output_width)
            {
                store_pair(
                    output + (row + j) * output_stride + channel,
                    apply_epilogue(e, row + j, channel, sum[j].first),
                    apply_epilogue(e, row + j, channel + 1, sum[j].second));
            }
        }
    }
}

// Few output channels and a long sum (the occlusion map): one block for each output element, taps shared among its warps.
// weights: [group][tap][padded input channel][padded output channel] in binary32.
extern "C" __global__ void convolution_narrow(
    const element* input, int input_stride, const float* weights, convolution_geometry g, convolution_epilogue e,
    element* output, int output_stride, index_t rows)
{
    __shared__ float partial[32];
    index_t row = blockIdx.x;
    int channel = blockIdx.y;
    int taps = g.kernel_depth * g.kernel_height * g.kernel_width;
    int warp = threadIdx.x / 32, warps = blockDim.x / 32, lane = threadIdx.x % 32;
    tap_origin origin = find_origin(g, row);
    float sum = 0.0f;
    for (int tap = warp; tap < taps; tap += warps)
    {
        int dx = tap % g.kernel_width, dy = tap / g.kernel_width % g.kernel_height, dz = tap / g.kernel_width / g.kernel_height;
        index_t source = tap_row(g, origin, dz, dy, dx);
        if (source >= 0)
        {
            const element* x = input + source * input_stride;
            const float* weight = weights + (index_t)tap * g.padded_input_channels * g.padded_output_channels + channel;
            for (int c = lane; c < g.input_channels; c += 32)
            {
                sum = fmaf(load(x + c), weight[(index_t)c * g.padded_output_channels], sum);
            }
        }
    }

    sum = warp_sum(sum);
    if (lane == 0)
    {
        partial[warp] = sum;
    }

    __syncthreads();
    if (threadIdx.x == 0)
    {
        for (int other = 1; other < warps; other++)
        {
            sum += partial[other];
        }

        store_output(e, output, output_stride, row, channel, sum);
    }
}
