// Attention on tensor cores for heads of 64 channels: binary16 operands, softmax and sums in binary32 (mma.sync, sm_75 and later).
//
// A block does 64 queries of one head and batch element, a warp 16 of them. Keys and values are loaded in blocks of 64, the next block while
// this one is used. The softmax is updated block by block (Milakov and Gimelshein 2018; FlashAttention), with powers of 2. The weights of
// a block lie in the registers that the second product takes its left operand from. Shared rows are 128 bytes, their 16-byte chunks
// swizzled by XOR with the row, so that ldmatrix has no bank conflict.
#include "tensor_core.cuh"

#if MODA_HALF

#define CHANNELS 64
#define QUERIES 64
#define KEYS 64
#define THREADS 128
#define LOG2_E 1.4426950408889634f

// Where a chunk of a row lies in a tile, in bytes.
__device__ __forceinline__ unsigned chunk_offset(int row, int chunk) { return (row * 8 + (chunk ^ (row & 7))) * 16; }

__device__ __forceinline__ float power_of_2(float x)
{
    float result;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(result) : "f"(x));
    return result;
}

// Copies 64 tokens; zeros follow the last token.
__device__ __forceinline__ void load_tokens(unsigned tile, const half_bits* tokens, index_t token_stride, int first, int count)
{
    int chunk = threadIdx.x % 8;
#pragma unroll
    for (int i = 0; i < 64 * 8 / THREADS; i++)
    {
        int row = threadIdx.x / 8 + i * (THREADS / 8);
        bool exists = first + row < count;
        copy_async(tile + chunk_offset(row, chunk), tokens + (exists ? first + row : 0) * token_stride + chunk * 8, exists ? 16 : 0);
    }
}

// Strides are multiples of 8, addresses of 16 bytes. Grid: x blocks of queries, y heads, z batch elements.
extern "C" __global__ void __launch_bounds__(THREADS) attention_64_mma(
    const element* query, int query_stride, const element* key, int key_stride, const element* value, int value_stride,
    const element* key_bias, float scale, int query_count, int key_count, int batch, element* output, int output_stride)
{
    __shared__ __align__(128) half_bits query_tile[QUERIES * CHANNELS];
    __shared__ __align__(128) half_bits key_tiles[2][KEYS * CHANNELS];
    __shared__ __align__(128) half_bits value_tiles[2][KEYS * CHANNELS];
    int head_offset = blockIdx.y * CHANNELS;
    int b = blockIdx.z;
    int first_query = blockIdx.x * QUERIES;
    int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
    int group = lane / 4, pair = lane % 4 * 2;
    key += (index_t)b * key_stride + head_offset;
    value += (index_t)b * value_stride + head_offset;
    index_t key_step = (index_t)batch * key_stride, value_step = (index_t)batch * value_stride;

    load_tokens(shared_address(query_tile), query + (index_t)b * query_stride + head_offset, (index_t)batch * query_stride, first_query, query_count);
    load_tokens(shared_address(key_tiles[0]), key, key_step, 0, key_count);
    load_tokens(shared_address(value_tiles[0]), value, value_step, 0, key_count);
    commit_copies();

    float scale_log2 = scale * LOG2_E;
    unsigned q[CHANNELS / 16][4];
    float sum[CHANNELS / 8][4] = {};
    float largest[2] = {-1e30f, -1e30f}, total[2] = {};
    int blocks = (key_count + KEYS - 1) / KEYS;
    for (int block = 0; block < blocks; block++)
    {
        int first_key = block * KEYS;
        if (block + 1 < blocks)
        {
            load_tokens(shared_address(key_tiles[(block + 1) % 2]), key, key_step, first_key + KEYS, key_count);
            load_tokens(shared_address(value_tiles[(block + 1) % 2]), value, value_step, first_key + KEYS, key_count);
        }

        commit_copies();
        wait_copies<1>();
        __syncthreads();
        if (block == 0)
        {
            unsigned tile = shared_address(query_tile);
#pragma unroll
            for (int k = 0; k < CHANNELS / 16; k++)
            {
                load_matrices(q[k], tile + chunk_offset(warp * 16 + lane % 16, 2 * k + lane / 16));
            }
        }

        // A lane holds queries `group` and `group` + 8 of its warp, and keys `pair` and `pair` + 1 of every 8.
        float score[KEYS / 8][4] = {};
        unsigned keys = shared_address(key_tiles[block % 2]);
#pragma unroll
        for (int k = 0; k < CHANNELS / 16; k++)
        {
#pragma unroll
            for (int n = 0; n < KEYS / 16; n++)
            {
                unsigned fragment[4];
                load_matrices(fragment, keys + chunk_offset(n * 16 + lane / 16 * 8 + lane % 8, 2 * k + lane / 8 % 2));
                multiply_add(score[2 * n], q[k], fragment[0], fragment[1]);
                multiply_add(score[2 * n + 1], q[k], fragment[2], fragment[3]);
            }
        }

#pragma unroll
        for (int n = 0; n < KEYS / 8; n++)
        {
#pragma unroll
            for (int i = 0; i < 4; i++)
            {
                score[n][i] *= scale_log2;
            }
        }

        if (key_bias)
        {
#pragma unroll
            for (int n = 0; n < KEYS / 8; n++)
            {
#pragma unroll
                for (int i = 0; i < 2; i++)
                {
                    float bias = load(key_bias + min(first_key + n * 8 + pair + i, key_count - 1)) * LOG2_E;
                    score[n][i] += bias;
                    score[n][i + 2] += bias;
                }
            }
        }

        if (first_key + KEYS > key_count)
        {
#pragma unroll
            for (int n = 0; n < KEYS / 8; n++)
            {
#pragma unroll
                for (int i = 0; i < 4; i++)
                {
                    if (first_key + n * 8 + pair + i % 2 >= key_count)
                    {
                        score[n][i] = -__int_as_float(0x7f800000);
                    }
                }
            }
        }

        float now[2] = {largest[0], largest[1]};
#pragma unroll
        for (int n = 0; n < KEYS / 8; n++)
        {
            now[0] = fmaxf(now[0], fmaxf(score[n][0], score[n][1]));
            now[1] = fmaxf(now[1], fmaxf(score[n][2], score[n][3]));
        }

        // The 4 lanes of a query are neighbours.
#pragma unroll
        for (int r = 0; r < 2; r++)
        {
            now[r] = fmaxf(now[r], __shfl_xor_sync(0xffffffffu, now[r], 1));
            now[r] = fmaxf(now[r], __shfl_xor_sync(0xffffffffu, now[r], 2));
            float correction = power_of_2(largest[r] - now[r]);
            largest[r] = now[r];
            total[r] *= correction;
#pragma unroll
            for (int n = 0; n < CHANNELS / 8; n++)
            {
                sum[n][2 * r] *= correction;
                sum[n][2 * r + 1] *= correction;
            }
        }

#pragma unroll
        for (int n = 0; n < KEYS / 8; n++)
        {
#pragma unroll
            for (int i = 0; i < 4; i++)
            {
                score[n][i] = power_of_2(score[n][i] - now[i / 2]);
                total[i / 2] += score[n][i];
            }
        }

        unsigned values = shared_address(value_tiles[block % 2]);
#pragma unroll
        for (int k = 0; k < KEYS / 16; k++)
        {
            unsigned weights[4] = {
                pack_halves(score[2 * k][0], score[2 * k][1]), pack_halves(score[2 * k][2], score[2 * k][3]),
                pack_halves(score[2 * k + 1][0], score[2 * k + 1][1]), pack_halves(score[2 * k + 1][2], score[2 * k + 1][3])};
#pragma unroll
            for (int n = 0; n < CHANNELS / 16; n++)
            {
                unsigned fragment[4];
                load_matrices_transposed(fragment, values + chunk_offset(k * 16 + lane % 16, 2 * n + lane / 16));
                multiply_add(sum[2 * n], weights, fragment[0], fragment[1]);
                multiply_add(sum[2 * n + 1], weights, fragment[2], fragment[3]);
            }
        }

        __syncthreads();
    }

    // The outputs go through the warp's own rows of the queries' tile, so that each row is written in 16-byte pieces.
    char* tile = (char*)query_tile;
#pragma unroll
    for (int r = 0; r < 2; r++)
    {
        total[r] += __shfl_xor_sync(0xffffffffu, total[r], 1);
        total[r] += __shfl_xor_sync(0xffffffffu, total[r], 2);
        float reciprocal = 1.0f / total[r];
#pragma unroll
        for (int n = 0; n < CHANNELS / 8; n++)
        {
            *(unsigned*)(tile + chunk_offset(warp * 16 + group + 8 * r, n) + pair * 2) =
                pack_halves(sum[n][2 * r] * reciprocal, sum[n][2 * r + 1] * reciprocal);
        }
    }

    __syncwarp();
#pragma unroll
    for (int i = 0; i < 4; i++)
    {
        int row = warp * 16 + i * 4 + lane / 8, chunk = lane % 8;
        if (first_query + row < query_count)
        {
            *(uint4*)(output + ((index_t)(first_query + row) * batch + b) * output_stride + head_offset + chunk * 8) =
                *(const uint4*)(tile + chunk_offset(row, chunk));
        }
    }
}

#endif
