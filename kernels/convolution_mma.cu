// Convolution on tensor cores: an implicit GEMM over a list of taps, binary16 operands, binary32 sums (mma.sync, sm_75 and later).
//
// A block computes ROWS output positions of a variant x COLUMNS output channels of one group. Each step of the sum is one tap and
// TILE_DEPTH channels: A is gathered from the channels-last input (zeros where a tap lies in the padding), B comes packed.
// MODA_CONVOLUTION_STAGES steps are in flight with cp.async (sm_80 and later), and fragments are loaded a product ahead. The copies are
// issued between products: with few warps on a multiprocessor whatever stands before a product delays it.
// Where there are too few tiles to fill the device, several blocks share the steps of a tile; convolution_passes.cu adds their sums.
#include "convolution_variants.cuh"
#include "convolution_tiles.cuh"
#include "convolution_output.cuh"

#if MODA_HALF

#define STAGES MODA_CONVOLUTION_STAGES

// weights: [variant][group][column tile][tap][channel block] tiles of TILE_DEPTH x COLUMNS in binary16, as they lie in
// shared memory (convolution_tiles.cuh).
// The input's rows begin at 16-byte boundaries, and so do its groups.
// partial: null, or [split][row tile, row][group][padded output channel] for the sums of each split.
// Grid: x row tiles of all variants, y column tiles, z groups and splits.
template <int ROWS, int COLUMNS, int WARPS_M, int WARPS_N, int BUFFERS>
__device__ __forceinline__ void convolve(
    const half_bits* input, int input_stride, int group_stride, const half_bits* weights, const convolution_geometry& g,
    const convolution_variants& v, const convolution_epilogue& e, half_bits* output, int output_stride, int batch,
    float* partial, int split_k)
{
    constexpr int THREADS = 32 * WARPS_M * WARPS_N;
    constexpr int WARP_ROWS = ROWS / WARPS_M;
    constexpr int WARP_COLUMNS = COLUMNS / WARPS_N;
    constexpr int M_FRAGMENTS = WARP_ROWS / 16;
    constexpr int N_PAIRS = WARP_COLUMNS / 16;
    constexpr int K_FRAGMENTS = TILE_DEPTH / 16;
    constexpr int A_CHUNKS = TILE_DEPTH / 8;
    constexpr int B_CHUNKS = COLUMNS / 8;
    constexpr int A_COPIES = ROWS * A_CHUNKS / THREADS;
    constexpr int B_COPIES = TILE_DEPTH * B_CHUNKS / THREADS;
    constexpr int A_ROWS = THREADS / A_CHUNKS;
    constexpr int A_BYTES = ROWS * TILE_DEPTH * 2;
    constexpr int B_ELEMENTS = TILE_DEPTH * COLUMNS;
    constexpr int STAGE_BYTES = A_BYTES + B_ELEMENTS * 2;
    static_assert(ROWS * A_CHUNKS % THREADS == 0 && TILE_DEPTH * B_CHUNKS % THREADS == 0 && A_ROWS % 8 == 0, "");

    extern __shared__ __align__(128) unsigned char tiles[];
    __shared__ int4 sources[ROWS];
    __shared__ int2 outputs[ROWS];

    convolution_variant variant = find_variant(g, v, blockIdx.x / v.row_tiles, batch);
    int first_row = blockIdx.x % v.row_tiles * ROWS;
    if (first_row >= variant.rows)
    {
        return;
    }

    int group = blockIdx.z / split_k, split = blockIdx.z % split_k;
    int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
    int warp_row = warp / WARPS_N * WARP_ROWS, warp_column = warp % WARPS_N * WARP_COLUMNS;
    for (int row = threadIdx.x; row < ROWS; row += THREADS)
    {
        bool exists = first_row + row < variant.rows;
        variant_row place = find_row(g, v, variant, exists ? first_row + row : variant.rows - 1);
        sources[row] = make_int4(place.source, place.z, place.y, exists ? place.x : -0x40000000);
        outputs[row] = make_int2(exists ? place.output : -1, place.phases);
    }

    __syncthreads();

    // Taps that lie in the padding of the depth for all rows are left out.
    unsigned map_rows = (unsigned)variant.rows / (unsigned)batch;
    bool one_map = (unsigned)first_row / map_rows == (unsigned)(min(first_row + ROWS, variant.rows) - 1) / map_rows;
    int first_dz = one_map ? min(max(-sources[ROWS - 1].y, 0), g.kernel_depth) : 0;
    int end_dz = one_map ? max(min(g.input_depth - sources[0].y, g.kernel_depth), first_dz) : g.kernel_depth;

    int channel_blocks = g.padded_input_channels / TILE_DEPTH;
    int plane_taps = variant.height.taps * variant.width.taps;
    int all_taps = g.kernel_depth * plane_taps;

    // Splits share all taps, those left out too: how a position's sum is split must not depend on what else lies in its tile, which may
    // be of another batch element.
    int all_steps = all_taps * channel_blocks, depth_steps = plane_taps * channel_blocks;
    int split_steps = all_steps / split_k, longer_splits = all_steps % split_k;
    int split_begin = split * split_steps + min(split, longer_splits);
    int split_end = split_begin + split_steps + (split < longer_splits ? 1 : 0);
    int first_step = max(split_begin, first_dz * depth_steps);
    int steps = max(min(split_end, end_dz * depth_steps) - first_step, 0);

    // What the next load is of.
    int tap = first_step / channel_blocks, block = first_step % channel_blocks;
    int dx = tap % variant.width.taps;
    int dy = tap / variant.width.taps % variant.height.taps;
    int dz = tap / plane_taps;
    int load_step = 0;
    const half_bits* b_source = weights + threadIdx.x * 8
        + (((index_t)variant.taps_before * g.groups * gridDim.y + ((index_t)group * gridDim.y + blockIdx.y) * all_taps) * channel_blocks
              + first_step)
            * B_ELEMENTS;

    // Each thread copies one chunk of several rows of A.
    int a_row = threadIdx.x / A_CHUNKS, a_chunk = threadIdx.x % A_CHUNKS;
    const half_bits* group_input = input + group * group_stride + a_chunk * 8;
    const half_bits* a_source[A_COPIES];
    unsigned inside = 0;

    // Beyond the padding of the last tap there may be no input: pointers stay within it all the same, since nothing is read there.
    auto find_sources = [&](int first_channel)
    {
        int tap_offset = (dz * g.input_height + dy) * g.input_width + dx;
        inside = 0;
#pragma unroll
        for (int i = 0; i < A_COPIES; i++)
        {
            int4 source = sources[a_row + i * A_ROWS];
            bool is_inside = (unsigned)(source.y + dz) < (unsigned)g.input_depth && (unsigned)(source.z + dy) < (unsigned)g.input_height
                && (unsigned)(source.w + dx) < (unsigned)g.input_width;
            inside |= is_inside ? 1u << i : 0;
            a_source[i] = group_input + (is_inside ? (index_t)(source.x + tap_offset) * input_stride : 0) + first_channel;
        }
    };

    unsigned tiles_address = shared_address(tiles);
    unsigned a_destination = tiles_address + place_chunk(A_CHUNKS, a_row, a_chunk) * 16;
    unsigned b_destination = tiles_address + A_BYTES + threadIdx.x * 16;
    int a_channels = g.input_channels - a_chunk * 8;

    // One of the copies that a thread does for a stage; spread among the products so that none waits for them.
    auto load_piece = [&](int piece, unsigned stage_offset, int valid)
    {
        if (piece < A_COPIES)
        {
            copy_async(a_destination + stage_offset + piece * A_ROWS * A_CHUNKS * 16, a_source[piece], inside >> piece & 1 ? valid : 0);
            a_source[piece] += TILE_DEPTH;
        }
        else if (piece < A_COPIES + B_COPIES)
        {
            int i = piece - A_COPIES;
            copy_async(b_destination + stage_offset + i * THREADS * 16, b_source + i * THREADS * 8, 16);
        }
    };

    auto end_load = [&]()
    {
        b_source += B_ELEMENTS;
        load_step++;
        if (++block == channel_blocks)
        {
            block = 0;
            if (++dx == variant.width.taps)
            {
                dx = 0;
                if (++dy == variant.height.taps)
                {
                    dy = 0;
                    dz++;
                }
            }

            find_sources(0);
        }
    };

    // Of the 16 bytes of this thread's chunks, those that are channels.
    auto valid_bytes = [&]() { return min(max(a_channels - block * TILE_DEPTH, 0), 8) * 2; };

    unsigned a[BUFFERS][M_FRAGMENTS][4];
    unsigned b[BUFFERS][N_PAIRS][4];
    auto load_fragments = [&](int buffer, unsigned stage_offset, int k)
    {
#pragma unroll
        for (int m = 0; m < M_FRAGMENTS; m++)
        {
            load_matrices(a[buffer][m],
                tiles_address + place_chunk(A_CHUNKS, warp_row + lane % 16, k * 2 + lane / 16) * 16 + stage_offset + m * 16 * A_CHUNKS * 16);
        }

#pragma unroll
        for (int n = 0; n < N_PAIRS; n++)
        {
            // Matrices 0 and 1: depth 0-7 and 8-15 of columns 0-7; 2 and 3: of columns 8-15.
            load_matrices_transposed(b[buffer][n],
                tiles_address + A_BYTES + place_chunk(B_CHUNKS, lane % 16, warp_column / 8 + n * 2 + lane / 16) * 16 + stage_offset
                    + k * 16 * B_CHUNKS * 16);
        }
    };

    float sum[M_FRAGMENTS][2 * N_PAIRS][4] = {};
    auto multiply = [&](int buffer, int m)
    {
#pragma unroll
        for (int n = 0; n < 2 * N_PAIRS; n++)
        {
            multiply_add(sum[m][n], a[buffer][m], b[buffer][n / 2][n % 2 * 2], b[buffer][n / 2][n % 2 * 2 + 1]);
        }
    };

    find_sources(block * TILE_DEPTH);
    int read_block = block;
#pragma unroll
    for (int stage = 0; stage < STAGES - 1; stage++)
    {
        if (load_step < steps)
        {
            int valid = valid_bytes();
#pragma unroll
            for (int piece = 0; piece < A_COPIES + B_COPIES; piece++)
            {
                load_piece(piece, stage * STAGE_BYTES, valid);
            }

            end_load();
        }

        commit_copies();
    }

    unsigned read_offset = 0, write_offset = (STAGES - 1) * STAGE_BYTES;
    wait_copies<STAGES - 2>();
    __syncthreads();
    if (BUFFERS == 2)
    {
        load_fragments(0, 0, 0);
    }

    for (int step = 0; step < steps; step++)
    {
        // The last channels of a tap may not fill a block: what is zero is not multiplied.
        int channels = g.input_channels - read_block * TILE_DEPTH;
        read_block = read_block + 1 == channel_blocks ? 0 : read_block + 1;
        bool loads = load_step < steps;
        int valid = valid_bytes();
        unsigned next_offset = read_offset + STAGE_BYTES == STAGES * STAGE_BYTES ? 0 : read_offset + STAGE_BYTES;
#pragma unroll
        for (int k = 0; k < K_FRAGMENTS; k++)
        {
            constexpr int PIECES = (A_COPIES + B_COPIES + M_FRAGMENTS - 1) / M_FRAGMENTS;
            if (BUFFERS == 1)
            {
                load_fragments(0, read_offset, k);
            }
            else if (k + 1 < K_FRAGMENTS)
            {
                load_fragments((k + 1) % BUFFERS, read_offset, k + 1);
            }
            else
            {
                // Nothing of this stage is read any more, and the next is needed.
                wait_copies<STAGES - 2>();
                __syncthreads();
                load_fragments((k + 1) % BUFFERS, next_offset, 0);
            }

            if (k == 0 || channels > k * 16)
            {
#pragma unroll
                for (int m = 0; m < M_FRAGMENTS; m++)
                {
                    multiply(k % BUFFERS, m);
                    if (k == 0 && loads)
                    {
#pragma unroll
                        for (int piece = m * PIECES; piece < (m + 1) * PIECES; piece++)
                        {
                            load_piece(piece, write_offset, valid);
                        }
                    }
                }
            }

            if (k == 0)
            {
                if (loads)
                {
                    end_load();
                }

                commit_copies();
                write_offset = read_offset;
            }
        }

        read_offset = next_offset;
        if (BUFFERS == 1)
        {
            wait_copies<STAGES - 2>();
            __syncthreads();
        }
    }

    int first_column = blockIdx.y * COLUMNS + warp_column;
    int column = first_column + lane % 4 * 4;
    if (partial)
    {
        int padded_columns = g.groups * g.padded_output_channels;
        index_t row = ((index_t)split * gridDim.x + blockIdx.x) * ROWS + warp_row + lane / 4;
        store_partial<M_FRAGMENTS, N_PAIRS>(sum, partial + row * padded_columns + group * g.padded_output_channels + column, padded_columns);
    }
    else if (!e.gate && e.activation <= LEAKY_RELU && (!e.residual || variant.height.count * variant.width.count == 1)
        && stores_by_four(g, e, output, output_stride))
    {
        store_sharply<M_FRAGMENTS, N_PAIRS>(sum, outputs + warp_row, g, e, output, output_stride, group, column, lane);
    }
    else
    {
        constexpr int OWN = 16 * (WARP_COLUMNS + 4);
        static_assert(OWN * 4 * WARPS_M * WARPS_N <= 2 * STAGE_BYTES, "");
        __syncthreads();
        store_through_shared<M_FRAGMENTS, N_PAIRS>(
            sum, (float*)tiles + warp * OWN, outputs + warp_row, g, e, output, output_stride, group, first_column, lane);
    }
}

#define CONVOLUTION_KERNEL(rows, columns, warps_m, warps_n, buffers)                                                           \
    extern "C" __global__ void __launch_bounds__(32 * warps_m * warps_n, 2) convolution_mma_##rows##x##columns(                \
        const half_bits* input, int input_stride, int group_stride, const half_bits* weights,                                  \
        const __grid_constant__ convolution_geometry g, const __grid_constant__ convolution_variants v,                        \
        const __grid_constant__ convolution_epilogue e, half_bits* output, int output_stride, int batch, float* partial, int split_k) \
    {                                                                                                                          \
        convolve<rows, columns, warps_m, warps_n, buffers>(                                                                    \
            input, input_stride, group_stride, weights, g, v, e, output, output_stride, batch, partial, split_k);               \
    }

#ifndef MODA_OWN_KERNELS
CONVOLUTION_KERNEL(128, 32, 4, 1, 2)
CONVOLUTION_KERNEL(128, 64, 2, 2, 2)
CONVOLUTION_KERNEL(256, 64, 4, 1, 2)
CONVOLUTION_KERNEL(128, 128, 2, 2, 2)
CONVOLUTION_KERNEL(128, 160, 2, 2, 1)
#endif

#endif
