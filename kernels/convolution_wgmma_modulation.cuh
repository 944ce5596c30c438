// SPADE's normalise and modulate as the epilogue of convolution_wgmma.cuh, and the values of a tile's columns that all positions share.
//
// Loads are issued before the products and used after them, so that the products don't wait for memory.
#pragma once
#include "convolution_wgmma_output.cuh"
#include "convolution_wgmma_tiles.cuh"

#if MODA_HALF

// The map that the convolution's outputs modulate, and its statistics.
struct convolution_modulation
{
    const half_bits* input;                // read as if each position were repeated `factor` times along height and width
    int input_stride, factor;
    const half_bits* statistics;           // means, then reciprocal deviations, of each batch element
    int statistics_stride;
};

// A barrier for the threads of one warpgroup.
__device__ __forceinline__ void meet(int consumer) { asm volatile("bar.sync %0, 128;" ::"r"(1 + consumer) : "memory"); }

// The biases of a tile's columns, which all positions of a warpgroup share. Each thread holds a part of them during the products.
template <int COLUMNS, bool MODULATE>
struct column_values
{
    float bias[COLUMNS];

    struct held
    {
        float own[(COLUMNS + 127) / 128];

        __device__ __forceinline__ void ask(
            const convolution_tile& tile, const convolution_geometry& g, const convolution_epilogue& e, const convolution_modulation&)
        {
#pragma unroll
            for (int i = 0; i < (COLUMNS + 127) / 128; i++)
            {
                int channel = tile.column * COLUMNS + threadIdx.x % 128 + i * 128;
                own[i] = e.bias && channel < g.output_channels ? e.bias[channel] : 0.0f;
            }
        }

        // When all threads have arrived, the values of the tile before have been read.
        __device__ __forceinline__ void share(column_values& target, int consumer) const
        {
            meet(consumer);
#pragma unroll
            for (int i = 0; i < (COLUMNS + 127) / 128; i++)
            {
                int column = threadIdx.x % 128 + i * 128;
                if (column < COLUMNS)
                {
                    target.bias[column] = own[i];
                }
            }

            meet(consumer);
        }
    };
};

// For each channel that is modulated: (x scale + shift) (gain + gamma) + (offset + beta).
struct channel_modulation
{
    float scale, shift, gain, offset;
};

template <int COLUMNS>
struct column_values<COLUMNS, true>
{
    // Eight channels and a gap: the lanes of a quad read from different banks.
    channel_modulation channel[COLUMNS / 2 + COLUMNS / 16];

    __device__ __forceinline__ const channel_modulation& at(int index) const { return channel[index + index / 8]; }

    // Kept as raw bits: converting them to numbers here would wait for the loads.
    struct held
    {
        half_bits deviation, mean;
        float gain, offset;

        // Blocks of 32 columns are gammas and betas in turn. The tile lies in one batch element.
        __device__ __forceinline__ void ask(
            const convolution_tile& tile, const convolution_geometry& g, const convolution_epilogue& e,
            const convolution_modulation& modulation)
        {
            int place = threadIdx.x % 128, channel = tile.column * (COLUMNS / 2) + place;
            deviation = mean = 0;
            gain = offset = 0.0f;
            if (place < COLUMNS / 2 && 2 * channel < g.output_channels)
            {
                int gamma = tile.column * COLUMNS + place / 32 * 64 + place % 32;
                const half_bits* statistics = modulation.statistics + (index_t)(2 * tile.n) * modulation.statistics_stride + channel;
                mean = statistics[0];
                deviation = statistics[modulation.statistics_stride];
                if (e.bias)
                {
                    gain = e.bias[gamma];
                    offset = e.bias[gamma + 32];
                }
            }
        }

        __device__ __forceinline__ void share(column_values& target, int consumer) const
        {
            int place = threadIdx.x % 128;
            float scale = half_to_float(deviation);
            meet(consumer);
            if (place < COLUMNS / 2)
            {
                *(float4*)&target.channel[place + place / 8] = make_float4(scale, -half_to_float(mean) * scale, 1.0f + gain, offset);
            }

            meet(consumer);
        }
    };
};

// Loads eight neighbouring channels, in one access where they begin at a 16-byte boundary.
__device__ __forceinline__ uint4 load_eight(const half_bits* source, bool wide)
{
    if (wide)
    {
        return *(const uint4*)source;
    }

    return make_uint4(
        source[0] | (unsigned)source[1] << 16, source[2] | (unsigned)source[3] << 16,
        source[4] | (unsigned)source[5] << 16, source[6] | (unsigned)source[7] << 16);
}

__device__ __forceinline__ void store_eight(half_bits* target, uint4 values, bool wide)
{
    if (wide)
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

// The rows of the modulated map that a lane reads.
template <int M_TILES, int COLUMNS, bool MODULATE>
struct modulated_rows
{
    __device__ __forceinline__ void ask(
        const convolution_tile&, const convolution_geometry&, const convolution_boxes&, const convolution_modulation&, int, int, int)
    {
    }
};

template <int M_TILES, int COLUMNS>
struct modulated_rows<M_TILES, COLUMNS, true>
{
    int output[2 * M_TILES];               // the output's row, or -1 outside
    uint4 input[2 * M_TILES][COLUMNS / 64];

    // first_row: the lane's first row in the tile; first_channel: its first channel in each 32 that are modulated.
    __device__ __forceinline__ void ask(
        const convolution_tile& tile, const convolution_geometry& g, const convolution_boxes& boxes,
        const convolution_modulation& modulation, int batch, int first_row, int first_channel)
    {
        bool wide = ((unsigned long long)modulation.input % 16 | modulation.input_stride % 8) == 0;
        unsigned factor = modulation.factor;
        int height = (unsigned)g.output_height / factor, width = (unsigned)g.output_width / factor;
#pragma unroll
        for (int i = 0; i < 2 * M_TILES; i++)
        {
            convolution_place place = find_place(tile, g, boxes, batch, first_row + i / 2 * 64 + i % 2 * 8);
            output[i] = place.exists ? (place.n * g.output_height + place.y) * g.output_width + place.x : -1;
            index_t source = (place.n * height + (int)((unsigned)place.y / factor)) * width + (int)((unsigned)place.x / factor);
#pragma unroll
            for (int pair = 0; pair < COLUMNS / 64; pair++)
            {
                int channel = tile.column * (COLUMNS / 2) + pair * 32 + first_channel;
                input[i][pair] = make_uint4(0, 0, 0, 0);
                if (place.exists && 2 * channel < g.output_channels)
                {
                    input[i][pair] = load_eight(modulation.input + source * modulation.input_stride + channel, wide);
                }
            }
        }
    }
};

// For eight neighbouring channels: activation(normalized (1 + gamma) + beta).
__device__ __forceinline__ uint4 modulate_eight(
    float* sums, int half, int pair, const channel_modulation (&channels)[8], const convolution_epilogue& e, uint4 input)
{
    unsigned pairs[4] = {input.x, input.y, input.z, input.w}, packed[4];
#pragma unroll
    for (int i = 0; i < 4; i++)
    {
        float value[2];
#pragma unroll
        for (int j = 0; j < 2; j++)
        {
            const channel_modulation& channel = channels[2 * i + j];
            float normalized = half_to_float((half_bits)(pairs[i] >> j * 16)) * channel.scale + channel.shift;
            float gamma = own_sum(sums, half, 2 * pair, 2 * i + j), beta = own_sum(sums, half, 2 * pair + 1, 2 * i + j);
            value[j] = activate_sharply(normalized * (channel.gain + gamma) + (channel.offset + beta), e.activation, e.slope);
        }

        packed[i] = pack_halves(value[0], value[1]);
    }

    return make_uint4(packed[0], packed[1], packed[2], packed[3]);
}

// The modulated channels are a multiple of 32. first_channel: the lane's first channel in the tile's first 32.
template <int M_TILES, int COLUMNS>
__device__ __forceinline__ void modulate_tile(
    float (&sum)[M_TILES][COLUMNS / 2], const modulated_rows<M_TILES, COLUMNS, true>& rows, const column_values<COLUMNS, true>& columns,
    const convolution_tile& tile, const convolution_geometry& g, const convolution_epilogue& e, half_bits* output, int output_stride,
    int first_channel)
{
    bool wide = ((unsigned long long)output % 16 | output_stride % 8) == 0;
#pragma unroll
    for (int pair = 0; pair < COLUMNS / 64; pair++)
    {
        int own = pair * 32 + first_channel, channel = tile.column * (COLUMNS / 2) + own;
        channel_modulation channels[8];
#pragma unroll
        for (int i = 0; i < 8; i++)
        {
            float4 values = *(const float4*)&columns.at(own + i);
            channels[i] = {values.x, values.y, values.z, values.w};
        }

        if (2 * channel < g.output_channels)
        {
#pragma unroll
            for (int i = 0; i < 2 * M_TILES; i++)
            {
                if (rows.output[i] >= 0)
                {
                    store_eight(
                        output + (index_t)rows.output[i] * output_stride + channel,
                        modulate_eight(sum[i / 2], i % 2, pair, channels, e, rows.input[i][pair]), wide);
                }
            }
        }
    }
}

#endif
