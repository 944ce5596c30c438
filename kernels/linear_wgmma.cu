// Linear layers on Hopper's tensor cores, several in one launch, with all that follows them:
// activation(gate (x W^T + bias) + residual). binary16 operands, binary32 sums (wgmma, sm_90a only).
//
// A block does one tile of outputs of one layer, 64 inputs at a time, several steps in flight with cp.async. Shared rows are 128
// bytes, their 16-byte chunks swizzled by XOR with the row: what wgmma calls the 128-byte swizzle. Two other ways were measured and are
// not used: mma.sync with ldmatrix is a third slower (17 microseconds against 12.9), and sharing a tile's inputs in a cluster of blocks
// gains nothing except at the longest layers (5 %).
#include "tensor_core.cuh"

#if MODA_HALF

#define DEPTH 64
#define MAXIMUM_PARTS 4

// Channels and strides are multiples of 8, addresses of 16 bytes.
struct linear_part
{
    const half_bits* input;
    const half_bits* weight;
    const float* bias;
    const half_bits* gate;
    const half_bits* residual;
    half_bits* output;
    int input_stride;
    int gate_stride;
    int gate_rows;
    int residual_stride;
    int output_stride;
    int rows;
    int inputs;
    int outputs;
    int activation;
    float slope;
    int first_tile;
    int row_tiles;
};

struct linear_parts
{
    linear_part part[MAXIMUM_PARTS];
    int count;
};

__device__ __forceinline__ unsigned chunk_offset(int row, int chunk) { return (row * 8 + (chunk ^ (row & 7))) * 16; }

// The descriptor by which wgmma finds a tile: swizzled rows of 128 bytes, 8 rows in 1024 bytes.
__device__ __forceinline__ unsigned long long describe_tile(unsigned address)
{
    return (unsigned long long)(address >> 4 & 0x3fff) | 1ull << 16 | 64ull << 32 | 1ull << 62;
}

// sum += a b^T: 64 rows x 64 columns x 16 inputs. In every 8 columns a lane holds the same elements as in m16n8k16.
__device__ __forceinline__ void multiply_add_group(float (&d)[8][4], unsigned long long a, unsigned long long b)
{
    asm volatile("wgmma.mma_async.sync.aligned.m64n64k16.f32.f16.f16 {"
        "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, "
        "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31}, %32, %33, 1, 1, 1, 0, 0;"
        : "+f"(d[0][0]), "+f"(d[0][1]), "+f"(d[0][2]), "+f"(d[0][3]),
          "+f"(d[1][0]), "+f"(d[1][1]), "+f"(d[1][2]), "+f"(d[1][3]),
          "+f"(d[2][0]), "+f"(d[2][1]), "+f"(d[2][2]), "+f"(d[2][3]),
          "+f"(d[3][0]), "+f"(d[3][1]), "+f"(d[3][2]), "+f"(d[3][3]),
          "+f"(d[4][0]), "+f"(d[4][1]), "+f"(d[4][2]), "+f"(d[4][3]),
          "+f"(d[5][0]), "+f"(d[5][1]), "+f"(d[5][2]), "+f"(d[5][3]),
          "+f"(d[6][0]), "+f"(d[6][1]), "+f"(d[6][2]), "+f"(d[6][3]),
          "+f"(d[7][0]), "+f"(d[7][1]), "+f"(d[7][2]), "+f"(d[7][3])
        : "l"(a), "l"(b));
}

// sum += a b^T: 64 rows x 128 columns x 16 inputs. In every 8 columns a lane holds the same elements as in m16n8k16.
__device__ __forceinline__ void multiply_add_group(float (&d)[16][4], unsigned long long a, unsigned long long b)
{
    asm volatile("wgmma.mma_async.sync.aligned.m64n128k16.f32.f16.f16 {"
        "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, "
        "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, "
        "%32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, "
        "%48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63}, %64, %65, 1, 1, 1, 0, 0;"
        : "+f"(d[0][0]), "+f"(d[0][1]), "+f"(d[0][2]), "+f"(d[0][3]),
          "+f"(d[1][0]), "+f"(d[1][1]), "+f"(d[1][2]), "+f"(d[1][3]),
          "+f"(d[2][0]), "+f"(d[2][1]), "+f"(d[2][2]), "+f"(d[2][3]),
          "+f"(d[3][0]), "+f"(d[3][1]), "+f"(d[3][2]), "+f"(d[3][3]),
          "+f"(d[4][0]), "+f"(d[4][1]), "+f"(d[4][2]), "+f"(d[4][3]),
          "+f"(d[5][0]), "+f"(d[5][1]), "+f"(d[5][2]), "+f"(d[5][3]),
          "+f"(d[6][0]), "+f"(d[6][1]), "+f"(d[6][2]), "+f"(d[6][3]),
          "+f"(d[7][0]), "+f"(d[7][1]), "+f"(d[7][2]), "+f"(d[7][3]),
          "+f"(d[8][0]), "+f"(d[8][1]), "+f"(d[8][2]), "+f"(d[8][3]),
          "+f"(d[9][0]), "+f"(d[9][1]), "+f"(d[9][2]), "+f"(d[9][3]),
          "+f"(d[10][0]), "+f"(d[10][1]), "+f"(d[10][2]), "+f"(d[10][3]),
          "+f"(d[11][0]), "+f"(d[11][1]), "+f"(d[11][2]), "+f"(d[11][3]),
          "+f"(d[12][0]), "+f"(d[12][1]), "+f"(d[12][2]), "+f"(d[12][3]),
          "+f"(d[13][0]), "+f"(d[13][1]), "+f"(d[13][2]), "+f"(d[13][3]),
          "+f"(d[14][0]), "+f"(d[14][1]), "+f"(d[14][2]), "+f"(d[14][3]),
          "+f"(d[15][0]), "+f"(d[15][1]), "+f"(d[15][2]), "+f"(d[15][3])
        : "l"(a), "l"(b));
}

// The tanh approximation of GELU is x sigmoid(2 u).
__device__ __forceinline__ float activate_inline(float x, int kind, float slope)
{
    if (kind == GELU_TANH)
    {
        float power;
        asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(power) : "f"(-2.3022081982f * (x + 0.044715f * x * x * x)));
        return __fdividef(x, 1.0f + power);
    }

    return activate(x, kind, slope);
}

// Loads 8 neighbouring channels.
struct octet
{
    float value[8];
};

__device__ __forceinline__ octet unpack(uint4 bits)
{
    octet result;
    unsigned parts[4] = {bits.x, bits.y, bits.z, bits.w};
#pragma unroll
    for (int i = 0; i < 4; i++)
    {
        result.value[2 * i] = half_to_float((half_bits)parts[i]);
        result.value[2 * i + 1] = half_to_float((half_bits)(parts[i] >> 16));
    }

    return result;
}

__device__ __forceinline__ octet join(float4 low, float4 high) { return {low.x, low.y, low.z, low.w, high.x, high.y, high.z, high.w}; }

__device__ __forceinline__ octet read_sums(const float* sums) { return join(*(const float4*)sums, *(const float4*)(sums + 4)); }

extern __shared__ unsigned char dynamic_memory[];

// Grid: x tiles of all parts, one part after the other, row tiles first. A warpgroup has 64 rows of the tile.
template <int ROWS, int COLUMNS, int STAGES>
__device__ __forceinline__ void multiply(const linear_parts& all)
{
    constexpr int THREADS = ROWS * 2;
    constexpr int STAGE_BYTES = (ROWS + COLUMNS) * DEPTH * 2;

    int tile = blockIdx.x;
    int index = 0;
    while (index + 1 < all.count && tile >= all.part[index + 1].first_tile)
    {
        index++;
    }

    const linear_part& part = all.part[index];
    tile -= part.first_tile;
    int first_row = tile % part.row_tiles * ROWS, first_column = tile / part.row_tiles * COLUMNS;
    int inputs = part.inputs, rows = part.rows - first_row, columns = part.outputs - first_column;
    int steps = (inputs + DEPTH - 1) / DEPTH;
    int warp = threadIdx.x / 32, lane = threadIdx.x % 32;

    int load_row = threadIdx.x / 8, chunk = threadIdx.x % 8;
    const half_bits* input = part.input + (index_t)first_row * part.input_stride + chunk * 8;
    const half_bits* weight = part.weight + (index_t)first_column * inputs + chunk * 8;
    index_t input_stride = part.input_stride;
    unsigned char* tiles = dynamic_memory + (1024 - shared_address(dynamic_memory) % 1024) % 1024;
    unsigned shared = shared_address(tiles);
    unsigned load_offset = chunk_offset(load_row, chunk);

    auto load_stage = [&](int step)
    {
        if (step < steps)
        {
            unsigned destination = shared + step % STAGES * STAGE_BYTES + load_offset;
            int first = step * DEPTH;
            bool exists = first + chunk * 8 < inputs;
#pragma unroll
            for (int row = 0; row < ROWS; row += THREADS / 8)
            {
                bool valid = exists && load_row + row < rows;
                copy_async(destination + row * 128, valid ? input + (load_row + row) * input_stride + first : input, valid ? 16 : 0);
            }

#pragma unroll
            for (int row = 0; row < COLUMNS; row += THREADS / 8)
            {
                bool valid = exists && load_row + row < columns;
                copy_async(destination + (ROWS + row) * 128, valid ? weight + (index_t)(load_row + row) * inputs + first : weight, valid ? 16 : 0);
            }
        }

        commit_copies();
    };

    float sum[COLUMNS / 8][4] = {};
#pragma unroll
    for (int stage = 0; stage < STAGES - 2; stage++)
    {
        load_stage(stage);
    }

    for (int step = 0; step < steps; step++)
    {
        // After the barrier this step's tiles are in shared memory, and all products of two steps ago have ended. Their stage is loaded next.
        wait_copies<STAGES - 3>();
        asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
        __syncthreads();
        load_stage(step + STAGES - 2);
        unsigned long long a = describe_tile(shared + step % STAGES * STAGE_BYTES + warp / 4 * 64 * 128);
        unsigned long long b = describe_tile(shared + step % STAGES * STAGE_BYTES + ROWS * 128);
        asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
#pragma unroll
        for (int k = 0; k < DEPTH / 16; k++)
        {
            // 16 inputs are 32 bytes.
            multiply_add_group(sum, a + 2 * k, b + 2 * k);
        }

        asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
        asm volatile("wgmma.wait_group.sync.aligned 1;" ::: "memory");
    }

    asm volatile("wgmma.wait_group.sync.aligned 0;" ::: "memory");

    // The sums go through shared memory, so that rows are written in long pieces.
    constexpr int SUM_STRIDE = COLUMNS + 8;
    float* sums = (float*)tiles;
    wait_copies<0>();
    __syncthreads();
#pragma unroll
    for (int n = 0; n < COLUMNS / 8; n++)
    {
        float* place = sums + (warp * 16 + lane / 4) * SUM_STRIDE + n * 8 + lane % 4 * 2;
        *(float2*)place = make_float2(sum[n][0], sum[n][1]);
        *(float2*)(place + 8 * SUM_STRIDE) = make_float2(sum[n][2], sum[n][3]);
    }

    __syncthreads();

    // 8 columns of a row at a time. The loads of several rows are issued before the first store.
    constexpr int OCTETS = COLUMNS / 8;
    constexpr int ROW_STEP = THREADS / OCTETS;
    constexpr int AHEAD = 4;
    int column = threadIdx.x % OCTETS * 8;
    int end = min(rows, ROWS);
    if (column < columns)
    {
        octet bias = {};
        if (part.bias)
        {
            bias = read_sums(part.bias + first_column + column);
        }

        const half_bits* gate = part.gate ? part.gate + first_column + column : nullptr;
        const half_bits* residual = part.residual ? part.residual + (index_t)first_row * part.residual_stride + first_column + column : nullptr;
        half_bits* output = part.output + (index_t)first_row * part.output_stride + first_column + column;
        index_t residual_stride = part.residual_stride, output_stride = part.output_stride;
        int gate_stride = part.gate_stride, gate_rows = part.gate_rows, activation = part.activation;
        float slope = part.slope;
        for (int first = threadIdx.x / OCTETS; first < end; first += AHEAD * ROW_STEP)
        {
            octet values[AHEAD];
            uint4 gates[AHEAD], residuals[AHEAD];
#pragma unroll
            for (int i = 0; i < AHEAD; i++)
            {
                int row = min(first + i * ROW_STEP, end - 1);
                if (residual)
                {
                    residuals[i] = *(const uint4*)(residual + row * residual_stride);
                }

                if (gate)
                {
                    gates[i] = *(const uint4*)(gate + (index_t)((unsigned)(first_row + row) % (unsigned)gate_rows) * gate_stride);
                }

                values[i] = read_sums(sums + row * SUM_STRIDE + column);
            }

#pragma unroll
            for (int i = 0; i < AHEAD; i++)
            {
                int row = first + i * ROW_STEP;
                octet& y = values[i];
#pragma unroll
                for (int j = 0; j < 8; j++)
                {
                    y.value[j] += bias.value[j];
                }

                if (gate)
                {
                    octet factors = unpack(gates[i]);
#pragma unroll
                    for (int j = 0; j < 8; j++)
                    {
                        y.value[j] *= factors.value[j];
                    }
                }

                if (residual)
                {
                    octet terms = unpack(residuals[i]);
#pragma unroll
                    for (int j = 0; j < 8; j++)
                    {
                        y.value[j] += terms.value[j];
                    }
                }

                if (activation != NONE)
                {
#pragma unroll
                    for (int j = 0; j < 8; j++)
                    {
                        y.value[j] = activate_inline(y.value[j], activation, slope);
                    }
                }

                if (row < end)
                {
                    *(uint4*)(output + row * output_stride) = make_uint4(
                        pack_halves(y.value[0], y.value[1]), pack_halves(y.value[2], y.value[3]),
                        pack_halves(y.value[4], y.value[5]), pack_halves(y.value[6], y.value[7]));
                }
            }
        }
    }
}

extern "C" __global__ void __launch_bounds__(128) linear_64(const __grid_constant__ linear_parts all) { multiply<64, 64, 6>(all); }

extern "C" __global__ void __launch_bounds__(128) linear_128(const __grid_constant__ linear_parts all) { multiply<64, 128, 4>(all); }

#endif
