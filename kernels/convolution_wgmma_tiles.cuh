// How convolution_wgmma.cuh cuts a convolution into tiles, and a tile into boxes of the input and taps that they serve.
#pragma once
#include "convolution_variants.cuh"

#define STEP_CHANNELS 64
#define STEP_BYTES 128

// Tiles are 2^width_log x 2^height_log x 2^depth_log positions x batch_step batch elements.
//
// A box of the input is one or, at an axis that is shared, so many positions larger that it serves all taps along that axis: what lies in
// shared memory is then read by several taps, each from another position on. A line of a box that serves taps along the width is longer
// than the tile's, so that only tiles whose lines hold the 64 positions of a product may share it.
struct convolution_boxes
{
    int width_log, height_log, depth_log;
    int count_x, count_y, count_z, count_n;
    int batch_step;
    int column_tiles, variants;
    int packed_columns;                    // output channels of a packed tile of weights: one or two of a kernel's
    int split_k;                           // blocks that share the sum of a tile
    int pitch, lines;                      // positions of a box along the width and the height
    int shares_width, shares_height;
    int input_bytes;                       // of a box
    int input_stages, weight_stages;       // boxes and packed tiles of weights that shared memory holds
};

struct convolution_tile
{
    convolution_variant variant;
    int column;                            // tile of output channels
    int x, y, z, n;                        // first position
    int first_dz;                          // the first of the taps along the depth that reach the input
    int columns, rows;                     // boxes along the width and the height
    int box_columns, box_rows;             // taps that a box serves along the width and the height
    int split, first_box, boxes;           // its part of the boxes of those taps, the blocks of channels fastest; at least one
};

__device__ __forceinline__ convolution_tile find_tile(
    const convolution_geometry& g, const convolution_variants& v, const convolution_boxes& boxes, int batch, int index)
{
    convolution_tile tile;
    tile.column = index % boxes.column_tiles;
    index /= boxes.column_tiles;
    tile.x = index % boxes.count_x << boxes.width_log;
    index /= boxes.count_x;
    tile.y = index % boxes.count_y << boxes.height_log;
    index /= boxes.count_y;
    tile.z = index % boxes.count_z << boxes.depth_log;
    index /= boxes.count_z;
    tile.n = index % boxes.count_n * boxes.batch_step;
    index /= boxes.count_n;
    tile.split = index / boxes.variants;
    tile.variant = find_variant(g, v, index % boxes.variants, batch);

    // Where no tap along the depth reaches the input one of them stands for all: zeros.
    tile.first_dz = min(max(0, g.padding_depth - tile.z - (1 << boxes.depth_log) + 1), g.kernel_depth - 1);
    int end_dz = min(g.kernel_depth, g.input_depth + g.padding_depth - tile.z);
    tile.box_columns = boxes.shares_width ? tile.variant.width.taps : 1;
    tile.box_rows = boxes.shares_height ? tile.variant.height.taps : 1;
    tile.columns = tile.variant.width.taps / tile.box_columns;
    tile.rows = tile.variant.height.taps / tile.box_rows;
    int all = max(end_dz - tile.first_dz, 1) * tile.rows * tile.columns * (g.padded_input_channels / STEP_CHANNELS);
    tile.first_box = all * tile.split / boxes.split_k;
    tile.boxes = all * (tile.split + 1) / boxes.split_k - tile.first_box;
    return tile;
}

// A position of a tile, were it inside.
struct convolution_place
{
    int x, y, z, n;                        // of the variant
    bool exists;
};

__device__ __forceinline__ convolution_place find_place(
    const convolution_tile& tile, const convolution_geometry& g, const convolution_boxes& boxes, int batch, int index)
{
    convolution_place place;
    place.x = tile.x + (index & (1 << boxes.width_log) - 1);
    place.y = tile.y + (index >> boxes.width_log & (1 << boxes.height_log) - 1);
    place.z = tile.z + (index >> boxes.width_log + boxes.height_log & (1 << boxes.depth_log) - 1);
    place.n = tile.n + (index >> boxes.width_log + boxes.height_log + boxes.depth_log);
    place.exists = place.x < tile.variant.output_width && place.y < tile.variant.output_height && place.z < g.output_depth && place.n < batch;
    return place;
}

// A row's first output, and along height << 16 | width how many outputs it belongs to: none where it lies outside.
__device__ __forceinline__ int2 find_outputs(
    const convolution_tile& tile, const convolution_geometry& g, const convolution_variants& v, const convolution_boxes& boxes, int batch,
    int index)
{
    convolution_place place = find_place(tile, g, boxes, batch, index);
    int oy = place.y * v.period_height + tile.variant.height.first, ox = place.x * v.period_width + tile.variant.width.first;
    int height = min(tile.variant.height.count, g.output_height - oy), width = min(tile.variant.width.count, g.output_width - ox);
    return make_int2(
        ((place.n * g.output_depth + place.z) * g.output_height + oy) * g.output_width + ox, place.exists ? height << 16 | width : 0);
}

// Where the 64 positions of a product from `index` on begin in a box.
__device__ __forceinline__ int find_product(const convolution_boxes& boxes, int index)
{
    int x = index & (1 << boxes.width_log) - 1;
    int y = index >> boxes.width_log & (1 << boxes.height_log) - 1;
    int plane = index >> boxes.width_log + boxes.height_log;
    return (plane * boxes.lines + y) * boxes.pitch + x;
}
