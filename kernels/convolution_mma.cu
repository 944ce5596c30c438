// Convolution on tensor cores: an implicit GEMM over a list of taps, binary16 operands, binary32 sums (mma.sync, sm_75 and later).
//
// A block computes 128 output positions x COLUMNS output channels of one group. Each step of the sum is one tap and 32 channels:
// A is gathered from the channels-last input (zeros where a tap lies in the padding), B comes packed. Three stages are in flight
// with cp.async (sm_80 and later). Shared rows are swizzled by XOR so that ldmatrix never meets a bank conflict.
#include "convolution.cuh"

#if MODA_HALF

#define TILE_ROWS 128
#define TILE_DEPTH 32
#define THREADS 256
#define STAGES 3

__device__ __forceinline__ unsigned shared_address(const void* pointer) { return (unsigned)__cvta_generic_to_shared(pointer); }

// Copies 16 bytes of which only the first `valid` are read; the rest become zero.
__device__ __forceinline__ void copy_async(unsigned destination, const void* source, int valid)
{
#if __CUDA_ARCH__ >= 800
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(destination), "l"(source), "r"(valid));
#else
    uint4 value = make_uint4(0, 0, 0, 0);
    if (valid == 16)
    {
        value = *(const uint4*)source;
    }
    else
    {
        half_bits* parts = (half_bits*)&value;
        for (int i = 0; i < valid / 2; i++)
        {
            parts[i] = ((const half_bits*)source)[i];
        }
    }

    asm volatile("st.shared.v4.b32 [%0], {%1, %2, %3, %4};" ::"r"(destination), "r"(value.x), "r"(value.y), "r"(value.z), "r"(value.w));
#endif
}

__device__ __forceinline__ void commit_copies()
{
#if __CUDA_ARCH__ >= 800
    asm volatile("cp.async.commit_group;");
#endif
}

template <int PENDING>
__device__ __forceinline__ void wait_copies()
{
#if __CUDA_ARCH__ >= 800
    asm volatile("cp.async.wait_group %0;" ::"n"(PENDING));
#endif
}

__device__ __forceinline__ void load_matrices(unsigned (&r)[4], unsigned address)
{
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
        : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3]) : "r"(address));
}

__device__ __forceinline__ void load_matrices_transposed(unsigned (&r)[4], unsigned address)
{
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
        : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3]) : "r"(address));
}

// d += a b, 16 x 8 x 16.
__device__ __forceinline__ void multiply_add(float (&d)[4], const unsigned (&a)[4], unsigned b0, unsigned b1)
{
#if __CUDA_ARCH__ >= 800
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3]) : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
#else
    asm volatile("mma.sync.aligned.m16n8k8.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5}, {%6}, {%0, %1, %2, %3};"
        : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3]) : "r"(a[0]), "r"(a[1]), "r"(b0));
    asm volatile("mma.sync.aligned.m16n8k8.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5}, {%6}, {%0, %1, %2, %3};"
        : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3]) : "r"(a[2]), "r"(a[3]), "r"(b1));
#endif
}

// weights: [group][tap][padded input channel][padded output channel] in binary16; input channels padded to 32, outputs to COLUMNS.
// aligned: rows of the input begin at 16-byte boundaries. Grid: x row tiles, y column tiles, z groups.
template <int COLUMNS>
__device__ __forceinline__ void convolve(
    const half_bits* input, int input_stride, bool aligned, const half_bits* weights, const convolution_geometry& g,
    const convolution_epilogue& e, half_bits* output, int output_stride, index_t rows)
{
    constexpr int WARPS_N = COLUMNS / 32;
    constexpr int WARPS_M = 8 / WARPS_N;
    constexpr int WARP_ROWS = TILE_ROWS / WARPS_M;
    constexpr int M_FRAGMENTS = WARP_ROWS / 16;
    constexpr int B_CHUNKS = COLUMNS / 8;

    __shared__ __align__(128) half_bits a_tiles[STAGES][TILE_ROWS * TILE_DEPTH];
    __shared__ __align__(128) half_bits b_tiles[STAGES][TILE_DEPTH * COLUMNS];

    int group = blockIdx.z;
    index_t first_row = (index_t)blockIdx.x * TILE_ROWS;
    int first_column = blockIdx.y * COLUMNS;
    int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
    int warp_row = warp / WARPS_N * WARP_ROWS, warp_column = warp % WARPS_N * 32;

    // Each thread gathers two of the four 8-channel chunks of one row of A.
    int a_row = threadIdx.x / 2, a_chunk = threadIdx.x % 2 * 2;
    bool row_exists = first_row + a_row < rows;
    tap_origin origin = find_origin(g, row_exists ? first_row + a_row : 0);
    const half_bits* group_input = input + group * g.input_channels;

    int taps = g.kernel_depth * g.kernel_height * g.kernel_width;
    int channel_blocks = g.padded_input_channels / TILE_DEPTH;
    int steps = taps * channel_blocks;
    const half_bits* group_weights = weights + (index_t)group * taps * g.padded_input_channels * g.padded_output_channels + first_column;

    // The tap and channel block that the next load belongs to.
    int load_step = 0, block = 0, dz = 0, dy = 0, dx = 0;
    index_t source = row_exists ? tap_row(g, origin, 0, 0, 0) : -1;

    auto load_stage = [&](int stage)
    {
        if (load_step < steps)
        {
            unsigned a_base = shared_address(a_tiles[stage]);
#pragma unroll
            for (int i = 0; i < 2; i++)
            {
                int chunk = a_chunk + i;
                int channel = block * TILE_DEPTH + chunk * 8;
                int valid = source < 0 ? 0 : max(0, min(8, g.input_channels - channel)) * 2;
                unsigned destination = a_base + (a_row * 4 + (chunk ^ (a_row >> 1 & 3))) * 16;
                const half_bits* x = group_input + (valid > 0 ? source * input_stride + channel : 0);
                if (aligned)
                {
                    copy_async(destination, x, valid);
                }
                else
                {
                    unsigned parts[4];
#pragma unroll
                    for (int j = 0; j < 4; j++)
                    {
                        unsigned low = 4 * j < valid ? x[2 * j] : 0;
                        unsigned high = 4 * j + 2 < valid ? x[2 * j + 1] : 0;
                        parts[j] = low | high << 16;
                    }

                    asm volatile("st.shared.v4.b32 [%0], {%1, %2, %3, %4};"
                        ::"r"(destination), "r"(parts[0]), "r"(parts[1]), "r"(parts[2]), "r"(parts[3]));
                }
            }

            unsigned b_base = shared_address(b_tiles[stage]);
            const half_bits* b_source = group_weights + (index_t)load_step * TILE_DEPTH * g.padded_output_channels;
#pragma unroll
            for (int i = threadIdx.x; i < TILE_DEPTH * B_CHUNKS; i += THREADS)
            {
                int row = i / B_CHUNKS, chunk = i % B_CHUNKS;
                copy_async(b_base + (row * B_CHUNKS + (chunk ^ (row & (B_CHUNKS < 8 ? B_CHUNKS - 1 : 7)))) * 16,
                    b_source + (index_t)row * g.padded_output_channels + chunk * 8, 16);
            }

            load_step++;
            if (++block == channel_blocks)
            {
                block = 0;
                if (++dx == g.kernel_width)
                {
                    dx = 0;
                    if (++dy == g.kernel_height)
                    {
                        dy = 0;
                        dz++;
                    }
                }

                source = row_exists ? tap_row(g, origin, dz, dy, dx) : -1;
            }
        }

        commit_copies();
    };

    float sum[M_FRAGMENTS][4][4] = {};
    for (int stage = 0; stage < STAGES - 1; stage++)
    {
        load_stage(stage);
    }

    for (int step = 0; step < steps; step++)
    {
        wait_copies<STAGES - 2>();
        __syncthreads();
        load_stage((step + STAGES - 1) % STAGES);
        unsigned a_base = shared_address(a_tiles[step % STAGES]);
        unsigned b_base = shared_address(b_tiles[step % STAGES]);
#pragma unroll
        for (int k = 0; k < TILE_DEPTH / 16; k++)
        {
            unsigned b[2][4];
#pragma unroll
            for (int half = 0; half < 2; half++)
            {
                // Matrices 0 and 1: depth 0-7 and 8-15 of columns 0-7; 2 and 3: of columns 8-15.
                int row = k * 16 + lane % 16;
                int chunk = warp_column / 8 + half * 2 + lane / 16;
                load_matrices_transposed(b[half], b_base + (row * B_CHUNKS + (chunk ^ (row & (B_CHUNKS < 8 ? B_CHUNKS - 1 : 7)))) * 16);
            }

#pragma unroll
            for (int m = 0; m < M_FRAGMENTS; m++)
            {
                unsigned a[4];
                int row = warp_row + m * 16 + lane % 16;
                int chunk = k * 2 + lane / 16;
                load_matrices(a, a_base + (row * 4 + (chunk ^ (row >> 1 & 3))) * 16);
#pragma unroll
                for (int n = 0; n < 4; n++)
                {
                    multiply_add(sum[m][n], a, b[n / 2][n % 2 * 2], b[n / 2][n % 2 * 2 + 1]);
                }
            }
        }
    }

#pragma unroll
    for (int m = 0; m < M_FRAGMENTS; m++)
    {
#pragma unroll
        for (int n = 0; n < 4; n++)
        {
#pragma unroll
            for (int i = 0; i < 4; i++)
            {
                index_t row = first_row + warp_row + m * 16 + lane / 4 + i / 2 * 8;
                int column = first_column + warp_column + n * 8 + lane % 4 * 2 + i % 2;
                if (row < rows && column < g.output_channels)
                {
                    store_output(e, output, output_stride, row, group * g.output_channels + column, sum[m][n][i]);
                }
            }
        }
    }
}

#define CONVOLUTION_KERNEL(columns)                                                                                          \
    extern "C" __global__ void __launch_bounds__(THREADS) convolution_mma_##columns(                                         \
        const half_bits* input, int input_stride, int aligned, const half_bits* weights, const __grid_constant__ convolution_geometry g, \
        const __grid_constant__ convolution_epilogue e, half_bits* output, int output_stride, index_t rows)                                     \
    {                                                                                                                        \
        convolve<columns>(input, input_stride, aligned != 0, weights, g, e, output, output_stride, rows);                    \
    }

CONVOLUTION_KERNEL(32)
CONVOLUTION_KERNEL(64)
CONVOLUTION_KERNEL(128)

#endif
