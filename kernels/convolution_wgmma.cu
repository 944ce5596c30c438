// Convolution on the tensor cores of compute capability 9.0: an implicit GEMM over a list of taps, binary16 operands, binary32 sums.
//
// A tile is a box of output positions of a variant x COLUMNS output channels. A step of its sum is one tap and 64 channels: the copy
// engine brings the box of the input, shifted by the tap (zeros where that lies in the padding), and a packed tile of weights. One
// warpgroup only copies, two multiply. Blocks stay and take tile after tile, so that the copies of the next run during the last stores.
#include "convolution_variants.cuh"
#include "hopper.cuh"
#include "tensor_core.cuh"

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
};

struct convolution_tile
{
    convolution_variant variant;
    int column;                            // tile of output channels
    int x, y, z, n;                        // first position
    int first_dz, end_dz;                  // the taps along the depth that reach the input
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
    tile.variant = find_variant(g, v, index / boxes.count_n, batch);
    tile.first_dz = max(0, g.padding_depth - tile.z - (1 << boxes.depth_log) + 1);
    tile.end_dz = min(g.kernel_depth, g.input_depth + g.padding_depth - tile.z);
    return tile;
}

// Among the four lanes of a quad: lane i gets the values i of all, in the order of the lanes.
__device__ __forceinline__ void transpose_quad(unsigned (&value)[4], int lane)
{
    bool odd = lane & 1, high = lane & 2;
#pragma unroll
    for (int i = 0; i < 4; i += 2)
    {
        unsigned other = __shfl_xor_sync(0xffffffffu, odd ? value[i] : value[i + 1], 1);
        value[i] = odd ? other : value[i];
        value[i + 1] = odd ? value[i + 1] : other;
    }

#pragma unroll
    for (int i = 0; i < 2; i++)
    {
        unsigned other = __shfl_xor_sync(0xffffffffu, high ? value[i] : value[i + 2], 2);
        value[i] = high ? other : value[i];
        value[i + 2] = high ? value[i + 2] : other;
    }
}

// What follows the sums: gate, residual, activation (none that needs a function call), stores of 16 bytes where they can be.
template <int M_TILES, int COLUMNS>
__device__ __forceinline__ void store_tile(
    const float (&sum)[M_TILES][COLUMNS / 2], const convolution_tile& tile, const convolution_geometry& g, const convolution_variants& v,
    const convolution_boxes& boxes, const convolution_epilogue& e, half_bits* output, int output_stride, int batch, int first_row, int lane)
{
    bool wide = output_stride % 8 == 0 && (unsigned long long)output % 16 == 0;
    int first_column = tile.column * COLUMNS;
#pragma unroll
    for (int m = 0; m < M_TILES; m++)
    {
#pragma unroll
        for (int half = 0; half < 2; half++)
        {
            int place = first_row + m * 64 + half * 8 + lane / 4;
            int qx = tile.x + (place & (1 << boxes.width_log) - 1);
            int qy = tile.y + (place >> boxes.width_log & (1 << boxes.height_log) - 1);
            int qz = tile.z + (place >> boxes.width_log + boxes.height_log & (1 << boxes.depth_log) - 1);
            int n = tile.n + (place >> boxes.width_log + boxes.height_log + boxes.depth_log);
            bool exists = qx < tile.variant.output_width && qy < tile.variant.output_height && qz < g.output_depth && n < batch;
            int oy = qy * v.period_height + tile.variant.height.first, ox = qx * v.period_width + tile.variant.width.first;
            int first_output = ((n * g.output_depth + qz) * g.output_height + oy) * g.output_width + ox;
            for (int phase = 0; phase < tile.variant.height.count * tile.variant.width.count; phase++)
            {
                int py = phase / tile.variant.width.count, px = phase - py * tile.variant.width.count;
                bool stores = exists && oy + py < g.output_height && ox + px < g.output_width;
                int row = first_output + py * g.output_width + px;
                const half_bits* gate = nullptr;
                const half_bits* residual = nullptr;
                float row_gate = 1.0f;
                if (stores && e.gate)
                {
                    gate = e.gate + (index_t)(e.gate_broadcast == GATE_TRAILING ? row % e.gate_rows : row) * e.gate_stride;
                    row_gate = e.gate_broadcast == GATE_ONE_CHANNEL ? load(gate) : 1.0f;
                }

                if (stores && e.residual)
                {
                    residual = e.residual + (index_t)row * e.residual_stride;
                }

                half_bits* own = output + (index_t)row * output_stride;
#pragma unroll
                for (int block = 0; block < COLUMNS / 32; block++)
                {
                    unsigned packed[4];
#pragma unroll
                    for (int i = 0; i < 4; i++)
                    {
                        int column = first_column + block * 32 + i * 8 + lane % 4 * 2;
                        float value[2];
#pragma unroll
                        for (int j = 0; j < 2; j++)
                        {
                            float x = sum[m][(block * 4 + i) * 4 + half * 2 + j] * row_gate;
                            bool inside = column + j < g.output_channels;
                            if (gate && e.gate_broadcast != GATE_ONE_CHANNEL && inside)
                            {
                                x *= load(gate + column + j);
                            }

                            if (residual && inside)
                            {
                                x += load(residual + column + j);
                            }

                            value[j] = e.activation == RELU ? fmaxf(x, 0.0f) : e.activation == LEAKY_RELU && x < 0.0f ? e.slope * x : x;
                        }

                        packed[i] = pack_halves(value[0], value[1]);
                    }

                    transpose_quad(packed, lane);
                    int column = first_column + block * 32 + lane % 4 * 8;
                    if (stores && wide && column + 8 <= g.output_channels)
                    {
                        *(uint4*)(own + column) = make_uint4(packed[0], packed[1], packed[2], packed[3]);
                    }
                    else if (stores)
                    {
#pragma unroll
                        for (int i = 0; i < 8; i++)
                        {
                            if (column + i < g.output_channels)
                            {
                                own[column + i] = (half_bits)(packed[i / 2] >> i % 2 * 16);
                            }
                        }
                    }
                }
            }
        }
    }
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
// whose 16-byte pieces are swizzled. Block: a warpgroup that copies and two that multiply, M_TILES x 64 positions each.
template <int M_TILES, int COLUMNS>
__device__ __forceinline__ void convolve(
    const tensor_map& input, const half_bits* weights, const convolution_geometry& g, const convolution_variants& v,
    const convolution_boxes& boxes, const convolution_epilogue& e, half_bits* output, int output_stride, int batch)
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
    int tiles = boxes.variants * boxes.count_n * boxes.count_z * boxes.count_y * boxes.count_x * boxes.column_tiles;
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
                int plane_taps = tile.variant.height.taps * tile.variant.width.taps;
                int first_column = tile.column * COLUMNS;
                int packed_tiles = g.padded_output_channels / boxes.packed_columns;
                int packed_step = boxes.packed_columns * STEP_CHANNELS;
                int first_tap = first_column / boxes.packed_columns * g.kernel_depth * plane_taps + tile.first_dz * plane_taps;
                const half_bits* b = weights
                    + ((index_t)tile.variant.taps_before * packed_tiles + first_tap) * channel_blocks * packed_step
                    + first_column % boxes.packed_columns * STEP_CHANNELS;
                for (int dz = tile.first_dz; dz < tile.end_dz; dz++)
                {
                    for (int dy = 0; dy < tile.variant.height.taps; dy++)
                    {
                        for (int dx = 0; dx < tile.variant.width.taps; dx++)
                        {
                            for (int block = 0; block < channel_blocks; block++)
                            {
                                wait_for(empty_address + stage * 8, parity ^ 1);
                                unsigned destination = ring_address + stage * STAGE_BYTES;
                                arrive_expecting(full_address + stage * 8, STAGE_BYTES);
                                copy_box(destination, &input, full_address + stage * 8, block * STEP_CHANNELS,
                                    tile.x + tile.variant.width.origin + dx, tile.y + tile.variant.height.origin + dy,
                                    tile.z - g.padding_depth + dz, tile.n);
                                copy_bytes(destination + A_BYTES, b, B_BYTES, full_address + stage * 8);
                                b += packed_step;
                                if (++stage == STAGES)
                                {
                                    stage = 0;
                                    parity ^= 1;
                                }
                            }
                        }
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
            int steps = (tile.end_dz - tile.first_dz) * tile.variant.height.taps * tile.variant.width.taps * channel_blocks;
            float sum[M_TILES][COLUMNS / 2];
#pragma unroll
            for (int i = 0; i < COLUMNS / 8; i++)
            {
#pragma unroll
                for (int j = 0; j < 2; j++)
                {
                    int column = tile.column * COLUMNS + i * 8 + lane % 4 * 2 + j;
                    float bias = e.bias && column < g.output_channels ? e.bias[column] : 0.0f;
#pragma unroll
                    for (int m = 0; m < M_TILES; m++)
                    {
                        sum[m][i * 4 + j] = bias;
                        sum[m][i * 4 + 2 + j] = bias;
                    }
                }
            }

            unsigned last = 0;
            int block = 0;
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

            wait_products<0>();
            if (threadIdx.x % 128 == 0 && steps > 0)
            {
                arrive(last);
            }

            store_tile<M_TILES, COLUMNS>(sum, tile, g, v, boxes, e, output, output_stride, batch, warp_row, lane);
        }
    }
}

#define CONVOLUTION_KERNEL(m_tiles, columns)                                                                                   \
    extern "C" __global__ void __launch_bounds__(384, 1) convolution_wgmma_##m_tiles##x##columns(                              \
        const __grid_constant__ tensor_map input, const half_bits* weights, const __grid_constant__ convolution_geometry g,    \
        const __grid_constant__ convolution_variants v, const __grid_constant__ convolution_boxes boxes,                       \
        const __grid_constant__ convolution_epilogue e, half_bits* output, int output_stride, int batch)                       \
    {                                                                                                                          \
        convolve<m_tiles, columns>(input, weights, g, v, boxes, e, output, output_stride, batch);                              \
    }

CONVOLUTION_KERNEL(1, 64)
CONVOLUTION_KERNEL(2, 64)
CONVOLUTION_KERNEL(1, 128)
CONVOLUTION_KERNEL(2, 128)
CONVOLUTION_KERNEL(1, 160)

#endif
