// Convolution on the tensor cores of compute capability 9.0: an implicit GEMM over a list of taps, binary16 operands, binary32 sums.
//
// A tile is a box of output positions of a variant x COLUMNS output channels. A step of its sum is one tap and 64 channels: the copy
// engine brings the box of the input, shifted by the tap (zeros where that lies in the padding), and a packed tile of weights. One
// warpgroup only copies, two multiply. Blocks stay and take tile after tile, so that the copies of the next run during the last stores.
// Where there are too few tiles to fill the device, several blocks share the steps of a tile; convolution_passes.cu adds their sums.
#include "convolution_variants.cuh"
#include "convolution_wgmma_output.cuh"
#include "hopper.cuh"

#if MODA_HALF && __CUDA_ARCH__ >= 900

#define STEP_CHANNELS 64
#define STEP_BYTES 128
#define RING_BYTES (208 * 1024)

// Boxes of 2^width_log x 2^height_log x 2^depth_log positions x as many batch elements as fill a tile, and how many there are.
struct convolution_boxes
{
    int width_log, height_log, depth_log;
    int count_x, count_y, count_z, count_n;
    int batch_step;                        // batch elements of a box
    int column_tiles, variants;
    int packed_columns;                    // output channels of a packed tile of weights: one or two of a kernel's
    int splits;                            // blocks that share the steps of a tile
};

struct convolution_tile
{
    convolution_variant variant;
    int column;                            // tile of output channels
    int x, y, z, n;                        // first position
    int first_dz;                          // the first of the taps along the depth that reach the input
    int split, first_step, steps;          // its part of the steps of those taps
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
    tile.first_dz = max(0, g.padding_depth - tile.z - (1 << boxes.depth_log) + 1);
    int end_dz = min(g.kernel_depth, g.input_depth + g.padding_depth - tile.z);
    int steps = (end_dz - tile.first_dz) * tile.variant.height.taps * tile.variant.width.taps * (g.padded_input_channels / STEP_CHANNELS);
    tile.first_step = steps * tile.split / boxes.splits;
    tile.steps = steps * (tile.split + 1) / boxes.splits - tile.first_step;
    return tile;
}

// A row's first output, and along height << 16 | width how many outputs it belongs to: none where it lies outside.
__device__ __forceinline__ int2 find_outputs(
    const convolution_tile& tile, const convolution_geometry& g, const convolution_variants& v, const convolution_boxes& boxes, int batch,
    int place)
{
    int qx = tile.x + (place & (1 << boxes.width_log) - 1);
    int qy = tile.y + (place >> boxes.width_log & (1 << boxes.height_log) - 1);
    int qz = tile.z + (place >> boxes.width_log + boxes.height_log & (1 << boxes.depth_log) - 1);
    int n = tile.n + (place >> boxes.width_log + boxes.height_log + boxes.depth_log);
    bool exists = qx < tile.variant.output_width && qy < tile.variant.output_height && qz < g.output_depth && n < batch;
    int oy = qy * v.period_height + tile.variant.height.first, ox = qx * v.period_width + tile.variant.width.first;
    int height = min(tile.variant.height.count, g.output_height - oy), width = min(tile.variant.width.count, g.output_width - ox);
    return make_int2(((n * g.output_depth + qz) * g.output_height + oy) * g.output_width + ox, exists ? height << 16 | width : 0);
}

// The products of a step's first slices of 16 channels.
template <int SLICES, int M_TILES, int COLUMNS>
__device__ __forceinline__ void multiply_slices(float (&sum)[M_TILES][COLUMNS / 2], unsigned long long a, unsigned long long b)
{
#pragma unroll
    for (int k = 0; k < SLICES; k++)
    {
#pragma unroll
        for (int m = 0; m < M_TILES; m++)
        {
            // 16 channels are 32 bytes, 64 rows 8,192.
            multiply_rows<COLUMNS>(sum[m], a + k * 2 + m * 512, b + k * 2);
        }
    }

    commit_products();
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
    constexpr int A_BYTES = 2 * M_TILES * 64 * STEP_BYTES;
    constexpr int B_BYTES = COLUMNS * STEP_BYTES;
    constexpr int STAGE_BYTES = A_BYTES + B_BYTES;
    constexpr int STAGES = RING_BYTES / STAGE_BYTES;
    static_assert(STAGE_BYTES % 1024 == 0 && STAGES >= 3, "");

    // The driver gives dynamic shared memory on a 1,024-byte boundary only when asked by its size: room for aligning is part of it.
    extern __shared__ unsigned char ring[];
    __shared__ __align__(8) unsigned long long full[STAGES], empty[STAGES];
    unsigned ring_address = (shared_address(ring) + 1023) & ~1023u;
    unsigned full_address = shared_address(full), empty_address = shared_address(empty);
    if (threadIdx.x == 0)
    {
        for (int stage = 0; stage < STAGES; stage++)
        {
            initialize_barrier(full_address + stage * 8, 1);
            initialize_barrier(empty_address + stage * 8, 2);
        }

        asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
        asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
    }

    __syncthreads();
    int channel_blocks = g.padded_input_channels / STEP_CHANNELS;
    int tiles = boxes.splits * boxes.variants * boxes.count_n * boxes.count_z * boxes.count_y * boxes.count_x * boxes.column_tiles;
    int stage = 0;
    unsigned parity = 0;
    if (threadIdx.x < 128)
    {
        release_registers<40>();
        if (threadIdx.x == 0)
        {
            for (int index = blockIdx.x; index < tiles; index += gridDim.x)
            {
                convolution_tile tile = find_tile(g, v, boxes, batch, index);
                int line_taps = tile.variant.width.taps, plane_taps = tile.variant.height.taps * line_taps;
                int first_column = tile.column * COLUMNS;
                int packed_tiles = g.padded_output_channels / boxes.packed_columns;
                int packed_step = boxes.packed_columns * STEP_CHANNELS;
                int first_tap = first_column / boxes.packed_columns * g.kernel_depth * plane_taps + tile.first_dz * plane_taps;
                const half_bits* b = weights
                    + (((index_t)tile.variant.taps_before * packed_tiles + first_tap) * channel_blocks + tile.first_step) * packed_step
                    + first_column % boxes.packed_columns * STEP_CHANNELS;
                int tap = tile.first_step / channel_blocks, block = tile.first_step % channel_blocks;
                int dx = tap % line_taps, dy = tap / line_taps % tile.variant.height.taps, dz = tile.first_dz + tap / plane_taps;
                for (int step = 0; step < tile.steps; step++)
                {
                    wait_for(empty_address + stage * 8, parity ^ 1);
                    unsigned destination = ring_address + stage * STAGE_BYTES;
                    arrive_expecting(full_address + stage * 8, STAGE_BYTES);
                    copy_box(destination, &input, full_address + stage * 8, block * STEP_CHANNELS,
                        tile.x + tile.variant.width.origin + dx, tile.y + tile.variant.height.origin + dy, tile.z - g.padding_depth + dz, tile.n);
                    copy_bytes(destination + A_BYTES, b, B_BYTES, full_address + stage * 8);
                    b += packed_step;
                    if (++block == channel_blocks)
                    {
                        block = 0;
                        if (++dx == line_taps)
                        {
                            dx = 0;
                            if (++dy == tile.variant.height.taps)
                            {
                                dy = 0;
                                dz++;
                            }
                        }
                    }

                    if (++stage == STAGES)
                    {
                        stage = 0;
                        parity ^= 1;
                    }
                }
            }
        }
    }
    else
    {
        take_registers<232>();
        int consumer = threadIdx.x / 128 - 1, lane = threadIdx.x % 32;
        int first_row = consumer * M_TILES * 64;
        int last_slices = (g.input_channels % STEP_CHANNELS + 15) / 16;
        int warp_row = first_row + threadIdx.x % 128 / 32 * 16;
        for (int index = blockIdx.x; index < tiles; index += gridDim.x)
        {
            convolution_tile tile = find_tile(g, v, boxes, batch, index);
            int steps = tile.steps;
            int first_channel = tile.column * COLUMNS + lane % 4 * 8;
            float sum[M_TILES][COLUMNS / 2] = {};

            // Added last: products need not wait for it.
            float bias[COLUMNS / 4];
            load_bias<COLUMNS>(bias, g, e, first_channel);
            unsigned last = 0;
            int block = tile.first_step % channel_blocks;
            for (int step = 0; step < steps; step++)
            {
                wait_for(full_address + stage * 8, parity);
                unsigned a_address = ring_address + stage * STAGE_BYTES + first_row * STEP_BYTES;
                unsigned long long a = describe_rows(a_address);
                unsigned long long b = describe_rows(ring_address + stage * STAGE_BYTES + A_BYTES);
                begin_products();

                // The last channels of a tap may not fill a block: what is zero is not multiplied. Each case is straight: with a branch
                // among the products the compiler would wait for every one.
                switch (last_slices && block == channel_blocks - 1 ? last_slices : STEP_CHANNELS / 16)
                {
                    case 1: multiply_slices<1, M_TILES, COLUMNS>(sum, a, b); break;
                    case 2: multiply_slices<2, M_TILES, COLUMNS>(sum, a, b); break;
                    case 3: multiply_slices<3, M_TILES, COLUMNS>(sum, a, b); break;
                    default: multiply_slices<4, M_TILES, COLUMNS>(sum, a, b); break;
                }

                block = block + 1 == channel_blocks ? 0 : block + 1;
                if (step > 0)
                {
                    wait_products<1>();
                    if (threadIdx.x % 128 == 0)
                    {
                        arrive(last);
                    }
                }

                last = empty_address + stage * 8;
                if (++stage == STAGES)
                {
                    stage = 0;
                    parity ^= 1;
                }
            }

            int2 rows[M_TILES][2];
#pragma unroll
            for (int i = 0; i < 2 * M_TILES; i++)
            {
                rows[i / 2][i % 2] = find_outputs(tile, g, v, boxes, batch, warp_row + i / 2 * 64 + i % 2 * 8 + lane / 4);
            }

            wait_products<0>();
            if (threadIdx.x % 128 == 0 && steps > 0)
            {
                arrive(last);
            }

            if (MODULATE)
            {
                modulate_tile<M_TILES, COLUMNS>(sum, bias, rows, g, e, modulation, output, output_stride, first_channel);
                continue;
            }

            if (partial)
            {
                store_partial<M_TILES, COLUMNS>(sum, rows, partial, tile.split, batch, g, first_channel);
                continue;
            }

            bool one_output = tile.variant.height.count * tile.variant.width.count == 1;
            store_tile<M_TILES, COLUMNS>(sum, bias, rows, one_output, g, e, output, output_stride, first_channel);
        }
    }
}

#define CONVOLUTION_KERNEL(m_tiles, columns)                                                                                   \
    extern "C" __global__ void __launch_bounds__(384, 1) convolution_wgmma_##m_tiles##x##columns(                              \
        const __grid_constant__ tensor_map input, const half_bits* weights, const __grid_constant__ convolution_geometry g,    \
        const __grid_constant__ convolution_variants v, const __grid_constant__ convolution_boxes boxes,                       \
        const __grid_constant__ convolution_epilogue e, half_bits* output, int output_stride, int batch, float* partial)       \
    {                                                                                                                          \
        convolve<m_tiles, columns, false>(input, weights, g, v, boxes, e, output, output_stride, batch, partial, {});          \
    }

CONVOLUTION_KERNEL(1, 64)
CONVOLUTION_KERNEL(2, 64)
CONVOLUTION_KERNEL(1, 128)
CONVOLUTION_KERNEL(2, 128)
CONVOLUTION_KERNEL(1, 160)

extern "C" __global__ void __launch_bounds__(384, 1) convolution_modulate(
    const __grid_constant__ tensor_map input, const half_bits* weights, const __grid_constant__ convolution_geometry g,
    const __grid_constant__ convolution_variants v, const __grid_constant__ convolution_boxes boxes,
    const __grid_constant__ convolution_epilogue e, half_bits* output, int output_stride, int batch,
    const __grid_constant__ convolution_modulation modulation)
{
    convolve<2, 128, true>(input, weights, g, v, boxes, e, output, output_stride, batch, nullptr, modulation);
}

#endif
