// SPADE's normalise and modulate after the sums of a tile of convolution_wgmma.cu, and what positions need to know of a tile's columns.
//
// Both are asked for before the products and used after them, so that nothing waits for memory in between.
#pragma once
#include "convolution_wgmma_output.cuh"
#include "convolution_wgmma_tiles.cuh"

#if MODA_HALF

// What the map is that a convolution's outputs modulate, and its statistics.
struct convolution_modulation
{
    const half_bits* input;                // read as if each position were repeated `factor` times along height and width
    int input_stride, factor;
    const half_bits* statistics;           // means, then reciprocal deviations, of each batch element
    int statistics_stride;
};

// What a tile's columns are to the map that they modulate.
enum modulation_kind { OUTPUTS = 0, GAMMAS = 1, GAMMAS_AND_BETAS = 2 };

// The threads of a warpgroup meet.
__device__ __forceinline__ void meet(int consumer) { asm volatile("bar.sync %0, 128;" ::"r"(1 + consumer) : "memory"); }

// Of each channel that is modulated: (x scale + shift) (gain + gamma) + (offset + beta).
struct channel_modulation
{
    float scale, shift, gain, offset;
};

// What one warpgroup's positions share of a tile's columns: how channels are modulated. Each thread holds a part during the products.
template <int COLUMNS, int KIND>
struct column_values
{
    static constexpr int CHANNELS = COLUMNS / KIND;

    // Eight channels and a gap: the lanes of a quad read from different banks.
    channel_modulation channel[CHANNELS + CHANNELS / 8];

    __device__ __forceinline__ const channel_modulation& at(int index) const { return channel[index + index / 8]; }

    struct held
    {
        half_bits mean, deviation;
        float gain, offset;

        // Gammas are followed by as many betas after each 32 columns, where there are any. The tile lies in one batch element.
        __device__ __forceinline__ void ask(
            const convolution_tile& tile, const convolution_geometry& g, const convolution_epilogue& e,
            const convolution_modulation& modulation)
        {
            int place = threadIdx.x % 128, channel = tile.column * CHANNELS + place;
            mean = deviation = 0;
            gain = offset = 0.0f;
            if (place < CHANNELS && KIND * channel < g.output_channels)
            {
                const half_bits* statistics = modulation.statistics + (index_t)(2 * tile.n) * modulation.statistics_stride + channel;
                mean = statistics[0];
                deviation = statistics[modulation.statistics_stride];
                if (e.bias)
                {
                    int gamma = tile.column * COLUMNS + place / 32 * 32 * KIND + place % 32;
                    gain = e.bias[gamma];
                    offset = KIND == GAMMAS_AND_BETAS ? e.bias[gamma + 32] : 0.0f;
                }
            }
        }

        // Those of the tile before have been read when all have come so far.
        __device__ __forceinline__ void share(column_values& target, int consumer) const
        {
            int place = threadIdx.x % 128;
            float scale = half_to_float(deviation);
            meet(consumer);
            if (place < CHANNELS)
            {
                *(float4*)&target.channel[place + place / 8] = make_float4(scale, -half_to_float(mean) * scale, 1.0f + gain, offset);
            }

            meet(consumer);
        }
    };
};

// Of outputs: the biases.
template <int COLUMNS>
struct column_values<COLUMNS, OUTPUTS>
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

// The rows of a lane in the map that is modulated: blocks of 32 channels.
template <int M_TILES, int COLUMNS, int KIND, bool WIDE>
struct modulated_rows
{
    static constexpr int BLOCKS = COLUMNS / KIND / 32;

    int output[2 * M_TILES];               // the output's row, or -1 outside
    uint4 input[2 * M_TILES][BLOCKS];

    // first_row: the lane's first in the tile; first_channel: in each 32 of those that are modulated.
    __device__ __forceinline__ void ask(
        const convolution_tile& tile, const convolution_geometry& g, const convolution_boxes& boxes,
        const convolution_modulation& modulation, int batch, int first_row, int first_channel)
    {
        unsigned factor = modulation.factor;
        int height = (unsigned)g.output_height / factor, width = (unsigned)g.output_width / factor;
#pragma unroll
        for (int i = 0; i < 2 * M_TILES; i++)
        {
            convolution_place place = find_place(tile, g, boxes, batch, first_row + i / 2 * 64 + i % 2 * 8);
            output[i] = place.exists ? (place.n * g.output_height + place.y) * g.output_width + place.x : -1;
            index_t source = (place.n * height + (int)((unsigned)place.y / factor)) * width + (int)((unsigned)place.x / factor);
#pragma unroll
            for (int block = 0; block < BLOCKS; block++)
            {
                int channel = (tile.column * BLOCKS + block) * 32 + first_channel;
                input[i][block] = make_uint4(0, 0, 0, 0);
                if (place.exists && KIND * channel < g.output_channels)
                {
                    input[i][block] = load_eight<WIDE>(modulation.input + source * modulation.input_stride + channel);
                }
            }
        }
    }
};

template <int M_TILES, int COLUMNS, bool WIDE>
struct modulated_rows<M_TILES, COLUMNS, OUTPUTS, WIDE>
{
    __device__ __forceinline__ void ask(
        const convolution_tile&, const convolution_geometry&, const convolution_boxes&, const convolution_modulation&, int, int, int)
    {
    }
};

// Of eight neighbouring channels: activation(normalized (1 + gamma) + beta).
template <int KIND, int ACTIVATION>
__device__ __forceinline__ uint4 modulate_eight(
    float* sums, int half, int block, const channel_modulation (&channels)[8], float slope, uint4 input)
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
            float gamma = own_sum(sums, half, KIND * block, 2 * i + j);
            float beta = KIND == GAMMAS_AND_BETAS ? channel.offset + own_sum(sums, half, KIND * block + 1, 2 * i + j) : 0.0f;
            value[j] = activate_sharply(normalized * (channel.gain + gamma) + beta, ACTIVATION, slope);
        }

        packed[i] = pack_halves(value[0], value[1]);
    }

    return make_uint4(packed[0], packed[1], packed[2], packed[3]);
}

// The modulated channels are a multiple of 32; first_channel is the lane's in the tile's first 32.
template <int M_TILES, int COLUMNS, int KIND, bool WIDE, int ACTIVATION>
__device__ __forceinline__ void modulate_rows(
    float (&sum)[M_TILES][COLUMNS / 2], const modulated_rows<M_TILES, COLUMNS, KIND, WIDE>& rows, const column_values<COLUMNS, KIND>& columns,
    const convolution_tile& tile, const convolution_geometry& g, float slope, half_bits* output, int output_stride, int first_channel)
{
    constexpr int BLOCKS = COLUMNS / KIND / 32;
#pragma unroll
    for (int block = 0; block < BLOCKS; block++)
    {
        int own = block * 32 + first_channel, channel = tile.column * BLOCKS * 32 + own;
        channel_modulation channels[8];
#pragma unroll
        for (int i = 0; i < 8; i++)
        {
            float4 values = *(const float4*)&columns.at(own + i);
            channels[i] = {values.x, values.y, values.z, values.w};
        }

        if (KIND * channel < g.output_channels)
        {
#pragma unroll
            for (int i = 0; i < 2 * M_TILES; i++)
            {
                if (rows.output[i] >= 0)
                {
                    store_eight<WIDE>(
                        output + (index_t)rows.output[i] * output_stride + channel,
                        modulate_eight<KIND, ACTIVATION>(sum[i / 2], i % 2, block, channels, slope, rows.input[i][block]));
                }
            }
        }
    }
}

template <int M_TILES, int COLUMNS, int KIND, bool WIDE>
__device__ __forceinline__ void modulate_tile(
    float (&sum)[M_TILES][COLUMNS / 2], const modulated_rows<M_TILES, COLUMNS, KIND, WIDE>& rows, const column_values<COLUMNS, KIND>& columns,
    const convolution_tile& tile, const convolution_geometry& g, const convolution_epilogue& e, half_bits* output, int output_stride,
    int first_channel)
{
    switch (e.activation)
    {
        case RELU:
            modulate_rows<M_TILES, COLUMNS, KIND, WIDE, RELU>(sum, rows, columns, tile, g, 0.0f, output, output_stride, first_channel);
            break;
        case LEAKY_RELU:
            modulate_rows<M_TILES, COLUMNS, KIND, WIDE, LEAKY_RELU>(sum, rows, columns, tile, g, e.slope, output, output_stride, first_channel);
            break;
        default:
            modulate_rows<M_TILES, COLUMNS, KIND, WIDE, NONE>(sum, rows, columns, tile, g, 0.0f, output, output_stride, first_channel);
            break;
    }
}

#endif
