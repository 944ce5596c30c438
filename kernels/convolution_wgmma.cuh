// Convolution on the tensor cores of compute capability 9.0: an implicit GEMM over a list of taps, binary16 operands, binary32 sums.
//
// A tile is a box of output positions of a variant x COLUMNS output channels. The copy engine brings boxes of the input, 64 channels each
// (zeros where they lie in the padding), and for every tap that a box serves a packed tile of weights; a step of the sum is one tap and
// 64 channels. One warpgroup only copies, two multiply. Blocks stay and take tile after tile, so that the copies of the next run during
// the last stores. Where there are too few tiles to fill the device, several blocks share the boxes of a tile; convolution_passes.cu adds
// their sums.
#pragma once
#include "convolution_wgmma_modulation.cuh"
#include "convolution_wgmma_output.cuh"
#include "convolution_wgmma_tiles.cuh"
#include "hopper.cuh"

#if MODA_HALF && __CUDA_ARCH__ >= 900

#define RING_BYTES (222 * 1024)
#define MAXIMUM_INPUT_STAGES 8
#define MAXIMUM_WEIGHT_STAGES 16

// Stages of shared memory that are filled and read in turn.
struct stage_ring
{
    unsigned full, empty;                  // barriers of the first stage
    int count, stage;
    unsigned parity;

    __device__ __forceinline__ unsigned full_barrier() const { return full + stage * 8; }

    __device__ __forceinline__ unsigned empty_barrier() const { return empty + stage * 8; }

    __device__ __forceinline__ void advance()
    {
        if (++stage == count)
        {
            stage = 0;
            parity ^= 1;
        }
    }
};

// The products of a step's first slices of 16 channels.
template <int SLICES, int M_TILES, int COLUMNS>
__device__ __forceinline__ void multiply_slices(
    float (&sum)[M_TILES][COLUMNS / 2], const unsigned long long (&a)[M_TILES], unsigned long long b)
{
#pragma unroll
    for (int k = 0; k < SLICES; k++)
    {
#pragma unroll
        for (int m = 0; m < M_TILES; m++)
        {
            // 16 channels are 32 bytes.
            multiply_rows<COLUMNS>(sum[m], a[m] + k * 2, b + k * 2);
        }
    }

    commit_products();
}

// What the copying thread does.
template <int COLUMNS>
__device__ __forceinline__ void copy_tiles(
    const tensor_map& input, const half_bits* weights, const convolution_geometry& g, const convolution_variants& v,
    const convolution_boxes& boxes, int batch, int tiles, unsigned input_address, int input_step, stage_ring inputs,
    unsigned weight_address, stage_ring taps, convolution_tile* begun)
{
    constexpr int TAP_BYTES = COLUMNS * STEP_BYTES;
    int channel_blocks = g.padded_input_channels / STEP_CHANNELS;
    int packed_tiles = g.padded_output_channels / boxes.packed_columns;
    int packed_step = boxes.packed_columns * STEP_CHANNELS;
    for (int index = blockIdx.x; index < tiles; index += gridDim.x)
    {
        convolution_tile tile = find_tile(g, v, boxes, batch, index);
        int line_taps = tile.variant.width.taps, plane_taps = tile.variant.height.taps * line_taps;
        int first_column = tile.column * COLUMNS;
        const half_bits* all = weights
            + ((index_t)tile.variant.taps_before * packed_tiles + first_column / boxes.packed_columns * g.kernel_depth * plane_taps)
                * channel_blocks * packed_step
            + first_column % boxes.packed_columns * STEP_CHANNELS;
        int block = tile.first_box % channel_blocks, place = tile.first_box / channel_blocks;
        int dx = place % tile.columns, dy = place / tile.columns % tile.rows, dz = tile.first_dz + place / tile.columns / tile.rows;
        for (int box = 0; box < tile.boxes; box++)
        {
            wait_for(inputs.empty_barrier(), inputs.parity ^ 1);
            if (box == 0)
            {
                begun[inputs.stage] = tile;
            }

            arrive_expecting(inputs.full_barrier(), boxes.input_bytes);
            copy_box(input_address + inputs.stage * input_step, &input, inputs.full_barrier(), block * STEP_CHANNELS,
                tile.x + tile.variant.width.origin + dx, tile.y + tile.variant.height.origin + dy, tile.z - g.padding_depth + dz, tile.n);
            inputs.advance();
            const half_bits* line = all + (index_t)((dz * plane_taps + dy * line_taps + dx) * channel_blocks + block) * packed_step;
            for (int y = 0; y < tile.box_rows; y++, line += (index_t)line_taps * channel_blocks * packed_step)
            {
                const half_bits* own = line;
                for (int x = 0; x < tile.box_columns; x++, own += channel_blocks * packed_step)
                {
                    wait_for(taps.empty_barrier(), taps.parity ^ 1);
                    arrive_expecting(taps.full_barrier(), TAP_BYTES);
                    copy_bytes(weight_address + taps.stage * TAP_BYTES, own, TAP_BYTES, taps.full_barrier());
                    taps.advance();
                }
            }

            if (++block == channel_blocks)
            {
                block = 0;
                if (++dx == tile.columns)
                {
                    dx = 0;
                    if (++dy == tile.rows)
                    {
                        dy = 0;
                        dz++;
                    }
                }
            }
        }
    }
}

// weights: [variant][column tile][tap][channel block] tiles of COLUMNS x 64 in binary16, as they lie in shared memory: rows of 128 bytes
// in the order of place_row, whose 16-byte pieces are swizzled. Block: a warpgroup that copies and two that multiply, M_TILES x 64
// positions each. partial: null, or [split][output position][padded output channel] for the sums of each split.
template <int M_TILES, int COLUMNS, bool MODULATE>
__device__ __forceinline__ void convolve(
    const tensor_map& input, const half_bits* weights, const convolution_geometry& g, const convolution_variants& v,
    const convolution_boxes& boxes, const convolution_epilogue& e, half_bits* output, int output_stride, int batch,
    float* partial, const convolution_modulation& modulation)
{
    // The driver gives dynamic shared memory on a 1,024-byte boundary only when asked by its size: room for aligning is part of it.
    extern __shared__ unsigned char ring[];
    __shared__ __align__(8) unsigned long long barriers[2 * (MAXIMUM_INPUT_STAGES + MAXIMUM_WEIGHT_STAGES)];
    __shared__ column_values<COLUMNS, MODULATE> shared_columns[2];

    // The tile of which the box in a stage is the first: whoever copies finds it, so that products begin without its divisions.
    __shared__ convolution_tile begun[MAXIMUM_INPUT_STAGES];
    unsigned input_address = (shared_address(ring) + 1023) & ~1023u;
    int input_step = (boxes.input_bytes + 1023) & ~1023;
    unsigned weight_address = input_address + boxes.input_stages * input_step;
    unsigned barrier = shared_address(barriers);
    stage_ring inputs = {barrier, barrier + MAXIMUM_INPUT_STAGES * 8, boxes.input_stages, 0, 0};
    barrier += 2 * MAXIMUM_INPUT_STAGES * 8;
    stage_ring taps = {barrier, barrier + MAXIMUM_WEIGHT_STAGES * 8, boxes.weight_stages, 0, 0};
    if (threadIdx.x == 0)
    {
        for (int stage = 0; stage < boxes.input_stages; stage++)
        {
            initialize_barrier(inputs.full + stage * 8, 1);
            initialize_barrier(inputs.empty + stage * 8, 2);
        }

        for (int stage = 0; stage < boxes.weight_stages; stage++)
        {
            initialize_barrier(taps.full + stage * 8, 1);
            initialize_barrier(taps.empty + stage * 8, 2);
        }

        asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
        asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
    }

    __syncthreads();
    int tiles = boxes.split_k * boxes.variants * boxes.count_n * boxes.count_z * boxes.count_y * boxes.count_x * boxes.column_tiles;
    if (threadIdx.x < 128)
    {
        release_registers<40>();
        if (threadIdx.x == 0)
        {
            copy_tiles<COLUMNS>(
                input, weights, g, v, boxes, batch, tiles, input_address, input_step, inputs, weight_address, taps, begun);
        }

        return;
    }

    take_registers<232>();
    int consumer = threadIdx.x / 128 - 1, lane = threadIdx.x % 32;
    int channel_blocks = g.padded_input_channels / STEP_CHANNELS;
    int last_slices = (g.input_channels % STEP_CHANNELS + 15) / 16;
    int warp_row = consumer * M_TILES * 64 + threadIdx.x % 128 / 32 * 16;
    unsigned first_row[M_TILES];
#pragma unroll
    for (int m = 0; m < M_TILES; m++)
    {
        first_row[m] = input_address + find_product(boxes, (consumer * M_TILES + m) * 64) * STEP_BYTES;
    }

    for (int index = blockIdx.x; index < tiles; index += gridDim.x)
    {
        wait_for(inputs.full_barrier(), inputs.parity);
        convolution_tile tile = begun[inputs.stage];
        int block = tile.first_box % channel_blocks;
        float sum[M_TILES][COLUMNS / 2] = {};
        typename column_values<COLUMNS, MODULATE>::held columns;
        modulated_rows<M_TILES, COLUMNS, MODULATE> modulated;
        unsigned read_input = 0, read_tap = 0;
        for (int box = 0; box < tile.boxes; box++)
        {
            wait_for(inputs.full_barrier(), inputs.parity);
            int slices = last_slices && block == channel_blocks - 1 ? last_slices : STEP_CHANNELS / 16;
            block = block + 1 == channel_blocks ? 0 : block + 1;
            unsigned line = inputs.stage * input_step;
            for (int y = 0; y < tile.box_rows; y++, line += boxes.pitch * STEP_BYTES)
            {
                for (int x = 0; x < tile.box_columns; x++)
                {
                    wait_for(taps.full_barrier(), taps.parity);
                    unsigned long long a[M_TILES];
#pragma unroll
                    for (int m = 0; m < M_TILES; m++)
                    {
                        a[m] = describe_rows(first_row[m] + line + x * STEP_BYTES);
                    }

                    unsigned long long b = describe_rows(weight_address + taps.stage * COLUMNS * STEP_BYTES);
                    begin_products();

                    // The last channels of a tap may not fill a block: what is zero is not multiplied. Each case is straight: with a
                    // branch among the products the compiler would wait for every one.
                    switch (slices)
                    {
                        case 1: multiply_slices<1, M_TILES, COLUMNS>(sum, a, b); break;
                        case 2: multiply_slices<2, M_TILES, COLUMNS>(sum, a, b); break;
                        case 3: multiply_slices<3, M_TILES, COLUMNS>(sum, a, b); break;
                        default: multiply_slices<4, M_TILES, COLUMNS>(sum, a, b); break;
                    }

                    // What the products before have read may be filled again. What is used last is asked for during the first.
                    if (read_tap)
                    {
                        wait_products<1>();
                        if (threadIdx.x % 128 == 0)
                        {
                            arrive(read_tap);
                            if (read_input)
                            {
                                arrive(read_input);
                            }
                        }
                    }
                    else
                    {
                        columns.ask(tile, g, e, modulation);
                        modulated.ask(tile, g, boxes, modulation, batch, warp_row + lane / 4, lane % 4 * 8);
                    }

                    read_tap = taps.empty_barrier();
                    read_input = x + 1 == tile.box_columns && y + 1 == tile.box_rows ? inputs.empty_barrier() : 0;
                    taps.advance();
                }
            }

            inputs.advance();
        }

        wait_products<0>();
        if (threadIdx.x % 128 == 0)
        {
            arrive(read_tap);
            arrive(read_input);
        }

        if constexpr (MODULATE)
        {
            columns.share(shared_columns[consumer], consumer);
            modulate_tile<M_TILES, COLUMNS>(
                sum, modulated, shared_columns[consumer], tile, g, e, output, output_stride, lane % 4 * 8);
        }
        else
        {
            int first_channel = tile.column * COLUMNS + lane % 4 * 8;
            int2 rows[M_TILES][2];
#pragma unroll
            for (int i = 0; i < 2 * M_TILES; i++)
            {
                rows[i / 2][i % 2] = find_outputs(tile, g, v, boxes, batch, warp_row + i / 2 * 64 + i % 2 * 8 + lane / 4);
            }

            if (partial)
            {
                store_partial<M_TILES, COLUMNS>(sum, rows, partial, tile.split, batch, g, first_channel);
                continue;
            }

            columns.share(shared_columns[consumer], consumer);
            add_bias<M_TILES, COLUMNS>(sum, shared_columns[consumer].bias, lane % 4 * 8);
            bool one_output = tile.variant.height.count * tile.variant.width.count == 1;
            store_tile<M_TILES, COLUMNS>(sum, rows, one_output, g, e, output, output_stride, first_channel);
        }
    }
}

// A translation unit for each width of tiles: they compile at the same time.
#define CONVOLUTION_KERNEL(m_tiles, columns)                                                                                   \
    extern "C" __global__ void __launch_bounds__(384, 1) convolution_wgmma_##m_tiles##x##columns(                              \
        const __grid_constant__ tensor_map input, const half_bits* weights, const __grid_constant__ convolution_geometry g,    \
        const __grid_constant__ convolution_variants v, const __grid_constant__ convolution_boxes boxes,                       \
        const __grid_constant__ convolution_epilogue e, half_bits* output, int output_stride, int batch, float* partial)       \
    {                                                                                                                          \
        convolve<m_tiles, columns, false>(input, weights, g, v, boxes, e, output, output_stride, batch, partial, {});          \
    }

#endif
