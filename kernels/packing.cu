// Brings weights from the order of a checkpoint into that of the kernels. The destination is zero before, so that paddings are zero.
#include "common.cuh"
#include "convolution_tiles.cuh"

// Where a weight goes, in elements: group, tap (depth, height, width of the kernel), input channel and output channel of its group.
struct weight_layout
{
    int outputs_per_group, inputs_per_group, taps;
    int output_step;
    index_t group_step, tap_step, input_step;
};

// Values first .. first + count of [outputs, inputs per group, taps].
__device__ __forceinline__ index_t find_weight(const weight_layout& layout, index_t flat)
{
    position tap = locate(flat, layout.taps);
    position input = locate(tap.row, layout.inputs_per_group);
    position output = locate(input.row, layout.outputs_per_group);
    return output.row * layout.group_step + tap.channel * layout.tap_step + input.channel * layout.input_step
        + (index_t)output.channel * layout.output_step;
}

// For kernels that want binary32 weights whatever the type of activations.
extern "C" __global__ void pack_single_weights(const float* values, weight_layout layout, float* packed, index_t first, index_t count)
{
    FOR_EACH_ELEMENT(flat, count)
    {
        packed[find_weight(layout, first + flat)] = values[flat];
    }
}

#if MODA_HALF

// What convolution_mma.cu reads: [group][column tile][tap][channel block] tiles. With im2col, each tap of a line of the kernel has channels
// of its own.
struct tile_layout
{
    int outputs_per_group, inputs_per_group, taps;
    int line_taps;                         // taps of a line that im2col makes channels; 1 without im2col
    int columns, column_tiles;             // output channels of a tile, tiles
    int channel_blocks;
};

extern "C" __global__ void pack_tiles(const float* values, tile_layout layout, half_bits* packed, index_t first, index_t count)
{
    FOR_EACH_ELEMENT(flat, count)
    {
        position element_at = locate(first + flat, layout.taps);
        position input = locate(element_at.row, layout.inputs_per_group);
        position output = locate(input.row, layout.outputs_per_group);
        int tap = element_at.channel / layout.line_taps;
        int channel = element_at.channel % layout.line_taps * layout.inputs_per_group + input.channel;
        int column = place_output(output.channel);
        index_t tile = ((output.row * layout.column_tiles + column / layout.columns) * (layout.taps / layout.line_taps) + tap)
                * layout.channel_blocks
            + channel / TILE_DEPTH;
        int own_column = column % layout.columns;
        int place = place_chunk(layout.columns / 8, channel % TILE_DEPTH, own_column / 8) * 8 + own_column % 8;
        store(packed + tile * (TILE_DEPTH * layout.columns) + place, values[flat]);
    }
}

// What convolution_wgmma.cuh reads: [column tile][tap][block of 64 channels] tiles of rows of 128 bytes, one for each output channel in the
// order of place_row, whose 16-byte pieces are swizzled as the copy engine would.
extern "C" __global__ void pack_rows(const float* values, tile_layout layout, half_bits* packed, index_t first, index_t count)
{
    const int channels = 64;
    FOR_EACH_ELEMENT(flat, count)
    {
        position tap = locate(first + flat, layout.taps);
        position input = locate(tap.row, layout.inputs_per_group);
        int output = (int)input.row;
        int row = place_row(output % layout.columns), channel = input.channel % channels;
        index_t tile = ((index_t)(output / layout.columns) * layout.taps + tap.channel) * layout.channel_blocks + input.channel / channels;
        store(packed + (tile * layout.columns + row) * channels + (channel / 8 ^ row % 8) * 8 + channel % 8, values[flat]);
    }
}

#endif
